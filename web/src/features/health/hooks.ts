/** Join installed hooks and received events, one row per event type. */
import type { Health } from "../../api/client.ts";
import { KNOWN_TYPES } from "../../domain/kinds.ts";

/** Events for which Claude Code ignores http hooks. */
const COMMAND_ONLY: ReadonlySet<string> = new Set(["SessionStart", "Setup"]);

export interface HookRow {
  eventType: string;
  /** How it is sent; null when no hook sends it. */
  installed: string | null;
  count: number;
  /** Null when it was never received. */
  count24h: number | null;
  lastEventAt: number | null;
  note: string | null;
}

export function hookRows({ installed, received }: Health): HookRow[] {
  const hooks = new Map<string, string>();
  for (const { event_type: type, kind, some } of installed.hooks) {
    const words = some ? `${kind}, some` : kind;
    const before = hooks.get(type);
    hooks.set(type, before === undefined ? words : `${before} + ${words}`);
  }
  const types = new Map(received.types.map((type) => [type.event_type, type]));
  const names = new Set([...types.keys(), ...hooks.keys(), ...received.never]);
  // In an order that no event changes: rows must not jump.
  return inOrder([...names]).map((eventType) => {
    const found = types.get(eventType);
    return {
      eventType,
      installed: hooks.get(eventType) ?? null,
      count: found?.count ?? 0,
      count24h: found?.count_24h ?? null,
      lastEventAt: found?.last_event_at ?? null,
      note: COMMAND_ONLY.has(eventType) ? "Supports command hooks only" : null,
    };
  });
}

const PLACES: ReadonlyMap<string, number> = new Map(KNOWN_TYPES.map((type, i) => [type, i]));

function inOrder(types: string[]): string[] {
  const place = (type: string) => PLACES.get(type) ?? PLACES.size;
  return types.sort((a, b) => place(a) - place(b) || a.localeCompare(b));
}
