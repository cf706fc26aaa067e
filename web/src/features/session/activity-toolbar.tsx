/** Above Activity: filters by kind and time, find, list or waterfall, fold all. */
import { ChartGantt, ChevronDown, ChevronUp, List, Search } from "lucide-react";
import { useEffect, useRef, type ReactNode, type RefObject } from "react";
import { get, type SessionRow } from "../../api/client.ts";
import { useQuery, keepPreviousData } from "@tanstack/react-query";
import { Chips } from "../../ui/chips.tsx";
import { Segmented } from "../../ui/segmented.tsx";
import { formatSecond, formatSeconds, isSameDay } from "../../domain/dates.ts";
import { counted, formatCount } from "../../domain/format.ts";
import { omit } from "../../url/edit.ts";
import type { Finder } from "./use-find.ts";
import { useAgain, useRevision } from "./hooks.ts";
import {
  CALL_KINDS,
  withoutActivityFilter,
  withRange,
  type CallKind,
  type OnSearch,
  type SessionSearch,
} from "./search.ts";

interface ToolbarProps {
  row: SessionRow;
  search: SessionSearch;
  finder: Finder;
  onSearch: OnSearch;
}

const NAMES: Record<CallKind, string> = { failed: "Failed", edits: "Edits", asked: "Asked" };

export function ActivityToolbar({ row, search, finder, onSearch }: ToolbarProps) {
  return (
    <div className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-2 gap-y-1 border-b border-edge px-3 py-1 text-xs text-muted">
      <span className="shrink-0">{counted(row.turn_count, "turn")}</span>
      <KindChips sessionId={row.session_id} search={search} onSearch={onSearch} />
      <TimeChip search={search} onSearch={onSearch} />
      <span className="grow" />
      <FindField finder={finder} />
      <Segmented
        small
        label="Show calls as"
        segments={[
          { value: "list", label: <List aria-hidden size={13} />, title: "List", icon: true },
          {
            value: "waterfall",
            label: <ChartGantt aria-hidden size={13} />,
            title: "Waterfall",
            icon: true,
          },
        ]}
        value={search.view ?? "list"}
        onValue={(view) =>
          onSearch(view === "list" ? omit(search, "view") : { ...search, view: "waterfall" })
        }
      />
      <span className="flex shrink-0">
        <Small onClick={() => onSearch(folded(search, "all"))}>Collapse all</Small>
        <Small onClick={() => onSearch(folded(search, "none"))}>Expand all</Small>
      </span>
    </div>
  );
}

function folded(search: SessionSearch, fold: "all" | "none"): SessionSearch {
  return { ...omit(search, "turn", "at"), fold };
}

function Small({ onClick, children }: { onClick: () => void; children: string }) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="h-6 rounded-sm px-2 hover:bg-hover hover:text-ink max-md:h-9"
    >
      {children}
    </button>
  );
}

