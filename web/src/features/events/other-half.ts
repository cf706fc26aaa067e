/** Find the other event of a call, when a filter hides it or it is on another page. */
import { useQuery } from "@tanstack/react-query";
import { fetchFullPage, type EventLine, type EventQuery } from "../../api/client.ts";

const ENDS = ["PostToolUse", "PostToolUseFailure", "PermissionDenied"];
/** Both events of a call are near each other, among the session's calls of the same tool. */
const LOOKED_AT = 1000;

export function useOtherHalf(event: EventLine | null): EventLine | null {
  const isStart = event?.hook_event_type === "PreToolUse";
  const isHalf =
    event?.id != null &&
    event.tool_use_id !== null &&
    (isStart || ENDS.includes(event.hook_event_type));
  const found = useQuery({
    queryKey: ["other-half", event?.id ?? null],
    enabled: isHalf,
    // A missing result may still arrive.
    staleTime: 10_000,
    queryFn: async ({ signal }): Promise<EventLine | null> => {
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

function wanted(event: EventLine, isStart: boolean): EventQuery & { limit: number } {
  return {
    session_id: [event.session_id],
    event_type: isStart ? ENDS : ["PreToolUse"],
    ...(event.tool_name !== null && { tool_name: [event.tool_name] }),
    // A result may arrive before its call, but only slightly.
    ...(isStart ? { after: Math.max(0, (event.id ?? 0) - 50) } : { before: (event.id ?? 0) + 50 }),
    limit: LOOKED_AT,
  };
}
