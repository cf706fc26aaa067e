// Put the stored theme on <html> before the first paint. In: localStorage "hookwatch.theme".
// Out: data-theme="light" or "dark". It is a file, not an inline script, because the server's
// policy is script-src 'self'. src/state/theme.ts changes the same attribute later.
(function () {
  var theme = "system";
  try {
    theme = localStorage.getItem("hookwatch.theme") || "system";
  } catch (_) {
    // Storage can be blocked; then the system decides.
  }
  if (theme !== "light" && theme !== "dark") {
    theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  document.documentElement.dataset.theme = theme;
})();
