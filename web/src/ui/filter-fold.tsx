/** Filter menus: in the toolbar's line where there is room, behind a button on a phone. */
import { ListFilter } from "lucide-react";
import { useId, useState, type ReactNode } from "react";

interface FilterFoldProps {
  /** How many filters are set: folded menus cannot show it. */
  active: number;
  children: ReactNode;
}

export function FilterFold({ active, children }: FilterFoldProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
        className="inline-flex h-7 shrink-0 items-center gap-1.5 rounded-md border border-edge px-2 hover:bg-hover aria-expanded:bg-hover max-md:h-9 md:hidden"
      >
        <ListFilter aria-hidden size={13} />
        Filters
        {active > 0 ? <span className="tone-working toned font-medium">{active}</span> : null}
      </button>
      <div
        id={id}
        className={`order-last w-full flex-wrap gap-1.5 md:contents ${open ? "flex" : "hidden"}`}
      >
        {children}
      </div>
    </>
  );
}
