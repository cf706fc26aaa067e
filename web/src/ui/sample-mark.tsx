import { isSample } from "../live/samples.ts";

export function SampleMark({ sessionId }: { sessionId: string }) {
  if (!isSample(sessionId)) return null;
  return (
    <span
      title="Sample session, sent from this dashboard"
      className="shrink-0 rounded border border-strong-edge px-1 text-xs text-muted no-underline"
    >
      sample
    </span>
  );
}