function KindChips({
  sessionId,
  search,
  onSearch,
}: { sessionId: string } & Pick<ToolbarProps, "search" | "onSearch">) {
  const { from: since, to: until } = search;
  const counts = useQuery({
    queryKey: ["session", sessionId, "call-kinds", since, until],
    queryFn: ({ signal }) =>
      get("/api/sessions/{session_id}/call-kinds", {
        params: {
          path: { session_id: sessionId },
          query: { ...(since !== undefined && { since }), ...(until !== undefined && { until }) },
        },
        signal,
      }),
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
  useAgain(useRevision(), counts.data === undefined ? undefined : counts.refetch);
  const toggle = (kind: CallKind) => {
    const on = search.kind ?? [];
    const kinds = on.includes(kind) ? on.filter((one) => one !== kind) : [...on, kind];
    onSearch({ ...omit(search, "kind"), ...(kinds.length > 0 && { kind: kinds }) });
  };
  return (
    <span role="group" aria-label="Only calls of a kind" className="contents">
      {CALL_KINDS.map((kind) => {
        const count = counts.data?.[kind] ?? 0;
        const isOn = search.kind?.includes(kind) === true;
        // A kind without calls selects nothing.
        if (count === 0 && !isOn) return null;
        return (
          <button
            key={kind}
            type="button"
            aria-pressed={isOn}
            onClick={() => toggle(kind)}
            className="inline-flex h-6 shrink-0 items-center gap-1.5 rounded-full border border-edge px-2 text-ink hover:border-strong-edge hover:bg-hover aria-pressed:border-working aria-pressed:bg-hover aria-pressed:font-medium max-md:h-9"
          >
            {NAMES[kind]} <span className="text-muted">{formatCount(count)}</span>
          </button>
        );
      })}
    </span>
  );
}

function TimeChip({ search, onSearch }: Pick<ToolbarProps, "search" | "onSearch">) {
  const { from, to } = search;
  if (from === undefined || to === undefined) return null;
  const end = isSameDay(from, to) ? formatSecond(to) : formatSeconds(to);
  return (
    <Chips
      chips={[
        {
          name: "Time",
          label: `${formatSeconds(from)} – ${end}`,
          onRemove: () => onSearch(withRange(search, null)),
        },
      ]}
      onClear={() => onSearch(withoutActivityFilter(search))}
    />
  );
}

/** The browser's own search finds only the rows that are drawn. */
function FindField({ finder }: { finder: Finder }) {
  const field = useRef<HTMLInputElement>(null);
  useFindKey(field);
  const { query, count, at, isComplete } = finder;
  const found =
    count === 0 ? (isComplete ? "No matches" : "Searching…") : `${at + 1} of ${formatCount(count)}`;
  return (
    <span
      role="search"
      className="inline-flex h-7 items-center gap-1 rounded-md border border-edge px-1.5 focus-within:border-strong-edge max-md:h-10 max-md:w-full"
    >
      <Search aria-hidden size={12} className="shrink-0" />
      <input
        ref={field}
        type="text"
        role="searchbox"
        aria-label="Find in this session"
        aria-keyshortcuts="Control+F Meta+F"
        placeholder="Find in session…"
        value={query}
        onChange={(event) => finder.setQuery(event.target.value)}
        onKeyDown={(press) => {
          if (press.key === "Enter") finder.go(press.shiftKey ? -1 : 1);
          else if (press.key === "Escape" && query !== "") finder.setQuery("");
          else if (press.key === "Escape") press.currentTarget.blur();
          else return;
          press.preventDefault();
          press.stopPropagation();
        }}
        className="w-36 min-w-0 grow bg-transparent text-ink outline-none placeholder:text-muted max-md:text-[1rem]"
      />
      {query === "" ? null : (
        <>
          <span role="status" className="shrink-0 whitespace-nowrap">
            {found}
          </span>
          <StepButton label="Previous match" disabled={count === 0} onClick={() => finder.go(-1)}>
            <ChevronUp aria-hidden size={13} />
          </StepButton>
          <StepButton label="Next match" disabled={count === 0} onClick={() => finder.go(1)}>
            <ChevronDown aria-hidden size={13} />
          </StepButton>
        </>
      )}
    </span>
  );
}

function StepButton(props: {
  label: string;
  disabled: boolean;
  onClick: () => void;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      aria-label={props.label}
      disabled={props.disabled}
      onClick={props.onClick}
      className="grid size-5 shrink-0 place-items-center rounded-sm enabled:hover:bg-hover enabled:hover:text-ink max-md:size-9"
    >
      {props.children}
    </button>
  );
}

/** Ctrl or ⌘ F focuses the field; a second time it is the browser's own search. */
function useFindKey(field: RefObject<HTMLInputElement | null>) {
  useEffect(() => {
    const listen = (press: KeyboardEvent) => {
      const isFind =
        press.key.toLowerCase() === "f" &&
        (press.ctrlKey || press.metaKey) &&
        !press.altKey &&
        !press.shiftKey;
      if (!isFind || press.defaultPrevented || document.activeElement === field.current) return;
      press.preventDefault();
      field.current?.focus();
      field.current?.select();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [field]);
}
