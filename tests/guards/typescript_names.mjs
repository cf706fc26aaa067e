/** Print the names that the given files define, as JSON: `[path, line, name][]`. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const ts = createRequire(new URL("../../web/package.json", import.meta.url))("typescript");

/** Uses may be names of other libraries. */
function isUse(node) {
  return (
    ts.isPropertyAccessExpression(node) ||
    ts.isJsxAttribute(node) ||
    (ts.isImportSpecifier(node) && node.propertyName === undefined)
  );
}

function namesIn(path) {
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest);
  const names = [];
  const visit = (node) => {
    const { name } = node;
    if (name !== undefined && (ts.isIdentifier(name) || ts.isPrivateIdentifier(name))) {
      const { line } = source.getLineAndCharacterOfPosition(name.getStart(source));
      if (!isUse(node)) names.push([path, line + 1, name.text]);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

console.log(JSON.stringify(process.argv.slice(2).flatMap(namesIn)));
