import { Autocomplete } from "@base-ui/react/autocomplete";
import { Dialog } from "@base-ui/react/dialog";
import { useRouter } from "@tanstack/react-router";
import { ArrowRight, Filter, Search, Wrench, Zap, type LucideIcon } from "lucide-react";
import { useCallback, useDeferredValue, useMemo, useRef, useState } from "react";
import { StatusIcon } from "../../ui/status.tsx";
import { foundGroups, startGroups, type Choice, type Group } from "./choices.ts";
import { recentIds, remember } from "./recent.ts";
import { useChoices, useSaid } from "./use-choices.ts";

interface PaletteProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onHelp: () => void;
}

export function Palette({ open, onOpenChange, onHelp }: PaletteProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-veil" />
        <Dialog.Popup
          aria-label="Search and commands"
          initialFocus={input}
          className="fixed top-2 left-1/2 z-50 flex max-h-[min(34rem,calc(100dvh-1rem))] w-[min(40rem,calc(100vw-1rem))] -translate-x-1/2 flex-col overflow-hidden rounded-lg border border-strong-edge bg-raised shadow-over outline-none md:top-[12dvh] md:max-h-[min(34rem,76dvh)]"
        >
          <Finder input={input} onHelp={onHelp} onClose={() => onOpenChange(false)} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface FinderProps {
  input: React.RefObject<HTMLInputElement | null>;
  onHelp: () => void;
  onClose: () => void;
}

function Finder({ input, onHelp, onClose }: FinderProps) {
  const router = useRouter();
  const { choices, loading } = useChoices(onHelp);
  const [query, setQuery] = useState("");
  const [recent] = useState(recentIds);
  const asked = useDeferredValue(query);
  const { said, searching } = useSaid(query);
  const groupsOf = useCallback(
    (text: string) =>
      text.trim() === "" ? startGroups(choices, recent) : foundGroups(text, choices, recent, said),
    [choices, recent, said],
  );
  const groups = useMemo(() => groupsOf(asked), [groupsOf, asked]);
  const choose = useCallback(
    (choice: Choice) => {
      remember(choice.id);
      onClose();
      if ("run" in choice.goal) choice.goal.run();
      else router.history.push(choice.goal.href);
    },
    [router, onClose],
  );
  // The list may still show what the last letter has not reached.
  const chooseFirst = (event: React.KeyboardEvent) => {
    if (event.key !== "Enter" || asked === query) return;
    event.preventDefault();
    event.stopPropagation();
    const first = groupsOf(query)[0]?.items[0];
    if (first !== undefined) choose(first);
  };
  return (
    <Autocomplete.Root
      open
      inline
      items={groups}
      filter={null}
      itemToStringValue={(choice: Choice) => choice.label}
      value={query}
      // Otherwise the selected item's text would appear in the field while the palette closes.
      onValueChange={(value, { reason }) => {
        if (reason !== "item-press") setQuery(value);
      }}
      autoHighlight="always"
      keepHighlight
    >
      <div className="flex shrink-0 items-center gap-2 border-b border-edge px-3">
        <Search aria-hidden size={15} className="shrink-0 text-muted" />
        <Autocomplete.Input
          ref={input}
          onKeyDownCapture={chooseFirst}
          aria-label="Search sessions, views, tools, events and actions"
          placeholder="Search sessions, views, tools, events, actions…"
          className="h-11 min-w-0 grow bg-transparent max-md:text-[1rem] placeholder:text-muted focus-visible:outline-none"
        />
        <Dialog.Close
          className="rounded border border-edge px-1.5 py-0.5 font-mono text-xs text-muted hover:bg-hover hover:text-ink"
          aria-label="Esc: close"
        >
          Esc
        </Dialog.Close>
      </div>
      <Autocomplete.List className="min-h-0 grow scroll-py-1 overflow-y-auto overscroll-contain p-1.5">
        {(group: Group) => (
          <Autocomplete.Group key={group.value} items={group.items} className="mb-1">
            <Autocomplete.GroupLabel
              className={`px-2 pt-1.5 pb-1 text-xs font-medium ${group.value === "Needs you" ? "tone-needs toned" : "text-muted"}`}
            >
              {group.value}
            </Autocomplete.GroupLabel>
            <Autocomplete.Collection>
              {(choice: Choice) => <Row key={choice.id} choice={choice} onChoose={choose} />}
            </Autocomplete.Collection>
          </Autocomplete.Group>
        )}
      </Autocomplete.List>
      <p role="status" className="shrink-0 border-t border-edge px-3 py-1.5 text-xs text-muted">
        {loading ? (
          "Loading older sessions and tools…"
        ) : searching ? (
          "Searching prompts and answers…"
        ) : (
          <Hint />
        )}
      </p>
    </Autocomplete.Root>
  );
}

function Hint() {
  return (
    <>
      <span className="max-md:hidden">↑ ↓ to choose · Enter to go · Esc to close</span>
      <span className="md:hidden">Tap to go</span>
    </>
  );
}

function Row({ choice, onChoose }: { choice: Choice; onChoose: (choice: Choice) => void }) {
  return (
    <Autocomplete.Item
      value={choice}
      onClick={() => onChoose(choice)}
      className="flex min-h-8 cursor-pointer items-center gap-2.5 rounded-md px-2 outline-none select-none data-highlighted:bg-hover max-md:min-h-10"
    >
      <Mark choice={choice} />
      <bdi className="min-w-0 shrink-0 truncate max-w-[75%]">{choice.label}</bdi>
      <bdi className="min-w-0 grow truncate text-muted">{choice.detail}</bdi>
      {choice.keys === undefined ? null : (
        <kbd className="shrink-0 font-mono text-xs text-muted max-md:hidden">{choice.keys}</kbd>
      )}
    </Autocomplete.Item>
  );
}

const ICONS: Record<Exclude<Choice["group"], "Sessions" | "Prompts and answers">, LucideIcon> = {
  Views: ArrowRight,
  Tools: Wrench,
  "Filter events": Filter,
  Actions: Zap,
  Search,
};

function Mark({ choice }: { choice: Choice }) {
  if (choice.session !== undefined) return <StatusIcon status={choice.session.status} />;
  const { group } = choice;
  const Icon = group === "Sessions" || group === "Prompts and answers" ? ArrowRight : ICONS[group];
  return <Icon aria-hidden size={13} className="shrink-0 text-muted" />;
}
