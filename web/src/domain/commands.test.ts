import { expect, it } from "vitest";
import { commandsOf } from "./commands.ts";

it("names the server only where it is not the usual one", () => {
  for (const host of ["127.0.0.1", "localhost"]) {
    const usual = { command: "hookwatch", ingest_url: `http://${host}:4000/events` };
    expect(commandsOf(usual).connectAll).toBe("hookwatch connect --statusline --telemetry");
    expect(commandsOf(usual).backfill).toBe("hookwatch backfill");
  }
  const other = { command: ".venv/bin/hookwatch", ingest_url: "http://10.0.0.7:4000/events" };
  expect(commandsOf(other)).toMatchObject({
    connect: ".venv/bin/hookwatch connect --url http://10.0.0.7:4000",
    backfill: ".venv/bin/hookwatch backfill --url http://10.0.0.7:4000",
    start: ".venv/bin/hookwatch up",
  });
  const port = { command: "hookwatch", ingest_url: "http://127.0.0.1:40001/events" };
  expect(commandsOf(port).connect).toBe("hookwatch connect --url http://127.0.0.1:40001");
});
