import { ChevronDown, ChevronRight } from "lucide-react";
import type { ReactNode, Ref } from "react";
import type { SessionRow } from "../../api/client.ts";
import { ContextBar } from "../../ui/context-bar.tsx";
import { Usd } from "../../ui/cost-text.tsx";
import { useKeys } from "../../ui/hooks.ts";
import { StatusIcon, StatusLabel } from "../../ui/status.tsx";
import { Age } from "../../ui/time.tsx";
import { SampleMark } from "../../ui/sample-mark.tsx";
import { counted } from "../../domain/format.ts";
import { toolLabel } from "../../domain/tools.ts";
import { needsYou } from "../../live/needs-you.ts";
import { copyResume } from "../../ui/resume.ts";
import { omit } from "../../url/edit.ts";
import { AskBanner } from "./ask-banner.tsx";
import { HeaderActions } from "./header-actions.tsx";
import { HeaderDetails } from "./header-details.tsx";
import { HeaderTiles } from "./header-tiles.tsx";
import type { OnSearch, SessionSearch } from "./search.ts";
import { useOverview } from "./use-overview.ts";

interface SessionHeaderProps {
  row: SessionRow;
  search: SessionSearch;
  onSearch: OnSearch;
  /** One line of 44 px, while the list below is scrolled. */
  compact: boolean;
  ref: Ref<HTMLElement>;
}

export function SessionHeader({ row, search, onSearch, compact, ref }: SessionHeaderProps) {
  const overview = useOverview(row.session_id);
  const open = search.details === "open";
  const Chevron = open ? ChevronDown : ChevronRight;
  const toggle = () =>
    onSearch(open ? omit(search, "details") : { ...search, details: "open" }, { replace: true });
  useKeys((keys) => {
    if (keys !== "c r") return false;
    void copyResume(row.session_id);
    return true;
  });
  return (
    <>
      <section
        ref={ref}
        aria-label="The session"
        data-compact={compact || undefined}
        className="shrink-0 border-b border-edge"
      >
        <div
          className={`flex items-center gap-x-3 px-3 ${compact ? "h-11" : "min-h-11 pt-1 max-md:flex-wrap max-md:gap-y-1 max-md:py-1.5"}`}
        >
          <Title row={row} compact={compact} />
          <span
            data-fact="state"
            className="flex min-w-0 shrink-0 items-center gap-1.5 rounded-full border border-edge bg-panel px-2 py-0.5 text-xs"
          >
            {/* On a phone one line has room for the icon alone. */}
            <span className={compact ? "flex items-center gap-1.5 max-md:hidden" : "contents"}>
              <StatusLabel status={row.status} />
              <Age at={row.status_since} className="text-muted" />
            </span>
            {compact ? (
              <span className="py-0.5 md:hidden">
                <StatusIcon status={row.status} />
              </span>
            ) : null}
          </span>
          <SampleMark sessionId={row.session_id} />
          <span className="hidden grow md:block" />
          {compact && row.context !== null ? (
            <span className="hidden md:block">
              <ContextBar context={row.context} className="w-12" />
            </span>
          ) : null}
          {compact && row.cost !== null ? (
            <span className="hidden font-medium md:block">
              <Usd cost={row.cost} />
            </span>
          ) : null}
          <div className="flex shrink-0 items-center gap-1.5 max-md:ml-auto">
            {compact ? null : (
              <button
                type="button"
                aria-expanded={open}
                aria-controls={open ? "session-details" : undefined}
                onClick={toggle}
                className="inline-flex h-7 shrink-0 items-center gap-1 rounded-md px-2 text-muted hover:bg-hover hover:text-ink max-md:h-9"
              >
                <Chevron aria-hidden size={13} /> Details
              </button>
            )}
            <HeaderActions row={row} overview={overview} />
          </div>
        </div>
        {compact ? null : <HeaderTiles row={row} overview={overview} search={search} />}
        {open && !compact ? <HeaderDetails row={row} overview={overview} /> : null}
      </section>
      <AskBanner row={row} />
      {needsYou(row) || compact ? null : <Doing row={row} />}
    </>
  );
}

function Title({ row, compact }: { row: SessionRow; compact: boolean }) {
  const title = row.title ?? row.last_prompt;
  return (
    <h1
      className={`flex min-w-0 items-baseline gap-2 font-semibold ${compact ? "text-[0.9375rem]" : "text-[1.125rem] leading-6 max-md:w-full"}`}
    >
      <bdi title={title?.slice(0, 2000)} className="min-w-0 truncate">
        {title?.slice(0, 300) ?? "Untitled session"}
      </bdi>
      {row.project === null ? null : (
        <bdi
          className={`max-w-60 shrink-0 truncate text-[0.8125rem] font-normal text-muted ${compact ? "max-md:hidden" : ""}`}
        >
          {row.project}
        </bdi>
      )}
    </h1>
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
    <p
      data-fact="doing"
      className="flex min-w-0 shrink-0 items-baseline gap-2 border-b border-edge px-3 py-1"
    >
      <span className="shrink-0 text-muted">{name}</span>
      {children}
    </p>
  );
}
