/** Building blocks of payload renderings: titled sections, facts, long texts, errors, links. */
import { ExternalLink, OctagonAlert } from "lucide-react";
import { useState, type ReactNode } from "react";
import { CopyButton } from "../copy.tsx";
import { counted } from "../../domain/format.ts";
import { ansi, plain } from "./ansi.tsx";
import { HEAD, headOf, linesIn, sizeOf, STEP, type Limit } from "../../domain/payload/fold.ts";
import { scalar, webUrl } from "../../domain/payload/values.ts";
import "./payload.css";

/** A vertical stack. */
export function Stack({ children }: { children: ReactNode }) {
  return <div className="flex min-w-0 flex-col gap-2.5">{children}</div>;
}

interface BlockProps {
  title: string;
  /** Beside the title: a count, a size. */
  note?: ReactNode;
  children: ReactNode;
}

export function Block({ title, note = null, children }: BlockProps) {
  return (
    <section className="min-w-0">
      <p className="mb-1 flex items-baseline gap-2 text-xs text-muted">
        <span className="font-medium">{title}</span>
        {note}
      </p>
      {children}
    </section>
  );
}

/** A call's subject in one line above the rest. */
export function Headline({ children }: { children: ReactNode }) {
  return <p className="flex min-w-0 flex-wrap items-baseline gap-x-2 gap-y-0.5">{children}</p>;
}

export function Code({ children }: { children: string }) {
  return <bdi className="payload-text font-mono text-xs">{children}</bdi>;
}

export function Quiet({ children }: { children: ReactNode }) {
  return <span className="text-muted">{children}</span>;
}

export function Mark({
  tone,
  children,
}: {
  tone: "needs" | "working" | "ok" | "failed" | "agent" | "quiet";
  children: ReactNode;
}) {
  return (
    <span
      className={`tone-${tone} tinted toned inline-flex items-baseline gap-1 rounded px-1.5 text-xs font-medium`}
    >
      {children}
    </span>
  );
}

interface TextProps {
  text: string;
  /** Interpret ANSI colours. */
  colours?: boolean;
  mono?: boolean;
  label?: string;
  /** As much is shown at first. */
  head?: Limit;
}

/** A text of any length in a box, with "show more". */
export function LongText({
  text,
  colours = false,
  mono = true,
  label = "text",
  head: first = HEAD,
}: TextProps) {
  const [limit, setLimit] = useState<Limit>(first);
  const head = headOf(text, limit);
  return (
    <div className="group/text relative min-w-0 rounded-md border border-edge bg-ground">
      <pre
        className={`payload-text px-3 py-2 leading-[1.125rem] ${mono ? "font-mono text-xs" : "font-sans"}`}
      >
        {colours ? ansi(head) : head}
      </pre>
      <More
        text={text}
        head={head}
        onMore={() =>
          setLimit(({ lines, chars }) => ({ lines: lines + STEP.lines, chars: chars + STEP.chars }))
        }
      />
      <span className="absolute top-1 right-1 rounded-md bg-ground opacity-0 group-hover/text:opacity-100 focus-within:opacity-100">
        <CopyButton compact label={`Copy ${label}`} text={() => (colours ? plain(text) : text)} />
      </span>
    </div>
  );
}

/** Shows how much is hidden, and adds the next part. */
export function More({ text, head, onMore }: { text: string; head: string; onMore: () => void }) {
  const left = text.length - head.length;
  if (left <= 1 && text.slice(head.length).trim() === "") return null;
  const isLast = left <= STEP.chars && linesIn(text.slice(head.length)) <= STEP.lines;
  return (
    <MoreButton onClick={onMore}>
      {isLast ? `Show all ${sizeOf(text)}` : `Show more of ${sizeOf(text)}`}
    </MoreButton>
  );
}

export function MoreButton({ onClick, children }: { onClick: () => void; children: string }) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="block w-full border-t border-edge px-3 py-1 text-left text-xs text-working hover:bg-hover"
    >
      {children}
    </button>
  );
}

/** The error, first. */
export function Problem({ title, text = null }: { title: string; text?: string | null }) {
  return (
    <div className="tone-failed tinted min-w-0 rounded-md border-l-2 border-failed px-3 py-2">
      <p className="toned flex items-center gap-1.5 font-medium">
        <OctagonAlert aria-hidden size={13} className="shrink-0" />
        <bdi className="payload-text">{title}</bdi>
      </p>
      {text === null ? null : <Long text={text} />}
    </div>
  );
}

function Long({ text }: { text: string }) {
  const [limit, setLimit] = useState<Limit>(HEAD);
  const head = headOf(text, limit);
  return (
    <div className="mt-1">
      <pre className="payload-text font-mono text-xs leading-[1.125rem]">{ansi(head)}</pre>
      <More
        text={text}
        head={head}
        onMore={() =>
          setLimit(({ lines, chars }) => ({ lines: lines + STEP.lines, chars: chars + STEP.chars }))
        }
      />
    </div>
  );
}

/** Names with values; empty ones are left out. */
export function FactList({
  facts,
}: {
  facts: readonly (readonly [name: string, value: ReactNode])[];
}) {
  const reported = facts.filter(
    ([, value]) => value !== null && value !== undefined && value !== false && value !== "",
  );
  if (reported.length === 0) return null;
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-0.5">
      {reported.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="payload-text min-w-0">
            {typeof value === "string" ? <bdi>{value}</bdi> : value}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A list of short texts, such as paths; long lists collapse. */
export function Lines({
  items,
  noun,
  label,
}: {
  items: readonly string[];
  noun: string;
  label: string;
}) {
  const [shown, setShown] = useState(HEAD.lines);
  return (
    <div className="min-w-0 rounded-md border border-edge bg-ground">
      <ul aria-label={label} className="px-3 py-2 font-mono text-xs leading-[1.125rem]">
        {items.slice(0, shown).map((item, i) => (
          <li key={i} className="payload-text">
            <bdi>{item.length > STEP.chars ? `${item.slice(0, HEAD.chars)}…` : item}</bdi>
          </li>
        ))}
      </ul>
      {items.length > shown ? (
        <MoreButton
          onClick={() => setShown(shown + STEP.lines)}
        >{`Show ${items.length - shown > STEP.lines ? "more of" : "all"} ${counted(items.length, noun)}`}</MoreButton>
      ) : null}
    </div>
  );
}

/** A web address as a link to a new window; other values as text. */
export function OutLink({ url, children }: { url: unknown; children?: ReactNode }) {
  const href = webUrl(url);
  const said = children ?? <Code>{scalar(url) ?? ""}</Code>;
  if (href === null) return <>{said}</>;
  return (
    <a
      href={href}
      target="_blank"
      rel="noreferrer"
      className="inline-flex min-w-0 items-baseline gap-1 text-working underline decoration-edge underline-offset-2 hover:decoration-current"
    >
      {said}
      <ExternalLink aria-label="opens in a new tab" size={10} className="shrink-0 self-center" />
    </a>
  );
}
