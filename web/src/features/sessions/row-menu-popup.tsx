/** The opened `RowMenu`. */
import { Menu } from "@base-ui/react/menu";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { MenuAction } from "../../ui/action-menu.tsx";
import { ActionRows } from "../../ui/action-popup.tsx";
import { copyText } from "../../ui/copy.tsx";
import { copyMarkdown, copyResume, loadOverview, resumeNote } from "../../ui/resume.ts";
import { exportUrl } from "../../domain/exports.ts";
import { toastStore } from "../../live/toasts.ts";

interface RowMenuPopupProps {
  sessionId: string;
  /** In pixels of the window. */
  x: number;
  y: number;
  onClose: () => void;
}

export function RowMenuPopup({ sessionId, x, y, onClose }: RowMenuPopupProps) {
  const anchor = useMemo(
    () => ({ getBoundingClientRect: () => DOMRect.fromRect({ x, y, width: 0, height: 0 }) }),
    [x, y],
  );
  const overview = useQuery({
    queryKey: ["session", sessionId, "overview"],
    queryFn: ({ signal }) => loadOverview(sessionId, signal),
  });
  const resume = overview.data?.resume;
  // Until it is known whether there is something to resume: an entry that comes late moves others.
  if (overview.isPending) return null;
  return (
    <Menu.Root
      open
      modal={false}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Menu.Portal>
        <Menu.Positioner
          anchor={anchor}
          align="end"
          sideOffset={2}
          collisionPadding={8}
          className="z-30 outline-none"
        >
          <ActionRows
            actions={actionsOf(sessionId, resume !== undefined && resume.command !== null)}
            note={resume === undefined ? null : resumeNote(resume)}
          />
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function actionsOf(id: string, canResume: boolean): MenuAction[] {
  const href = `/sessions/${encodeURIComponent(id)}`;
  const copy = async (what: string, text: string) => {
    if (await copyText(text)) toastStore.notify(`Copied ${what}`);
  };
  return [
    ...(canResume
      ? [{ name: "Resume", hint: "Copies the command", goal: { run: () => void copyResume(id) } }]
      : []),
    { name: "Copy session ID", goal: { run: () => void copy("session ID", id) } },
    {
      name: "Copy link",
      goal: { run: () => void copy("link", new URL(href, window.location.href).href) },
    },
    { name: "Copy as Markdown", goal: { run: () => void copyMarkdown(id) } },
    {
      name: "Export as Markdown",
      startsGroup: true,
      goal: { file: exportUrl(id, { as: "markdown" }) },
    },
    { name: "Export as HTML", goal: { file: exportUrl(id, { as: "html" }) } },
  ];
}
