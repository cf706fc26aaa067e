/** The engine in a worker that all tabs of the browser share. */
import type { ToEngine } from "../protocol.ts";
import { browserEngine } from "./browser-engine.ts";

const engine = browserEngine();

self.addEventListener("connect", (connected) => {
  const [port] = (connected as MessageEvent).ports;
  if (port === undefined) return;
  const page = { post: (message: unknown) => port.postMessage(message) };
  port.onmessage = ({ data }: MessageEvent<ToEngine>) => engine.take(page, data);
});
