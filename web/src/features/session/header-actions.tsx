/** What can be done with a session: resume it, export it, copy what names it. */
import { Download, Ellipsis, SquareTerminal } from "lucide-react";
import type { SessionOverview, SessionRow } from "../../api/client.ts";
import { ActionMenu, type MenuAction } from "../../ui/action-menu.tsx";
import { copyText } from "../../ui/copy.tsx";
import { copyMarkdown, copyResume } from "../../ui/resume.ts";
import { EXPORT_FORMATS, exportUrl } from "../../domain/exports.ts";
import { toastStore } from "../../live/toasts.ts";

const BUTTON =
  "inline-flex h-7 shrink-0 items-center gap-1.5 rounded-md border border-edge px-2 hover:border-strong-edge hover:bg-hover data-popup-open:border-strong-edge data-popup-open:bg-hover max-md:h-9";
const REDACTION = "Redacted secrets stay redacted.";

interface ActionsProps {
  row: SessionRow;
  overview: SessionOverview | null;
}

export function HeaderActions({ row, overview }: ActionsProps) {
  const id = row.session_id;
  const command = overview?.resume.command ?? null;
  return (
    <>
      {/* Not offered where Claude Code has nothing to resume from. */}
      {command === null ? null : (
        <button
          type="button"
          title={command}
          aria-keyshortcuts="c r"
          onClick={() => void copyResume(id)}
          className={BUTTON}
        >
          <SquareTerminal aria-hidden size={13} />
          <span className="max-sm:sr-only">Resume</span>
        </button>
      )}
      <ActionMenu label="Export" className={BUTTON} actions={exportActions(id)} note={REDACTION}>
        <Download aria-hidden size={13} />
        <span className="max-sm:sr-only">Export</span>
      </ActionMenu>
      <ActionMenu label="More actions" className={`${BUTTON} px-1.5`} actions={moreActions(row)}>
        <Ellipsis aria-hidden size={15} />
      </ActionMenu>
    </>
  );
}

function exportActions(id: string): MenuAction[] {
  return [
    ...EXPORT_FORMATS.map(({ as, name, hint }) => ({
      name,
      hint,
      goal: { file: exportUrl(id, { as }) },
    })),
    { name: "Copy as Markdown", startsGroup: true, goal: { run: () => void copyMarkdown(id) } },
  ];
}

function moreActions({ session_id: id, cwd }: SessionRow): MenuAction[] {
  return [
    { name: "Copy session ID", goal: { run: () => void copied("session ID", id) } },
    ...(cwd === null
      ? []
      : [{ name: "Copy folder", goal: { run: () => void copied("folder", cwd) } }]),
    { name: "Copy link", goal: { run: () => void copied("link", window.location.href) } },
  ];
}

async function copied(what: string, text: string) {
  if (await copyText(text)) toastStore.notify(`Copied ${what}`);
}
