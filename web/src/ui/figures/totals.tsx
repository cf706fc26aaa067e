/** The totals of a range in one line. */
import { Fragment, type ReactNode } from "react";
import { Hint } from "../hint.tsx";
import type { Tone } from "../../domain/kinds.ts";

export interface TotalFigure {
  text: string;
  name: string;
  tone?: Tone;
  title?: string;
}

export function Totals({
  words,
  first,
  figures,
}: {
  words: string;
  first: ReactNode;
  figures: readonly TotalFigure[];
}) {
  return (
    <p
      aria-label="Totals"
      role="group"
      className="flex flex-wrap items-baseline gap-x-2 gap-y-0.5 text-muted"
    >
      <span className="text-base font-semibold text-ink">{words}</span>{" "}
      <span className="text-base text-ink">{first}</span>{" "}
      {figures.map(({ text, name, tone, title }) => (
        <Fragment key={name}>
          <span aria-hidden className="text-strong-edge">
            ·
          </span>
          <span>
            <span
              className={`font-medium ${tone === undefined ? "text-ink" : `tone-${tone} toned`}`}
            >
              {text}
            </span>{" "}
            {title === undefined ? name : <Hint text={title}>{name}</Hint>}
          </span>{" "}
        </Fragment>
      ))}
    </p>
  );
}
