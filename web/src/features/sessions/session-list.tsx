/**
 * The virtual list of sessions, with its keyboard focus. Lines stay under the pointer whatever
 * changes around them.
 */
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { useRowScale } from "../../ui/appearance.ts";
import { useListKeys } from "../../ui/list-keys.ts";
import { VirtualList, type VirtualListHandle } from "../../ui/virtual-list.tsx";
import { AgentRow, FinishedAgents } from "./agent-row.tsx";
import { useHeldStill } from "./hooks.ts";
import { CARD_PX, type Line } from "./lines.ts";
import { SessionCard } from "./session-card.tsx";
import { NO_PROJECT } from "./session-cells.tsx";
import { SessionRow } from "./session-row.tsx";

interface SessionListProps {
  lines: readonly Line[];
  columns: number;
  narrow: boolean;
  held: boolean;
  onHold: (held: boolean) => void;
  /** Shown after the last line: load more. */
  older: ReactNode;
  onToggle: (sessionId: string) => void;
  onEscape: () => void;
  onWidth: (px: number) => void;
}

const OVERSCAN = 12;

export function SessionList({
  lines,
  columns,
  narrow,
  held,
  onHold,
  older,
  onToggle,
  onEscape,
  onWidth,
}: SessionListProps) {
  const scaled = useRowScale();
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLUListElement>(null);
  const list = useRef<VirtualListHandle>(null);
  const focusNext = useRef<string | null>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  useHeldStill(scroller, content, held, onHold);
  const stops = useMemo(() => stopsOf(lines), [lines]);
  const at = stops.findIndex(({ go }) => go === cursor);
  const stop = (at < 0 ? stops[0] : stops[at])?.go ?? null;
  const stopLine = at < 0 ? -1 : (stops[at]?.line ?? -1);

  // The keys continue from whatever has the focus.
  useEffect(() => {
    const element = scroller.current;
    const follow = ({ target }: FocusEvent) =>
      setCursor(
        target instanceof Element
          ? (target.closest<HTMLElement>("[data-go]")?.dataset["go"] ?? null)
          : null,
      );
    element?.addEventListener("focusin", follow);
    return () => element?.removeEventListener("focusin", follow);
  }, []);

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const notify = () => onWidth(element.clientWidth);
    const resized = new ResizeObserver(notify);
    resized.observe(element);
    notify();
    return () => resized.disconnect();
  }, [onWidth]);

  useEffect(() => {
    const go = focusNext.current;
    const target =
      go === null
        ? null
        : scroller.current?.querySelector<HTMLElement>(`[data-go="${CSS.escape(go)}"]`);
    if (target == null) return;
    focusNext.current = null;
    target.focus({ preventScroll: true });
  });

  const move = (step: number) => {
    const next = stops[at < 0 ? 0 : Math.min(Math.max(at + step, 0), stops.length - 1)];
    if (next === undefined) return true;
    focusNext.current = next.go;
    setCursor(next.go);
    list.current?.show(next.line);
    return true;
  };

  const leave = () => {
    setCursor(null);
    const focused = document.activeElement;
    if (focused instanceof HTMLElement && scroller.current?.contains(focused) === true)
      focused.blur();
  };
  useListKeys({
    columns,
    onMove: move,
    onOpen: () => {
      const target =
        cursor === null
          ? null
          : scroller.current?.querySelector<HTMLElement>(`[data-go="${CSS.escape(cursor)}"]`);
      target?.click();
      return target != null;
    },
    onClose: () => {
      if (cursor === null) onEscape();
      else leave();
      return true;
    },
  });

  const lineOf = (line: Line): ReactNode => {
    switch (line.kind) {
      case "session":
        return (
          <SessionRow
            row={line.row}
            past={line.past}
            narrow={narrow}
            isStop={stop === `session ${line.row.session_id}`}
          />
        );
      case "cards":
        return (
          <ul
            className="grid gap-3 px-3 pt-3"
            style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
          >
            {line.rows.map((row) => (
              <li key={row.session_id} style={{ height: CARD_PX }}>
                <SessionCard
                  row={row}
                  past={line.past}
                  isStop={stop === `session ${row.session_id}`}
                />
              </li>
            ))}
          </ul>
        );
      case "agent":
        return (
          <AgentRow
            sessionId={line.row.session_id}
            agent={line.agent}
            depth={line.depth}
            isStop={stop === `agent ${line.row.session_id} ${line.agent.agent_id}`}
          />
        );
      case "finished":
        return (
          <FinishedAgents
            row={line.row}
            words={line.words}
            open={line.open}
            isStop={stop === `finished ${line.row.session_id}`}
            onToggle={onToggle}
          />
        );
      case "group":
        return (
          <h2 className="flex h-full items-end gap-2 border-b border-edge bg-panel px-3 pb-1.5 font-semibold">
            <bdi className="truncate">{line.name ?? NO_PROJECT}</bdi>
            <span className="text-xs font-normal text-muted">{line.count}</span>
          </h2>
        );
      case "section":
        return (
          <h2 className="flex h-full items-end border-b border-edge px-3 pb-1.5 text-xs font-semibold tracking-wide text-muted uppercase">
            {line.title}
          </h2>
        );
      case "older":
        return older;
      default:
        return line satisfies never;
    }
  };

  return (
    <VirtualList
      label="Sessions"
      items={lines}
      keyOf={keyOf}
      pxOf={({ kind, px }) => (kind === "cards" ? px : scaled(px))}
      sizes={`${narrow} ${columns} ${scaled(100)}`}
      overscan={OVERSCAN}
      focused={stopLine}
      scroller={scroller}
      content={content}
      handle={list}
      className="[overflow-anchor:none] [scrollbar-gutter:stable]"
    >
      {lineOf}
    </VirtualList>
  );
}

function keyOf(line: Line): string {
  return line.key;
}

/** What the keys select, and in which line it is. */
function stopsOf(lines: readonly Line[]): { go: string; line: number }[] {
  return lines.flatMap((line, index) => {
    switch (line.kind) {
      case "session":
      case "agent":
      case "finished":
        return [{ go: line.key, line: index }];
      case "cards":
        return line.rows.map((row) => ({ go: `session ${row.session_id}`, line: index }));
      case "group":
      case "section":
      case "older":
        return [];
      default:
        return line satisfies never;
    }
  });
}
