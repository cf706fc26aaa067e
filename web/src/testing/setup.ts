/**
 * Set for all tests with a document how long they wait. A wait ends as soon as its condition holds,
 * so a generous end costs nothing but on a machine that is busy with other things.
 */
if (typeof document !== "undefined") {
  const { configure } = await import("@testing-library/react");
  configure({ asyncUtilTimeout: 30_000 });
}

export {};
