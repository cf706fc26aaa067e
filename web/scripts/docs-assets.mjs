/** Copy Swagger UI and our init.js into dist/docs-assets, which queryd serves for /docs. */
import { cpSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const swagger = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
const out = join(web, "dist", "docs-assets");

mkdirSync(out, { recursive: true });
for (const name of ["swagger-ui.css", "swagger-ui-bundle.js", "LICENSE", "NOTICE"]) {
  cpSync(join(swagger, name), join(out, name));
}
cpSync(join(web, "docs-assets"), out, { recursive: true });
