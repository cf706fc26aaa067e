/**
 * Notice that Hookwatch was updated while the page was open. In: the page's own build, and each
 * greeting of the stream. Out: the update that a reload would bring, or none. Left to the next:
 * drawing it.
 *
 * The version alone would miss a dashboard that was built anew under the same number; the build alone
 * would miss a daemon that changed under the same dashboard.
 */
import type { Hello } from "../api/client.ts";

export interface Update {
  /** The daemon's version where that is another one than the page first met. */
  readonly version: string | null;
}

/** With null for the page's build, as under the development server, only versions are compared. */
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

    /** Do not offer this update again; the next one is. */
    dismiss() {
      dismissed = served;
      set(null);
    },
  };
}

function buildOfPage(): string | null {
  if (typeof document === "undefined") return null;
  return document.querySelector<HTMLMetaElement>('meta[name="build"]')?.content ?? null;
}

export const updateStore = createUpdates(buildOfPage());
