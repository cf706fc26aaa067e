/** The names of the strip's lanes in a gutter at their left, and the button that shows them all. */
import { ChevronDown, ChevronRight } from "lucide-react";
import { counted } from "../../domain/format.ts";
import { shortId } from "../../ui/marks.tsx";
import type { Row } from "./rows.ts";

export interface StripNamesProps {
  rows: readonly Row[];
  /** How many subagents the session has. */
  count: number;
  lanes: { open: boolean; onToggle: () => void };
}

export function StripNames({ rows, count, lanes }: StripNamesProps) {
  const Chevron = lanes.open ? ChevronDown : ChevronRight;
  return (
    // Beside the lanes, each name as high as its lane; on a phone the button is above the axis.
    <div
      className={`text-xs max-md:order-first md:absolute md:top-5 md:left-0 md:w-32 ${count === 0 ? "max-md:hidden" : ""}`}
    >
      <div className="flex h-8 items-center gap-1">
        {count === 0 ? (
          <span className="truncate text-muted">Main thread</span>
        ) : (
          <button
            type="button"
            aria-expanded={lanes.open}
            onClick={lanes.onToggle}
            className="inline-flex h-6 min-w-0 items-center gap-1 rounded-sm pr-1 text-muted hover:bg-hover hover:text-ink"
          >
            <Chevron aria-hidden size={12} className="shrink-0" />
            <span className="truncate">{counted(count, "subagent")}</span>
          </button>
        )}
      </div>
      <div className="max-md:hidden">
        {rows.map(({ key, agent, depth }) =>
          agent === null ? null : (
            <p
              key={key}
              title={agent.description?.slice(0, 2000) ?? agent.agent_id}
              style={{ paddingLeft: 8 * Math.min(4, depth) }}
              className="mt-px flex h-6 items-center gap-1"
            >
              <bdi className="tone-agent toned max-w-[60%] shrink-0 truncate font-medium">
                {agent.agent_type ?? "agent"}
              </bdi>
              <bdi className="min-w-0 truncate text-muted">
                {agent.description ?? shortId(agent.agent_id)}
              </bdi>
            </p>
          ),
        )}
      </div>
    </div>
  );
}
