/**
 * Connects the page to the live engine: in a worker shared by all tabs, so that any number of them
 * has one connection; in the page itself where the browser has no shared workers, or blocks them.
 */
import workerUrl from "./engine/worker.ts?sharedworker&url";
import type { EnginePort, ToEngine, ToPage } from "./protocol.ts";
import { buildOfPage } from "./update.ts";

export type Listen = (message: ToPage) => void;

export function connectEngine(listen: Listen): EnginePort {
  const worker = sharedWorker();
  if (worker === null) return engineInPage(listen);
  let port: EnginePort | null = null;
  const early: ToEngine[] = [];
  let isAnswered = false;
  worker.port.onmessage = ({ data }: MessageEvent<ToPage>) => {
    isAnswered = true;
    early.length = 0;
    listen(data);
  };
  // Its script could not be loaded.
  worker.onerror = () => {
    if (isAnswered || port !== null) return;
    port = engineInPage(listen);
    early.forEach(port.post);
  };
  return {
    post: (message) => {
      if (port !== null) {
        port.post(message);
        return;
      }
      if (!isAnswered) early.push(message);
      worker.port.postMessage(message);
    },
  };
}

/** Null where the browser has none; those that block storage throw. */
function sharedWorker(): SharedWorker | null {
  if (typeof SharedWorker === "undefined") return null;
  try {
    // The URL names the build: a worker of another build may have another protocol.
    const url = `${workerUrl}?build=${buildOfPage() ?? ""}`;
    return new SharedWorker(url, { type: "module", name: "hookwatch" });
  } catch {
    return null;
  }
}

/** Loaded only where it is needed. */
function engineInPage(listen: Listen): EnginePort {
  const loading = import("./engine/browser-engine.ts").then(({ browserEngine }) => browserEngine());
  const page = { post: listen };
  return {
    // A failure to load reports itself as the view's parts do: the page stays "connecting".
    post: (message) => void loading.then((engine) => engine.take(page, message)),
  };
}
