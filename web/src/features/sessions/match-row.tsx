/** A session that a search has found: its title, and the words around the newest match. */
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { SessionMatch, SessionRow } from "../../api/client.ts";
import { MarkedText } from "../../ui/marked-text.tsx";
import { Ago } from "../../ui/time.tsx";
import { SessionName, StateAge } from "./session-cells.tsx";

interface MatchRowProps {
  row: SessionRow;
  match: SessionMatch | null;
  isStop: boolean;
}

export const MatchRow = memo(function MatchRow({ row, match, isStop }: MatchRowProps) {
  return (
    <Link
      to="/sessions/$sessionId"
      params={{ sessionId: row.session_id }}
      search={match === null ? {} : { at: match.timestamp }}
      tabIndex={isStop ? 0 : -1}
      data-go={`session ${row.session_id}`}
      data-session={row.session_id}
      className="ask-grid h-full border-b border-edge px-3 hover:bg-hover"
    >
      <span className="at-name min-w-0">
        <SessionName row={row} past={false} />
      </span>
      <span className="at-state flex min-w-0 flex-col max-md:items-end">
        <StateAge row={row} />
        <Ago at={match?.timestamp ?? row.last_event_at} className="text-xs text-muted" />
      </span>
      <span className="at-doing found flex min-w-0 flex-col">
        {match === null ? null : (
          <>
            <bdi className="truncate">
              <MarkedText parts={match.parts} />
            </bdi>
            <span className="text-xs text-muted">
              {match.field}
              {match.match_count > 1 ? ` · ${match.match_count} matches` : ""}
            </span>
          </>
        )}
      </span>
    </Link>
  );
});
