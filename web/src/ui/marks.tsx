/** The icon of an event type, and the coloured square of a project, the same everywhere. */
import "./icons.css";
import { isSample } from "../live/samples.ts";
import type { Kind, Mark } from "../domain/kinds.ts";
import { colourOf } from "./project-colours.ts";

/** A mask over the colour of the text: rows of the log have hundreds of icons a second. */
export function Icon({
  name,
  className = "",
}: {
  name: Mark | "unsaved" | "running" | "late";
  className?: string;
}) {
  return <span aria-hidden className={`icon icon-${name} ${className}`} />;
}

export function KindIcon({ kind }: { kind: Kind }) {
  return <Icon name={kind.mark} className={`tone-${kind.tone} toned`} />;
}

/** The square of a project; grey where the project is not known. */
export function ProjectKey({ project }: { project: string | null | undefined }) {
  const look = project == null ? "bg-edge" : `key-${colourOf(project)}`;
  return (
    <span
      aria-hidden
      data-project-key
      className={`${look} inline-block size-2 shrink-0 rounded-[2px]`}
    />
  );
}

/**
 * The start of the id, which users compare with their terminal; the end for samples, whose ids
 * start alike.
 */
export function shortId(id: string): string {
  if (id.length <= 8) return id;
  return isSample(id) ? id.slice(-4) : id.slice(0, 4);
}
