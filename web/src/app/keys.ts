/**
 * Name the keys. In: nothing. Out: every key by the view it works in; the help draws this list.
 */

export interface KeyGroup {
  where: string;
  keys: readonly (readonly [keys: string, does: string])[];
}

export const KEY_GROUPS: readonly KeyGroup[] = [
  {
    where: "Everywhere",
    keys: [
      ["g s", "Go to Sessions"],
      ["g e", "Go to Events"],
      ["g t", "Go to Tools"],
      ["g l", "Go to Timeline"],
      ["g u", "Go to Usage"],
      ["g h", "Go to Health"],
      ["g n", "Go to the next session that needs you"],
      ["/", "Search and commands; so does Ctrl K or ⌘ K"],
      ["?", "Show these keys"],
      ["Esc", "Close what is open"],
    ],
  },
  {
    where: "Lists",
    keys: [
      ["j k", "Next and previous row"],
      ["Enter", "Open the row"],
      ["Esc", "Close it"],
    ],
  },
  {
    where: "Session page",
    keys: [
      ["1 … 6", "Activity, Tools, Files, Agents, Events, Usage"],
      ["[ ]", "The tab before, the tab after"],
    ],
  },
  {
    where: "Events",
    keys: [
      ["f", "Follow the newest event, or stop"],
      ["p", "Freeze the screen, or go on"],
    ],
  },
  {
    where: "Charts and timeline",
    keys: [
      ["← →", "The bar or the block before, and after"],
      ["Shift ← →", "Choose a range; Enter goes into it"],
      ["+ -", "Zoom the timeline"],
      ["n", "Follow now"],
    ],
  },
];
