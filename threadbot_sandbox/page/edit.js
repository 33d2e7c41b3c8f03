/** Editing your own message where it stands: Enter saves, Escape leaves it as it was. */

import { h } from "./dom.js";
import { giveFocus, giveFocusBack } from "./focus.js";
import { post } from "./store.js";
import { Suggestions } from "./suggestions.js";

/** `item` shows the message; `known` gives the names that can be completed. */
export function editInPlace(item, message, { view, known }) {
  const content = item.querySelector(":scope > .content");
  if (content.querySelector(":scope > .edit")) return;
  const before = readable(message.text ?? "", view.names);
  const box = h("textarea", { rows: "1", dir: "auto", "aria-label": "Message text", oninput: () => fit() });
  const suggestions = new Suggestions(box, (kind) => (kind === "/" ? [] : known(kind)));
  const problem = h("p", { class: "problem", role: "alert" });
  const fit = () => {
    box.style.setProperty("height", "auto");
    box.style.setProperty("height", `${box.scrollHeight}px`);
    suggestions.update();
    form.scrollIntoView({ block: "nearest" });
  };
  const end = () => {
    form.remove();
    giveFocusBack(null);
  };
  const save = async (event) => {
    event.preventDefault();
    if (box.value.trim() === before.trim()) return end();
    try {
      await post("edit", { user: view.me, channel: message.channel, ts: message.ts, text: box.value });
      return end();
    } catch (error) {
      return (problem.textContent = error.message);
    }
  };
  const key = (event) => {
    if (suggestions.key(event)) return;
    if (event.key === "Escape") {
      event.stopPropagation(); // the thread stays
      end();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  };
  const hint = h("small", { class: "hint" }, h("kbd", {}, "Enter"), " saves, ", h("kbd", {}, "Escape"), " cancels");
  const buttons = h("div", { class: "bar" }, hint, h("button", { type: "button", class: "button", onclick: end }, "Cancel"), h("button", { type: "submit", class: "button primary" }, "Save"));
  const form = h("form", { class: "edit", onsubmit: save, onkeydown: key }, box, suggestions.element, problem, buttons);
  box.value = before;
  content.querySelector(":scope > .body").after(form);
  giveFocus(box);
  box.setSelectionRange(before.length, before.length);
  item.scrollIntoView({ block: "nearest" });
  fit();
}

/** Slack's `<@U…>`, `<#C…>` and `<url>` as a person would type them, and its three escapes undone. */
function readable(text, names) {
  return text
    .replace(/<@(\w+)(?:\|[^>]*)?>/g, (whole, id) => (names.user(id) ? `@${names.user(id).name}` : whole))
    .replace(/<#(\w+)(?:\|[^>]*)?>/g, (whole, id) => (names.channel(id) ? `#${names.channel(id).name}` : whole))
    .replace(/<!(here|channel|everyone)>/g, "@$1")
    .replace(/<(https?:[^|>]+)(?:\|[^>]*)?>/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
