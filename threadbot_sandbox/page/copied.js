/** Puts a text on the clipboard and shows it for a while: where a browser refuses, it can be copied from there. */

import { h } from "./dom.js";

const SHOWN = 6000; // milliseconds

export class Copied {
  constructor() {
    this.element = h("p", { class: "copied", role: "status", testid: "copied", hidden: true });
  }

  async copy(text) {
    const done = await (navigator.clipboard?.writeText(text) ?? Promise.reject()).then(() => "Copied: ", () => "Copy it from here: ");
    this.element.replaceChildren(done, h("span", {}, text));
    this.element.hidden = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.element.hidden = true), SHOWN);
  }
}
