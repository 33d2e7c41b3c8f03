/** The right side: one thread, its status, and where you answer. Escape closes it and takes you back. */

import { Composer } from "./composer.js";
import { h } from "./dom.js";
import { giveFocus, giveFocusBack } from "./focus.js";
import { talk } from "./hints.js";
import { icon } from "./icons.js";
import { post } from "./store.js";
import { Timeline } from "./timeline.js";

export const PHONE = matchMedia("(max-width: 720px)");

export class Thread {
  constructor({ store, view, context, send }) {
    Object.assign(this, { store, view });
    this.timeline = new Timeline({ label: "Thread", testid: "thread-messages", context: { ...context, inThread: true }, find: () => store.thread(view.channel, view.thread, view.me) });
    this.composer = new Composer({ testid: "thread-composer", sendTestid: "thread-send", label: "Reply in thread", send, store, view, inThread: true });
    this.where = h("small", {});
    this.status = h("p", { class: "status", testid: "status", role: "status", hidden: true });
    const stopping = () => post("stop", { user: this.view.me, channel: this.view.channel, thread_ts: this.view.thread }).catch(() => (this.stop.hidden = true));
    this.stop = h("button", { type: "button", class: "button native-stop", testid: "native-stop", title: "Slack's own button", hidden: true, onclick: stopping }, "Stop");
    this.timeline.after.append(this.status, this.stop);
    const close = h("button", { type: "button", class: "plain", "aria-label": "Close thread", title: "Close (Escape)", onclick: () => this.close() }, icon("close"));
    const header = h("header", { class: "bar-top" }, h("div", { class: "title" }, h("h2", {}, "Thread"), this.where), close);
    this.element = h("aside", { class: "thread", "aria-label": "Thread", testid: "thread", hidden: true }, header, this.timeline.element, h("div", { class: "writing" }, this.composer.element));
    PHONE.addEventListener("change", () => this.cover());
  }

  get busy() {
    return !this.element.hidden && Boolean(this.composer.text.trim());
  }

  /** `opener` gets the focus back when the thread is closed; without one the focus stays where it is. */
  open(message, opener = null) {
    this.opener = opener;
    this.view.go({ thread: message.thread_ts ?? message.ts });
    if (opener) giveFocus(this.composer.box);
  }

  close() {
    this.view.go({ thread: null });
    giveFocusBack(this.opener);
  }

  /** On a phone it lies over the conversation, which the keyboard must not reach then. */
  cover() {
    document.getElementById("conversation")?.toggleAttribute("inert", !this.element.hidden && PHONE.matches);
  }

  reset() {
    this.element.hidden = !this.view.thread;
    this.cover();
    if (this.element.hidden) return;
    const channel = this.store.channels.get(this.view.channel);
    this.where.textContent = channel ? `${channel.kind === "im" ? "with " : channel.kind === "mpim" ? "" : "#"}${this.view.title(channel)}` : "";
    const needsMention = channel ? talk(channel, this.store.bot).needsMention : true;
    const placeholder = needsMention ? `Reply… (mention @${this.store.bot?.name ?? "Threadbot"} to ask it)` : "Reply…";
    this.composer.aim(`${channel?.id} ${this.view.thread}`, placeholder, needsMention);
    this.timeline.reset();
    this.showStatus();
  }

  showStatus() {
    const status = this.store.status(this.view.channel, this.view.thread);
    this.status.hidden = !status;
    this.status.replaceChildren(h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), `${this.store.bot?.name ?? "The bot"} ${status}`);
    this.stop.hidden = !this.store.canStop(this.view.channel, this.view.thread);
    if (this.timeline.atEnd) this.timeline.toEnd();
  }
}
