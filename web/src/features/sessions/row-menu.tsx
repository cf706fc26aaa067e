/**
 * The menu of a session's row or card: by the right button, by the menu key, or by the button that
 * stands over the row under the pointer. One for all rows, which are links.
 */
import { Ellipsis } from "lucide-react";
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { useKeys } from "../../ui/hooks.ts";
import { onDemand, reportMissingPart } from "../../ui/on-demand.tsx";
import { copyResume } from "../../ui/resume.ts";

interface Place {
  sessionId: string;
  row: HTMLElement;
  /** Where it opens, in pixels of the window. */
  x: number;
  y: number;
}

const popup = onDemand(() =>
  import("./row-menu-popup.tsx").then(({ RowMenuPopup }) => RowMenuPopup),
);
const BUTTON_PX = 26;

export function RowMenu() {
  const [hovered, setHovered] = useState<Place | null>(null);
  const [opened, setOpened] = useState<Place | null>(null);
  const Loaded = useSyncExternalStore(popup.subscribe, popup.get);
  const open = useCallback((place: Place) => {
    setOpened(place);
    void popup.load().then(() => {
      if (popup.get() === null) reportMissingPart();
    });
  }, []);
  useKeys((keys) => {
    const row = rowOf(document.activeElement);
    if (keys !== "c r" || row === null) return false;
    void copyResume(row.dataset["session"] ?? "");
    return true;
  });
  useEffect(() => {
    const stop = new AbortController();
    const options = { signal: stop.signal, passive: true };
    const show = ({ target }: Event) => {
      if (target instanceof Element && target.closest("[data-row-menu]") !== null) return;
      const row = rowOf(target);
      setHovered(row === null ? null : placeOf(row));
    };
    document.addEventListener("pointerover", show, options);
    document.addEventListener("focusin", show, options);
    document.addEventListener("scroll", () => setHovered(null), { ...options, capture: true });
    document.addEventListener(
      "contextmenu",
      (press) => {
        const row = rowOf(press.target);
        if (row === null || press.shiftKey) return; // with Shift it is the browser's own
        press.preventDefault();
        const { sessionId } = placeOf(row);
        open({ sessionId, row, x: press.clientX, y: press.clientY });
      },
      { signal: stop.signal },
    );
    return () => stop.abort();
  }, [open]);
  return (
    <>
      {hovered?.row.isConnected !== true ? null : (
        <button
          type="button"
          data-row-menu
          data-over-list
          tabIndex={-1}
          aria-haspopup="menu"
          aria-label="Actions of this session"
          onPointerEnter={() => void popup.load()}
          onClick={() => open({ ...hovered, y: hovered.y + BUTTON_PX })}
          style={{ left: hovered.x - BUTTON_PX, top: hovered.y }}
          className="fixed z-20 grid size-6.5 place-items-center rounded-md border border-edge bg-raised text-muted hover:text-ink pointer-coarse:hidden"
        >
          <Ellipsis aria-hidden size={14} />
        </button>
      )}
      {opened === null || Loaded === null ? null : (
        // eslint-disable-next-line react-hooks/static-components -- loaded once, the same in each render
        <Loaded
          key={`${opened.sessionId} ${opened.x} ${opened.y}`}
          sessionId={opened.sessionId}
          x={opened.x}
          y={opened.y}
          onClose={() => {
            opened.row.focus({ preventScroll: true });
            setOpened(null);
          }}
        />
      )}
    </>
  );
}

function rowOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>("a[data-session]") : null;
}

/** At the right end of a row, or the top right corner of a card. */
function placeOf(row: HTMLElement): Place {
  const { right, top, height } = row.getBoundingClientRect();
  return {
    sessionId: row.dataset["session"] ?? "",
    row,
    x: right - 6,
    y: top + Math.min(6, (height - BUTTON_PX) / 2),
  };
}
