import type { AgentRow, SessionRow } from "../../api/client.ts";
import { Activity } from "../../ui/activity.tsx";
import { ContextBar } from "../../ui/context-bar.tsx";
import { Usd } from "../../ui/cost-text.tsx";
import { ProjectKey, shortId } from "../../ui/marks.tsx";
import { StatusIcon } from "../../ui/status.tsx";
import { Age, Ago } from "../../ui/time.tsx";
import { SampleMark } from "../../ui/sample-mark.tsx";
import { costText, tokenText, totalTokens } from "../../domain/cost.ts";
import { formatTokens } from "../../domain/format.ts";
import { shortModel } from "../../domain/models.ts";
import { statusLook } from "../../domain/statuses.ts";
import { needsYou } from "../../live/needs-you.ts";
import type { Column } from "./columns.ts";
import { oneLine } from "./current-activity.ts";

export const NO_PROJECT = "no project";
const NO_TITLE = "No prompt yet";

export function Title({ row, past }: { row: SessionRow; past: boolean }) {
  return row.title === null ? (
    <span className="text-muted">{NO_TITLE}</span>
  ) : (
    <bdi title={row.title.slice(0, 2000)} className={past ? "" : "font-medium"}>
      {oneLine(row.title)}
    </bdi>
  );
}

/** Project, model, and the id while the row is pointed at or focused. */
export function SessionPlace({ row, model = null }: { row: SessionRow; model?: string | null }) {
  return (
    <span className="flex min-w-0 items-center gap-1.5 text-xs text-muted">
      <ProjectKey project={row.project} />
      <bdi title={row.cwd ?? undefined} className="max-w-35 shrink-0 truncate">
        {row.project ?? NO_PROJECT}
      </bdi>
      <SampleMark sessionId={row.session_id} />
      {model === null ? null : (
        <bdi title={model} className="min-w-0 truncate">
          {shortModel(model)}
        </bdi>
      )}
      <span data-id className="on-hover min-w-0 truncate font-mono">
        {shortId(row.session_id)}
      </span>
    </span>
  );
}

export function SessionName({
  row,
  past,
  model = null,
}: {
  row: SessionRow;
  past: boolean;
  model?: string | null;
}) {
  return (
    <span className="flex min-w-0 items-start gap-1.5">
      <span aria-hidden className="mt-0.5 flex shrink-0">
        <StatusIcon status={row.status} />
      </span>
      <span className="flex min-w-0 grow flex-col">
        <span className="truncate">
          <Title row={row} past={past} />
        </span>
        <SessionPlace row={row} model={model} />
      </span>
    </span>
  );
}

/** How long it goes on; the time since a session came to rest is that of its last event. */
const GOES_ON: ReadonlySet<string> = new Set([
  "needs_permission",
  "needs_input",
  "working",
  "background",
]);

export function StateAge({
  row,
  always = false,
}: {
  row: SessionRow | AgentRow;
  always?: boolean;
}) {
  const { word, tone } = statusLook(row.status);
  return (
    <span
      data-status={row.status}
      className="inline-flex max-w-full items-baseline gap-1.5 whitespace-nowrap"
    >
      <span className={`tone-${tone} toned truncate font-medium`}>{word}</span>
      {always || GOES_ON.has(row.status) ? (
        <Age at={row.status_since} className="text-xs text-muted" />
      ) : null}
    </span>
  );
}

/** A cell without a value stays empty. */
export function Cell({ row, column }: { row: SessionRow | AgentRow; column: Column }) {
  switch (column) {
    case "model":
      return row.model_name === null ? null : (
        <bdi title={row.model_name} className="block truncate text-xs text-muted">
          {shortModel(row.model_name)}
        </bdi>
      );
    case "context":
      return row.context === null ? null : <ContextBar context={row.context} className="w-14" />;
    case "tokens":
      return row.tokens === null ? null : (
        <span title={tokenText(row.tokens)} className="block text-right text-xs">
          {formatTokens(totalTokens(row.tokens))}
        </span>
      );
    case "cost":
      return row.cost === null ? null : (
        <span title={costText(row.cost, row.tokens)} className="block text-right">
          <Usd cost={row.cost} />
        </span>
      );
    case "activity":
      return "activity" in row ? <Activity row={row} /> : null;
    case "last":
      return (
        <span className="block text-right text-xs whitespace-nowrap text-muted">
          <Ago at={row.last_event_at} />
        </span>
      );
    default:
      return column satisfies never;
  }
}

/** The edge of a card that needs someone, or failed. */
export function edgeOf(row: SessionRow): string {
  if (needsYou(row)) return "tone-needs border-l-3 border-l-(--tone)";
  return row.status === "failed" ? "tone-failed border-l-3 border-l-(--tone)" : "";
}
