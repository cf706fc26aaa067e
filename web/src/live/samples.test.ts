import { beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../api/client.ts";
import { USUAL } from "../domain/commands.ts";
import { SAMPLE_APP } from "./sample-app.ts";
import { sampleStory } from "./sample-story.ts";
import { createSamples, isSample, sampleSentAt } from "./samples.ts";

class FakeStorage {
  readonly values = new Map<string, string>();
  getItem(key: string) {
    return this.values.get(key) ?? null;
  }
  setItem(key: string, value: string) {
    this.values.set(key, value);
  }
}

let storage: FakeStorage;
beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  storage = new FakeStorage();
});

function start({ failAt = Infinity }: { failAt?: number } = {}) {
  const posted: Record<string, unknown>[] = [];
  const reports: { detail: string; retry: () => void }[] = [];
  const problem = { at: failAt, status: 0, tries: 0 };
  const ids: (string | null)[] = [];
  const samples = createSamples({
    loadStory: () => Promise.resolve(sampleStory),
    findIngest: () => Promise.resolve({ ...USUAL, ingest_url: "http://ingest/events" }),
    post: (url, body, { id }) => {
      expect(url).toBe("http://ingest/events");
      if (posted.length === problem.at) {
        problem.tries += 1;
        return Promise.reject(new ApiError(problem.status, "x", "ingestd is away."));
      }
      ids.push(id);
      posted.push(body as Record<string, unknown>);
      return Promise.resolve();
    },
    later: (ms, what) => {
      const timer = setTimeout(what, ms);
      return () => clearTimeout(timer);
    },
    now: Date.now,
    storage,
    report: (_, detail, retry) => void reports.push({ detail, retry }),
  });
  const finish = () => vi.advanceTimersByTimeAsync(60_000);
  return {
    samples,
    posted,
    ids,
    reports,
    problem,
    finish,
    types: () => posted.map((body) => body["hook_event_name"]),
  };
}

describe("a sample", () => {
  it("plays a whole session in order, some 25 events in some 13 seconds", async () => {
    const { samples, posted, types } = start();
    const started = Date.now();
    let done = 0;
    void samples.play().then(() => (done = Date.now()));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(types()[0]).toBe("SessionStart");
    expect(types().slice(-2)).toEqual(["Stop", "SessionEnd"]);
    expect(posted.length).toBeGreaterThanOrEqual(24);
    expect(done - started).toBeGreaterThan(12_000);
    expect(done - started).toBeLessThan(17_000);
    const ids = new Set(posted.map((body) => body["session_id"]));
    expect([...ids].every((id) => typeof id === "string" && isSample(id))).toBe(true);
    expect(ids.size).toBe(1);
    expect(posted.every((body) => String(body["cwd"]).endsWith(`/${SAMPLE_APP}`))).toBe(true);
    expect(samples.get().playing).toBeNull();
  });

  it("closes every call it opens", async () => {
    const { samples, posted, finish } = start();
    void samples.play();
    await finish();
    const of = (...names: string[]) =>
      posted
        .filter((body) => names.includes(String(body["hook_event_name"])))
        .map((body) => body["tool_use_id"]);
    expect(of("PostToolUse", "PostToolUseFailure").toSorted()).toEqual(of("PreToolUse").toSorted());
    expect(new Set(of("PreToolUse")).size).toBe(of("PreToolUse").length);
  });

  it("edits with a patch that the file bears out", async () => {
    const { samples, posted, finish } = start();
    void samples.play();
    await finish();
    const edit = posted.find(
      (body) => body["tool_name"] === "Edit" && body["hook_event_name"] === "PostToolUse",
    );
    const { originalFile, oldString, structuredPatch } = edit?.["tool_response"] as {
      originalFile: string;
      oldString: string;
      structuredPatch: { oldStart: number; oldLines: number; newLines: number; lines: string[] }[];
    };
    expect(originalFile).toContain(oldString);
    const patch = structuredPatch[0];
    const old = patch?.lines.filter((line) => !line.startsWith("+")).map((line) => line.slice(1));
    expect(old).toEqual(
      originalFile
        .split("\n")
        .slice((patch?.oldStart ?? 0) - 1, (patch?.oldStart ?? 0) - 1 + (patch?.oldLines ?? 0)),
    );
    expect(patch?.lines.filter((line) => !line.startsWith("-"))).toHaveLength(patch?.newLines ?? 0);
  });

  it("ends its session when it is stopped in the middle", async () => {
    const { samples, types } = start();
    void samples.play();
    await vi.advanceTimersByTimeAsync(3000);
    const before = types().length;
    samples.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(types().slice(before)).toEqual(["SessionEnd"]);
    expect(samples.get().playing).toBeNull();
  });

  it("is played once however often it is asked for", async () => {
    const { samples, types, finish } = start();
    void samples.play();
    void samples.play();
    await finish();
    expect(types().filter((type) => type === "SessionStart")).toHaveLength(1);
  });

  it("that fails says so, with what to do, and can be sent again", async () => {
    const { samples, reports, problem, types, finish } = start({ failAt: 0 });
    void samples.play();
    await finish();
    expect(samples.get().playing).toBeNull();
    expect(reports.map(({ detail }) => detail)).toEqual([
      "ingestd is away. Start it with `hookwatch up`.",
    ]);
    expect(samples.get().sentAt).toBe(0);
    expect(samples.get().last).toBeNull();
    problem.at = Infinity;
    reports[0]?.retry();
    await finish();
    expect(types().at(-1)).toBe("SessionEnd");
  });
});

