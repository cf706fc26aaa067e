// @vitest-environment jsdom
import { beforeEach, expect, it, vi } from "vitest";

class FakeNotification {
  static permission = "granted";
  static shown: FakeNotification[] = [];
  closed = false;
  onclick: (() => void) | null = null;
  constructor(
    readonly title: string,
    readonly options: { body: string; tag: string },
  ) {
    FakeNotification.shown.push(this);
  }
  close() {
    this.closed = true;
  }
}

async function store() {
  vi.resetModules();
  return (await import("./notifications.ts")).notificationStore;
}

beforeEach(() => {
  FakeNotification.shown = [];
  vi.stubGlobal("Notification", FakeNotification);
  window.focus = () => undefined;
  localStorage.setItem("hookwatch.settings", JSON.stringify({ notifications: true }));
});

const CALL = { sessionId: "a", title: "docs needs permission", body: "Bash", tag: "t" };

it("a notification leads to its session, and closes", async () => {
  const notifications = await store();
  const open = vi.fn();
  notifications.show(CALL, open);
  const [shown] = FakeNotification.shown;
  expect(shown).toMatchObject({ title: CALL.title, options: { body: "Bash", tag: "t" } });
  shown?.onclick?.();
  expect(open).toHaveBeenCalledTimes(1);
  expect(shown?.closed).toBe(true);
});

it("a notification closes by its tag once the ask is answered", async () => {
  const notifications = await store();
  notifications.show(CALL, () => undefined);
  notifications.close("another");
  expect(FakeNotification.shown[0]?.closed).toBe(false);
  notifications.close("t");
  expect(FakeNotification.shown[0]?.closed).toBe(true);
});

it("a phone whose constructor throws has none", async () => {
  vi.stubGlobal(
    "Notification",
    Object.assign(
      () => {
        throw new TypeError("Illegal constructor");
      },
      { permission: "granted" },
    ),
  );
  const notifications = await store();
  expect(notifications.get()).toBe("on");
  notifications.show(CALL, () => undefined);
  expect(notifications.get()).toBe("unsupported");
});
