/** Asks before an action, in the app's own words. */

import { h } from "./dom.js";
import { Modal } from "./modal.js";

/** Resolves to true when the person agrees; Escape is a no. */
export function ask({ title, text, confirm, deny, style }) {
  return new Promise((resolve) => {
    const answered = () => {
      modal.element.remove();
      resolve(modal.element.returnValue === "yes");
    };
    const modal = new Modal({ class: "dialog small", testid: "confirm", "aria-label": title?.text }, answered);
    const no = h("button", { type: "button", class: "button", onclick: () => modal.close("") }, deny?.text ?? "Cancel");
    const yes = h("button", { type: "button", class: `button ${style ?? "primary"}`, onclick: () => modal.close("yes") }, confirm?.text ?? "Yes");
    document.body.append(modal.element);
    modal.show([h("h2", {}, title?.text), h("p", {}, text?.text), h("div", { class: "dialog-buttons" }, no, yes)]);
  });
}
