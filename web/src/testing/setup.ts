/**
 * A generous timeout for waits: they end as soon as their condition holds, so it costs nothing
 * except on a busy machine.
 */
if (typeof document !== "undefined") {
  const { configure } = await import("@testing-library/react");
  configure({ asyncUtilTimeout: 30_000 });
}

export {};
