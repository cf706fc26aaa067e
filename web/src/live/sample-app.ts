/** The project of sample sessions. */

/** Reserved for samples, so that leaving it out of figures hides no real project. */
export const SAMPLE_APP = "hookwatch-sample";
export const SAMPLE_CWD = `/home/you/${SAMPLE_APP}`;

/** Ends a sample that was stopped: otherwise its session would stay open. */
export function sampleEnd(sessionId: string): Record<string, unknown> {
  return { session_id: sessionId, cwd: SAMPLE_CWD, hook_event_name: "SessionEnd", reason: "other" };
}
