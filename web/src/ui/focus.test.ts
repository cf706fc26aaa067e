// @vitest-environment jsdom
import { afterEach, describe, expect, it } from "vitest";
import { isTypedInto, offerFocus } from "./focus.ts";

function place(html: string) {
  document.body.innerHTML = html;
  return (id: string): HTMLElement => document.getElementById(id) ?? expect.fail(`no #${id}`);
}

afterEach(() => place(""));

describe("what appears late", () => {
  it("gets the focus when the user is not typing", () => {
    const at = place('<button id="row">row</button><h2 id="late" tabindex="-1">late</h2>');
    at("row").focus();
    offerFocus(at("late"));
    expect(document.activeElement).toBe(at("late"));
  });

  it("leaves the keyboard to a field and to a dialog", () => {
    const at = place(
      '<input id="field" /><div role="dialog"><button id="inside">x</button></div><h2 id="late" tabindex="-1">late</h2>',
    );
    for (const holder of [at("field"), at("inside")]) {
      holder.focus();
      offerFocus(at("late"));
      expect(document.activeElement).toBe(holder);
    }
  });

  it("may take the keyboard inside the dialog that has it", () => {
    const at = place(
      '<div role="dialog"><button id="inside">x</button><h2 id="late" tabindex="-1">late</h2></div>',
    );
    at("inside").focus();
    offerFocus(at("late"));
    expect(document.activeElement).toBe(at("late"));
  });

  it("does nothing without an element", () => {
    expect(() => offerFocus(null)).not.toThrow();
  });
});

describe("keys meant for something else", () => {
  it("are those pressed in fields, menus and dialogs", () => {
    const at = place(
      '<input id="field" /><div role="menu"><p id="item">x</p></div><p id="text">x</p>',
    );
    expect([at("field"), at("item"), at("text"), null].map(isTypedInto)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
