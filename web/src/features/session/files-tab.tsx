/**
 * The files that a session touched. In: the session, the URL's order and part of a path. Out: a table;
 * a row opens to what was changed in that file (`file-touches.tsx`).
 */
import { ChevronDown, ChevronRight, FileX, Files } from "lucide-react";
import { useState } from "react";
import { get, type FileRow } from "../../api/client.ts";
import { CopyButton } from "../../ui/copy.tsx";
import { Empty, LoadFailed, SkeletonRows } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";
import { counted, formatCount } from "../../domain/format.ts";
import { FileTouches } from "./file-touches.tsx";
import { relative } from "./file-words.ts";
import { useAll, useRevision } from "./hooks.ts";
import { MoreButton } from "./lines.tsx";
import { omit, toggled, type SessionSearch } from "./search.ts";
import type { TabProps } from "./session-view.tsx";
import { SortHead } from "./sort-head.tsx";
import { readOrder, sorted, writeOrder } from "./sorting.ts";

const VALUES = {
  path: (file: FileRow) => file.path.toLowerCase(),
  reads: (file: FileRow) => file.read_count,
  writes: (file: FileRow) => file.write_count,
  edits: (file: FileRow) => file.edit_count,
  lines: (file: FileRow) => file.lines_added + file.lines_removed,
  touched: (file: FileRow) => file.last_touched_at,
} as const;
type Column = keyof typeof VALUES;
const COLUMNS = Object.keys(VALUES) as Column[];
const STEP = 200;

export function FilesTab({ row, search, onSearch }: TabProps) {
  const id = row.session_id;
  const files = useAll<FileRow>(
    ["session", id, "files"],
    async (page) => {
      const { files: rows, next } = await get("/api/sessions/{session_id}/files", {
        params: { path: { session_id: id }, query: page },
      });
      return { rows, next };
    },
    useRevision(),
  );
  if (files.data === undefined)
    return files.isError ? (
      <LoadFailed
        what="The files"
        problem={files.error.message}
        onRetry={() => void files.refetch()}
      />
    ) : (
      <SkeletonRows label="Loading the files" />
    );
  if (files.data.rows.length === 0) {
    return (
      <Empty Icon={Files} title="No files yet">
        <p>
          Files read, written or edited by tools appear here with their changes. Changes made by
          shell commands aren’t tracked.
        </p>
      </Empty>
    );
  }
  return (
    <Table
      key={search.find ?? ""}
      all={files.data.rows}
      cut={files.data.cut}
      cwd={row.cwd}
      sessionId={id}
      search={search}
      onSearch={onSearch}
    />
  );
}

interface TableProps {
  all: readonly FileRow[];
  cut: boolean;
  cwd: string | null;
  sessionId: string;
  search: SessionSearch;
  onSearch: TabProps["onSearch"];
}

function Table({ all, cut, cwd, sessionId, search, onSearch }: TableProps) {
  const [shown, setShown] = useState(STEP);
  const find = search.find?.toLowerCase() ?? "";
  const found = all.filter((file) => file.path.toLowerCase().includes(find));
  const order = readOrder(search.order, COLUMNS, { column: "touched", down: true });
  const rows = sorted(found, VALUES[order.column], order.down);
  const head = {
    order,
    onOrder: (next: typeof order) => onSearch({ ...search, order: writeOrder(next) }),
  };
  return (
    <div data-scrolls="" className="min-h-0 grow overflow-y-auto overscroll-contain pb-10">
      <div className="flex flex-wrap items-center gap-3 px-3 py-1.5">
        <Find search={search} onSearch={onSearch} />
        <span className="text-xs text-muted">
          {find === ""
            ? counted(all.length, "file")
            : `${formatCount(found.length)} of ${counted(all.length, "file")}`}
          {cut ? " · list truncated" : ""}
        </span>
      </div>
      {rows.length === 0 ? (
        <Empty Icon={FileX} title="No matching files" />
      ) : (
        <table className="w-full table-fixed border-collapse">
          <thead className="bg-panel text-xs text-muted">
            <tr className="border-y border-edge">
              <SortHead {...head} column="path" name="File" isName />
              <SortHead
                {...head}
                column="lines"
                name="Lines"
                title="Lines added and removed"
                className="w-28"
              />
              <SortHead {...head} column="edits" name="Edits" className="w-20 max-md:hidden" />
              <SortHead {...head} column="writes" name="Writes" className="w-20 max-md:hidden" />
              <SortHead {...head} column="reads" name="Reads" className="w-20 max-md:hidden" />
              <SortHead {...head} column="touched" name="Touched" className="w-28 max-md:w-24" />
            </tr>
          </thead>
          {rows.slice(0, shown).map((file) => (
            <File
              key={file.path}
              file={file}
              cwd={cwd}
              sessionId={sessionId}
              open={search.file?.includes(file.path) === true}
              onToggle={() => onSearch(toggled(search, "file", file.path))}
            />
          ))}
        </table>
      )}
      {rows.length > shown ? (
        <MoreButton
          busy={false}
          onClick={() => setShown(shown + STEP)}
        >{`Show ${STEP} more`}</MoreButton>
      ) : null}
    </div>
  );
}

