import { afterEach, expect, it } from "vitest";
import { setTimeZone, timeZoneName } from "../domain/time-zone.ts";
import { createSettings, DEFAULTS } from "./settings.ts";

class FakeStorage {
  readonly values = new Map<string, string>();
  constructor(stored: Record<string, string> = {}) {
    for (const [key, value] of Object.entries(stored)) this.values.set(key, value);
  }
  getItem(key: string) {
    return this.values.get(key) ?? null;
  }
  setItem(key: string, value: string) {
    this.values.set(key, value);
  }
}

const KEY = "hookwatch.settings";

afterEach(() => setTimeZone(null));

it("settings are kept as one value, which the next page reads", () => {
  const storage = new FakeStorage();
  const settings = createSettings(storage);
  expect(settings.get()).toEqual(DEFAULTS);
  settings.set({ density: "compact" });
  settings.set({ single_keys: false, time_zone: "Asia/Kolkata" });
  expect([...storage.values.keys()]).toEqual([KEY]);
  expect(createSettings(storage).get()).toEqual({
    ...DEFAULTS,
    density: "compact",
    single_keys: false,
    time_zone: "Asia/Kolkata",
  });
});

it("two tabs that change different settings keep both", () => {
  const storage = new FakeStorage();
  const [one, other] = [createSettings(storage), createSettings(storage)];
  one.set({ theme: "dark" });
  other.set({ density: "spacious" });
  expect(other.get()).toMatchObject({ theme: "dark", density: "spacious" });
  one.reread();
  expect(one.get()).toEqual(other.get());
});

it("a time zone applies to every text as soon as it is chosen or read", () => {
  const storage = new FakeStorage();
  const settings = createSettings(storage);
  settings.set({ time_zone: "Asia/Tokyo" });
  expect(timeZoneName()).toBe("Asia/Tokyo");
  storage.setItem(KEY, JSON.stringify({ ...DEFAULTS, time_zone: "Asia/Kolkata" }));
  settings.reread();
  expect(timeZoneName()).toBe("Asia/Kolkata");
});

it.each([
  ["no JSON", "{"],
  ["no object", "7"],
  ["unknown values", '{"theme":"pink","density":9,"time_zone":"Mars/Base","single_keys":"no"}'],
])("a stored value with %s counts as the default", (_what, text) => {
  expect(createSettings(new FakeStorage({ [KEY]: text })).get()).toEqual(DEFAULTS);
});

it("an invalid setting leaves the others as they are", () => {
  const text = JSON.stringify({ theme: "dark", density: "huge" });
  expect(createSettings(new FakeStorage({ [KEY]: text })).get()).toEqual({
    ...DEFAULTS,
    theme: "dark",
  });
});

it("the choices of version 0.2 are still in effect", () => {
  const storage = new FakeStorage({
    "hookwatch.theme": "dark",
    "hookwatch.notifications": "on",
  });
  const settings = createSettings(storage);
  expect(settings.get()).toEqual({ ...DEFAULTS, theme: "dark", notifications: true });
  settings.set({ notifications: false });
  expect(createSettings(storage).get()).toMatchObject({ theme: "dark", notifications: false });
});

it("without storage a choice lasts as long as the page", () => {
  const settings = createSettings(null);
  settings.set({ theme: "light" });
  settings.set({ density: "compact" });
  expect(settings.get()).toMatchObject({ theme: "light", density: "compact" });
  const blocked = createSettings({
    getItem: () => {
      throw new Error("blocked");
    },
    setItem: () => {
      throw new Error("blocked");
    },
  });
  blocked.set({ theme: "light" });
  blocked.set({ density: "compact" });
  expect(blocked.get()).toMatchObject({ theme: "light", density: "compact" });
});
