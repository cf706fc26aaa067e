"""Describe mobile-app: a TypeScript app."""
# ruff: noqa: E501 - what a file, a command or Claude says stands here as it is said

from connect.demo.material.parts import (
    AgentTask,
    BackgroundPrompt,
    DelegationPrompt,
    DemoProject,
    FileEdit,
    FileRead,
    FileWrite,
    GlobSearch,
    GrepSearch,
    PageFetch,
    PlanPrompt,
    Question,
    QuestionPrompt,
    ShellCommand,
    TodoEntry,
    WorkPrompt,
)

CART = """import { useState } from "react";
import { formatPrice } from "./format";

export function Cart({ lines }: { lines: Line[] }) {
  const [open, setOpen] = useState(false);
  const total = lines.reduce((sum, line) => sum + line.price, 0);
  return (
    <View onPress={() => setOpen(!open)}>
      <Text>{formatPrice(total)}</Text>
    </View>
  );
}
"""

FORMAT = """export function formatPrice(cents: number): string {
  return (cents / 100).toFixed(2) + " EUR";
}
"""

SESSION = """export async function refresh(token: string): Promise<string> {
  const answer = await fetch("/api/session", { headers: { authorization: token } });
  const body = await answer.json();
  return body.token;
}
"""

PROJECT = DemoProject(
    name="mobile-app",
    files={"src/Cart.tsx": CART, "src/format.ts": FORMAT, "src/session.ts": SESSION},
    jobs=(
        WorkPrompt(
            prompt="The cart shows the wrong total when there are two of one thing.",
            opening="The sum is probably ignoring the quantity.",
            batches=(
                (
                    FileRead("src/Cart.tsx"),
                    GrepSearch("quantity", "src/types.ts:12:  quantity: number;"),
                ),
                (
                    FileEdit(
                        "src/Cart.tsx", "sum + line.price, 0", "sum + line.price * line.quantity, 0"
                    ),
                ),
                (ShellCommand("npx tsc --noEmit", "Check the types", "", 5200),),
                (
                    ShellCommand(
                        "npx vitest run src/Cart.test.tsx",
                        "Run the cart tests",
                        " ✓ src/Cart.test.tsx (4 tests) 38ms\n\n Test Files  1 passed (1)\n      Tests  4 passed (4)",
                        2900,
                    ),
                ),
            ),
            answer="The total left out the quantity. It multiplies now; types and the four cart tests are fine.",
        ),
        WorkPrompt(
            prompt="People are logged out at random. Find the race in the session code.",
            batches=(
                (
                    FileRead("src/session.ts"),
                    GlobSearch("src/**/*session*", ("src/session.ts", "src/session.test.ts")),
                ),
                (
                    ShellCommand(
                        "npx vitest run src/session.test.ts --retry=0",
                        "Run the session tests",
                        " FAIL  src/session.test.ts > two refreshes at once\nAssertionError: expected undefined to be 'token-2'\n\n"
                        " Test Files  1 failed (1)\n      Tests  1 failed | 5 passed (6)",
                        3300,
                        1,
                    ),
                ),
                (
                    FileEdit(
                        "src/session.ts",
                        "  const body = await answer.json();\n",
                        "  if (!answer.ok) throw new Error(`session: ${answer.status}`);\n  const body = await answer.json();\n",
                    ),
                ),
                (
                    ShellCommand(
                        "npx vitest run src/session.test.ts --retry=0",
                        "Run the session tests again",
                        " ✓ src/session.test.ts (6 tests) 61ms\n\n Test Files  1 passed (1)\n      Tests  6 passed (6)",
                        3100,
                    ),
                ),
                (ShellCommand("npx eslint src/session.ts", "Lint the file", "", 1800),),
            ),
            answer="A refused refresh was stored as the token `undefined`, which logged people out. It throws now, and the old token stays.",
        ),
        WorkPrompt(
            prompt="Show prices in the user's own format.",
            batches=(
                (
                    GrepSearch(
                        "formatPrice",
                        'src/Cart.tsx:2:import { formatPrice } from "./format";\n'
                        "src/Cart.tsx:9:      <Text>{formatPrice(total)}</Text>\nsrc/format.ts:1:export function formatPrice(cents: number): string {",
                    ),
                    FileRead("src/format.ts"),
                    PageFetch(
                        "https://developer.example.org/docs/Intl/NumberFormat",
                        "How is a currency formatted?",
                        "new Intl.NumberFormat(locale, { style: 'currency', currency: 'EUR' }).format(12.5)",
                    ),
                ),
                (
                    FileEdit(
                        "src/format.ts",
                        '  return (cents / 100).toFixed(2) + " EUR";\n',
                        '  return new Intl.NumberFormat(undefined, { style: "currency", currency: "EUR" }).format(cents / 100);\n',
                    ),
                ),
                (
                    ShellCommand(
                        "npx vitest run",
                        "Run all tests",
                        " ✓ src/Cart.test.tsx (4 tests)\n ✓ src/format.test.ts (3 tests)\n ✓ src/session.test.ts (6 tests)\n\n Tests  13 passed (13)",
                        6100,
                    ),
                ),
            ),
            answer="Prices use `Intl.NumberFormat` with the user's locale. All 13 tests pass.",
        ),
    ),
    delegation=DelegationPrompt(
        prompt="Have an agent find everything on the start screen that loads before the first paint.",
        tasks=(
            AgentTask(
                "Explore",
                "Find what loads before the first paint",
                "Trace the imports of src/App.tsx and list what runs before the first render, with sizes.",
                (
                    GrepSearch(
                        "^import",
                        'src/App.tsx:1:import { Cart } from "./Cart";\nsrc/App.tsx:2:import moment from "moment";',
                    ),
                    FileRead("src/Cart.tsx"),
                    GlobSearch("src/*.tsx", ("src/App.tsx", "src/Cart.tsx")),
                ),
                "moment (290 kB) is loaded at the top of App.tsx for one date; the rest is small.",
            ),
        ),
        launched="An agent is tracing the start screen.",
        answers=(
            "`moment` costs 290 kB before the first paint, for a single date. `Intl.DateTimeFormat` would do.",
        ),
    ),
    question=QuestionPrompt(
        prompt="Make the app work offline.",
        questions=(
            Question(
                question="What should work without a connection?",
                header="Offline",
                options=(
                    ("Reading only", "The last orders, from a cache"),
                    ("Ordering too", "Orders wait and are sent later"),
                ),
            ),
            Question(
                question="How long is a cached order shown?",
                header="Cache",
                options=(("30 days", "About 2 MB"), ("7 days", "Less than 1 MB")),
            ),
        ),
        answer="The last orders are readable offline now, from a cache of 30 days.",
    ),
    plan=PlanPrompt(
        prompt="Replace moment with Intl everywhere.",
        todos=(
            (
                TodoEntry("Find the uses", "Every import of moment", "Finding the uses"),
                GrepSearch(
                    'from "moment"',
                    'src/App.tsx:2:import moment from "moment";\nsrc/Orders.tsx:4:import moment from "moment";',
                ),
            ),
            (
                TodoEntry("Write formatDate", "With tests for three locales", "Writing formatDate"),
                FileWrite(
                    "src/date.ts",
                    "export const formatDate = (at: Date, locale?: string): string =>\n"
                    '  new Intl.DateTimeFormat(locale, { dateStyle: "medium" }).format(at);\n',
                ),
            ),
            (
                TodoEntry(
                    "Remove the package", "And see what the bundle weighs", "Removing the package"
                ),
                ShellCommand(
                    "npm uninstall moment && npm run build",
                    "Remove moment and build",
                    "removed 1 package\ndist/main.js  412.10 kB (was 702.44 kB)",
                    7400,
                ),
            ),
        ),
        answer="moment is gone; the bundle went from 702 kB to 412 kB.",
    ),
    background=BackgroundPrompt(
        prompt="Run the end-to-end tests in the background.",
        run=ShellCommand("npx playwright test", "Run the end-to-end tests", "", 12000),
        launched="The end-to-end tests are running.",
        finished="All 24 end-to-end tests passed.",
    ),
)
