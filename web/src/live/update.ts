/**
 * Detects that Hookwatch was updated while the page was open, from the stream's first message. The
 * version alone would miss a dashboard that was rebuilt under the same version; the build alone
 * would miss a daemon that changed under the same dashboard.
 */
import type { Hello } from "../api/client.ts";

export interface Update {
  /** The daemon's version, where it differs from the first one that the page saw. */
  readonly version: string | null;
}

/** With a null build, as under the development server, only versions are compared. */
export function createUpdates(pageBuild: string | null) {
  const listeners = new Set<() => void>();
  let firstVersion: string | null = null;
  let served = "";
  let dismissed = "";
  let update: Update | null = null;

  function set(next: Update | null) {
    if (next?.version === update?.version && (next === null) === (update === null)) return;
    update = next;
    for (const notify of listeners) notify();
  }

  return {
    get: () => update,
    subscribe: (notify: () => void) => {
      listeners.add(notify);
      return () => void listeners.delete(notify);
    },

    greet({ version, build }: Pick<Hello, "version" | "build">) {
      firstVersion ??= version;
      served = JSON.stringify([version, build]);
      const hasNewVersion = version !== firstVersion;
      const hasNewBuild = pageBuild !== null && build !== null && build !== pageBuild;
      const isOffered = (hasNewVersion || hasNewBuild) && served !== dismissed;
      set(isOffered ? { version: hasNewVersion ? version : null } : null);
    },

    /** Do not offer this update again, only the next one. */
    dismiss() {
      dismissed = served;
      set(null);
    },
  };
}

export function buildOfPage(): string | null {
  if (typeof document === "undefined") return null;
  return document.querySelector<HTMLMetaElement>('meta[name="build"]')?.content ?? null;
}

export const updateStore = createUpdates(buildOfPage());
