/** Sends a sample session, with progress and a stop button, then links to it. */
import { Play, Square } from "lucide-react";
import { sampleStore } from "../../live/samples.ts";
import { SessionLink } from "../links.tsx";
import { Button } from "../states.tsx";
import { counted } from "../../domain/format.ts";
import { useSamples } from "./hooks.ts";
import "./samples.css";

export function SendSample() {
  const { playing, last } = useSamples();
  return (
    <div className="my-4 flex min-h-8 flex-wrap items-center gap-x-3 gap-y-2 text-ink">
      {playing === null ? (
        <Button onClick={() => void sampleStore.play()}>
          <Play aria-hidden size={13} />{" "}
          {last === null ? "Send sample events" : "Send sample events again"}
        </Button>
      ) : (
        <Button onClick={sampleStore.stop}>
          <Square aria-hidden size={13} /> Stop the sample
        </Button>
      )}
      <span role="status" className="flex min-w-0 items-center gap-2 text-muted">
        {playing === null ? null : (
          <>
            <progress
              value={playing.sent}
              max={playing.total || 1}
              aria-label="Sample events sent"
              className="sample-progress"
            />
            {playing.total === 0 ? null : `${playing.sent} of ${counted(playing.total, "event")}`}
            {playing.waiting ? " · Waiting for ingestd" : null}
          </>
        )}
      </span>
      {last === null ? null : (
        <SessionLink id={last} name={playing === null ? "View session" : "View live"} />
      )}
    </div>
  );
}
