/**
 * Lint strictly, and hold the folders to one order: api → domain → url → live → ui → features → app.
 */
import boundaries from "eslint-plugin-boundaries";
import { createNodeResolver, importX } from "eslint-plugin-import-x";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** Each may import from itself and from those before it. */
const LAYERS = ["api", "domain", "url", "live", "ui"];
/** Their files run without a page. */
const PLAIN = ["api", "domain", "url", "live"];
const REACT = ["react", "react-dom", "react-dom/*", "@tanstack/*", "lucide-react", "@base-ui/*"];

const one = (type, captured) => ({
  element: captured === undefined ? { type } : { type, captured },
});
const to = (type) => ({ to: one(type) });
const tests = ["src/**/*.test.{ts,tsx}", "src/testing/**", "src/env.d.ts"];

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/api/schema.ts"] },
  {
    files: ["src/**/*.{ts,tsx}", "vite.config.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      // Event handlers and timers are short arrows; a block around a call says nothing more.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // Numbers read well in templates.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // Brackets mark a read through an index signature, which may be undefined.
      "@typescript-eslint/dot-notation": "off",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      // `default: x satisfies never` is how a new kind breaks the build; the value stays for run time.
      "@typescript-eslint/no-unnecessary-condition": [
        "error",
        { allowConstantLoopConditions: "only-allowed-literals" },
      ],
    },
  },
  { files: ["src/**/*.{ts,tsx}"], ...reactHooks.configs.flat["recommended-latest"] },
  { files: ["src/**/*.tsx"], ...jsxA11y.flatConfigs.strict },
  {
    files: ["src/**/*.{ts,tsx}"],
    plugins: { "import-x": importX },
    settings: {
      "import-x/resolver-next": [createNodeResolver({ extensions: [".ts", ".tsx", ".css"] })],
      "import-x/extensions": [".ts", ".tsx"],
      "import-x/parsers": { "@typescript-eslint/parser": [".ts", ".tsx"] },
    },
    rules: {
      "import-x/no-cycle": "error",
      "import-x/no-unresolved": ["error", { ignore: ["\\?raw$"] }],
    },
  },
  {
    files: ["src/**/*.{ts,tsx}"],
    ignores: tests,
    plugins: { boundaries },
    settings: {
      "boundaries/elements": [
        { type: "feature", pattern: "src/features/*", capture: ["name"] },
        ...[...LAYERS, "app"].map((name) => ({ type: name, pattern: `src/${name}` })),
      ],
      "import/resolver": { node: { extensions: [".ts", ".tsx"] } },
    },
    rules: {
      "boundaries/no-unknown-files": "error",
      "boundaries/dependencies": [
        "error",
        {
          default: "disallow",
          policies: [
            ...LAYERS.map((name, at) => ({
              from: one(name),
              allow: LAYERS.slice(0, at + 1).map(to),
            })),
            {
              from: one("feature"),
              allow: [
                ...LAYERS.map(to),
                { to: one("feature", { name: "{{ from.element.captured.name }}" }) },
              ],
            },
            { from: one("app"), allow: [...LAYERS, "feature", "app"].map(to) },
          ],
        },
      ],
    },
  },
  {
    files: PLAIN.map((name) => `src/${name}/**/*.{ts,tsx}`),
    ignores: tests,
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { group: REACT, message: "This folder is plain TypeScript; React is at the rim." },
          ],
        },
      ],
    },
  },
);
