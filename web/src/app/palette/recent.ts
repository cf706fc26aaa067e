/** Store the ids of recent choices in localStorage, newest first. */

const KEY = "hookwatch.recent";
const KEPT = 6;

export function recentIds(): string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(value)
      ? value.filter((one) => typeof one === "string").slice(0, KEPT)
      : [];
  } catch {
    return [];
  }
}

export function remember(id: string) {
  try {
    localStorage.setItem(
      KEY,
      JSON.stringify([id, ...recentIds().filter((one) => one !== id)].slice(0, KEPT)),
    );
  } catch {
    // Storage can be blocked: then nothing is stored.
  }
}
