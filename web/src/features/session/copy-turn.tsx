/** Copies a turn as Markdown: its prompt, calls with their results, and answer. */
import { Copy } from "lucide-react";
import { copyMarkdown } from "../../ui/resume.ts";

export function CopyTurn({ sessionId, turnId }: { sessionId: string; turnId: number }) {
  return (
    <button
      type="button"
      onClick={() => void copyMarkdown(sessionId, { turn_id: turnId })}
      className="inline-flex items-center gap-1 rounded-sm hover:text-ink hover:underline max-md:min-h-8"
    >
      <Copy aria-hidden size={11} /> Copy as Markdown
    </button>
  );
}
