import { describe, expect, it } from "vitest";
import type { Installed, Recording } from "../api/client.ts";
import { makeHealth } from "../testing/health.ts";
import { notRecording, recordingOf } from "./recording.ts";

const hooks = (...kinds: Installed["hooks"][number]["kind"][]) =>
  makeHealth({
    installed: { hooks: kinds.map((kind) => ({ event_type: "Stop", kind, some: false })) },
  });
const of = (state: Recording["state"], health = makeHealth(), reason: string | null = null) =>
  notRecording({ state, reason }, health);

describe("what is said while events are not stored", () => {
  it("is nothing while they are", () => {
    expect(of("recording")).toBeNull();
  });

  it("depends on how hooks are sent", () => {
    const meanwhile = (...kinds: Parameters<typeof hooks>) =>
      of("not_running", hooks(...kinds))?.meanwhile;
    const waits = "Events wait on disk and are stored when it’s back.";
    const both = "Events of command hooks wait on disk; those of http hooks are lost.";
    expect(meanwhile("command", "command")).toBe(waits);
    expect(meanwhile("spool")).toBe(waits);
    expect(meanwhile("http")).toBe("Events are lost until it’s back.");
    expect(meanwhile("http", "command")).toBe(both);
    // Hooks of a project's settings are not known.
    expect(meanwhile()).toBe(both);
  });

  it("names what to run, where that helps", () => {
    expect(of("not_running")?.command).toBe("hookwatch ingestd");
    expect(of("not_running", makeHealth({ restarted_by: "up" }))?.command).toBe("hookwatch doctor");
    expect(of("no_response")?.command).toBe("hookwatch doctor");
    expect(of("cannot_write", makeHealth(), "disk is full")).toEqual({
      problem: "ingestd can’t write the log: disk is full.",
      meanwhile: "Events are held in memory, and lost if it stops.",
      advice: "Check the free disk space and the data folder’s permissions.",
      command: null,
    });
  });
});

it("reads the same from health, where the stream says nothing", () => {
  const { ingestd } = makeHealth();
  const dead = { ...ingestd, alive: false, can_write: null };
  expect(recordingOf(ingestd).state).toBe("recording");
  expect(recordingOf({ ...ingestd, can_write: false, error: "full" })).toEqual({
    state: "cannot_write",
    since: null,
    reason: "full",
  });
  expect(recordingOf({ ...dead, error: "[Errno 111] Connection refused" }).state).toBe(
    "not_running",
  );
  expect(recordingOf({ ...dead, error: "timed out" }).state).toBe("no_response");
});
