/**
 * A permission request or question, whole: what is asked, who asks, how long it has waited, and how
 * it ended. Its content is fetched when the card opens; the code that draws it loads then too.
 */
import { Check, CircleHelp, Hand, X } from "lucide-react";
import { lazy, Suspense, type ReactNode } from "react";
import type { SessionRow } from "../api/client.ts";
import {
  askedBy,
  askedTool,
  askOutcome,
  askTitle,
  isOpen,
  toneOfAsk,
  type AskRow,
} from "../domain/asks.ts";
import { formatExact } from "../domain/dates.ts";
import { Button, SkeletonLine } from "./states.tsx";
import { Waiting } from "./time.tsx";
import { useEvent } from "./use-event.ts";

const AskBody = lazy(() =>
  import("./payload/ask-body.tsx").then((it) => ({ default: it.AskBody })),
);

interface AskCardProps {
  session: SessionRow;
  ask: AskRow;
  /** Shown at the right of the head: a button that closes the card. */
  action?: ReactNode;
  /** The head alone, of an ask that has ended. */
  headOnly?: boolean;
}

export function AskCard({ session, ask, action = null, headOnly = false }: AskCardProps) {
  const outcome = askOutcome(ask);
  const tone = toneOfAsk(outcome);
  return (
    <section
      aria-label={askTitle(ask)}
      data-ask={ask.event_id}
      data-outcome={ask.outcome}
      className={`tone-${tone} min-w-0 rounded-md border-l-3 border-(--tone) bg-panel px-3 py-2`}
    >
      <header className="flex min-w-0 items-start gap-2">
        <OutcomeIcon ask={ask} />
        <div className="min-w-0 grow">
          <p className="font-semibold">
            <bdi className="payload-text">{askTitle(ask)}</bdi>
          </p>
          <AskFacts session={session} ask={ask} />
        </div>
        <span role="status" className="shrink-0">
          {isOpen(ask) ? (
            <Waiting since={ask.asked_at} />
          ) : (
            <span
              title={ask.ended_at === null ? undefined : formatExact(ask.ended_at)}
              className="toned font-semibold"
            >
              {capitalised(outcome)}
            </span>
          )}
        </span>
        {action}
      </header>
      {headOnly ? null : (
        <div className="mt-2 min-w-0">
          <Content ask={ask} reason={session.status_reason} />
        </div>
      )}
    </section>
  );
}

function OutcomeIcon({ ask }: { ask: AskRow }) {
  const Icon =
    ask.outcome === "allowed"
      ? Check
      : isOpen(ask)
        ? ask.kind === "permission"
          ? Hand
          : CircleHelp
        : X;
  return <Icon aria-hidden size={15} strokeWidth={2.25} className="toned mt-px shrink-0" />;
}

function AskFacts({ session, ask }: { session: SessionRow; ask: AskRow }) {
  const tool = askedTool(ask);
  const agent = askedBy(ask, session.agents);
  return (
    <p className="flex flex-wrap gap-x-2 text-xs text-muted">
      <span>{ask.kind === "permission" ? "Permission" : "Question"}</span>
      {tool === null ? null : <bdi>{tool}</bdi>}
      {agent === null ? null : (
        <span className="tone-agent toned">
          asked by <bdi>{agent}</bdi>
        </span>
      )}
    </p>
  );
}

function Content({ ask, reason }: { ask: AskRow; reason: string | null }) {
  const event = useEvent(ask.source === "registry" ? null : ask.event_id);
  if (ask.source === "registry")
    return (
      <p className="text-muted">
        Claude Code’s registry shows that it waits, but no hook reported what it asks. Look in its
        terminal.
      </p>
    );
  if (event.isError)
    return (
      <p role="alert" className="tone-failed flex items-center gap-3">
        <span className="toned min-w-0">{`The request couldn’t be loaded: ${event.error.message}`}</span>
        <Button onClick={() => void event.refetch()}>Retry</Button>
      </p>
    );
  const summary = ask.detail ?? reason;
  const loading =
    summary === null ? (
      <SkeletonLine className="w-2/3" />
    ) : (
      <pre className="payload-text font-mono text-xs">{summary}</pre>
    );
  if (event.data === undefined) return loading;
  return (
    <Suspense fallback={loading}>
      <AskBody event={event.data} />
    </Suspense>
  );
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
