/** What opens over the page and has to be closed before anything else is done. */

import { h } from "./dom.js";
import { firstButton, giveFocus, giveFocusBack, rememberFocus } from "./focus.js";

const FIELDS = ".body :is(input, select, textarea)";

export class Modal {
  constructor(props, onclose) {
    const oncancel = (event) => {
      event.preventDefault();
      this.close();
    };
    this.element = h("dialog", { ...props, oncancel, onclose });
  }

  /** Show this content, also in place of another. The focus stays where it was; else it is on the first field, or on what closes it. */
  show(content, restore = rememberFocus(this.element)) {
    this.element.replaceChildren(...content);
    if (!this.element.open) {
      this.opener = document.activeElement;
      this.element.showModal();
    }
    if (restore()) return;
    giveFocus(this.element.querySelector(FIELDS) ?? firstButton(this.element));
  }

  /** The focus goes back at once: the close event comes later, and what is typed before it would be lost. */
  close(answer) {
    if (!this.element.open) return;
    this.element.close(answer);
    giveFocusBack(this.opener);
  }
}
