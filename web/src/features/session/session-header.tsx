import { Bot, ChevronDown, ChevronRight } from "lucide-react";
import { useState, type ReactNode } from "react";
import type { SessionRow } from "../../api/client.ts";
import { ContextBar } from "../../ui/context-bar.tsx";
import { Usd } from "../../ui/cost-text.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { useMedia } from "../../ui/hooks.ts";
import { ProjectKey, shortId } from "../../ui/marks.tsx";
import { StatusLabel } from "../../ui/status.tsx";
import { Age, Ago } from "../../ui/time.tsx";
import { SampleMark } from "../../ui/sample-mark.tsx";
import { costText, tokenText, totalTokens } from "../../domain/cost.ts";
import { formatExact } from "../../domain/dates.ts";
import { counted, formatCount, formatTokens, UNKNOWN } from "../../domain/format.ts";
import { sourceLabel } from "../../domain/sources.ts";
import { toolLabel } from "../../domain/tools.ts";
import { needsYou } from "../../live/needs-you.ts";
import { AskBanner } from "./ask-banner.tsx";

export function SessionHeader({ row }: { row: SessionRow }) {
  const wide = useMedia("(min-width: 768px)");
  const [open, setOpen] = useState(false);
  const Chevron = open ? ChevronDown : ChevronRight;
  return (
    <section aria-label="The session" className="shrink-0 border-b border-edge">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 pt-2">
        <h1 className="flex max-w-full min-w-0 items-center gap-1.5 text-base font-semibold">
          <ProjectKey project={row.project} />
          <bdi className="shrink-0 truncate max-w-60">{row.project ?? UNKNOWN}</bdi>
          {row.title === null ? null : (
            <bdi
              title={row.title.slice(0, 2000)}
              className="min-w-0 truncate font-normal text-muted"
            >
              {row.title.slice(0, 300)}
            </bdi>
          )}
        </h1>
        <span className="flex items-center gap-1 font-mono text-xs text-muted">
          <span title={row.session_id} data-fact="id">
            {shortId(row.session_id)}
          </span>
          <CopyButton compact label="Copy session ID" text={() => row.session_id} />
        </span>
        <SampleMark sessionId={row.session_id} />
        <span className="hidden grow md:block" />
        <span data-fact="state" className="flex min-w-0 items-center gap-1.5">
          <StatusLabel status={row.status} />
          <Age at={row.status_since} className="text-muted" />
        </span>
      </div>
      <AskBanner row={row} />
      {needsYou(row) ? null : <Doing row={row} />}
      {wide ? null : (
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="flex min-h-9 w-full items-center gap-1 px-3 text-left text-muted"
        >
          <Chevron aria-hidden size={13} /> Details
          <span className="grow" />
          <ContextBar context={row.context} />
          <span className="ml-2">
            <Usd cost={row.cost} />
          </span>
        </button>
      )}
      {wide || open ? <Facts row={row} /> : null}
    </section>
  );
}

/** What it does now; else why it stopped, or its last answer. */
function Doing({ row }: { row: SessionRow }) {
  const tool = row.current_tool;
  const tasks = row.background_tasks;
  if (tool !== null) {
    return (
      <Line name="Activity">
        <span className="shrink-0 font-medium">{toolLabel(tool.tool_name)}</span>
        <bdi className="min-w-0 truncate font-mono text-xs">{tool.target?.slice(0, 500)}</bdi>
        <Age at={tool.since} className="shrink-0 text-muted" />
      </Line>
    );
  }
  if (row.status !== "ended" && tasks.length > 0) {
    return (
      <Line name="Background tasks">
        <bdi className="min-w-0 truncate">{`${counted(tasks.length, "task")}: ${tasks
          .map((task) => task.words)
          .join(", ")
          .slice(0, 500)}`}</bdi>
      </Line>
    );
  }
  // The end's reason is shown with its time.
  const reason = row.status === "ended" && row.end_reason !== null ? null : row.status_reason;
  if (reason === null) return null;
  const failed = row.status === "failed";
  return (
    <Line name={failed ? "Failed" : "Reason"}>
      <bdi
        title={reason.slice(0, 2000)}
        className={`min-w-0 truncate ${failed ? "tone-failed toned" : ""}`}
      >
        {reason.slice(0, 500)}
      </bdi>
    </Line>
  );
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <p data-fact="doing" className="flex min-w-0 items-baseline gap-2 px-3 pt-1">
      <span className="shrink-0 text-muted">{name}</span>
      {children}
    </p>
  );
}

