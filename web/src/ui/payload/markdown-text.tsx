/**
 * Markdown to elements: HTML stays text, images are never fetched, links are http, https or mailto.
 */
import { isValidElement, type ReactNode } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { CopyButton } from "../copy.tsx";
import { isRecord } from "../../domain/payload/values.ts";
import "./markdown.css";
import { ScrollRegion } from "../scroll-region.tsx";

const SAFE = /^(?:https?:|mailto:)/i;

export default function MarkdownText({ text }: { text: string }) {
  return (
    <div className="markdown" dir="auto">
      <ReactMarkdown remarkPlugins={PLUGINS} urlTransform={keepSafe} components={COMPONENTS}>
        {text}
      </ReactMarkdown>
    </div>
  );
}

const PLUGINS = [remarkGfm];

function keepSafe(url: string): string | undefined {
  return SAFE.test(url.trim()) ? url : undefined;
}

const heading = (level: number) =>
  function Heading({ children }: { children?: ReactNode }) {
    // Headings in the text are not part of the page's outline.
    return <p className={`md-h md-h${level}`}>{children}</p>;
  };

const COMPONENTS: Components = {
  h1: heading(1),
  h2: heading(2),
  h3: heading(3),
  h4: heading(4),
  h5: heading(5),
  h6: heading(6),
  a: ({ href, children }) => <OutLink href={href}>{children}</OutLink>,
  img: ({ src, alt }) => (
    <OutLink
      href={typeof src === "string" ? src : undefined}
    >{`[image: ${alt === undefined || alt === "" ? "no description" : alt}]`}</OutLink>
  ),
  pre: ({ children }) => (
    <div className="md-code">
      <pre>{children}</pre>
      <span className="md-copy">
        <CopyButton compact label="Copy code" text={() => wordsOf(children).replace(/\n$/, "")} />
      </span>
    </div>
  ),
  table: ({ children }) => (
    <ScrollRegion label="Table" className="md-table">
      <table>{children}</table>
    </ScrollRegion>
  ),
  input: ({ checked }) => <span>{checked === true ? "☑ " : "☐ "}</span>,
};

function OutLink({ href, children }: { href: string | undefined; children: ReactNode }) {
  if (href === undefined || !SAFE.test(href.trim())) return <span>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noreferrer">
      {children}
    </a>
  );
}

function wordsOf(node: ReactNode): string {
  if (typeof node === "string" || typeof node === "number") return String(node);
  if (Array.isArray(node)) return (node as ReactNode[]).map(wordsOf).join("");
  if (!isValidElement(node) || !isRecord(node.props)) return "";
  return wordsOf(node.props["children"] as ReactNode);
}
