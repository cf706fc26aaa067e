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
      ["Space", "Show the whole request of a session that needs you"],
      ["Esc", "Close the row"],
    ],
  },
  {
    where: "Session page",
    keys: [
      ["1 … 6", "Activity, Tools, Files, Agents, Events, Usage"],
      ["[ ]", "Previous/next tab"],
      ["c r", "Copy the command that resumes it (also of the row with the focus)"],
      ["Ctrl/⌘ F", "Find in Activity"],
    ],
  },
  {
    where: "Events",
    keys: [
      ["f", "Toggle live"],
      ["p", "Pause/resume"],
      ["v", "View the open or chosen event in context"],
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
