/** Asks before an action, in the app's own words. */

import { h } from "./dom.js";

/** Resolves to true when the person agrees; Escape is a no. */
export function ask({ title, text, confirm, deny, style }) {
  return new Promise((resolve) => {
    const dialog = h("dialog", { class: "dialog small", testid: "confirm", "aria-label": title?.text });
    const answer = (yes) => () => {
      dialog.returnValue = yes ? "yes" : "";
      dialog.close();
    };
    const no = h("button", { type: "button", class: "button", onclick: answer(false) }, deny?.text ?? "Cancel");
    const yes = h("button", { type: "button", class: `button ${style ?? "primary"}`, onclick: answer(true) }, confirm?.text ?? "Yes");
    dialog.append(h("h2", {}, title?.text), h("p", {}, text?.text), h("div", { class: "dialog-buttons" }, no, yes));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
