/** The figures of a digest, each linked to the rows behind it with the same range and filters. */
import { Link } from "@tanstack/react-router";
import { Fragment, type ReactNode } from "react";
import type { DigestFigures } from "../../api/client.ts";
import { counted, formatCount, formatUsd } from "../../domain/format.ts";
import type { Tone } from "../../domain/kinds.ts";
import { costSourceLabel } from "../../domain/sources.ts";
import { pick } from "../../url/edit.ts";
import { rangeOf, rangeQuery } from "../../url/range.ts";
import { DIGEST_RANGES, FILTER_KEYS, type DigestSearch } from "./search.ts";

interface Figure {
  key: string;
  text: string;
  tone?: Tone;
  link: (text: ReactNode) => ReactNode;
}

interface FiguresProps {
  figures: DigestFigures;
  search: DigestSearch;
  /** Sessions that wait for the user. */
  waiting?: number;
  /** Of one session. */
  sessionId?: string;
}

const CHANGING_TOOLS = ["Write", "Edit", "MultiEdit", "NotebookEdit"];
const LINK = "rounded-sm underline decoration-edge underline-offset-2 hover:decoration-current";

export function Figures(props: FiguresProps) {
  return (
    <p className="flex flex-wrap gap-x-2 gap-y-1 text-muted">
      {figuresOf(props).map(({ key, text, tone, link }, at) => (
        <Fragment key={key}>
          {at === 0 ? null : (
            <span aria-hidden className="text-strong-edge">
              ·
            </span>
          )}
          <span className={tone === undefined ? "text-ink" : `tone-${tone} toned font-medium`}>
            {link(text)}
          </span>
        </Fragment>
      ))}
    </p>
  );
}

/** Figures that are zero, or unknown, are left out. */
function figuresOf({ figures, search, waiting = 0, sessionId }: FiguresProps): Figure[] {
  const range = rangeQuery(rangeOf(search, DIGEST_RANGES));
  const session = sessionId === undefined ? {} : { session_id: [sessionId] };
  const filters = sessionId === undefined ? pick(search, FILTER_KEYS) : session;
  const events = (event_type: string[], tool_name?: string[]) => (text: ReactNode) => (
    <Link
      to="/events"
      search={{ ...range, ...filters, event_type, ...(tool_name !== undefined && { tool_name }) }}
      className={LINK}
    >
      {text}
    </Link>
  );
  const all: (Figure & { value: number | null })[] = [
    {
      key: "finished",
      value: figures.finished,
      text: `${formatCount(figures.finished)} finished`,
      tone: "ok",
      link: events(["Stop"]),
    },
    {
      key: "failed",
      value: figures.failed,
      text: `${formatCount(figures.failed)} failed`,
      tone: "failed",
      link: events(["StopFailure"]),
    },
    {
      key: "interrupted",
      value: figures.interrupted,
      text: `${formatCount(figures.interrupted)} interrupted`,
      link: (text) => text,
    },
    {
      key: "waiting",
      value: waiting,
      text: waitingText(waiting),
      tone: "needs",
      link: (text) => (
        <Link
          to="/"
          search={{ ...pick(search, FILTER_KEYS), status: ["needs_permission", "needs_input"] }}
          className={LINK}
        >
          {text}
        </Link>
      ),
    },
    {
      key: "cost",
      value: figures.cost_usd,
      text: formatUsd(figures.cost_usd),
      link: (text) => (
        <Link
          to="/usage"
          search={{ ...range, ...filters }}
          title={figures.cost_source === null ? undefined : costSourceLabel(figures.cost_source)}
          className={LINK}
        >
          {text}
        </Link>
      ),
    },
    {
      key: "files",
      value: figures.files_changed,
      text: `${filesText(figures)} +${formatCount(figures.lines_added)} −${formatCount(figures.lines_removed)}`,
      link:
        sessionId === undefined
          ? events(["PostToolUse"], CHANGING_TOOLS)
          : (text) => (
              <Link
                to="/sessions/$sessionId"
                params={{ sessionId }}
                search={{ tab: "files" }}
                className={LINK}
              >
                {text}
              </Link>
            ),
    },
    {
      key: "prompts",
      value: figures.prompts,
      text: counted(figures.prompts, "prompt"),
      link: events(["UserPromptSubmit"]),
    },
    {
      key: "failed calls",
      value: figures.failed_calls,
      text: counted(figures.failed_calls, "failed call"),
      link: events(["PostToolUseFailure"]),
    },
  ];
  return all.filter(({ value }) => value !== null && value !== 0);
}

export function waitingText(waiting: number): string {
  return `${formatCount(waiting)} ${waiting === 1 ? "waits" : "wait"} for you`;
}

export function filesText({ files_changed: files }: DigestFigures): string {
  return `${counted(files, "file")} changed`;
}
