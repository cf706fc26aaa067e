/**
 * Calls of a turn, oldest first, a subagent's nested under the call that launched it. Long lists
 * show the newest, the rest on demand.
 */
import { Bot } from "lucide-react";
import { createContext, useContext, useState } from "react";
import type { CallRow } from "../../api/client.ts";
import { StatusLabel } from "../../ui/status.tsx";
import { Age } from "../../ui/time.tsx";
import { counted } from "../../domain/format.ts";
import { CallLine } from "./call-line.tsx";
import { MoreButton } from "./lines.tsx";
import { callsIn, type AgentItem, type Item } from "./nest.ts";

/** Shared by all calls of a tab, at any depth. */
export interface CallsState {
  open: ReadonlySet<string>;
  onToggle: (call: CallRow) => void;
  /** The call that the URL's moment refers to. */
  hereId: string | null;
}

export const CallsContext = createContext<CallsState>({
  open: new Set(),
  onToggle: () => undefined,
  hereId: null,
});

const STEP = 200;
/** Deeper subagents are not indented further. */
const DEPTH_SHOWN = 5;

interface CallListProps {
  items: readonly Item[];
  depth?: number;
  label: string;
  /** Older calls that are not loaded yet. */
  older?: { has: boolean; busy: boolean; load: () => void };
}

export function CallList({ items, depth = 0, label, older }: CallListProps) {
  const [shown, setShown] = useState(STEP);
  const { hereId } = useContext(CallsContext);
  const hereAt =
    hereId === null
      ? -1
      : items.findIndex((item) => item.kind === "call" && item.call.tool_use_id === hereId);
  const hidden = Math.max(0, Math.min(items.length - shown, hereAt < 0 ? Infinity : hereAt));
  const has = older?.has === true;
  const more = () => {
    setShown(shown + STEP);
    if (has && hidden < STEP) older.load();
  };
  return (
    <>
      {hidden > 0 || has ? (
        <MoreButton
          busy={older?.busy === true}
          onClick={more}
        >{`Show ${has ? STEP : Math.min(STEP, hidden)} earlier calls`}</MoreButton>
      ) : null}
      <ul aria-label={label} className="min-w-0">
        {items
          .slice(hidden)
          .map((item) =>
            item.kind === "call" ? (
              <Call key={item.call.id} item={item} depth={depth} />
            ) : (
              <Agent key={item.agentId} item={item} depth={depth} />
            ),
          )}
      </ul>
    </>
  );
}

function Call({ item, depth }: { item: Extract<Item, { kind: "call" }>; depth: number }) {
  const { open, onToggle, hereId } = useContext(CallsContext);
  const { call } = item;
  return (
    <>
      <CallLine
        call={call}
        open={open.has(call.tool_use_id)}
        onToggle={onToggle}
        here={hereId === call.tool_use_id}
      />
      {item.agents.map((agent) => (
        <Agent key={agent.agentId} item={agent} depth={depth} />
      ))}
    </>
  );
}

function Agent({ item, depth }: { item: AgentItem; depth: number }) {
  const { agent } = item;
  const type = agent?.agent_type ?? firstType(item) ?? "agent";
  return (
    <li
      data-agent={item.agentId}
      className={`min-w-0 border-l-2 border-agent ${depth < DEPTH_SHOWN ? "ml-4 max-md:ml-2" : ""}`}
    >
      <div className="flex min-w-0 flex-wrap items-baseline gap-x-2 px-2 py-0.5 text-xs">
        <span className="tone-agent toned inline-flex shrink-0 items-center gap-1 font-medium">
          <Bot aria-hidden size={12} />
          <bdi>{type.slice(0, 80)}</bdi>
        </span>
        {agent?.description == null ? null : (
          <bdi className="min-w-0 truncate">{agent.description.slice(0, 300)}</bdi>
        )}
        <span className="text-muted">{counted(callsIn(item.items), "call")}</span>
        {agent === null ? null : (
          <>
            <StatusLabel status={agent.status} reason={agent.status_reason} />
            {agent.ended_at === null ? (
              <Age at={agent.status_since} className="text-muted" />
            ) : null}
          </>
        )}
      </div>
      <CallList items={item.items} depth={depth + 1} label={`Calls of ${type.slice(0, 80)}`} />
    </li>
  );
}

function firstType(item: AgentItem): string | null {
  const first = item.items.find((one) => one.kind === "call");
  return first?.kind === "call" ? first.call.agent_type : null;
}
