/**
 * Views of other features on the session's page. The app fills them in, because features do not
 * import each other.
 */
import type { ComponentType } from "react";
import type { Compaction } from "../../api/client.ts";
import type { RowKey } from "../../live/rows.ts";
import type { Filter } from "../../url/filters.ts";

/** Whether the lanes of subagents are shown. */
export interface StripLanes {
  open: boolean;
  onToggle: () => void;
}

/** A selected range of time, inclusive ms since the epoch. */
export interface SessionBrush {
  range: { since: number; until: number } | null;
  /** `replace` adds no history entry. */
  onRange: (range: SessionBrush["range"], how?: { replace?: boolean }) => void;
}

export interface SessionParts {
  Strip: ComponentType<{
    sessionId: string;
    compactions: readonly Compaction[];
    /** ms since the epoch. */
    onPick: (at: number) => void;
    lanes: StripLanes;
    /** Absent where no time can be selected. */
    brush?: SessionBrush;
  }>;
  EventLog: ComponentType<{
    filter: Filter;
    /** Filters that the user cannot change. */
    fixed: Filter;
    openKey: RowKey | null;
    onFilter: (filter: Filter) => void;
    onOpen: (key: RowKey | null) => void;
  }>;
}
