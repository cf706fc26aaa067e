/**
 * A JSON value as a collapsible tree. A payload may be tens of MiB: only open parts are rendered,
 * and long strings and lists are cut.
 */
import { ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";
import { counted, formatCount } from "../domain/format.ts";
import { CopyButton } from "./copy.tsx";

const OPEN_DEPTH = 3;
const OPEN_CHILDREN_MAX = 40;
const CHILDREN_STEP = 100;
const STRING_MAX = 600;
const STRING_LINES_MAX = 12;

export function JsonTree({ value }: { value: unknown }) {
  return (
    <ul className="font-mono text-xs leading-[1.125rem]">
      <Node name={null} value={value} depth={0} />
    </ul>
  );
}

interface NodeProps {
  name: string | null;
  value: unknown;
  depth: number;
}

function Node({ name, value, depth }: NodeProps) {
  return typeof value === "object" && value !== null ? (
    <Branch name={name} value={value} depth={depth} />
  ) : (
    <li className="group/node flex items-start pl-4">
      <span className="min-w-0 break-words whitespace-pre-wrap">
        <Name name={name} />
        <Leaf value={value} />
      </span>
      <NodeCopy name={name} value={value} />
    </li>
  );
}

function Branch({ name, value, depth }: NodeProps & { value: object }) {
  const entries: [string, unknown][] = Object.entries(value);
  const [open, setOpen] = useState(
    depth === 0 || (depth < OPEN_DEPTH && entries.length <= OPEN_CHILDREN_MAX),
  );
  const [shown, setShown] = useState(CHILDREN_STEP);
  const isList = Array.isArray(value);
  const size = isList ? `[${formatCount(entries.length)}]` : `{${formatCount(entries.length)}}`;
  const Chevron = open ? ChevronDown : ChevronRight;
  return (
    <li>
      <div className="group/node flex items-start">
        <button
          type="button"
          aria-expanded={open}
          disabled={entries.length === 0}
          onClick={() => setOpen(!open)}
          className="flex min-w-0 items-start rounded-sm text-left hover:bg-hover"
        >
          <Chevron
            aria-hidden
            size={12}
            className={`mt-[3px] mr-1 shrink-0 text-muted ${entries.length === 0 ? "invisible" : ""}`}
          />
          <span className="min-w-0 break-words">
            <Name name={name} />
            <span className="text-muted">{size}</span>
          </span>
        </button>
        <NodeCopy name={name} value={value} />
      </div>
      {open && entries.length > 0 ? (
        <ul className="ml-[5px] border-l border-edge pl-2">
          {entries.slice(0, shown).map(([key, child]) => (
            <Node key={key} name={key} value={child} depth={depth + 1} />
          ))}
          {entries.length > shown ? (
            <li className="pl-4">
              <MoreButton onClick={() => setShown(shown + CHILDREN_STEP)}>
                {`Show more: ${counted(entries.length - shown, "item")} left`}
              </MoreButton>
            </li>
          ) : null}
        </ul>
      ) : null}
    </li>
  );
}

function Name({ name }: { name: string | null }) {
  return name === null ? null : <span className="text-working">{name}: </span>;
}

function Leaf({ value }: { value: unknown }) {
  const [whole, setWhole] = useState(false);
  if (typeof value !== "string") return <span className="text-agent">{String(value)}</span>;
  const head = headOf(value);
  const cut = !whole && head.length < value.length;
  return (
    <>
      <span className="text-ink">{`"${cut ? `${head}…` : `${value}"`}`}</span>
      {cut ? (
        <MoreButton
          onClick={() => setWhole(true)}
        >{`Show all ${formatCount(value.length)} characters`}</MoreButton>
      ) : null}
    </>
  );
}

function headOf(value: string): string {
  return value.slice(0, STRING_MAX).split("\n").slice(0, STRING_LINES_MAX).join("\n");
}

function MoreButton({ onClick, children }: { onClick: () => void; children: string }) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="ml-1 rounded-sm px-1 font-sans text-working underline underline-offset-2 hover:bg-hover"
    >
      {children}
    </button>
  );
}

function NodeCopy({ name, value }: { name: string | null; value: unknown }) {
  const text = () => (typeof value === "string" ? value : JSON.stringify(value, null, 2));
  return (
    <span className="ml-1 -my-0.5 shrink-0 opacity-0 group-hover/node:opacity-100 focus-within:opacity-100">
      <CopyButton compact label={name === null ? "Copy all" : `Copy ${name}`} text={text} />
    </span>
  );
}
