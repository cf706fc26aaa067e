const NO_MEDIA = {
  matches: false,
  media: "",
  onchange: null,
  addListener: () => undefined,
  removeListener: () => undefined,
};

if (typeof document !== "undefined") {
  const { configure } = await import("@testing-library/react");
  // Waits end as soon as their condition holds, so this costs nothing except on a busy machine.
  configure({ asyncUtilTimeout: 30_000 });
  // jsdom has no media queries, which modules read while they are loaded: none matches.
  window.matchMedia = () => Object.assign(new EventTarget(), NO_MEDIA);
}

export {};
