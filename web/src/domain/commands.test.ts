import { expect, it } from "vitest";
import { commandsOf, USUAL, type Installation } from "./commands.ts";

const of = (fields: Partial<Installation>) => commandsOf({ ...USUAL, ...fields });
const set = (settings: Record<string, string>): Installation["settings"] =>
  Object.entries(settings).map(([name, value]) => ({ name, value, is_default: false }));

it("names the server only where it is not the usual one", () => {
  for (const host of ["127.0.0.1", "localhost"]) {
    const usual = of({ ingest_url: `http://${host}:4000/events` });
    expect(usual.connectAll).toBe("hookwatch connect --statusline --telemetry");
    expect(usual.backfill).toBe("hookwatch backfill");
  }
  const other = { command: ".venv/bin/hookwatch", ingest_url: "http://10.0.0.7:4000/events" };
  expect(of(other)).toMatchObject({
    connect: ".venv/bin/hookwatch connect --url http://10.0.0.7:4000",
    backfill: ".venv/bin/hookwatch backfill --url http://10.0.0.7:4000",
    start: ".venv/bin/hookwatch up",
  });
  const port = { ingest_url: "http://127.0.0.1:40001/events" };
  expect(of(port).connect).toBe("hookwatch connect --url http://127.0.0.1:40001");
});

it("starts daemons with the ports and the data folder of this installation", () => {
  const installation = {
    restarted_by: null,
    ingest_url: "http://127.0.0.1:5000/events",
    settings: [
      { name: "HOOKWATCH_INGEST_HOST", value: "127.0.0.1", is_default: true },
      ...set({
        HOOKWATCH_DATA: "/srv/it's here",
        HOOKWATCH_INGEST_PORT: "5000",
        HOOKWATCH_QUERY_PORT: "5001",
        HOOKWATCH_RETENTION_DAYS: "30",
      }),
    ],
  };
  const data = `HOOKWATCH_DATA='/srv/it'"'"'s here'`;
  const all = `${data} HOOKWATCH_INGEST_PORT=5000 HOOKWATCH_QUERY_PORT=5001 hookwatch`;
  expect(of(installation)).toMatchObject({
    start: `${all} up`,
    startIngestd: `${all} ingestd`,
    startQueryd: `${all} queryd`,
    doctor: `${all} doctor`,
    connect: `${data} hookwatch connect --url http://127.0.0.1:5000`,
    backfill: `${data} HOOKWATCH_QUERY_PORT=5001 hookwatch backfill --url http://127.0.0.1:5000`,
    demo: "hookwatch demo --history 7d --open",
  });
  // The folder is one of the daemons' machine.
  const remote = of({ ...installation, ingest_url: "http://10.0.0.7:5000/events" });
  expect(remote.connect).toBe("hookwatch connect --url http://10.0.0.7:5000");
});

it("starts no second one of what starts again by itself", () => {
  expect(of({ restarted_by: "up" })).toMatchObject({
    startIngestd: "hookwatch doctor",
    startQueryd: "hookwatch up",
  });
  expect(of({ restarted_by: "service" })).toMatchObject({
    startIngestd: "hookwatch doctor",
    startQueryd: "hookwatch doctor",
  });
});
