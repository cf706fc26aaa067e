/** Copy the command that resumes a session, and Markdown of a session or a turn. */
import { get, getText, type ExportQuery, type SessionOverview } from "../api/client.ts";
import { exportUrl } from "../domain/exports.ts";
import { toastStore } from "../live/toasts.ts";
import { copyLater } from "./copy.tsx";

export type Resume = SessionOverview["resume"];

export function loadOverview(sessionId: string, signal?: AbortSignal): Promise<SessionOverview> {
  return get("/api/sessions/{session_id}/overview", {
    params: { path: { session_id: sessionId } },
    signal,
  });
}

/** Why the command is not offered, or where it applies; null where it simply works. */
export function resumeNote({ command, transcript, host }: Resume): string | null {
  switch (transcript) {
    case "present":
      return null;
    case "missing":
      return "Claude Code has deleted its transcript.";
    case "other_host":
      return `It ran on ${host ?? "another machine"}: whether its transcript is still there was not checked.`;
    case "unknown":
      return command === null
        ? "It is no session of Claude Code."
        : "Whether its transcript is still there is unknown.";
    default:
      return transcript satisfies never;
  }
}

/** Raised where a session cannot be resumed. */
class NoCommandError extends Error {}

export async function copyResume(sessionId: string): Promise<void> {
  const asked = loadOverview(sessionId).then(({ resume }) => resume);
  const command = asked.then((resume) => {
    if (resume.command === null) throw new NoCommandError(resumeNote(resume) ?? "");
    return resume.command;
  });
  try {
    if (!(await copyLater(command))) return;
    toastStore.notify("Copied resume command", resumeNote(await asked) ?? "");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const retry = error instanceof NoCommandError ? null : () => void copyResume(sessionId);
    toastStore.add("This session can’t be resumed", reason, retry);
  }
}

export async function copyMarkdown(
  sessionId: string,
  query: Omit<ExportQuery, "as"> = {},
): Promise<void> {
  try {
    if (await copyLater(getText(exportUrl(sessionId, { as: "markdown", ...query }))))
      toastStore.notify("Copied as Markdown");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    toastStore.add("Couldn’t copy as Markdown", reason, () => void copyMarkdown(sessionId, query));
  }
}