describe("a sample while ingestd restarts", () => {
  it("waits, reports it once, and continues with the same event", async () => {
    const { samples, posted, ids, reports, problem, types, finish } = start({ failAt: 5 });
    const waits: boolean[] = [];
    samples.subscribe(() => waits.push(samples.get().playing?.waiting === true));
    void samples.play();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(posted).toHaveLength(5);
    expect(problem.tries).toBeGreaterThan(5);
    expect(waits.filter(Boolean)).toHaveLength(1);
    problem.at = Infinity;
    await finish();
    expect(types().at(-1)).toBe("SessionEnd");
    expect(new Set(ids).size).toBe(posted.length);
    expect(ids).not.toContain(null);
    expect(reports).toEqual([]);
    expect(samples.get().playing).toBeNull();
  });

  it("gives up after a minute, and says so", async () => {
    const { samples, reports, finish } = start({ failAt: 5 });
    void samples.play();
    await finish();
    await finish();
    expect(samples.get().playing).toBeNull();
    expect(reports).toHaveLength(1);
  });

  it("can be stopped", async () => {
    const { samples, posted, problem, types } = start({ failAt: 5 });
    void samples.play();
    await vi.advanceTimersByTimeAsync(20_000);
    problem.at = Infinity;
    samples.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(types().slice(5)).toEqual(["SessionEnd"]);
    expect(posted).toHaveLength(6);
  });

  it("does not try again what ingestd refused", async () => {
    const { samples, reports, problem, finish } = start({ failAt: 5 });
    problem.status = 400;
    void samples.play();
    await finish();
    expect(problem.tries).toBe(1);
    expect(reports).toHaveLength(1);
    expect(samples.get().playing).toBeNull();
  });
});

describe("removing samples", () => {
  it("hides those sent up to now, for good, and shows the next one", async () => {
    const { samples, posted, finish } = start();
    void samples.play();
    await finish();
    const first = String(posted[0]?.["session_id"]);
    expect(samples.hides(first)).toBe(false);
    samples.remove();
    expect(samples.hides(first)).toBe(true);
    expect(samples.hiddenApps()).toEqual([SAMPLE_APP]);
    expect(samples.hides("a41f0000-0000-4000-8000-000000000000")).toBe(false);

    const reloaded = start();
    expect(reloaded.samples.hides(first)).toBe(true);
    void reloaded.samples.play();
    await reloaded.finish();
    const second = String(reloaded.posted[0]?.["session_id"]);
    expect(reloaded.samples.hides(second)).toBe(false);
    expect(reloaded.samples.hides(first)).toBe(true);
    expect(reloaded.samples.hiddenApps()).toEqual([]);
    reloaded.samples.restore();
    expect(reloaded.samples.hides(first)).toBe(false);
    expect(reloaded.samples.hiddenApps()).toEqual([]);
  });

  it("hides a sample of another browser too", () => {
    const { samples } = start();
    samples.remove();
    expect(samples.hides(`sample-${(Date.now() - 1).toString(36)}`)).toBe(true);
    expect(samples.hides(`sample-${(Date.now() + 1).toString(36)}`)).toBe(false);
    expect(samples.hides("sample-")).toBe(true);
  });

  it("stops one that is playing", async () => {
    const { samples, types } = start();
    void samples.play();
    await vi.advanceTimersByTimeAsync(2000);
    samples.remove();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(types().at(-1)).toBe("SessionEnd");
    expect(samples.hides(samples.get().last ?? "")).toBe(true);
  });

  it.each(["", "{", "7", "null", '{"hiddenUntil":"x","sentAt":-1}'])(
    "is not confused by %s in the storage",
    (text) => {
      storage.setItem("hookwatch.samples", text);
      expect(start().samples.get()).toMatchObject({ sentAt: 0, hiddenUntil: 0 });
    },
  );

  it("lives without a storage", () => {
    const { samples } = start();
    vi.spyOn(storage, "setItem").mockImplementation(() => {
      throw new Error("full");
    });
    samples.remove();
    expect(samples.hides("sample-1")).toBe(true);
  });

  it("reads a sample's time from its id", () => {
    expect(sampleSentAt(`sample-${(123_456).toString(36)}`)).toBe(123_456);
    expect(sampleSentAt("sample-…")).toBe(0);
  });
});
