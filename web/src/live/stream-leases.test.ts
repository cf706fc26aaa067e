import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLeases, type StreamLeases, type LeaseMessage } from "./stream-leases.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

type Work = (lock: Lock | null) => unknown;

/** The locks of one browser, granted in the order of requests, as Web Locks are across tabs. */
class FakeLocks {
  readonly #queues = new Map<string, (() => void)[]>();
  readonly held = new Map<string, string>();

  of(tab: string): Pick<LockManager, "request"> {
    const request = async (name: string, options: LockOptions, work: Work) => {
      const { ifAvailable = false, signal } = options;
      await Promise.resolve();
      if (this.held.has(name)) {
        if (ifAvailable) return work(null);
        await this.#turn(name, signal);
      }
      this.held.set(name, tab);
      try {
        return await work({ name, mode: "exclusive" });
      } finally {
        this.#free(name);
      }
    };
    return { request: request as unknown as LockManager["request"] };
  }

  /** As the browser does when a tab is closed. */
  close(tab: string) {
    for (const [name, holder] of this.held) if (holder === tab) this.#free(name);
  }

  #turn(name: string, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const queue = this.#queues.get(name) ?? [];
      queue.push(resolve);
      this.#queues.set(name, queue);
      signal?.addEventListener("abort", () => {
        this.#queues.set(
          name,
          (this.#queues.get(name) ?? []).filter((one) => one !== resolve),
        );
        reject(new DOMException("aborted", "AbortError"));
      });
    });
  }

  #free(name: string) {
    this.held.delete(name);
    const next = this.#queues.get(name)?.shift();
    if (next === undefined) return;
    this.held.set(name, "next");
    next();
  }
}

function browser() {
  const locks = new FakeLocks();
  const listeners = new Map<string, (message: LeaseMessage) => void>();
  const tabs: { name: string; leases: StreamLeases; hide: (hidden: boolean) => void }[] = [];
  const open = ({ hidden = false } = {}) => {
    const name = `tab ${tabs.length}`;
    let isHidden = hidden;
    let onChange: () => void = () => undefined;
    const leases = createLeases(
      {
        locks: locks.of(name),
        channel: {
          post: (message) => {
            for (const [other, receive] of listeners) if (other !== name) receive(message);
          },
          listen: (handle) => void listeners.set(name, handle),
        },
        isHidden: () => isHidden,
        onVisibility: (notify) => (onChange = notify),
      },
      { limit: 2 },
    );
    const tab = {
      name,
      leases,
      hide: (next: boolean) => {
        isHidden = next;
        onChange();
      },
    };
    tabs.push(tab);
    leases.start();
    return tab;
  };
  const close = (tab: { name: string }) => {
    listeners.delete(tab.name);
    tabs.splice(
      tabs.findIndex(({ name }) => name === tab.name),
      1,
    );
    locks.close(tab.name);
  };
  const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
  return { open, close, settle, has: () => tabs.map(({ leases }) => leases.get()) };
}

describe("leases of streams", () => {
  it("are unknown until requested", () => {
    expect(browser().open().leases.get()).toBeNull();
  });

  it("go to the first tabs, and to no more than there are", async () => {
    const { open, settle, has } = browser();
    for (let i = 0; i < 5; i += 1) open();
    await settle(60_000);
    expect(has()).toEqual([true, true, false, false, false]);
  });

  it("are taken over at once when one is freed", async () => {
    const { open, close, settle, has } = browser();
    const first = open();
    open();
    open();
    await settle();
    close(first);
    await settle();
    expect(has()).toEqual([true, true]);
  });

  it("are given up by a tab out of sight to one in sight, one for each that waits", async () => {
    const { open, settle, has } = browser();
    open().hide(true);
    open().hide(true);
    await settle();
    open();
    await settle();
    expect(has().filter((one) => one === true)).toHaveLength(2);
    expect(has()[2]).toBe(true);
  });

  it("are given up as well when their tab goes out of sight while another waits", async () => {
    const { open, settle, has } = browser();
    const first = open();
    open();
    open();
    await settle();
    expect(has()).toEqual([true, true, false]);
    first.hide(true);
    await settle();
    expect(has()).toEqual([false, true, true]);
  });

  it("stay with a hidden tab as long as no other tab wants them", async () => {
    const { open, settle, has } = browser();
    const first = open();
    await settle();
    first.hide(true);
    await settle(60_000);
    expect(has()).toEqual([true]);
  });

  it("go to a tab in sight before one out of sight that waited longer", async () => {
    const { open, close, settle, has } = browser();
    const first = open();
    open();
    await settle();
    open({ hidden: true });
    open();
    await settle();
    close(first);
    await settle();
    expect(has()).toEqual([true, false, true]);
  });

  it("reach a tab out of sight too, a little later", async () => {
    const { open, close, settle, has } = browser();
    const first = open();
    open();
    await settle();
    open({ hidden: true });
    await settle();
    close(first);
    await settle(5_000);
    expect(has()).toEqual([true, true]);
  });

  it("are not needed where the locks fail", async () => {
    const leases = createLeases({
      locks: { request: () => Promise.reject(new Error("SecurityError")) },
      channel: { post: () => undefined, listen: () => undefined },
      isHidden: () => false,
      onVisibility: () => undefined,
    });
    leases.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(leases.get()).toBe(true);
  });
});
