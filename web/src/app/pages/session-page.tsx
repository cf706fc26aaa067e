/** The page of one session, with its timeline strip and event log filled in. */
import type { ComponentProps } from "react";
import { EventsView } from "../../features/events/events-view.tsx";
import { SessionView } from "../../features/session/session-view.tsx";
import type { SessionParts } from "../../features/session/parts.ts";
import { SessionStrip } from "../../features/timeline/session-strip.tsx";

const PARTS: SessionParts = { Strip: SessionStrip, EventLog: EmbeddedLog };

export function SessionPage(props: Omit<ComponentProps<typeof SessionView>, "parts">) {
  return <SessionView {...props} parts={PARTS} />;
}

function EmbeddedLog(props: ComponentProps<SessionParts["EventLog"]>) {
  return <EventsView embedded {...props} />;
}
