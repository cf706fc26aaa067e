import { ChevronDown, ChevronRight, FileX, Files } from "lucide-react";
import { useState, type ReactNode } from "react";
import { get, type FileRow } from "../../api/client.ts";
import { CopyButton } from "../../ui/copy.tsx";
import { Empty, LoadFailed, SkeletonRows } from "../../ui/states.tsx";
import { Table, type Column } from "../../ui/table.tsx";
import { Ago } from "../../ui/time.tsx";
import { counted, formatCount } from "../../domain/format.ts";
import { sortRows } from "../../domain/sort-rows.ts";
import { FileTouches } from "./file-touches.tsx";
import { relative } from "./file-paths.ts";
import { useAll, useRevision } from "./hooks.ts";
import { MoreButton } from "./lines.tsx";
import { omit } from "../../url/edit.ts";
import { nextOrder, orderOf } from "../../url/sorting.ts";
import { filesOrder, toggled, withFilesOrder, type SessionSearch } from "./search.ts";
import type { TabProps } from "./session-view.tsx";

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
    <FileTable
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

interface FileTableProps {
  all: readonly FileRow[];
  cut: boolean;
  cwd: string | null;
  sessionId: string;
  search: SessionSearch;
  onSearch: TabProps["onSearch"];
}

function FileTable({ all, cut, cwd, sessionId, search, onSearch }: FileTableProps) {
  const [shown, setShown] = useState(STEP);
  const find = search.find?.toLowerCase() ?? "";
  const found = all.filter((file) => file.path.toLowerCase().includes(find));
  const isOpen = (file: FileRow) => search.file?.includes(file.path) === true;
  const columns = columnsOf((file) => (
    <FileName
      file={file}
      cwd={cwd}
      open={isOpen(file)}
      onToggle={() => onSearch(toggled(search, "file", file.path))}
    />
  ));
  const order = orderOf(
    filesOrder(search),
    columns.map(({ key }) => key),
    "touched",
  );
  const dir = order.down ? "desc" : "asc";
  const by = columns.find(({ key }) => key === order.column)?.value ?? (() => null);
  const rows = sortRows(found, by, dir);
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
      <Table
        label="Files of the session"
        className="table-fixed"
        columns={columns}
        rows={rows.slice(0, shown)}
        keyOf={(file) => file.path}
        sort={order.column}
        dir={dir}
        onSort={(column) => onSearch(withFilesOrder(search, nextOrder(order, column)))}
        rowProps={(file) => ({ "data-file": file.path })}
        detail={(file) => (isOpen(file) ? <FileTouches file={file} sessionId={sessionId} /> : null)}
        empty={<Empty Icon={FileX} title="No matching files" />}
      />
      {rows.length > shown ? (
        <MoreButton
          busy={false}
          onClick={() => setShown(shown + STEP)}
        >{`Show ${STEP} more`}</MoreButton>
      ) : null}
    </div>
  );
}

function Find({ search, onSearch }: Pick<FileTableProps, "search" | "onSearch">) {
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

function columnsOf(
  name: (file: FileRow) => ReactNode,
): Column<FileRow, "path" | "lines" | "edits" | "writes" | "reads" | "touched">[] {
  const counts = (
    key: "edits" | "writes" | "reads",
    head: string,
    value: (file: FileRow) => number,
  ) => ({
    key,
    head,
    value,
    cell: (file: FileRow) => count(value(file)),
    className: "w-20 max-md:hidden",
  });
  return [
    { key: "path", head: "File", value: (file) => file.path, cell: name },
    {
      key: "lines",
      head: "Lines",
      title: "Lines added and removed",
      value: (file) => file.lines_added + file.lines_removed,
      cell: (file) => <ChangedLines file={file} />,
      className: "w-28",
    },
    counts("edits", "Edits", (file) => file.edit_count),
    counts("writes", "Writes", (file) => file.write_count),
    counts("reads", "Reads", (file) => file.read_count),
    {
      key: "touched",
      head: "Touched",
      value: (file) => file.last_touched_at,
      cell: (file) => <Ago at={file.last_touched_at} />,
      className: "w-28 max-md:w-24",
      look: () => "text-muted",
    },
  ];
}

interface FileNameProps {
  file: FileRow;
  cwd: string | null;
  open: boolean;
  onToggle: () => void;
}

function FileName({ file, cwd, open, onToggle }: FileNameProps) {
  const Chevron = open ? ChevronDown : ChevronRight;
  const { folder, name } = relative(file.path.slice(0, 1000), cwd);
  return (
    <span className="-mx-2 flex min-w-0 items-center">
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
      <CopyButton compact label={`Copy path of ${name.slice(0, 100)}`} text={() => file.path} />
    </span>
  );
}

function ChangedLines({ file }: { file: FileRow }) {
  if (file.lines_added + file.lines_removed === 0) return <span className="text-muted">–</span>;
  return (
    <span className="font-mono text-xs">
      <span className="tone-ok toned">{`+${formatCount(file.lines_added)}`}</span>{" "}
      <span className="tone-failed toned">{`−${formatCount(file.lines_removed)}`}</span>
    </span>
  );
}

function count(value: number) {
  return value === 0 ? <span className="text-muted">0</span> : formatCount(value);
}
