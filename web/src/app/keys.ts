/** Every keyboard shortcut, by the view it works in, as the help lists them. */
import { VIEWS } from "./views.ts";

export interface KeyGroup {
  where: string;
  keys: readonly (readonly [keys: string, does: string])[];
}

export const KEY_GROUPS: readonly KeyGroup[] = [
  {
    where: "Everywhere",
    keys: [
      ...VIEWS.map(({ key, name }) => [key, `Go to ${name}`] as const),
      ["g n", "Go to the next session that needs you"],
      ["/", "Search (also Ctrl/⌘ K)"],
      ["?", "Keyboard shortcuts"],
      ["Esc", "Close"],
    ],
  },
  {
    where: "Lists",
    keys: [
      ["j k", "Next and previous row"],
      ["Enter", "Open the row"],
      ["Esc", "Close the row"],
    ],
  },
  {
    where: "Session page",
    keys: [
      ["1 … 6", "Activity, Tools, Files, Agents, Events, Usage"],
      ["[ ]", "Previous/next tab"],
      ["Ctrl/⌘ F", "Find in Activity"],
    ],
  },
  {
    where: "Events",
    keys: [
      ["f", "Toggle live"],
      ["p", "Pause/resume"],
    ],
  },
  {
    where: "Charts and timeline",
    keys: [
      ["← →", "Previous/next bar"],
      ["Shift ← →", "Select range, Enter to zoom"],
      ["+ -", "Zoom the timeline"],
      ["n", "Jump to now"],
    ],
  },
];
