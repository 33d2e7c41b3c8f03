/** What opens over the page: editing and deleting your own message, and the modals that the bot opens for you. */

import { showBlocks } from "./blocks.js";
import { h } from "./dom.js";
import { post } from "./store.js";

export class Dialogs {
  constructor(store, view) {
    Object.assign(this, { store, view });
    this.element = h("dialog", { class: "dialog", testid: "dialog" });
    this.sayWhy = this.sayWhy.bind(this);
  }

  show(title, body, buttons, onsubmit) {
    const problem = h("p", { class: "problem", role: "alert" });
    const submit = async (event) => {
      event.preventDefault();
      try {
        await onsubmit(event.target);
        this.element.close();
      } catch (error) {
        problem.textContent = error.message;
      }
    };
    const cancel = h("button", { type: "button", class: "button", onclick: () => this.element.close() }, buttons.cancel ?? "Cancel");
    const go = buttons.go && h("button", { type: "submit", class: `button ${buttons.style ?? "primary"}` }, buttons.go);
    this.element.replaceChildren(h("form", { onsubmit: submit }, h("h2", {}, title), body, problem, h("div", { class: "dialog-buttons" }, cancel, go)));
    if (!this.element.open) this.element.showModal();
  }

  /** Something that was asked of the sandbox did not work. */
  sayWhy(error) {
    this.show("That did not work", h("p", {}, error.message), { cancel: "Close" });
  }

  edit(message) {
    const box = h("textarea", { rows: "5", "aria-label": "Message text" });
    box.value = readable(message.text ?? "", this.view.names);
    this.show("Edit message", box, { go: "Save" }, () => post("edit", { user: this.view.me, channel: message.channel, ts: message.ts, text: box.value }));
  }

  remove(message) {
    const ask = h("p", {}, "Delete this message? The bot is told.");
    this.show("Delete message", ask, { go: "Delete", style: "danger" }, () => post("delete", { user: this.view.me, channel: message.channel, ts: message.ts }));
  }

  /** A modal that the bot opened, changed or closed. */
  modal({ user, view, closed }) {
    if (user !== this.view.me) return;
    if (closed) return this.element.close();
    const press = (what) => post("click", { user, view_id: view.id, ...what }).catch(this.sayWhy);
    const act = { names: this.view.names, press, inView: true, people: () => this.store.people(), channels: () => this.view.visible() };
    const body = showBlocks(h("div", { class: "body" }), view.blocks ?? [], act);
    const buttons = { go: view.submit?.text ?? null, cancel: view.close?.text ?? "Close" };
    this.show(view.title?.text ?? "", body, buttons, (form) => post("submit", { user, view_id: view.id, values: valuesOf(form, view) }));
  }
}

/** Slack's `<@U…>` and `<#C…>` as a person would type them, and its three escapes undone. */
function readable(text, names) {
  return text
    .replace(/<@(\w+)(?:\|[^>]*)?>/g, (whole, id) => (names.user(id) ? `@${names.user(id).name}` : whole))
    .replace(/<#(\w+)(?:\|[^>]*)?>/g, (whole, id) => (names.channel(id) ? `#${names.channel(id).name}` : whole))
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

/** What was filled in, by block and action. */
function valuesOf(form, view) {
  const data = new FormData(form);
  const inputs = (view.blocks ?? []).filter((block) => block.type === "input");
  return Object.fromEntries(inputs.map((block) => [block.block_id, { [block.element.action_id]: data.getAll(block.element.action_id) }]));
}
