import { useQuery } from "@tanstack/react-query";
import { get, type Filters } from "../../api/client.ts";
import { Chips } from "../chips.tsx";
import { ChoiceMenu, type Choice } from "../choice-menu.tsx";
import { ProjectKey, shortId } from "../marks.tsx";
import { counted } from "../../domain/format.ts";

interface FilterProps<K extends string> {
  keys: readonly K[];
  names: Readonly<Record<K, string>>;
  picked: Partial<Record<K, readonly string[]>>;
  onPick: (key: K, values: readonly string[]) => void;
}

interface FilterMenusProps<K extends string> extends FilterProps<K> {
  choicesOf: (filters: Filters, key: K) => Choice[];
}

export function FilterMenus<K extends string>({
  keys,
  names,
  picked,
  onPick,
  choicesOf,
}: FilterMenusProps<K>) {
  const query = useFilters();
  return keys.map((key) => (
    <ChoiceMenu
      key={key}
      name={names[key]}
      choices={query.data === undefined ? [] : choicesOf(query.data, key)}
      picked={picked[key] ?? []}
      onPick={(values) => onPick(key, values)}
      countsOf={
        query.data === undefined ? null : `Counts from ${counted(query.data.counted, "event")}`
      }
      loading={query.isPending}
      failed={query.isError}
      reload={() => void query.refetch()}
    />
  ));
}

interface FilterChipsProps<K extends string> extends FilterProps<K> {
  labelOf: (filters: Filters | undefined, key: K, value: string) => string;
  onClear: () => void;
}

export function FilterChips<K extends string>({
  keys,
  names,
  picked,
  onPick,
  labelOf,
  onClear,
}: FilterChipsProps<K>) {
  const filters = useFilters().data;
  const chips = keys.flatMap((key) =>
    (picked[key] ?? []).map((value) => ({
      name: names[key],
      label: labelOf(filters, key, value),
      title: value,
      mark: key === "session_id" ? <ProjectKey project={projectOf(filters, value)} /> : null,
      onRemove: () =>
        onPick(
          key,
          (picked[key] ?? []).filter((one) => one !== value),
        ),
    })),
  );
  if (chips.length === 0) return null;
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      <Chips chips={chips} onClear={onClear} />
    </div>
  );
}

export function useFilters() {
  return useQuery({
    queryKey: ["filters"],
    queryFn: ({ signal }) => get("/api/filters", { signal }),
    staleTime: 5000,
  });
}

export function projectChoices(filters: Filters): Choice[] {
  return filters.source_apps.map(({ value, count }) => ({ value, count, label: value }));
}

export function sessionChoices(filters: Filters): Choice[] {
  return filters.sessions.map(({ value, count }) => ({
    value,
    count,
    label: sessionLabel(filters, value),
    mark: <ProjectKey project={projectOf(filters, value)} />,
  }));
}

export function sessionLabel(filters: Filters | undefined, id: string): string {
  const app = projectOf(filters, id);
  return app == null ? shortId(id) : `${app} ${shortId(id)}`;
}

export function projectOf(filters: Filters | undefined, id: string): string | null | undefined {
  return filters?.sessions.find((one) => one.value === id)?.source_app;
}
