/** The prompt, the answer or a background task's result of a turn. Clipped texts are fetched. */
import { useState } from "react";
import type { TurnRow } from "../../api/client.ts";
import { KindIcon } from "../../ui/marks.tsx";
import { fields, text } from "../../domain/read.ts";
import { useEvent } from "../../ui/use-event.ts";
import { FailedLine, Prose } from "./lines.tsx";
import { isCut, isShortPrompt, noteOf } from "./turn-summary.ts";

export function TurnPrompt({ turn }: { turn: TurnRow }) {
  if (turn.kind === "notification") return <TaskEnd prompt={turn.prompt} />;
  if (turn.prompt === null || isShortPrompt(turn)) return null;
  return (
    <div role="group" aria-label="Prompt" className="pt-2">
      <Whole said={turn.prompt} name="prompt" eventId={turn.id} field="prompt" />
    </div>
  );
}

function TaskEnd({ prompt }: { prompt: string | null }) {
  const { status, result } = noteOf(prompt);
  return (
    <div role="group" aria-label="End of a background task" className="pt-2">
      <p className="text-muted">{`A background task ended${status === null ? "" : `: ${status.slice(0, 100)}`}`}</p>
      {result === null ? null : <Prose text={result} name="result" />}
    </div>
  );
}

export function TurnAnswer({ turn }: { turn: TurnRow }) {
  if (turn.outcome === "failed") return <Failure turn={turn} />;
  if (turn.answer === null) {
    if (turn.outcome !== "interrupted") return null;
    return <p className="text-muted">Interrupted</p>;
  }
  return (
    <div
      role="group"
      aria-label="Answer"
      className="tone-ok flex min-w-0 gap-2 rounded-md border border-edge bg-panel px-3 py-2"
    >
      <span className="pt-0.5">
        <KindIcon kind={{ tone: "ok", mark: "speech" }} />
      </span>
      <Whole
        said={turn.answer}
        name="answer"
        eventId={turn.last_event_id}
        field="last_assistant_message"
      />
    </div>
  );
}

/** The event that ended the turn contains why the model could not answer. */
function Failure({ turn }: { turn: TurnRow }) {
  const event = useEvent(turn.last_event_id);
  const why = event.data?.summary ?? turn.answer;
  return (
    <div
      role="group"
      aria-label="Failure"
      className="tone-failed min-w-0 rounded-md border border-edge px-3 py-2"
    >
      <p className="toned break-words">{why?.slice(0, 2000) ?? "Turn failed."}</p>
      {turn.answer === null || turn.answer === why ? null : (
        <Prose text={turn.answer} name="answer" />
      )}
    </div>
  );
}

interface WholeProps {
  said: string;
  name: string;
  eventId: number;
  /** The path of the text in the event's payload. */
  field: string;
}

function Whole({ said, name, eventId, field }: WholeProps) {
  const [wanted, setWanted] = useState(false);
  const cut = isCut(said);
  const event = useEvent(wanted && cut ? eventId : null);
  const whole = text(fields(event.data?.payload)[field]);
  return (
    <div className="min-w-0 grow">
      <Prose
        text={whole ?? said}
        name={name}
        onWhole={cut && event.data === undefined ? () => setWanted(true) : null}
        busy={wanted && event.isFetching}
      />
      {event.isError ? (
        <FailedLine
          what={`The ${name}`}
          problem={event.error.message}
          onRetry={() => void event.refetch()}
        />
      ) : null}
    </div>
  );
}
