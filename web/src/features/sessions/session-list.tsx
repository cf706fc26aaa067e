/**
 * The virtual list of sessions, with its keyboard focus. Lines stay under the pointer whatever
 * changes around them.
 */
import { lazy, Suspense, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { ChevronDown, ChevronRight } from "lucide-react";
import { useKeys } from "../../ui/hooks.ts";
import { useRowScale } from "../../ui/row-scale.ts";
import { useListKeys } from "../../ui/list-keys.ts";
import { NewSince } from "../../ui/new-since.tsx";
import { VirtualList, type VirtualListHandle } from "../../ui/virtual-list.tsx";
import { AgentRow, FinishedAgents } from "./agent-row.tsx";
import { AskRow } from "./ask-row.tsx";
import type { Column } from "./columns.ts";
import { useHeldStill } from "./hooks.ts";
import { ASKS_SHOWN, CARD_PX, type Line } from "./lines.ts";
import { NO_PROJECT } from "./session-cells.tsx";
import { SessionRow } from "./session-row.tsx";

interface SessionListProps {
  lines: readonly Line[];
  /** Cards per line; 0 for a table. */
  perLine: number;
  columns: readonly Column[];
  narrow: boolean;
  held: boolean;
  onHold: (held: boolean) => void;
  /** Shown after the last line: load more. */
  older: ReactNode;
  /** Show or hide finished subagents. */
  onToggle: (sessionId: string) => void;
  /** Show or hide a whole ask. */
  onAsk: (sessionId: string) => void;
  onFold: (fold: Fold) => void;
  onCardPx: (sessionId: string, px: number) => void;
  onEscape: () => void;
  onWidth: (px: number) => void;
}

export type Fold = "needs" | "all asks" | "idle";

const AskCardLine = lazy(() =>
  import("./ask-card-line.tsx").then((it) => ({ default: it.AskCardLine })),
);
const MatchRow = lazy(() => import("./match-row.tsx").then((it) => ({ default: it.MatchRow })));
const SessionCard = lazy(() =>
  import("./session-card.tsx").then((it) => ({ default: it.SessionCard })),
);

const OVERSCAN = 12;

/** Lines as high as their content. */
const UNSCALED: ReadonlySet<Line["kind"]> = new Set(["cards", "ask-card"]);

export function SessionList({
  lines,
  perLine,
  columns,
  narrow,
  held,
  onHold,
  older,
  onToggle,
  onAsk,
  onFold,
  onCardPx,
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
    const follow = ({ target }: FocusEvent) => setCursor(goOf(target));
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
  /** The session at the cursor whose ask can be shown whole. */
  const askingLine = () => {
    const line = stopLine < 0 ? undefined : lines[stopLine];
    return line?.kind === "ask" ? line : null;
  };
  useKeys((key, press) => {
    const line = askingLine();
    const isButton = press.target instanceof Element && press.target.closest("button") !== null;
    if (key !== " " || line === null || isButton) return false;
    onAsk(line.row.session_id);
    return true;
  });
  useListKeys({
    columns: perLine,
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
      const line = askingLine();
      if (line?.open === true) {
        focusNext.current = line.key;
        onAsk(line.row.session_id);
      } else if (cursor === null) onEscape();
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
            columns={columns}
            isStop={stop === `session ${line.row.session_id}`}
          />
        );
      case "needs":
        return (
          <h2 className="tone-needs flex h-full items-center border-b border-edge bg-panel px-1.5">
            <FoldButton open={!line.collapsed} onClick={() => onFold("needs")}>
              <span className="toned font-semibold">{`Needs you · ${line.count}`}</span>
            </FoldButton>
          </h2>
        );
      case "ask":
        return (
          <AskRow
            row={line.row}
            ask={line.ask}
            more={line.more}
            open={line.open}
            isStop={stop === line.key}
            onToggle={onAsk}
          />
        );
      case "ask-card":
        return (
          <Suspense fallback={null}>
            <AskCardLine row={line.row} asks={line.asks} onPx={onCardPx} />
          </Suspense>
        );
      case "more-asks":
        return (
          <div className="flex h-full items-center border-b border-edge pl-1.5">
            <button
              type="button"
              tabIndex={stop === line.key ? 0 : -1}
              data-go={line.key}
              onClick={() => onFold("all asks")}
              className="h-full rounded-sm px-3 text-muted hover:bg-hover hover:text-ink"
            >
              {line.hidden > 0 ? `Show ${line.hidden} more` : `Show the first ${ASKS_SHOWN}`}
            </button>
          </div>
        );
      case "match":
        return (
          <Suspense fallback={null}>
            <MatchRow
              row={line.row}
              match={line.match}
              isStop={stop === `session ${line.row.session_id}`}
            />
          </Suspense>
        );
      case "cards":
        return (
          <ul
            className="grid gap-3 px-3 pt-3"
            style={{ gridTemplateColumns: `repeat(${perLine}, minmax(0, 1fr))` }}
          >
            {line.rows.map((row) => (
              <li key={row.session_id} style={{ height: CARD_PX }}>
                <Suspense fallback={null}>
                  <SessionCard
                    row={row}
                    past={line.past}
                    isStop={stop === `session ${row.session_id}`}
                  />
                </Suspense>
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
            narrow={narrow}
            columns={columns}
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
          <h2 className="flex h-full items-end border-b border-edge px-1.5 pb-1 text-muted">
            {line.count === null ? (
              <span className="px-1.5 pb-0.5 font-semibold">{line.title}</span>
            ) : (
              <FoldButton open={!line.folded} onClick={() => onFold("idle")}>
                <span className="font-semibold">{`${line.title} · ${line.count}`}</span>
              </FoldButton>
            )}
          </h2>
        );
      case "since":
        return (
          <div className="flex h-full flex-col justify-center px-3">
            <NewSince at={line.at} upwards />
          </div>
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
      pxOf={({ kind, px }) => (UNSCALED.has(kind) ? px : scaled(px))}
      sizes={`${narrow} ${perLine} ${scaled(100)}`}
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

/** What the keys go on from: a row, or the row whose card has the focus. */
function goOf(target: EventTarget | null): string | null {
  if (!(target instanceof Element)) return null;
  const go = target.closest<HTMLElement>("[data-go]")?.dataset["go"];
  const card = target.closest<HTMLElement>("[data-asks-of]")?.dataset["asksOf"];
  return go ?? (card === undefined ? null : `session ${card}`);
}

function FoldButton({
  open,
  onClick,
  children,
}: {
  open: boolean;
  onClick: () => void;
  children: ReactNode;
}) {
  const Chevron = open ? ChevronDown : ChevronRight;
  return (
    <button
      type="button"
      aria-expanded={open}
      onClick={onClick}
      className="inline-flex min-h-6 items-center gap-1 rounded-sm px-1.5 hover:bg-hover"
    >
      {children}
      <Chevron aria-hidden size={12} />
    </button>
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
      case "ask":
      case "match":
      case "more-asks":
      case "agent":
      case "finished":
        return [{ go: line.key, line: index }];
      case "cards":
        return line.rows.map((row) => ({ go: `session ${row.session_id}`, line: index }));
      case "needs":
      case "ask-card":
      case "group":
      case "section":
      case "since":
      case "older":
        return [];
      default:
        return line satisfies never;
    }
  });
}
