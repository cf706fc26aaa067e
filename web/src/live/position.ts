/** The places of events in the order of the log view: by when they happened, or by arrival. */
import type { EventLine } from "../api/client.ts";
import type { LogOrder } from "../url/filters.ts";

/** Of the same time, by id. In the order of arrival all times are 0. */
export interface Position {
  readonly at: number;
  readonly id: number;
}

/** After any event. */
export const END: Position = { at: Infinity, id: Infinity };
export const START: Position = { at: -Infinity, id: -Infinity };

export function comparePositions(a: Position, b: Position): number {
  return a.at === b.at ? a.id - b.id : a.at - b.at;
}

export function isBefore(a: Position, b: Position): boolean {
  return a.at === b.at ? a.id < b.id : a.at < b.at;
}

/** Of a saved event. */
export function positionIn(order: LogOrder): (event: EventLine) => Position {
  return order === "happened"
    ? ({ timestamp, id }) => ({ at: timestamp, id: id ?? 0 })
    : ({ id }) => ({ at: 0, id: id ?? 0 });
}
