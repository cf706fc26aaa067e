/** Print the size of the first load's script; exit with 1 when it exceeds the budget. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 170;
const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), "dist");
const manifest = JSON.parse(readFileSync(join(dist, ".vite", "manifest.json"), "utf8"));

const files = new Set(["theme.js"]);
function add(key) {
  const chunk = manifest[key];
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const imported of chunk.imports ?? []) add(imported);
}
add("index.html");

const bytes = [...files].reduce(
  (sum, file) => sum + gzipSync(readFileSync(join(dist, file))).length,
  0,
);
const kb = (bytes / 1000).toFixed(1);
console.log(`first load: ${kb} kB of script, gzipped (budget ${BUDGET_KB} kB)`);
if (bytes > BUDGET_KB * 1000) process.exit(1);
