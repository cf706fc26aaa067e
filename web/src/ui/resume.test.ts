import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { toastStore } from "../live/toasts.ts";
import { copyResume } from "./resume.ts";

const written: string[] = [];

class FakeItem {
  constructor(readonly parts: Record<string, Promise<Blob>>) {}
}

function answer(resume: object, status = 200) {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify(resume), { status })));
}

const overview = (resume: object) => ({ resume: { host: null, ...resume } });
const titles = () => toastStore.get().map(({ title, detail }) => [title, detail]);

beforeEach(() => {
  written.length = 0;
  vi.stubGlobal("ClipboardItem", FakeItem);
  vi.stubGlobal("navigator", {
    clipboard: {
      write: async ([item]: [FakeItem]) => {
        written.push((await (await item.parts["text/plain"])?.text()) ?? "");
      },
    },
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  for (const { id } of toastStore.get()) toastStore.dismiss(id);
});

it("copies the command, and says where it was not checked", async () => {
  answer(overview({ command: "claude --resume a", transcript: "present" }));
  await copyResume("a");
  expect(written).toEqual(["claude --resume a"]);
  expect(titles()).toEqual([["Copied resume command", ""]]);
  answer(overview({ command: "claude --resume a", transcript: "other_host", host: "laptop" }));
  await copyResume("a");
  expect(titles().at(-1)?.[1]).toContain("It ran on laptop");
});

it("copies nothing of a session whose transcript is deleted", async () => {
  answer(overview({ command: null, transcript: "missing" }));
  await copyResume("a");
  expect(written).toEqual([]);
  expect(titles()).toEqual([
    ["This session can’t be resumed", "Claude Code has deleted its transcript."],
  ]);
  expect(toastStore.get()[0]?.retry).toBeNull();
});

it("offers to try again where queryd does not answer", async () => {
  answer({ error: { code: "log_unreadable", message: "cannot read the log", field: null } }, 503);
  await copyResume("a");
  expect(titles()).toEqual([["This session can’t be resumed", "cannot read the log"]]);
  expect(toastStore.get()[0]?.retry).not.toBeNull();
});
