/**
 * The page of one session, with the timeline's strip and the event log in it.
 */
import type { ComponentProps } from "react";
import { EventsView } from "../../features/events/events-view.tsx";
import { SessionView } from "../../features/session/session-view.tsx";
import type { SessionSlots } from "../../features/session/slots.ts";
import { SessionStrip } from "../../features/timeline/session-strip.tsx";

const SLOTS: SessionSlots = { Strip: SessionStrip, EventLog: EmbeddedLog };

export function SessionPage(props: Omit<ComponentProps<typeof SessionView>, "slots">) {
  return <SessionView {...props} slots={SLOTS} />;
}

function EmbeddedLog(props: ComponentProps<SessionSlots["EventLog"]>) {
  return <EventsView embedded {...props} />;
}
