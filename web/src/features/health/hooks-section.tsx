/** Installed hooks and received events, one row per event type, problems first. */
import type { Health } from "../../api/client.ts";
import { CopyButton } from "../../ui/copy.tsx";
import { Table, type Column } from "../../ui/table.tsx";
import { Ago } from "../../ui/time.tsx";
import { formatCount, UNKNOWN } from "../../domain/format.ts";
import { commandsOf } from "../../domain/commands.ts";
import { hookRows, type HookRow } from "./hooks.ts";
import { Section, Toggle, Warning } from "./section.tsx";

interface HooksSectionProps {
  health: Health;
  all: boolean;
  onAll: (all: boolean) => void;
}

export function HooksSection({ health, all, onAll }: HooksSectionProps) {
  const rows = hookRows(health);
  const shown = all ? rows : rows.filter((row) => row.installed !== null || row.count > 0);
  const command = () => commandsOf(health).connect;
  return (
    <Section
      title="Hooks and events"
      aside={
        <Toggle
          on={all}
          onToggle={onAll}
          words={all ? "Show those in use" : `Show all ${rows.length} events`}
        />
      }
    >
      <p data-fact="installed" className="break-words text-muted">
        {installedText(health)}
      </p>
      {health.installed.warnings.map((warning) => (
        <Warning key={warning}>{WARNINGS[warning]}</Warning>
      ))}
      <div className="mt-2">
        <Table
          label="Hooks and events"
          className="is-compact"
          columns={columnsOf(health.installed.state === "read")}
          rows={shown}
          keyOf={({ eventType }) => eventType}
          rowProps={({ eventType }) => ({ "data-hook": eventType })}
          empty={<p className="mt-1">Not connected. No events received.</p>}
        />
      </div>
      {health.installed.missing.length > 0 || health.installed.state === "absent" ? (
        <div className="mt-3 flex flex-wrap items-center gap-2">
          <CopyButton label="Copy connect command" text={command} />
          <span className="text-muted">
            {"Run it in Hookwatch’s folder. Shows the changes and asks first."}
          </span>
        </div>
      ) : null}
    </Section>
  );
}

function columnsOf(readable: boolean): Column<HookRow>[] {
  return [
    {
      key: "event",
      head: "Event",
      className: "wrap-anywhere",
      cell: ({ eventType }) => <bdi>{eventType}</bdi>,
    },
    {
      key: "hook",
      head: "Hook",
      align: "left",
      look: ({ installed }) => (installed === null ? "text-muted" : ""),
      cell: ({ installed, note }) => (
        <span title={note ?? undefined}>{installed ?? (readable ? "none" : UNKNOWN)}</span>
      ),
    },
    {
      key: "count",
      head: "Last 24 h",
      cell: ({ count24h }) => (count24h === null ? UNKNOWN : formatCount(count24h)),
    },
    {
      key: "last",
      head: "Last received",
      look: () => "text-muted",
      cell: ({ lastEventAt }) => (lastEventAt === null ? "never" : <Ago at={lastEventAt} />),
    },
  ];
}

const WARNINGS: Record<Health["installed"]["warnings"][number], string> = {
  all_disabled: "“disableAllHooks” is on: Claude Code runs no hooks.",
  worktree_create: "The WorktreeCreate hook keeps Claude Code from creating worktrees. Remove it.",
  http_passed_over:
    "SessionStart and Setup support command hooks only. Claude Code ignores http hooks for them.",
  unknown_kind:
    "A hook in this file has an unknown type. Clients that don’t know it drop every hook in the file.",
};

function installedText({ installed }: Health): string {
  const { path, state, hooks } = installed;
  switch (state) {
    case "read": {
      const count = new Set(hooks.map((hook) => hook.event_type)).size;
      return `${count === 0 ? "No event has" : count === 1 ? "One event has" : `${count} events have`} a Hookwatch hook in ${path}. Projects and plugins may have more.`;
    }
    case "absent":
      return `${path} not found.`;
    case "unreadable":
      return `${path} can’t be read.`;
    case "too_large":
      return `${path} is larger than 1 MB and wasn’t read.`;
    case "not_json":
      return `${path} is not valid JSON; Claude Code ignores it too.`;
    case "not_an_object":
      return `${path} has no settings.`;
    default:
      return state satisfies never;
  }
}
