import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { SessionRow as Row } from "../../api/client.ts";
import { Activity } from "../../ui/activity.tsx";
import { ContextBar } from "../../ui/context-bar.tsx";
import { CostText } from "../../ui/cost-text.tsx";
import { Ago } from "../../ui/time.tsx";
import { DoingText } from "./doing.tsx";
import { Model, SessionName, StateAge } from "./session-cells.tsx";

interface SessionRowProps {
  row: Row;
  past: boolean;
  narrow: boolean;
  /** Only one row is in the Tab order; from there the keys move. */
  isStop: boolean;
}

export const SessionRow = memo(function SessionRow({ row, past, narrow, isStop }: SessionRowProps) {
  return (
    <Link
      to="/sessions/$sessionId"
      params={{ sessionId: row.session_id }}
      tabIndex={isStop ? 0 : -1}
      data-go={`session ${row.session_id}`}
      data-session={row.session_id}
      className={`session-grid h-full border-b border-edge px-3 hover:bg-hover ${past ? "past-row" : ""}`}
    >
      <span className="at-name flex min-w-0 items-center gap-1.5">
        <SessionName row={row} past={past} />
      </span>
      <span className="at-state min-w-0 max-md:text-right">
        <StateAge row={row} />
      </span>
      <span className="at-doing min-w-0">
        <DoingText row={row} />
      </span>
      {narrow ? null : (
        <span className="at-model min-w-0">
          <Model name={row.model_name} />
        </span>
      )}
      <span className="at-context min-w-0">
        {narrow && row.context === null ? null : (
          <ContextBar context={row.context} className={narrow ? "w-10" : "w-20"} />
        )}
      </span>
      {narrow ? null : (
        <>
          <span className="at-cost">
            <CostText cost={row.cost} tokens={row.tokens} />
          </span>
          <span className="at-activity">
            <Activity row={row} />
          </span>
          <span className="at-last text-right text-xs whitespace-nowrap text-muted">
            <Ago at={row.last_event_at} />
          </span>
        </>
      )}
    </Link>
  );
});
