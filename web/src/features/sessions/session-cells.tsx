import type { AgentRow, SessionRow } from "../../api/client.ts";
import { shortId } from "../../ui/marks.tsx";
import { StatusIcon } from "../../ui/status.tsx";
import { Age } from "../../ui/time.tsx";
import { SampleMark } from "../../ui/sample-mark.tsx";
import { UNKNOWN } from "../../domain/format.ts";
import { shortModel } from "../../domain/models.ts";
import { statusLook } from "../../domain/statuses.ts";
import { oneLine } from "./current-activity.ts";

export const NO_PROJECT = "no project";

export function SessionName({ row, past }: { row: SessionRow; past: boolean }) {
  return (
    <>
      <span aria-hidden className="flex shrink-0">
        <StatusIcon status={row.status} />
      </span>
      <bdi
        title={row.cwd ?? undefined}
        className={`max-w-[60%] shrink-0 truncate ${past ? "" : "font-medium"}`}
      >
        {row.project ?? <span className="text-muted">{NO_PROJECT}</span>}
      </bdi>
      <span title={row.session_id} className="shrink-0 font-mono text-xs text-muted">
        {shortId(row.session_id)}
      </span>
      <SampleMark sessionId={row.session_id} />
      {row.title === null ? null : (
        <bdi title={row.title.slice(0, 2000)} className="min-w-0 truncate text-muted">
          {oneLine(row.title)}
        </bdi>
      )}
    </>
  );
}

export function StateAge({ row }: { row: SessionRow | AgentRow }) {
  const { word, tone } = statusLook(row.status);
  return (
    <span
      data-status={row.status}
      className="inline-flex max-w-full items-baseline gap-1.5 whitespace-nowrap"
    >
      <span className={`tone-${tone} toned truncate font-medium`}>{word}</span>
      <Age at={row.status_since} className="text-xs text-muted" />
    </span>
  );
}

export function Model({ name }: { name: string | null }) {
  if (name === null) return <span className="text-muted">{UNKNOWN}</span>;
  return (
    <bdi title={name} className="block truncate">
      {shortModel(name)}
    </bdi>
  );
}
