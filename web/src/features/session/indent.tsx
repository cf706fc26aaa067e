/** The indent of a subagent's row: a line for each level, and a number for the deepest. */
const LEVELS_SHOWN = 4;

export function Indent({ depth }: { depth: number }) {
  if (depth === 0) return null;
  return (
    <span aria-hidden className="flex shrink-0 items-center self-stretch">
      {Array.from({ length: Math.min(depth, LEVELS_SHOWN) }, (_, level) => (
        <span key={level} className="-my-0.5 w-4 self-stretch border-l-2 border-agent max-md:w-2" />
      ))}
      {depth > LEVELS_SHOWN ? (
        <span className="pr-1 font-mono text-xs text-muted">{`↳${depth}`}</span>
      ) : null}
    </span>
  );
}
