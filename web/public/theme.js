// Put theme and density on <html> before the first paint. In: localStorage "hookwatch.settings", or
// "hookwatch.theme" of version 0.2. Out: data-theme="light" or "dark", data-density. It is a file,
// not an inline script, because the server's policy is script-src 'self'. src/ui/appearance.ts
// changes the same attributes later.
(function () {
  var settings = {};
  try {
    settings = JSON.parse(localStorage.getItem("hookwatch.settings")) || {
      theme: localStorage.getItem("hookwatch.theme"),
    };
  } catch (_) {
    // Storage can be blocked, its value invalid; then the system decides.
  }
  var theme = settings.theme;
  if (theme !== "light" && theme !== "dark") {
    theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  document.documentElement.dataset.theme = theme;
  document.documentElement.dataset.density = settings.density || "comfortable";
})();
