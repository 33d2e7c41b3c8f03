/** What opens over the page: the question before a message is deleted, and the modals that the bot opens for you. */

import { showBlocks } from "./blocks.js";
import { ask } from "./confirm.js";
import { h } from "./dom.js";
import { giveFocus, rememberFocus } from "./focus.js";
import { valuesOf } from "./form.js";
import { Modal } from "./modal.js";
import { post } from "./store.js";

export class Dialogs {
  constructor(store, view) {
    Object.assign(this, { store, view, modals: [] }); // the bot's modals that are open, the top one last
    this.bodies = new Map(); // view id → {view, body, restore}: what was written stays while another modal lies on top
    this.shown = null; // the id of the one that is seen
    this.dialog = new Modal({ class: "dialog", testid: "dialog" }, () => this.closed());
    this.notice = new Modal({ class: "dialog small", testid: "notice" }, () => undefined);
    this.sayWhy = this.sayWhy.bind(this);
  }

  /** Something that was asked of the sandbox did not work; a form that is open stays as it is. */
  sayWhy(error) {
    const close = h("button", { type: "button", class: "button", onclick: () => this.notice.close() }, "Close");
    this.notice.show([h("h2", {}, "That did not work"), h("p", {}, error.message), h("div", { class: "dialog-buttons" }, close)]);
  }

  async remove(message) {
    const words = { title: "Delete message", text: "Delete this message? The bot is told.", confirm: "Delete" };
    const spoken = Object.fromEntries(Object.entries(words).map(([name, text]) => [name, { text }]));
    if (!(await ask({ ...spoken, style: "danger" }))) return;
    await post("delete", { user: this.view.me, channel: message.channel, ts: message.ts }).catch(this.sayWhy);
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
    else this.dialog.close();
  }

  /** Slack's modals end with the page's connection. */
  forget() {
    this.modals = [];
    this.bodies.clear();
    this.dialog.close();
  }

  /** The one on top, with what was written into it and where the focus was. */
  showModal(view) {
    const restore = rememberFocus(this.dialog.element);
    const known = this.bodies.get(view.id);
    if (this.shown !== view.id && this.bodies.has(this.shown)) this.bodies.get(this.shown).restore = restore;
    const body = this.body(view, known);
    this.bodies.set(view.id, { view, body });
    const problem = h("p", { class: "problem", role: "alert" });
    const send = (event) => {
      event.preventDefault();
      this.submit(event.target, view).catch((error) => (problem.textContent = error.message));
    };
    const close = h("button", { type: "button", class: "button", onclick: () => this.dialog.close() }, view.close?.text ?? (view.submit ? "Cancel" : "Close"));
    const go = view.submit && h("button", { type: "submit", class: "button primary" }, view.submit.text);
    const form = h("form", { onsubmit: send }, h("h2", {}, view.title?.text ?? ""), body, problem, h("div", { class: "dialog-buttons" }, close, go));
    this.dialog.show([form], this.shown === view.id ? restore : known?.restore);
    this.shown = view.id;
  }

  body(view, known) {
    if (known?.view === view) return known.body;
    const user = this.view.me;
    const press = async (what) => post("click_view", { user, view_id: view.id, ...what, values: await valuesOf(this.dialog.element, view) }).catch(this.sayWhy);
    const suggest = (what) => post("suggest", { user, place: view.id, ...what }).then(({ options }) => options, () => []);
    const act = { names: this.view.names, press, suggest, people: () => this.store.people(), channels: () => this.view.visible() };
    const body = showBlocks(h("div", { class: "body" }), view.blocks ?? [], act);
    if (known) keepAnswers(known.body, body, known.view.blocks, view.blocks);
    return body;
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
    const wrong = fields.find((field) => errors?.[field.dataset.block])?.querySelector("input, select, textarea");
    if (wrong) {
      giveFocus(wrong);
      wrong.closest("[data-block]").scrollIntoView({ block: "nearest" }); // with what is wrong, which stands below it
    }
    if (errors?.[""]) throw new Error(errors[""]);
  }

  /** Closed by hand: the bot is told, if it asked to be. */
  closed() {
    this.shown = null;
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
