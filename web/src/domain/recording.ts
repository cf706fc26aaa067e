/** Say why events are not stored, what happens to them meanwhile, and what to do. */
import type { Health, Installed, Recording } from "../api/client.ts";
import { commandsOf, USUAL, type Installation } from "./commands.ts";

export type RecordingSource = Installation & { readonly installed: Pick<Installed, "hooks"> };

/** While health has not answered. */
export const UNKNOWN_SOURCE: RecordingSource = { ...USUAL, installed: { hooks: [] } };

export interface NotRecording {
  /** What is wrong, as a sentence. */
  problem: string;
  /** What happens to events until it is mended. */
  meanwhile: string;
  /** What to do about it, if it is not done by itself. */
  advice: string;
  /** A command that does it. */
  command: string | null;
}

/** Null while events are stored. */
export function notRecording(
  { state, reason }: Pick<Recording, "state" | "reason">,
  source: RecordingSource,
): NotRecording | null {
  const { startIngestd, doctor } = commandsOf(source);
  switch (state) {
    case "recording":
      return null;
    case "cannot_write":
      return {
        problem: `ingestd can’t write the log: ${reason ?? "unknown reason"}.`,
        meanwhile: "Events are held in memory, and lost if it stops.",
        advice: "Check the free disk space and the data folder’s permissions.",
        command: null,
      };
    case "not_running":
      return {
        problem: "ingestd is not running.",
        meanwhile: meanwhileText(source),
        advice:
          source.restarted_by === null
            ? "Start it:"
            : "It is started again by itself. If it isn’t:",
        command: startIngestd,
      };
    case "no_response":
      return {
        problem: "ingestd doesn’t respond.",
        meanwhile: meanwhileText(source),
        advice: "Find out why:",
        command: doctor,
      };
    default:
      state satisfies never;
      return null;
  }
}

/** It depends on how hooks are sent; those of a project's settings are not known. */
function meanwhileText({ installed }: RecordingSource): string {
  const kinds = new Set(installed.hooks.map(({ kind }) => kind));
  const isHttp = kinds.has("http");
  const isOnDisk = kinds.has("command") || kinds.has("spool");
  if (isOnDisk && !isHttp) return "Events wait on disk and are stored when it’s back.";
  if (isHttp && !isOnDisk) return "Events are lost until it’s back.";
  return "Events of command hooks wait on disk; those of http hooks are lost.";
}

/** What health says, for a page whose stream says nothing. */
export function recordingOf({ alive, can_write: canWrite, error }: Health["ingestd"]): Recording {
  const state = alive
    ? canWrite === false
      ? "cannot_write"
      : "recording"
    : /refused/i.test(error ?? "")
      ? "not_running"
      : "no_response";
  return { state, since: null, reason: error };
}
