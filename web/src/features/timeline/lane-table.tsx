/**
 * Tell in a table what the lanes draw. In: rows, the window. Out: for each how long it worked and
 * waited within the window, and its calls.
 */
import { SessionLink } from "../../ui/links.tsx";
import { StatusWord } from "../../ui/status.tsx";
import { formatCount, formatDuration, UNKNOWN } from "../../domain/format.ts";
import { type Row, totalsOf } from "./rows.ts";
import type { Window } from "./scale.ts";
import { ScrollRegion } from "../../ui/scroll-region.tsx";

const HEADS = [
  "Session",
  "State",
  "Worked",
  "Waited for you",
  "Background",
  "Failed",
  "Calls",
  "Failed calls",
];

export function LaneTable({
  rows,
  window,
  now,
}: {
  rows: readonly Row[];
  window: Window;
  now: number;
}) {
  return (
    <ScrollRegion label="Sessions as a table" className="min-h-0 grow overflow-auto">
      <table className="w-full border-collapse">
        <thead className="sticky top-0 bg-panel text-left text-xs text-muted">
          <tr>
            {HEADS.map((head, i) => (
              <th
                key={head}
                scope="col"
                className={`border-b border-edge px-3 py-1.5 font-medium whitespace-nowrap ${i > 1 ? "text-right" : ""}`}
              >
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <LaneTableRow key={row.key} row={row} window={window} now={now} />
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function LaneTableRow({ row, window, now }: { row: Row; window: Window; now: number }) {
  const { session, agent, depth } = row;
  const totals = totalsOf(agent ?? session, window, now);
  return (
    <tr data-row-key={row.key} className="border-b border-edge hover:bg-hover">
      <th
        scope="row"
        className="max-w-80 px-3 py-1.5 text-left font-normal"
        style={{ paddingLeft: 12 + 16 * depth }}
      >
        {agent === null ? (
          <SessionLink id={session.session_id} name={session.project} />
        ) : (
          <bdi className="tone-agent toned">{agent.agent_type ?? "agent"}</bdi>
        )}{" "}
        <bdi className="text-muted">{agent === null ? session.title : agent.description}</bdi>
      </th>
      <td className="px-3">
        <StatusWord status={(agent ?? session).status} />
      </td>
      {[totals.working, totals.waited, totals.background, totals.failed].map((ms, i) => (
        <td
          key={HEADS[i + 2]}
          data-ms={ms}
          className={`px-3 text-right whitespace-nowrap ${i === 1 && ms > 0 ? "tone-needs toned font-medium" : ""}`}
        >
          {ms === 0 ? UNKNOWN : formatDuration(ms)}
        </td>
      ))}
      <td className="px-3 text-right">{formatCount(totals.calls)}</td>
      <td
        className={`px-3 text-right ${totals.failedCalls > 0 ? "tone-failed toned font-medium" : ""}`}
      >
        {formatCount(totals.failedCalls)}
      </td>
    </tr>
  );
}
