/** Events from the captured bodies in `tests/samples`, as queryd returns them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Event } from "../api/client.ts";
import { makeEvent } from "./fakes.ts";

const SAMPLES = join(import.meta.dirname, "..", "..", "..", "tests", "samples");

export function exampleEvents(): Event[] {
  const folder = join(SAMPLES, "examples");
  return readdirSync(folder)
    .sort()
    .map((name, i) => eventOf(i + 1, JSON.parse(readFileSync(join(folder, name), "utf8"))));
}

export function sessionEvents(): Event[] {
  const folder = join(SAMPLES, "sessions");
  const lines = readdirSync(folder)
    .sort()
    .flatMap((name) =>
      readFileSync(join(folder, name), "utf8")
        .split("\n")
        .filter((line) => line !== ""),
    );
  return lines.map((line, i) => eventOf(i + 1, (JSON.parse(line) as { body: unknown }).body));
}

function eventOf(id: number, body: unknown): Event {
  const payload = body as Record<string, string | undefined>;
  return makeEvent(id, {
    session_id: payload["session_id"] ?? "?",
    hook_event_type: payload["hook_event_name"] ?? "?",
    tool_name: payload["tool_name"] ?? null,
    tool_use_id: payload["tool_use_id"] ?? null,
    agent_id: payload["agent_id"] ?? null,
    payload: payload,
  });
}