function Facts({ row }: { row: SessionRow }) {
  const { tokens, context, cost } = row;
  return (
    <dl className="flex flex-wrap items-center gap-x-5 gap-y-1 px-3 pt-1 pb-2">
      <Fact name="Model" id="model">
        {text(row.model_name)}
      </Fact>
      <Fact name="Mode" id="mode">
        {text(row.permission_mode)}
      </Fact>
      <Fact name="Context" id="context">
        <ContextBar context={context} />
        {context === null ? null : (
          <Source of={context.source}>
            <Ago at={context.at} />
          </Source>
        )}
      </Fact>
      <Fact name="Cost" id="cost">
        <span title={costText(cost, null)}>
          <Usd cost={cost} />
        </span>
        {cost === null ? null : <Source of={cost.source} />}
      </Fact>
      <Fact name="Tokens" id="tokens">
        <span title={tokens === null ? undefined : tokenText(tokens)}>
          {formatTokens(tokens === null ? null : totalTokens(tokens))}
        </span>
      </Fact>
      <Fact name="Turns" id="turns">
        {formatCount(row.turn_count)}
      </Fact>
      <Fact name="Calls" id="calls">
        {formatCount(row.tool_count)}
      </Fact>
      <Fact name="Failures" id="failures">
        <span className={row.failure_count > 0 ? "tone-failed toned font-medium" : ""}>
          {formatCount(row.failure_count)}
        </span>
      </Fact>
      <Fact name="Subagents" id="subagents">
        {row.agent_count > 0 ? <Bot aria-hidden size={12} className="tone-agent toned" /> : null}
        {formatCount(row.agent_count)}
      </Fact>
      <Fact name="Compactions" id="compactions">
        {formatCount(Math.max(row.compaction_count, row.compactions.length))}
      </Fact>
      <Fact name="Events" id="events">
        {formatCount(row.event_count)}
      </Fact>
      <Fact name="Started" id="started">
        <Ago at={row.first_event_at} />
      </Fact>
      <Fact name="Last activity" id="last">
        <Ago at={row.last_event_at} />
      </Fact>
      {row.ended_at === null ? null : (
        <Fact name="Ended" id="ended">
          <span title={formatExact(row.ended_at)}>
            <Ago at={row.ended_at} />
          </span>
          {row.end_reason === null ? null : (
            <bdi className="max-w-60 truncate text-muted">{row.end_reason.slice(0, 200)}</bdi>
          )}
        </Fact>
      )}
      <Fact name="Client" id="client">
        {text(row.client_version)}
      </Fact>
      <Fact name="Folder" id="cwd">
        <bdi title={row.cwd?.slice(0, 2000)} className="max-w-96 truncate font-mono text-xs">
          {text(row.cwd)}
        </bdi>
        {row.cwd === null ? null : (
          <CopyButton compact label="Copy folder" text={() => row.cwd ?? ""} />
        )}
      </Fact>
    </dl>
  );
}

function Fact({ name, id, children }: { name: string; id: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 items-center gap-1.5">
      <dt className="shrink-0 text-muted">{name}</dt>
      <dd data-fact={id} className="flex min-w-0 items-center gap-1.5">
        {children}
      </dd>
    </div>
  );
}

/** The source of a figure and its age. */
function Source({ of, children = null }: { of: string; children?: ReactNode }) {
  return (
    <span className="text-xs text-muted">
      {`from ${sourceLabel(of)}`}
      {children === null ? null : <>, {children}</>}
    </span>
  );
}

function text(value: string | null): string {
  return value === null ? UNKNOWN : value.slice(0, 300);
}
