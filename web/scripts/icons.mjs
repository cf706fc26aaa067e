/** Write `src/ui/icons.svg`, one row of lucide icons, and the classes that show one of them. */
import { writeFileSync } from "node:fs";

const NAMES = {
  ask: "hand",
  start: "play",
  done: "check",
  failed: "x",
  denied: "circle-slash",
  agent: "bot",
  prompt: "arrow-right",
  speech: "message-square",
  session: "log-in",
  end: "square",
  note: "bell",
  file: "file",
  settings: "settings",
  compact: "archive",
  model: "cpu",
  task: "list-checks",
  batch: "layers",
  branch: "git-branch",
  api: "boxes",
  other: "circle-dot",
  unsaved: "cloud-off",
  running: "loader-circle",
};
const SIZE = 24;
const names = Object.entries(NAMES);
const drawn = await Promise.all(
  names.map(async ([, icon], i) => {
    const { __iconData } = await import(
      new URL(`../node_modules/lucide-react/dist/esm/icons/${icon}.mjs`, import.meta.url)
    );
    const parts = __iconData.node.map(([tag, { key: _, ...attributes }]) => {
      const text = Object.entries(attributes).map(([name, value]) => ` ${name}="${value}"`);
      return `<${tag}${text.join("")}/>`;
    });
    return `<g transform="translate(${i * SIZE})">${parts.join("")}</g>`;
  }),
);
const width = names.length * SIZE;
writeFileSync(
  new URL("../src/ui/icons.svg", import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${SIZE}" width="${width}" height="${SIZE}" fill="none" stroke="#000" stroke-width="2.25" stroke-linecap="round" stroke-linejoin="round">\n${drawn.join("\n")}\n</svg>\n`,
);
const classes = names.map(
  ([name], i) => `.icon-${name} {\n  mask-position: calc(${-i} * var(--icon-px)) 0;\n}\n`,
);
writeFileSync(
  new URL("../src/ui/icons.css", import.meta.url),
  `/* Written by \`npm run icons\`. */
.icon {
  --icon-px: 12px;
  display: inline-block;
  flex: none;
  width: var(--icon-px);
  height: var(--icon-px);
  background: currentcolor;
  mask: url("./icons.svg") 0 0 / auto 100% no-repeat;
}
@media (forced-colors: active) {
  .icon {
    background: CanvasText;
  }
}
${classes.join("")}`,
);
