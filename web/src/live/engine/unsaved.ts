/** The events that ingestd has in memory because it cannot write; a saved one replaces them. */
import type { EventLine } from "../../api/client.ts";

const CAP = 1_000;
/** An unsaved event is compared with this many of the newest saved ones. */
const COMPARED = 2 * CAP;

export function createUnsaved() {
  /** By `unsaved_id`, in the order of arrival, each with its fingerprint. */
  let unsaved = new Map<number, { event: EventLine; print: string }>();
  let recent: EventLine[] = [];
  /** Fingerprints of `recent`; null until an unsaved event arrives, which is rare. */
  let saved: Set<string> | null = null;

  return {
    all: (): EventLine[] => [...unsaved.values()].map(({ event }) => event),

    /** Returns whether any is shown now. */
    add(events: readonly EventLine[]): boolean {
      const before = unsaved.size;
      saved ??= new Set(recent.map(fingerprint));
      for (const event of events) {
        const print = fingerprint(event);
        if (event.unsaved_id !== null && !saved.has(print))
          unsaved.set(event.unsaved_id, { event, print });
      }
      trim(unsaved, CAP);
      return unsaved.size !== before || before === CAP;
    },

    /** A saved event may arrive before its unsaved one. Returns whether any is replaced. */
    replaceBy(events: readonly EventLine[]): boolean {
      recent = [...recent.slice(-COMPARED + events.length), ...events].slice(-COMPARED);
      if (saved === null) return false;
      const prints = new Set(events.map(fingerprint));
      for (const print of prints) saved.add(print);
      trim(saved, COMPARED);
      const before = unsaved.size;
      for (const [id, { print }] of unsaved) if (prints.has(print)) unsaved.delete(id);
      return unsaved.size !== before;
    },

    /** All are saved, or lost. Returns whether there were any. */
    clear(): boolean {
      const had = unsaved.size > 0;
      unsaved = new Map();
      saved = null;
      return had;
    },
  };
}

/** The fields that an event has before and after it is saved; an unsaved one has no id. */
function fingerprint(event: EventLine): string {
  return JSON.stringify([
    event.session_id,
    event.hook_event_type,
    event.timestamp,
    event.received_at,
    event.tool_use_id,
    event.agent_id,
  ]);
}

/** Remove the oldest entries. */
function trim<K>(
  entries: { size: number; keys: () => Iterator<K>; delete: (key: K) => boolean },
  cap: number,
) {
  for (const keys = entries.keys(); entries.size > cap;) entries.delete(keys.next().value as K);
}
