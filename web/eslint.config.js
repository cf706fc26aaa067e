/**
 * Lint strictly, and hold the one-way imports: api → state → views → app.
 */
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** Forbid files of one folder to import from those that come after it. */
function layer(folder, later, packages = []) {
  return {
    files: [`src/${folder}/**/*.{ts,tsx}`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { group: later.map((name) => `**/${name}/**`), message: `Imports run api → state → views → app; ${folder} comes before.` },
            { group: packages, message: `${folder} is plain TypeScript; React is at the rim.` },
          ].filter(({ group }) => group.length > 0),
        },
      ],
    },
  };
}

const REACT = ["react", "react-dom", "react-dom/*", "@tanstack/*", "lucide-react", "@base-ui/*"];

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
      // An index signature is read with brackets to tell it from a field that is sure to exist.
      "@typescript-eslint/dot-notation": "off",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      // `default: x satisfies never` is how a new kind breaks the build; the value stays for run time.
      "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: "only-allowed-literals" }],
    },
  },
  { files: ["src/**/*.tsx", "src/**/hooks.ts"], ...reactHooks.configs.flat["recommended-latest"] },
  { files: ["src/**/*.tsx"], ...jsxA11y.flatConfigs.strict },
  layer("api", ["state", "views", "app"], REACT),
  layer("state", ["views", "app"], REACT),
  layer("views", ["app"]),
  // Later than "views", which it narrows: the words of rows are pure.
  layer("views/words", ["app", "parts", "events"], REACT),
);
