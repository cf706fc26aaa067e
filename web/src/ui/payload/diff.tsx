/** The diff of an edit; null where the payload has none. Long ones collapse. */
import { memo, useMemo, useState } from "react";
import type { Event } from "../../api/client.ts";
import { counted, formatCount } from "../../domain/format.ts";
import { fields, type Fields } from "../../domain/read.ts";
import { changeOf, linesOfHunk, type Change, type Line } from "../../domain/payload/hunks.ts";
import { MoreButton } from "./parts.tsx";
import "./payload.css";

export function EventDiff({ event }: { event: Event }) {
  return <PayloadDiff payload={fields(event.payload)} />;
}

/** The same for a payload combined from a call's two events. */
export const PayloadDiff = memo(function PayloadDiff({ payload }: { payload: Fields }) {
  const change = useMemo(() => changeOf(payload), [payload]);
  return change === null ? null : <DiffTable change={change} />;
});

const HEAD_LINES = 60;
const STEP_LINES = 1_000;
const LINE_CHARS = 2_000;

type Row = { gap: string } | Line;

function DiffTable({ change }: { change: Change }) {
  const rows = useMemo(() => rowsOf(change), [change]);
  const [shown, setShown] = useState(HEAD_LINES);
  const left = rows.length - shown;
  return (
    <section
      aria-label={`Changes of ${change.path ?? "a file"}`}
      className="min-w-0 overflow-hidden rounded-md border border-edge bg-ground"
    >
      <DiffHead change={change} />
      {rows.length === 0 ? (
        <p className="px-3 py-2 text-muted">{change.isNew ? "Empty file" : "No lines changed"}</p>
      ) : (
        <table className="lined">
          <tbody>
            {rows.slice(0, shown).map((row, i) => (
              <DiffRow key={i} row={row} />
            ))}
          </tbody>
        </table>
      )}
      {left > 0 ? (
        <MoreButton
          onClick={() => setShown(shown + STEP_LINES)}
        >{`Show ${left > STEP_LINES ? "more of" : "all"} ${counted(rows.length, "line")}`}</MoreButton>
      ) : null}
    </section>
  );
}

function DiffHead({ change }: { change: Change }) {
  return (
    <p className="flex min-w-0 items-baseline gap-2 border-b border-edge bg-panel px-3 py-1 text-xs">
      <bdi className="min-w-0 font-mono [overflow-wrap:anywhere]">{change.path ?? "a file"}</bdi>
      {change.isNew ? (
        <span className="tone-ok tinted toned rounded px-1.5 font-medium">new file</span>
      ) : null}
      <span className="grow" />
      <span className="tone-ok toned shrink-0 font-medium">{`+${formatCount(change.added)}`}</span>
      <span className="tone-failed toned shrink-0 font-medium">{`−${formatCount(change.removed)}`}</span>
    </p>
  );
}

function DiffRow({ row }: { row: Row }) {
  if ("gap" in row) {
    return (
      <tr className="line-gap">
        <td colSpan={4}>{row.gap}</td>
      </tr>
    );
  }
  const tone = row.sign === "+" ? "line-added" : row.sign === "-" ? "line-removed" : "";
  return (
    <tr className={tone}>
      <td className="line-no" data-no={row.oldNo ?? ""} />
      <td className="line-no" data-no={row.newNo ?? ""} />
      <td className="sign">{row.sign === "-" ? "−" : row.sign}</td>
      <td className="code">{wordsOf(row)}</td>
    </tr>
  );
}

function wordsOf({ text, marks }: Line) {
  if (marks === null)
    return text.length > LINE_CHARS
      ? `${text.slice(0, LINE_CHARS)}… (${formatCount(text.length)} characters)`
      : text;
  return marks.map((part, i) => (part.hit ? <mark key={i}>{part.text}</mark> : part.text));
}

function rowsOf({ hunks }: Change): Row[] {
  return hunks.flatMap((hunk, i) => {
    const from = hunk.newStart ?? hunk.oldStart;
    const gap =
      hunks.length > 1 || (from !== null && from > 1)
        ? [{ gap: from === null ? `Edit ${i + 1}` : `from line ${formatCount(from)}` }]
        : [];
    return [...gap, ...linesOfHunk(hunk)];
  });
}
