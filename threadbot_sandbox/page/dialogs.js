/** What opens over the page: editing and deleting your own message, and the modals that the bot opens for you. */

import { showBlocks } from "./blocks.js";
import { h } from "./dom.js";
import { valuesOf } from "./form.js";
import { post } from "./store.js";

export class Dialogs {
  constructor(store, view) {
    Object.assign(this, { store, view, modals: [] }); // the bot's modals that are open, the top one last
    this.bodies = new Map(); // view id → {view, body}: what was written stays while another modal lies on top
    this.element = h("dialog", { class: "dialog", testid: "dialog", onclose: () => this.closed() });
    this.sayWhy = this.sayWhy.bind(this);
  }

  /** `onsubmit` may throw: then the dialog stays and the reason is shown. It returns true to keep the dialog open. */
  show(title, body, buttons, onsubmit) {
    const problem = h("p", { class: "problem", role: "alert" });
    const submit = async (event) => {
      event.preventDefault();
      try {
        if (!(await onsubmit(event.target))) this.element.close();
      } catch (error) {
        problem.textContent = error.message;
      }
    };
    const cancel = h("button", { type: "button", class: "button", onclick: () => this.element.close() }, buttons.cancel ?? "Cancel");
    const go = buttons.go && h("button", { type: "submit", class: `button ${buttons.style ?? "primary"}` }, buttons.go);
    const foot = h("div", { class: "dialog-buttons" }, cancel, go);
    this.element.replaceChildren(h("form", { onsubmit: submit }, h("h2", {}, title), body, problem, foot));
    if (!this.element.open) this.element.showModal();
  }

  /** Something that was asked of the sandbox did not work. */
  sayWhy(error) {
    this.show("That did not work", h("p", {}, error.message), { cancel: "Close" });
  }

  edit(message) {
    const box = h("textarea", { rows: "5", "aria-label": "Message text" });
    box.value = readable(message.text ?? "", this.view.names);
    const save = () => post("edit", { user: this.view.me, channel: message.channel, ts: message.ts, text: box.value });
    this.show("Edit message", box, { go: "Save" }, async () => void (await save()));
  }

  remove(message) {
    const ask = h("p", {}, "Delete this message? The bot is told.");
    const drop = () => post("delete", { user: this.view.me, channel: message.channel, ts: message.ts });
    this.show("Delete message", ask, { go: "Delete", style: "danger" }, async () => void (await drop()));
  }

  /** A modal that the bot opened, changed or closed. Modals stack; the one below comes back. */
  modal({ user, view, closed }) {
    if (user !== this.view.me) return;
    const others = this.modals.filter((each) => each.id !== view.id);
    const at = this.modals.findIndex((each) => each.id === view.id);
    if (closed) this.bodies.delete(view.id);
    if (closed) this.modals = others;
    else if (at < 0) this.modals.push(view);
    else this.modals[at] = view; // also below another, where it stays
    const top = this.modals.at(-1);
    if (top) this.showModal(top);
    else this.element.close();
  }

  showModal(view) {
    const user = this.view.me;
    const press = async (what) => post("click_view", { user, view_id: view.id, ...what, values: await valuesOf(this.element, view) }).catch(this.sayWhy);
    const suggest = (what) => post("suggest", { user, place: view.id, ...what }).then(({ options }) => options, () => []);
    const act = { names: this.view.names, press, suggest, people: () => this.store.people(), channels: () => this.view.visible() };
    const known = this.bodies.get(view.id);
    const body = known?.view === view ? known.body : showBlocks(h("div", { class: "body" }), view.blocks ?? [], act);
    if (known && known.view !== view) keepAnswers(known.body, body, known.view.blocks, view.blocks);
    this.bodies.set(view.id, { view, body });
    const buttons = { go: view.submit?.text ?? null, cancel: view.close?.text ?? "Close" };
    this.show(view.title?.text ?? "", body, buttons, (form) => this.submit(form, view));
    body.querySelector("input, select, textarea")?.focus();
  }

  /** The server closes or changes the modal by its own events; what the bot finds wrong is shown at its question. */
  async submit(form, view) {
    const { errors } = await post("submit", { user: this.view.me, view_id: view.id, values: await valuesOf(form, view) });
    const fields = [...form.querySelectorAll("[data-block]")];
    for (const field of fields) {
      const problem = errors?.[field.dataset.block] ?? "";
      field.querySelector(".problem").textContent = problem;
      field.querySelector("input, select, textarea")?.setAttribute("aria-invalid", String(Boolean(problem)));
    }
    fields.find((field) => errors?.[field.dataset.block])?.querySelector("input, select, textarea")?.focus();
    if (errors?.[""]) throw new Error(errors[""]);
    return true;
  }

  /** Closed by hand: the bot is told, if it asked to be. */
  closed() {
    const top = this.modals.pop();
    if (!top) return;
    this.bodies.delete(top.id);
    post("close_view", { user: this.view.me, view_id: top.id }).catch(() => undefined);
    if (this.modals.length) this.showModal(this.modals.at(-1));
  }
}

/** A form that the bot changes while someone fills it in keeps what they wrote, question by question. */
function keepAnswers(old, fresh, before = [], now = []) {
  const fields = (place) => new Map([...place.querySelectorAll("[data-block]")].map((field) => [field.dataset.block, field]));
  const [was, is] = [fields(old), fields(fresh)];
  for (const block of now.filter((each) => was.has(each.block_id) && is.has(each.block_id))) {
    const same = before.find((each) => each.block_id === block.block_id);
    const [from, to] = [was.get(block.block_id), is.get(block.block_id)];
    if (JSON.stringify(same) === JSON.stringify(block)) to.replaceWith(from);
    else if (same.element.action_id === block.element.action_id && /_input$/.test(block.element.type)) to.querySelector("input, textarea").value = from.querySelector("input, textarea").value;
  }
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
