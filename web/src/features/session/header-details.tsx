/** Everything else that is known of a session. Zeros and unknown values are not drawn. */
import type { ReactNode } from "react";
import type { SessionOverview, SessionRow } from "../../api/client.ts";
import { CopyButton } from "../../ui/copy.tsx";
import { Ago } from "../../ui/time.tsx";
import { resumeNote } from "../../ui/resume.ts";
import { tokenText, totalTokens } from "../../domain/cost.ts";
import { formatExact } from "../../domain/dates.ts";
import { formatCount, formatTokens } from "../../domain/format.ts";
import { sourceLabel } from "../../domain/sources.ts";

interface DetailsProps {
  row: SessionRow;
  overview: SessionOverview | null;
}

export function HeaderDetails({ row, overview }: DetailsProps) {
  const { tokens, context, cost, cwd } = row;
  const note = overview === null ? null : resumeNote(overview.resume);
  return (
    <dl
      id="session-details"
      className="grid shrink-0 grid-cols-[repeat(auto-fill,minmax(13rem,1fr))] gap-x-7 gap-y-1.5 border-t border-edge px-3 py-2"
    >
      <Fact name="Session ID" id="id" wide>
        <bdi className="truncate font-mono text-xs">{row.session_id}</bdi>
        <CopyButton compact label="Copy session ID" text={() => row.session_id} />
      </Fact>
      {cwd === null ? null : (
        <Fact name="Folder" id="cwd" wide>
          <bdi title={cwd.slice(0, 2000)} className="truncate font-mono text-xs">
            {cwd.slice(0, 300)}
          </bdi>
          <CopyButton compact label="Copy folder" text={() => cwd} />
        </Fact>
      )}
      <TextFact name="Model" id="model" value={row.model_name} />
      <TextFact name="Mode" id="mode" value={row.permission_mode} />
      {tokens === null ? null : (
        <Fact name="Tokens" id="tokens">
          <span title={tokenText(tokens)}>{formatTokens(totalTokens(tokens))}</span>
        </Fact>
      )}
      {context === null ? null : (
        <Fact name="Context" id="context-source">
          <span className="text-muted">
            {`from ${sourceLabel(context.source)}, `}
            <Ago at={context.at} />
          </span>
        </Fact>
      )}
      {cost === null ? null : (
        <Fact name="Cost" id="cost-source">
          <span className="text-muted">{`from ${sourceLabel(cost.source)}`}</span>
        </Fact>
      )}
      <CountFact name="Turns" id="turns" value={row.turn_count} />
      <CountFact name="Calls" id="calls" value={row.tool_count} />
      <CountFact name="Failures" id="failures" value={row.failure_count} tone="failed" />
      <CountFact name="Subagents" id="subagents" value={row.agent_count} />
      <CountFact
        name="Compactions"
        id="compactions"
        value={Math.max(row.compaction_count, row.compactions.length)}
      />
      <CountFact name="Events" id="events" value={row.event_count} />
      <Fact name="Started" id="started">
        <Ago at={row.first_event_at} />
      </Fact>
      <Fact name="Last activity" id="last">
        <Ago at={row.last_event_at} />
      </Fact>
      {row.ended_at === null ? null : (
        <Fact name="Ended" id="ended">
          <span title={formatExact(row.ended_at)} className="shrink-0">
            <Ago at={row.ended_at} />
          </span>
          {row.end_reason === null ? null : (
            <bdi className="truncate text-muted">{row.end_reason.slice(0, 200)}</bdi>
          )}
        </Fact>
      )}
      <TextFact name="Client" id="client" value={row.client_version} />
      {note === null ? null : (
        <Fact name="Resume" id="resume" wide>
          {note}
        </Fact>
      )}
    </dl>
  );
}

interface FactProps {
  name: string;
  id: string;
  /** As wide as two. */
  wide?: boolean;
  children: ReactNode;
}

function Fact({ name, id, wide = false, children }: FactProps) {
  return (
    <div className={`min-w-0 ${wide ? "sm:col-span-2" : ""}`}>
      <dt className="text-xs text-muted">{name}</dt>
      <dd data-fact={id} className="flex min-w-0 items-center gap-1.5">
        {children}
      </dd>
    </div>
  );
}

function TextFact({ name, id, value }: { name: string; id: string; value: string | null }) {
  if (value === null || value === "") return null;
  return (
    <Fact name={name} id={id}>
      <bdi title={value.slice(0, 2000)} className="truncate">
        {value.slice(0, 300)}
      </bdi>
    </Fact>
  );
}

interface CountProps {
  name: string;
  id: string;
  value: number;
  tone?: "failed";
}

function CountFact({ name, id, value, tone }: CountProps) {
  if (value === 0) return null;
  return (
    <Fact name={name} id={id}>
      <span className={tone === undefined ? "" : `tone-${tone} toned font-medium`}>
        {formatCount(value)}
      </span>
    </Fact>
  );
}
