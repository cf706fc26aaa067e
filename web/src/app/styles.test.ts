import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

type Rgb = readonly [number, number, number];

/** WCAG AA for text of this size. */
const AA = 4.5;
const TINT = 0.11;
const INKS = ["ink", "muted", "needs", "working", "ok", "failed", "agent", "quiet"];
const TONES = ["needs", "working", "ok", "failed", "agent", "quiet"];
const KEYS = Array.from({ length: 8 }, (_, i) => `key-${i}`);
const GROUNDS = ["ground", "panel", "raised", "hover"];

const css = readFileSync(new URL("./styles.css", import.meta.url), "utf8");

function tokens(selector: string): Map<string, Rgb> {
  const start = css.indexOf(`${selector} {`);
  const block = css.slice(start, css.indexOf("}", start));
  return new Map(
    [...block.matchAll(/--([\w-]+):\s*#([0-9a-f]{6})/g)].map(([, name = "", hex = ""]) => [
      name,
      [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)) as unknown as Rgb,
    ]),
  );
}

function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function hsl([r, g, b]: Rgb): { hue: number; saturation: number } {
  const [most, least] = [Math.max(r, g, b), Math.min(r, g, b)];
  const range = most - least;
  const lightness = (most + least) / 510;
  if (range === 0) return { hue: 0, saturation: 0 };
  const sixth =
    most === r ? ((g - b) / range + 6) % 6 : most === g ? (b - r) / range + 2 : (r - g) / range + 4;
  return { hue: sixth * 60, saturation: range / 255 / (1 - Math.abs(2 * lightness - 1)) };
}

function over(top: Rgb, share: number, bottom: Rgb): Rgb {
  return [0, 1, 2].map(
    (i) => (top[i] ?? 0) * share + (bottom[i] ?? 0) * (1 - share),
  ) as unknown as Rgb;
}

describe.each([":root", '[data-theme="dark"]'])("the colours of %s", (selector) => {
  const found = tokens(selector);
  const of = (name: string): Rgb => {
    const rgb = found.get(name);
    if (rgb === undefined) throw new Error(`${selector} has no --${name}`);
    return rgb;
  };

  it.each(INKS.flatMap((ink) => GROUNDS.map((ground) => [ink, ground] as const)))(
    "let %s be read on %s",
    (ink, ground) => {
      expect(contrast(of(ink), of(ground))).toBeGreaterThanOrEqual(AA);
    },
  );

  it.each(TONES.flatMap((tone) => GROUNDS.map((ground) => [tone, ground] as const)))(
    "let %s and plain text be read on its own tint over %s",
    (tone, ground) => {
      const tint = over(of(tone), TINT, of(ground));
      for (const ink of [tone, "ink", "muted"])
        expect(contrast(of(ink), tint), ink).toBeGreaterThanOrEqual(AA);
    },
  );

  it.each(["ground", "panel", "raised"])(
    "distinguish what is pointed at from the rest of %s",
    (ground) => {
      expect(contrast(of("hover"), of(ground))).toBeGreaterThanOrEqual(1.04);
    },
  );

  it.each(GROUNDS)("let the track of a bar be seen on %s", (ground) => {
    expect(contrast(of("track"), of(ground))).toBeGreaterThanOrEqual(1.25);
  });

  it.each(KEYS)("keep %s apart from the colour of every state", (key) => {
    for (const tone of TONES) {
      const [one, other] = [hsl(of(key)), hsl(of(tone))];
      const turn = Math.abs(one.hue - other.hue);
      const isFar = Math.min(turn, 360 - turn) >= 20;
      expect(isFar || one.saturation < 0.35, `${key} looks like ${tone}`).toBe(true);
    }
  });

  it.each(GROUNDS)("let the focus ring be seen on %s", (ground) => {
    expect(contrast(of("focus"), of(ground))).toBeGreaterThanOrEqual(3);
  });
});

it("tints with the share that is measured here", () => {
  expect(css).toContain(`var(--tone) ${TINT * 100}%`);
});
