import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { SessionRow as Row } from "../../api/client.ts";
import type { Column } from "./columns.ts";
import { DoingText } from "./doing.tsx";
import { Cell, SessionName, StateAge } from "./session-cells.tsx";

interface SessionRowProps {
  row: Row;
  past: boolean;
  narrow: boolean;
  columns: readonly Column[];
  /** Only one row is in the Tab order; from there the keys move. */
  isStop: boolean;
}

export const SessionRow = memo(function SessionRow({
  row,
  past,
  narrow,
  columns,
  isStop,
}: SessionRowProps) {
  return (
    <Link
      to="/sessions/$sessionId"
      params={{ sessionId: row.session_id }}
      tabIndex={isStop ? 0 : -1}
      data-go={`session ${row.session_id}`}
      data-session={row.session_id}
      className={`session-grid h-full border-b border-edge px-3 hover:bg-hover ${past ? "past-row" : ""}`}
    >
      <span className="at-name min-w-0">
        <SessionName row={row} past={past} model={narrow ? null : row.model_name} />
      </span>
      <span className="at-state min-w-0 max-md:text-right">
        <StateAge row={row} />
      </span>
      <span className="at-doing min-w-0">
        <DoingText row={row} />
      </span>
      {(narrow ? NARROW : columns).map((column) => (
        <span key={column} className={`at-${column} min-w-0`}>
          <Cell row={row} column={column} />
        </span>
      ))}
    </Link>
  );
});

const NARROW: readonly Column[] = ["context"];
