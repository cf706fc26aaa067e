/** Generate src/api/schema.ts from openapi.json; `--check` exits with 1 when it is out of date. */
import { readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const source = new URL("../src/api/openapi.json", import.meta.url);
const target = new URL("../src/api/schema.ts", import.meta.url);
const header =
  "/** Generated from openapi.json by `npm run api`. Change the server's structs, not this file. */\n\n";

const types = header + astToString(await openapiTS(source, { immutable: true }));
if (!process.argv.includes("--check")) {
  writeFileSync(target, types);
} else if (readFileSync(target, "utf8") !== types) {
  console.error("src/api/schema.ts is stale: run `npm run api`");
  process.exit(1);
}
