/** The part of an event's text that matched the search, with the words marked. */
import type { Snippet } from "../../live/log-snapshot.ts";
import { MarkedText } from "../../ui/marked-text.tsx";

export function FirstSnippet({ snippets }: { snippets: readonly Snippet[] | undefined }) {
  const [first] = snippets ?? [];
  if (first === undefined) return null;
  return (
    <span className="found min-w-0 truncate">
      <span className="text-xs text-muted">{`${first.field}: `}</span>
      <Parts snippet={first} />
    </span>
  );
}

export function AllSnippets({ snippets }: { snippets: readonly Snippet[] | undefined }) {
  if (snippets === undefined || snippets.length === 0) return null;
  return (
    <ul aria-label="Found in" className="found mb-2.5 flex flex-col gap-0.5">
      {snippets.map((one) => (
        <li key={one.field} className="[overflow-wrap:anywhere]">
          <span className="text-muted">{`${one.field}: `}</span>
          <Parts snippet={one} />
        </li>
      ))}
    </ul>
  );
}

function Parts({ snippet }: { snippet: Snippet }) {
  return (
    <bdi className="font-mono text-xs">
      <MarkedText parts={snippet.parts} />
    </bdi>
  );
}
