import "./marked-text.css";

/** Words around a match of a search, on one line, with the match marked. */
export function MarkedText({ parts }: { parts: readonly { text: string; hit: boolean }[] }) {
  return parts.map((part, i) =>
    part.hit ? <mark key={i}>{part.text}</mark> : part.text.replaceAll(/\s+/g, " "),
  );
}
