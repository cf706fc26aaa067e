/**
 * Plays sample sessions through ingestd, and hides them again in this browser; the log keeps them.
 */
import { ApiError, get, postEvent } from "../api/client.ts";
import { commandsOf, USUAL, type Installation } from "../domain/commands.ts";
import { toastStore } from "./toasts.ts";
import { SAMPLE_APP, sampleEnd } from "./sample-app.ts";
import type { sampleStory } from "./sample-story.ts";

export interface SamplesState {
  /**
   * The session being played, how many of its events were sent, and whether it waits for ingestd.
   */
  readonly playing: { sessionId: string; sent: number; total: number; waiting: boolean } | null;
  /** The last session played in this page of which an event was sent. */
  readonly last: string | null;
  /** When this browser last sent a sample; 0 for never. */
  readonly sentAt: number;
  /** Samples sent up to this time are hidden; 0 hides none. */
  readonly hiddenUntil: number;
}

export interface SamplesPorts {
  /** Loaded when it is first played. */
  loadStory: () => Promise<typeof sampleStory>;
  /** Where ingestd takes events, and how to start it. */
  findIngest: () => Promise<Installation>;
  /** An event with an id may be posted again; one without must get out while the page closes. */
  post: (url: string, body: object, options: { id: string | null }) => Promise<void>;
  later: (ms: number, what: () => void) => () => void;
  now: () => number;
  storage: Pick<Storage, "getItem" | "setItem"> | null;
  report: (what: string, detail: string, retry: () => void) => void;
}

export type Samples = ReturnType<typeof createSamples>;

const PREFIX = "sample-";
const KEY = "hookwatch.samples";
const RETRY_MS = 1_000;
/** Attempts per event while ingestd does not answer: a restart takes seconds. */
const TRIES = 60;

export function isSample(sessionId: string): boolean {
  return sessionId.startsWith(PREFIX);
}

/** When a sample was sent, from its id; 0 when unknown. */
export function sampleSentAt(sessionId: string): number {
  const at = parseInt(sessionId.slice(PREFIX.length), 36);
  return Number.isSafeInteger(at) ? at : 0;
}

