/** The state of the connection, and after a reconnect how many missed events arrived. */
import {
  Check,
  CircleSlash,
  CloudOff,
  LoaderCircle,
  Radio,
  RefreshCw,
  type LucideIcon,
} from "lucide-react";
import type { Connection as State } from "../live/connection.ts";
import { useRecording } from "./bars/use-recording.ts";
import { useStatus } from "../ui/use-live.ts";
import { useNow } from "../ui/hooks.ts";
import { counted, formatCount } from "../domain/format.ts";
import type { Tone } from "../domain/kinds.ts";

const FILLED_IN_MS = 10_000;

interface Look {
  tone: Tone;
  Icon: LucideIcon;
  spins: boolean;
  title: string;
}

const NOT_RECORDING: Look = {
  tone: "failed",
  Icon: CircleSlash,
  spins: false,
  title: "Connected, but events are not stored",
};

export function Connection() {
  const connection = useStatus((status) => status.connection);
  const recording = useRecording();
  const isRecording = recording === null || recording.state === "recording";
  const now = useNow(connection.kind === "reconnecting" ? 1000 : 0);
  const { tone, Icon, spins, title } = isRecording ? lookOf(connection) : NOT_RECORDING;
  return (
    <div className="flex min-w-0 items-center gap-3">
      <FilledIn />
      {/* The seconds are hidden from screen readers, which would announce each of them. */}
      <span role="status" className="sr-only">
        {connection.kind === "connecting" ? "" : `Connection: ${connection.kind.replace("_", " ")}`}
      </span>
      <span
        title={title}
        data-connection={connection.kind}
        className={`tone-${tone} inline-flex items-center gap-1.5 whitespace-nowrap`}
      >
        <Icon aria-hidden size={14} className={`toned ${spins ? "spin" : ""}`} />
        <span className="toned font-medium">
          {isRecording ? connectionText(connection, now) : "Not recording"}
        </span>
      </span>
    </div>
  );
}

function FilledIn() {
  const filledIn = useStatus((status) => status.filledIn);
  const now = useNow(filledIn === null ? 0 : 1000);
  if (filledIn === null || now - filledIn.at > FILLED_IN_MS) return null;
  return (
    <span role="status" className="tone-ok inline-flex items-center gap-1 truncate text-xs">
      <Check aria-hidden size={12} className="toned" />
      {counted(filledIn.count, "event")} filled in
    </span>
  );
}

export function connectionText(connection: State, now: number): string {
  switch (connection.kind) {
    case "connecting":
      return "connecting…";
    case "live":
      return "live";
    case "catching_up":
      return `catching up (${formatCount(connection.behind)} ${connection.behind === 1 ? "event" : "events"})`;
    case "reconnecting":
      return `reconnecting… (${Math.max(0, Math.round((now - connection.since) / 1000))} s)`;
    case "polling":
      return "polling";
    case "offline":
      return "offline";
    default:
      return connection satisfies never;
  }
}

function lookOf(connection: State): Look {
  switch (connection.kind) {
    case "connecting":
      return { tone: "quiet", Icon: LoaderCircle, spins: true, title: "Connecting" };
    case "live":
      return {
        tone: "ok",
        Icon: Radio,
        spins: false,
        title: "Live: events appear as they are stored",
      };
    case "catching_up":
      return {
        tone: "working",
        Icon: LoaderCircle,
        spins: true,
        title: "Loading missed events",
      };
    case "reconnecting":
      return {
        tone: "needs",
        Icon: LoaderCircle,
        spins: true,
        title: "Reconnecting. No events are lost.",
      };
    case "polling":
      return {
        tone: "needs",
        Icon: RefreshCw,
        spins: false,
        title: "The stream is unavailable. Updating every 5 s instead.",
      };
    case "offline":
      return {
        tone: "failed",
        Icon: CloudOff,
        spins: false,
        title: `${connection.reason} Retrying every 5 s.`,
      };
    default:
      return connection satisfies never;
  }
}
