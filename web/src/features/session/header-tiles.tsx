/** The four figures of a session: context, cost, time and changes. Unknown ones are not drawn. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { SessionOverview, SessionRow } from "../../api/client.ts";
import { ContextBar } from "../../ui/context-bar.tsx";
import { Usd } from "../../ui/cost-text.tsx";
import { useClock } from "../../ui/time.tsx";
import { costText, totalTokens } from "../../domain/cost.ts";
import { formatDuration, formatWait, SECOND_MS } from "../../domain/dates.ts";
import { counted, formatCount, formatTokens } from "../../domain/format.ts";
import { sourceLabel } from "../../domain/sources.ts";
import { withTab, type SessionSearch, type Tab } from "./search.ts";

interface TilesProps {
  row: SessionRow;
  overview: SessionOverview | null;
  search: SessionSearch;
}

export function HeaderTiles({ row, overview, search }: TilesProps) {
  const { context, cost, tokens } = row;
  const cache = overview?.cache ?? null;
  const changes = overview?.changes ?? null;
  const hasTime =
    overview !== null &&
    (overview.worked_ms > 0 || overview.waited_ms > 0 || overview.ongoing !== null);
  const hasContext = context !== null || cache !== null;
  const hasChanges = changes !== null && changes.file_count > 0;
  if (!hasContext && cost === null && !hasTime && !hasChanges) return null;
  return (
    <div className="grid grid-cols-2 gap-x-6 gap-y-1.5 px-3 pt-0.5 pb-2 sm:flex sm:flex-wrap sm:gap-x-6 lg:flex-nowrap xl:gap-x-8">
      {!hasContext ? null : (
        <Tile id="context" name="Context" row={row} search={search} tab="usage">
          {context === null ? null : <ContextBar context={context} className="w-16" />}
          <Muted>
            {cache === null ? null : <CacheClock cache={cache} />}
            {context === null || cache !== null ? null : `from ${sourceLabel(context.source)}`}
          </Muted>
        </Tile>
      )}
      {cost === null ? null : (
        <Tile id="cost" name="Cost" row={row} search={search} tab="usage">
          <span title={costText(cost, tokens)}>
            <Usd cost={cost} />
          </span>
          <Muted>
            {tokens === null ? null : `${formatTokens(totalTokens(tokens))} tokens, `}
            {`from ${sourceLabel(cost.source)}`}
          </Muted>
        </Tile>
      )}
      {hasTime ? (
        <Tile id="time" name="Time" row={row}>
          <Times overview={overview} />
        </Tile>
      ) : null}
      {!hasChanges ? null : (
        <Tile id="changes" name="Changes" row={row} search={search} tab="files">
          <span>
            <span className="tone-ok toned">{`+${formatCount(changes.lines_added)}`}</span>{" "}
            <span className="tone-failed toned">{`−${formatCount(changes.lines_removed)}`}</span>
          </span>
          <Muted>{counted(changes.file_count, "file")}</Muted>
        </Tile>
      )}
    </div>
  );
}

interface TileProps {
  id: string;
  name: string;
  row: SessionRow;
  search?: SessionSearch;
  /** What the figure is made of. */
  tab?: Tab;
  children: ReactNode;
}

function Tile({ id, name, row, search, tab, children }: TileProps) {
  const content = (
    <>
      <span className="block text-xs text-muted">{name}</span>
      <span
        data-fact={id}
        className="flex min-w-0 flex-wrap items-baseline gap-x-2 text-[0.875rem] font-semibold"
      >
        {children}
      </span>
    </>
  );
  if (search === undefined || tab === undefined) return <div className="min-w-0">{content}</div>;
  return (
    <Link
      to="/sessions/$sessionId"
      params={{ sessionId: row.session_id }}
      search={withTab(search, tab)}
      className="-mx-1.5 min-w-0 rounded-sm px-1.5 hover:bg-hover"
    >
      {content}
    </Link>
  );
}

function Muted({ children }: { children: ReactNode }) {
  return <span className="text-xs font-normal text-muted">{children}</span>;
}

/** Until when the prompt is in the cache of Claude's API, and what it costs after that. */
function CacheClock({ cache }: { cache: NonNullable<SessionOverview["cache"]> }) {
  const left = cache.expires_at - useClock();
  if (left > 0)
    return (
      <span
        title={cache.ttl === null ? undefined : `The prompt cache lasts ${cache.ttl}`}
      >{`cache warm ${formatWait(left + SECOND_MS - 1)}`}</span>
    );
  return (
    <span>
      {cache.recache_tokens === null || cache.recache_tokens === 0
        ? "cache cold"
        : `cache cold: ${formatTokens(cache.recache_tokens)} tokens to write again`}
    </span>
  );
}

/** What goes on is counted on, a second at a time. */
function Times({ overview }: { overview: SessionOverview }) {
  const clock = useClock();
  const { ongoing, ongoing_since: since } = overview;
  const more = since === null ? 0 : Math.max(0, clock - since);
  const worked = overview.worked_ms + (ongoing === "worked" ? more : 0);
  const waited = overview.waited_ms + (ongoing === "waited" ? more : 0);
  return (
    <>
      <span>{`${durationText(worked, ongoing !== null)} worked`}</span>
      {waited === 0 ? null : (
        <Muted>{`${durationText(waited, ongoing !== null)} waited for you`}</Muted>
      )}
    </>
  );
}

/** Tenths of a second would flicker while the time is counted. */
function durationText(ms: number, counting: boolean): string {
  if (!counting || ms >= 60 * SECOND_MS) return formatDuration(ms);
  return `${Math.floor(ms / SECOND_MS)} s`;
}
