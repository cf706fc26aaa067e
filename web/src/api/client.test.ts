import { afterEach, expect, test, vi } from "vitest";
import { fetchFullPage } from "./client.ts";

afterEach(() => vi.unstubAllGlobals());

/** Answers each request with the next page; returns the addresses that were asked. */
function answersWith(...pages: { ids: number[]; next: number | null }[]): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (address: string | URL) => {
    const page = pages[asked.length];
    asked.push(String(address));
    return Promise.resolve(
      Response.json({ events: page?.ids.map((id) => ({ id })), next_before: page?.next }),
    );
  });
  return asked;
}

test("a search that stopped early goes on where it stopped", async () => {
  const asked = answersWith(
    { ids: [], next: 90 },
    { ids: [80], next: 80 },
    { ids: [70], next: 70 },
  );
  const events = await fetchFullPage({ session_id: ["s"], limit: 2 });
  expect(events.map((event) => event.id)).toEqual([80, 70]);
  expect(
    asked.map((address) => Object.fromEntries(new URL(address, "http://x").searchParams)),
  ).toEqual([
    { session_id: "s", limit: "2" },
    { session_id: "s", limit: "2", before: "90" },
    { session_id: "s", limit: "1", before: "80" },
  ]);
});

test("a search ends where the log begins", async () => {
  answersWith({ ids: [], next: 5 }, { ids: [], next: null });
  expect(await fetchFullPage({ limit: 1 })).toEqual([]);
});
