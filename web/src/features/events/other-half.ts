/**
 * Find the other half of a call that the rows do not hold: a filter hides it, or it is on another
 * page. In: a half that stands alone. Out: the other one, or null while it is not known.
 */
import { useQuery } from "@tanstack/react-query";
import { fetchFullPage, type Event, type EventQuery } from "../../api/client.ts";

const ENDS = ["PostToolUse", "PostToolUseFailure", "PermissionDenied"];
/** The halves of a call lie near each other, among the calls of the same tool in the same session. */
const LOOKED_AT = 1000;

export function useOtherHalf(event: Event | null): Event | null {
  const isStart = event?.hook_event_type === "PreToolUse";
  const isHalf =
    event?.id != null &&
    event.tool_use_id !== null &&
    (isStart || ENDS.includes(event.hook_event_type));
  const found = useQuery({
    queryKey: ["other-half", event?.id ?? null],
    enabled: isHalf,
    // One that has not come yet may come any time.
    staleTime: 10_000,
    queryFn: async ({ signal }): Promise<Event | null> => {
      if (event === null) return null;
      const events = await fetchFullPage(wanted(event, isStart), signal);
      return (
        events.find(
          (one) => one.tool_use_id === event.tool_use_id && one.agent_id === event.agent_id,
        ) ?? null
      );
    },
  });
  return isHalf ? (found.data ?? null) : null;
}

function wanted(event: Event, isStart: boolean): EventQuery & { limit: number } {
  return {
    session_id: [event.session_id],
    event_type: isStart ? ENDS : ["PreToolUse"],
    ...(event.tool_name !== null && { tool_name: [event.tool_name] }),
    // An answer may overtake the word of its call, but never by much.
    ...(isStart ? { after: Math.max(0, (event.id ?? 0) - 50) } : { before: (event.id ?? 0) + 50 }),
    limit: LOOKED_AT,
  };
}
