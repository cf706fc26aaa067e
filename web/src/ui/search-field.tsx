/** A field that searches while its user types, and says why a search was refused. */
import { Search, X } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";

interface SearchFieldProps {
  label: string;
  placeholder: string;
  query: string;
  refused: string | null;
  onSearch: (query: string) => void;
  /** Beside the field: a button with help. */
  children?: ReactNode;
}

const WAIT_MS = 300;

export function SearchField({
  label,
  placeholder,
  query,
  refused,
  onSearch,
  children = null,
}: SearchFieldProps) {
  const [text, setText] = useState(query);
  const [known, setKnown] = useState(query);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // Back, forward and a removed chip also change the query; then the field follows.
  if (known !== query) {
    setKnown(query);
    if (text.trim() !== query) setText(query);
  }
  useEffect(() => () => clearTimeout(timer.current), []);

  const search = (next: string, waitMs: number) => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      if (next.trim() !== query) onSearch(next.trim());
    }, waitMs);
  };

  const wrong = refused !== null && text.trim() === query;
  return (
    <div
      role="search"
      className="relative flex w-full min-w-0 shrink-0 items-center gap-1 md:w-52 xl:w-72"
    >
      <span className="relative min-w-0 grow">
        <Search
          aria-hidden
          size={13}
          className="absolute top-1/2 left-2 -translate-y-1/2 text-muted"
        />
        <input
          type="text"
          value={text}
          aria-label={label}
          placeholder={placeholder}
          spellCheck={false}
          autoComplete="off"
          maxLength={1000}
          aria-invalid={wrong}
          aria-describedby={wrong ? "search-refused" : undefined}
          onChange={(change) => search(change.target.value, WAIT_MS)}
          onKeyDown={(press) => {
            if (press.key === "Enter") search(text, 0);
            if (press.key !== "Escape") return;
            if (text === "") press.currentTarget.blur();
            else search("", 0);
          }}
          className="h-7 w-full rounded-md border border-edge bg-ground pr-7 pl-7 placeholder:text-muted hover:border-strong-edge aria-invalid:border-failed max-md:text-[1rem]"
        />
        {text === "" ? null : (
          <button
            type="button"
            aria-label="Clear search"
            onClick={() => search("", 0)}
            className="absolute top-1/2 right-1 -translate-y-1/2 grid size-6 place-items-center rounded-sm text-muted hover:bg-hover hover:text-ink"
          >
            <X aria-hidden size={12} />
          </button>
        )}
      </span>
      {children}
      {wrong ? (
        <p
          id="search-refused"
          role="alert"
          className="tone-failed toned absolute top-full left-0 z-20 mt-1 rounded-md border border-failed bg-raised px-2 py-1 text-xs shadow-over"
        >
          {refused}
        </p>
      ) : null}
    </div>
  );
}
