/** A panel with named values in fixed places, so that nothing moves when one changes. */
import { useId, type ReactNode } from "react";
import { Hint } from "../../ui/hint.tsx";

interface SectionProps {
  title: string;
  aside?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}

export function Section({ title, aside, wide = false, children }: SectionProps) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className={`flex min-w-0 flex-col rounded-lg border border-edge bg-ground ${wide ? "max-lg:order-2 lg:col-span-2" : ""}`}
    >
      <header className="flex min-h-9 items-center gap-3 border-b border-edge px-3 py-1">
        <h2 id={id} className="grow font-semibold">
          {title}
        </h2>
        {aside}
      </header>
      <div className="min-w-0 px-3 py-2">{children}</div>
    </section>
  );
}

export function Facts({ children }: { children: ReactNode }) {
  return <dl className="health-facts">{children}</dl>;
}

/** `name` identifies the value in tests; `title` explains it in a tooltip. */
export function Fact({
  name,
  label,
  title,
  children,
}: {
  name: string;
  label: string;
  title?: string;
  children: ReactNode;
}) {
  return (
    <div>
      <dt className="text-muted">
        {title === undefined ? label : <Hint text={title}>{label}</Hint>}
      </dt>
      <dd data-fact={name} className="min-w-0 break-words">
        {children}
      </dd>
    </div>
  );
}

export function Warning({ children }: { children: ReactNode }) {
  return <p className="tone-needs tinted mt-2 rounded-md px-2 py-1.5 break-words">{children}</p>;
}

/** A button in a panel's header. */
export function Toggle({
  on,
  onToggle,
  words,
}: {
  on: boolean;
  onToggle: (on: boolean) => void;
  words: string;
}) {
  return (
    <button
      type="button"
      onClick={() => onToggle(!on)}
      className="inline-flex min-h-6 items-center rounded-sm px-1 text-working underline underline-offset-2 hover:bg-hover"
    >
      {words}
    </button>
  );
}
