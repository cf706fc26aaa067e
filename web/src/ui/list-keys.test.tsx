// @vitest-environment jsdom
import { cleanup, fireEvent, render } from "@testing-library/react";
import { useRef } from "react";
import { afterEach, expect, it, vi } from "vitest";
import { focusRow, foldFocused, useListKeys } from "./list-keys.ts";

afterEach(cleanup);

function Rows({ onUp }: { onUp: () => void }) {
  const place = useRef<HTMLUListElement>(null);
  useListKeys({
    onMove: (step) => focusRow(place.current, step),
    onClose: () => {
      if (!foldFocused(place.current)) onUp();
      return true;
    },
  });
  return (
    <ul ref={place}>
      {["a", "b", "c"].map((name) => (
        <li key={name} data-fold="">
          <button type="button" data-row="" aria-expanded={name === "b"}>
            {name}
          </button>
          <button type="button">{`copy ${name}`}</button>
        </li>
      ))}
    </ul>
  );
}

it("moves from row to row, also from between them, and stops at the ends", () => {
  HTMLElement.prototype.scrollIntoView = vi.fn();
  const { getByText } = render(<Rows onUp={vi.fn()} />);
  const focusAfter = (key: string) => {
    fireEvent.keyDown(document.body, { key });
    return document.activeElement?.textContent;
  };
  expect(["j", "j", "ArrowDown", "j", "k", "ArrowUp", "k"].map(focusAfter)).toEqual([
    "a",
    "b",
    "c",
    "c",
    "b",
    "a",
    "a",
  ]);
  getByText("copy b").focus();
  expect(focusAfter("k")).toBe("b");
  getByText("copy b").focus();
  expect(focusAfter("j")).toBe("c");
});

it("closes what the focus is in, then leads up", () => {
  const onUp = vi.fn();
  const { getByText } = render(<Rows onUp={onUp} />);
  const onClick = vi.fn();
  getByText("b").addEventListener("click", onClick);
  getByText("copy b").focus();
  fireEvent.keyDown(document.body, { key: "Escape" });
  expect([onClick.mock.calls.length, onUp.mock.calls.length]).toEqual([1, 0]);
  getByText("a").focus();
  fireEvent.keyDown(document.body, { key: "Escape" });
  expect(onUp).toHaveBeenCalledOnce();
});

it("moves by whole lines in a grid, and leaves arrows to others where they scroll", () => {
  const steps: number[] = [];
  const onMove = (step: number) => steps.push(step) > 0;
  function Grid({ arrows }: { arrows: boolean }) {
    useListKeys({ onMove, columns: 3, arrows });
    return null;
  }
  const press = () => {
    for (const key of ["j", "k", "ArrowDown", "ArrowUp", "ArrowRight", "ArrowLeft"])
      fireEvent.keyDown(document.body, { key });
    return steps.splice(0);
  };
  const { rerender } = render(<Grid arrows />);
  expect(press()).toEqual([1, -1, 3, -3, 1, -1]);
  rerender(<Grid arrows={false} />);
  expect(press()).toEqual([1, -1]);
});
