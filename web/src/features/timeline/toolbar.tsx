import { useQuery } from "@tanstack/react-query";
import { Crosshair, Minus, Plus, Table2 } from "lucide-react";
import type { ReactNode } from "react";
import { get } from "../../api/client.ts";
import { Chips } from "../../ui/chips.tsx";
import { ChoiceMenu } from "../../ui/choice-menu.tsx";
import { RangePicker } from "../../ui/range-picker.tsx";
import { shortId } from "../../ui/marks.tsx";
import { StatusIcon } from "../../ui/status.tsx";
import { STATUSES, statusLook } from "../../domain/statuses.ts";
import { chosen, omit, withList, without } from "../../url/edit.ts";
import { rangeOf } from "../../url/range.ts";
import {
  FILTER_KEYS,
  inRange,
  isFollowing,
  type OnSearch,
  RANGES,
  type TimelineSearch,
  withNow,
} from "./search.ts";
import { type Window, zoomed } from "./scale.ts";

interface ToolbarProps {
  search: TimelineSearch;
  window: Window;
  onSearch: OnSearch;
  onZoom: (factor: number) => void;
}

export function Toolbar({ search, window, onSearch, onZoom }: ToolbarProps) {
  const follows = isFollowing(search);
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-1.5 border-b border-edge px-3 py-2">
      <RangePicker
        ranges={RANGES}
        range={rangeOf(search, RANGES)}
        onRange={(range) => onSearch(inRange(search, range))}
      />
      <div role="group" aria-label="Zoom" className="flex rounded-md border border-edge">
        <IconButton
          label="Zoom out (-)"
          onClick={() => onZoom(2)}
          disabled={zoomed(window, 2, 1).since === window.since}
        >
          <Minus aria-hidden size={13} />
        </IconButton>
        <IconButton
          label="Zoom in (+)"
          onClick={() => onZoom(0.5)}
          disabled={zoomed(window, 0.5, 1).since === window.since}
        >
          <Plus aria-hidden size={13} />
        </IconButton>
      </div>
      <button
        type="button"
        aria-pressed={follows}
        title="Jump to now (N)"
        onClick={() => onSearch(withNow(search, window))}
        className="tone-working inline-flex h-7 items-center gap-1.5 rounded-md border border-edge px-2 hover:bg-hover aria-pressed:border-(--tone) aria-pressed:text-(--tone) max-md:h-9"
      >
        <Crosshair aria-hidden size={13} /> Now
      </button>
      <span aria-hidden className="mx-1 h-4 w-px bg-edge max-md:hidden" />
      <Menus search={search} onSearch={onSearch} />
      <button
        type="button"
        aria-pressed={search.as === "table"}
        onClick={() =>
          onSearch(search.as === "table" ? omit(search, "as") : { ...search, as: "table" })
        }
        className="ml-auto inline-flex h-7 items-center gap-1.5 rounded-md border border-edge px-2 hover:bg-hover aria-pressed:bg-hover aria-pressed:font-semibold max-md:h-9"
      >
        <Table2 aria-hidden size={13} /> Table
      </button>
    </div>
  );
}

const NAMES: Record<(typeof FILTER_KEYS)[number], string> = {
  source_app: "Project",
  status: "State",
  session_id: "Session",
};

function Menus({ search, onSearch }: Pick<ToolbarProps, "search" | "onSearch">) {
  const query = useQuery({
    queryKey: ["filters"],
    queryFn: ({ signal }) => get("/api/filters", { signal }),
    staleTime: 5000,
  });
  const state = {
    failed: query.isError,
    loading: query.isPending,
    reload: () => void query.refetch(),
  };
  const projects =
    query.data?.source_apps.map(({ value, count }) => ({ value, count, label: value })) ?? [];
  const states = STATUSES.map((it) => ({
    value: it,
    label: statusLook(it).word,
    count: null,
    mark: <StatusIcon status={it} />,
  }));
  return (
    <>
      <ChoiceMenu
        name="Project"
        choices={projects}
        picked={search.source_app ?? []}
        onPick={(values) => onSearch(withList(search, "source_app", values))}
        {...state}
      />
      <ChoiceMenu
        name="State"
        choices={states}
        picked={search.status ?? []}
        countsOf="In this state at any time in the visible range"
        onPick={(values) => onSearch(withList(search, "status", values))}
        loading={false}
        failed={false}
        reload={() => undefined}
      />
      <Chips
        chips={chosen(search, FILTER_KEYS).map(({ key, value }) => ({
          name: NAMES[key],
          label:
            key === "session_id"
              ? shortId(value)
              : key === "status"
                ? statusLook(value as (typeof STATUSES)[number]).word
                : value,
          title: value,
          onRemove: () => onSearch(without(search, key, value)),
        }))}
        onClear={() => onSearch(omit(search, ...FILTER_KEYS))}
      />
    </>
  );
}

function IconButton({
  label,
  onClick,
  disabled,
  children,
}: {
  label: string;
  onClick: () => void;
  disabled: boolean;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onClick}
      className="grid h-7 w-8 place-items-center text-muted enabled:hover:bg-hover enabled:hover:text-ink disabled:opacity-40 max-md:h-9 max-md:w-10"
    >
      {children}
    </button>
  );
}