export function createSamples(ports: SamplesPorts) {
  const listeners = new Set<() => void>();
  let state: SamplesState = { playing: null, last: null, ...read(ports.storage) };
  let installation = USUAL;
  let cancel: (() => void) | null = null;

  function set(patch: Partial<SamplesState>) {
    state = { ...state, ...patch };
    for (const notify of listeners) notify();
  }

  function keep(patch: Partial<Pick<SamplesState, "sentAt" | "hiddenUntil">>) {
    set(patch);
    try {
      ports.storage?.setItem(
        KEY,
        JSON.stringify({ sentAt: state.sentAt, hiddenUntil: state.hiddenUntil }),
      );
    } catch {
      // Storage can be full or blocked: then the choice lasts as long as the page.
    }
  }

  async function play() {
    if (state.playing !== null) return;
    // Later than all hidden samples, whatever the clock says.
    const sentAt = Math.max(ports.now(), state.hiddenUntil + 1, state.sentAt + 1);
    const sessionId = PREFIX + sentAt.toString(36);
    set({ playing: { sessionId, sent: 0, total: 0, waiting: false } });
    try {
      const steps = (await ports.loadStory())(sessionId);
      installation = await ports.findIngest();
      for (const [i, step] of steps.entries()) {
        if (!(await pause(step.afterMs, sessionId))) return;
        if (!(await send(step.body, i, sessionId))) return;
        set({
          playing: { sessionId, sent: i + 1, total: steps.length, waiting: false },
          last: sessionId,
        });
        if (i === 0) keep({ sentAt });
      }
      set({ playing: null });
    } catch (error) {
      if (!isPlaying(sessionId)) return;
      set({ playing: null });
      const detail = error instanceof Error ? error.message : String(error);
      const isDown = error instanceof ApiError && error.status === 0;
      const { start, startIngestd } = commandsOf(installation);
      const command = installation.restarted_by === null ? startIngestd : start;
      const hint = isDown ? ` Start it with \`${command}\`.` : "";
      ports.report("Couldn’t send sample events", detail + hint, () => void play());
    }
  }

  /**
   * Send an event, with retries while ingestd restarts; false when this session was stopped. The
   * first event has one attempt: when it fails, ingestd is not running and the user has to start
   * it.
   */
  async function send(body: object, index: number, sessionId: string): Promise<boolean> {
    for (let tries = 1; ; tries += 1) {
      try {
        await ports.post(installation.ingest_url, body, { id: `${sessionId}-${index}` });
        return isPlaying(sessionId);
      } catch (error) {
        if (state.playing === null || !isPlaying(sessionId)) return false;
        const isAway = error instanceof ApiError && error.status === 0;
        if (!isAway || index === 0 || tries >= TRIES) throw error;
        if (!state.playing.waiting) set({ playing: { ...state.playing, waiting: true } });
        if (!(await pause(RETRY_MS, sessionId))) return false;
      }
    }
  }

  function isPlaying(sessionId: string): boolean {
    return state.playing?.sessionId === sessionId;
  }

  /** Returns false when this session was stopped meanwhile. */
  function pause(ms: number, sessionId: string): Promise<boolean> {
    return new Promise((resolve) => {
      const done = () => {
        cancel = null;
        resolve(isPlaying(sessionId));
      };
      const clear = ports.later(ms, done);
      cancel = () => {
        clear();
        done();
      };
    });
  }

  function stop() {
    const playing = state.playing;
    if (playing === null) return;
    set({ playing: null });
    cancel?.();
    if (playing.sent === 0) return;
    ports
      .post(installation.ingest_url, sampleEnd(playing.sessionId), { id: null })
      .catch(() => undefined);
  }

  return {
    get: () => state,
    subscribe: (notify: () => void) => {
      listeners.add(notify);
      return () => void listeners.delete(notify);
    },
    play,

    /** Stop, and end the session: otherwise one that waits for an answer would wait for a day. */
    stop,

    /** Hide every sample sent so far, by any browser. */
    remove: () => {
      stop();
      keep({ hiddenUntil: Math.max(ports.now(), state.sentAt) });
    },

    restore: () => keep({ hiddenUntil: 0 }),

    hides: (sessionId: string) =>
      isSample(sessionId) && sampleSentAt(sessionId) <= state.hiddenUntil,

    /**
     * The projects to leave out of lists and figures (`without_source_app`): that of samples while
     * all are hidden.
     */
    hiddenApps: (): readonly string[] => hiddenAppsOf(state),

    /** Another tab changed which samples are hidden. */
    reread: () => set(read(ports.storage)),
  };
}

const NONE: readonly string[] = [];
const APPS: readonly string[] = [SAMPLE_APP];

export function hiddenAppsOf(state: SamplesState): readonly string[] {
  return state.hiddenUntil > 0 && state.sentAt <= state.hiddenUntil ? APPS : NONE;
}

function read(storage: SamplesPorts["storage"]): Pick<SamplesState, "sentAt" | "hiddenUntil"> {
  let found: unknown = null;
  try {
    found = JSON.parse(storage?.getItem(KEY) ?? "null");
  } catch {
    // Invalid or blocked storage: nothing is hidden.
  }
  const time = (name: string) => {
    const value: unknown =
      typeof found === "object" && found !== null ? (found as Record<string, unknown>)[name] : 0;
    return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
  };
  return { sentAt: time("sentAt"), hiddenUntil: time("hiddenUntil") };
}

function browserStorage(): Storage | null {
  try {
    return typeof localStorage === "undefined" ? null : localStorage;
  } catch {
    return null;
  }
}

export const sampleStore = createSamples({
  loadStory: async () => (await import("./sample-story.ts")).sampleStory,
  findIngest: () => get("/api/health", {}),
  post: postEvent,
  later: (ms, what) => {
    const timer = setTimeout(what, ms);
    return () => clearTimeout(timer);
  },
  now: Date.now,
  storage: browserStorage(),
  report: (what, detail, retry) => toastStore.add(what, detail, retry),
});

if (typeof window !== "undefined") {
  window.addEventListener("storage", ({ key }) => {
    if (key === KEY) sampleStore.reread();
  });
  // The page closes, which stops the sample.
  window.addEventListener("pagehide", () => sampleStore.stop());
}