function Find({ search, onSearch }: Pick<TableProps, "search" | "onSearch">) {
  const change = (text: string) => {
    const rest: SessionSearch = omit(search, "find");
    onSearch(text === "" ? rest : { ...rest, find: text }, { replace: true });
  };
  return (
    <input
      type="search"
      aria-label="Find a file by path"
      placeholder="Find a file…"
      value={search.find ?? ""}
      onChange={(event) => change(event.target.value)}
      className="h-7 w-64 max-w-full rounded-md border border-edge bg-transparent px-2 placeholder:text-muted max-md:h-10 max-md:text-[1rem]"
    />
  );
}

interface FileProps {
  file: FileRow;
  cwd: string | null;
  sessionId: string;
  open: boolean;
  onToggle: () => void;
}

function File({ file, cwd, sessionId, open, onToggle }: FileProps) {
  const Chevron = open ? ChevronDown : ChevronRight;
  const { folder, name } = relative(file.path.slice(0, 1000), cwd);
  const cell = "px-2 text-right whitespace-nowrap max-md:hidden";
  return (
    <tbody data-fold="" data-file={file.path} className="border-b border-edge">
      <tr className={open ? "bg-hover" : "hover:bg-hover"}>
        <th scope="row" className="text-left font-normal">
          <span className="flex min-w-0 items-center">
            <button
              type="button"
              aria-expanded={open}
              data-row=""
              title={file.path.slice(0, 2000)}
              onClick={onToggle}
              className="flex min-h-8 min-w-0 grow items-center gap-1.5 rounded-sm px-2 text-left max-md:min-h-11"
            >
              <Chevron aria-hidden size={13} className="shrink-0 text-muted" />
              <bdi className="min-w-0 truncate font-mono text-xs">
                <span className="text-muted">{folder}</span>
                {name}
              </bdi>
              {file.created ? (
                <span className="tone-ok tinted toned shrink-0 rounded px-1 text-xs">created</span>
              ) : null}
            </button>
            <CopyButton
              compact
              label={`Copy path of ${name.slice(0, 100)}`}
              text={() => file.path}
            />
          </span>
        </th>
        <td className="px-2 text-right font-mono text-xs whitespace-nowrap">
          {file.lines_added + file.lines_removed === 0 ? (
            <span className="text-muted">–</span>
          ) : (
            <>
              <span className="tone-ok toned">{`+${formatCount(file.lines_added)}`}</span>{" "}
              <span className="tone-failed toned">{`−${formatCount(file.lines_removed)}`}</span>
            </>
          )}
        </td>
        <td className={cell}>{count(file.edit_count)}</td>
        <td className={cell}>{count(file.write_count)}</td>
        <td className={cell}>{count(file.read_count)}</td>
        <td className="px-2 text-right whitespace-nowrap text-muted">
          <Ago at={file.last_touched_at} />
        </td>
      </tr>
      {open ? (
        <tr>
          <td colSpan={6} className="p-0">
            <FileTouches file={file} sessionId={sessionId} />
          </td>
        </tr>
      ) : null}
    </tbody>
  );
}

function count(value: number) {
  return value === 0 ? <span className="text-muted">0</span> : formatCount(value);
}
