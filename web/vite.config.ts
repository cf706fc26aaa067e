import { createHash } from "node:crypto";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/**
 * Name the build in the page, by a hash of the page itself: it holds the hashed names of all assets.
 * queryd sends the name with each greeting, and an open page of another build offers a reload.
 */
const nameBuild: Plugin = {
  name: "name-build",
  apply: "build",
  transformIndexHtml: {
    order: "post",
    handler: (html) => [
      {
        tag: "meta",
        attrs: {
          name: "build",
          content: createHash("sha256").update(html).digest("hex").slice(0, 16),
        },
        injectTo: "head",
      },
    ],
  },
};

export default defineConfig({
  plugins: [react(), tailwindcss(), nameBuild],
  server: { host: "127.0.0.1", port: 5173, strictPort: true },
  build: {
    manifest: true,
    // The server's policy is font-src 'self' and img-src 'self': nothing may become a data: URL.
    assetsInlineLimit: 0,
    // Every browser that runs this page supports modulepreload.
    modulePreload: { polyfill: false },
    // What changes with no version of ours stays in the browser's cache over an upgrade.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              name: "vendor",
              test: /node_modules\/(react|react-dom|scheduler|@tanstack\/[^/]+)\//,
            },
          ],
        },
      },
    },
  },
  test: {
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/testing/setup.ts"],
    testTimeout: 120_000,
    env: { VITE_API_URL: "http://queryd.test" },
  },
});
