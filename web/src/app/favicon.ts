const PLAIN = "/favicon.svg";
const MARK =
  '<rect width="32" height="32" rx="7" fill="#14181f"/>' +
  '<path d="M5 16.5h5.2l3-8.2 5 15.4 3.4-9.4 1.3 2.2H27" fill="none" stroke="#5aa9ff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/>';

export function faviconOf(count: number): string {
  if (count <= 0) return PLAIN;
  const text = count > 9 ? "9+" : String(count);
  const badge =
    // A ring in the icon's background colour separates the badge at 16 pixels.
    '<rect x="9" y="10" width="23" height="22" rx="8" fill="#ffb224" stroke="#14181f" stroke-width="2"/>' +
    `<text x="20.5" y="27" font-family="system-ui, sans-serif" font-weight="800" font-size="${count > 9 ? 15 : 18}" text-anchor="middle" fill="#14181f">${text}</text>`;
  return `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${MARK}${badge}</svg>`)}`;
}

export function showFavicon(count: number) {
  document.querySelector('link[rel="icon"]')?.setAttribute("href", faviconOf(count));
}
