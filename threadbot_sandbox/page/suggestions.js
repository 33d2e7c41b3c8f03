/** The list of names that opens while you type `@…`, `#…` or, at the beginning, `/…`; a listbox that the text box owns. */

import { h } from "./dom.js";

const MOST = 8;
let lists = 0;

export class Suggestions {
  /** `known(kind)` gives `{name, note}` for `@`, `#` or `/`, best first. */
  constructor(box, known) {
    Object.assign(this, { box, known, found: [], at: 0 });
    this.id = `suggestions-${(lists += 1)}`;
    this.element = h("ul", { class: "suggestions", role: "listbox", id: this.id, "aria-label": "Names", hidden: true });
    box.setAttribute("aria-controls", this.id);
  }

  /** The word under the caret, if it could become a name. */
  word() {
    const before = this.box.value.slice(0, this.box.selectionStart);
    const found = /^(\/)([\w-]*)$/.exec(before) ?? /(?:^|[\s(])([@#])([\p{L}\p{N}._-]*)$/u.exec(before);
    return found ? { kind: found[1], typed: found[2].toLowerCase(), start: before.length - found[2].length - 1 } : null;
  }

  update() {
    const word = this.word();
    const fits = ({ name, note }) => [name, word.kind === "/" ? "" : note ?? ""].some((each) => each.toLowerCase().startsWith(word.typed));
    this.found = word && document.activeElement === this.box ? this.known(word.kind).filter(fits).slice(0, MOST) : [];
    this.at = 0;
    this.kind = word?.kind;
    this.show();
  }

  show() {
    const items = this.found.map((each, index) => {
      const take = (event) => {
        event.preventDefault(); // keeps the focus in the text box
        this.take(index);
      };
      const props = { role: "option", id: `${this.id}-${index}`, "aria-selected": String(index === this.at), onmousedown: take };
      return h("li", props, h("b", {}, `${this.kind}${each.name}`), each.note && h("small", {}, each.note));
    });
    this.element.replaceChildren(...items);
    this.element.hidden = !items.length;
    if (items.length) this.box.setAttribute("aria-activedescendant", `${this.id}-${this.at}`);
    else this.box.removeAttribute("aria-activedescendant");
  }

  close() {
    this.found = [];
    this.show();
  }

  take(index) {
    const { start } = this.word();
    this.box.setRangeText(`${this.kind}${this.found[index].name} `, start, this.box.selectionStart, "end");
    this.box.dispatchEvent(new Event("input", { bubbles: true }));
    this.close();
  }

  /** True when the key was for the list. */
  key(event) {
    if (!this.found.length) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.at = (this.at + step + this.found.length) % this.found.length;
      this.show();
    } else if (event.key === "Enter" || event.key === "Tab") {
      const exact = event.key === "Enter" && this.found[this.at].name.toLowerCase() === this.word()?.typed;
      if (exact) return false; // the name is complete: Enter sends
      this.take(this.at);
    } else if (event.key === "Escape") {
      this.close();
      event.stopPropagation();
    } else return false;
    event.preventDefault();
    return true;
  }
}
