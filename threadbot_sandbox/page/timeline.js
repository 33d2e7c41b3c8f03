/** A list of messages that stays at its end while you are there, and stays put while you read above. */

import { h, oncePerFrame } from "./dom.js";
import { catchFocus, keepFocus } from "./focus.js";
import { showMessage, timeOf } from "./message.js";
import { isReply, rootOf } from "./store.js";

const NEAR = 60; // pixels from the end that still count as being there
const TOGETHER = 300; // seconds within which one author's messages share a face
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", month: "long", day: "numeric" });

export class Timeline {
  /** `find` gives the messages to show, oldest first; `context` is what message.js needs. */
  constructor({ label, testid, find, context }) {
    this.find = find;
    this.context = context;
    this.items = new Map(); // ts → {item, shown}: the element and the message value it shows
    this.list = h("ol", { class: "messages", "aria-label": label });
    this.after = h("div", { class: "after" });
    this.before = h("div", { class: "before" });
    this.more = h("button", { type: "button", class: "newer", hidden: true, onclick: () => this.toEnd() }, "Newer messages ↓");
    this.scroll = h("div", { class: "scroll", testid, tabindex: "-1" }, this.before, this.list, this.after);
    this.element = h("div", { class: "timeline" }, this.scroll, this.more);
    this.atEnd = true;
    this.top = 0; // where it was scrolled to when it was last looked at
    this.scroll.addEventListener("scroll", () => this.noteEnd());
    const resized = new ResizeObserver(() => (this.atEnd ? this.follow() : this.noteEnd()));
    resized.observe(this.scroll);
    resized.observe(this.list); // a picture that arrives makes it longer
    this.ask = oncePerFrame(() => this.show());
  }

  /** Only who scrolls up leaves the end: what grows below before it is followed does not. */
  noteEnd() {
    const { scrollTop, clientHeight, scrollHeight } = this.scroll;
    const near = scrollHeight - scrollTop - clientHeight < NEAR;
    this.atEnd = near || (this.atEnd && scrollTop >= this.top);
    this.top = scrollTop;
    if (this.atEnd) this.more.hidden = true;
  }

  /** No scroll event tells of it when everything is visible already. */
  toEnd() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
    this.top = this.scroll.scrollTop;
    this.atEnd = true;
    this.more.hidden = true;
  }

  /** Stay at the end, unless a message is being edited: that one stays in sight. */
  follow() {
    if (!this.list.querySelector(".edit")) this.toEnd();
  }

  /** Another channel or thread, or another person: nothing is kept. */
  reset() {
    this.items.clear();
    this.list.replaceChildren();
    this.atEnd = true;
    this.show();
  }

  /** The value of `ts` is the same, but what stands under it (its thread, a name) is not. */
  stale(ts) {
    const known = this.items.get(ts);
    if (known) known.shown = null;
    this.ask();
  }

  show() {
    const messages = this.find();
    const wanted = new Set(messages.map((message) => message.ts));
    const lost = this.list.contains(document.activeElement);
    for (const [ts, { item }] of this.items) {
      if (wanted.has(ts)) continue;
      item.remove();
      this.items.delete(ts);
    }
    let grew = false;
    messages.forEach((message, index) => {
      grew = this.place(message, messages[index - 1], index) || grew;
    });
    if (lost) catchFocus();
    if (!this.atEnd) this.noteEnd();
    if (this.atEnd) this.follow();
    else if (grew) this.more.hidden = false;
  }

  /** True when the message is new here. */
  place(message, previous, index) {
    let known = this.items.get(message.ts);
    const fresh = !known;
    if (fresh) {
      known = { item: h("li", { class: "message", tabindex: "-1", testid: `message-${message.ts}` }), shown: null };
      this.items.set(message.ts, known);
    }
    const { item } = known;
    if (this.list.children[index] !== item) this.list.insertBefore(item, this.list.children[index] ?? null);
    if (known.shown !== message) {
      keepFocus(item, () => showMessage(item, message, this.context));
      known.shown = message;
    }
    item.classList.toggle("follows", follows(message, previous));
    item.classList.toggle("ephemeral", Boolean(message.ephemeral));
    const day = newDay(message, previous);
    if (day) item.dataset.day = day;
    else delete item.dataset.day;
    return fresh;
  }
}

function follows(message, previous) {
  if (!previous || previous.subtype === "tombstone" || message.ephemeral || previous.ephemeral) return false;
  if (isReply(message) && previous.ts === rootOf(message)) return false; // the root stands apart
  const same = ["user", "bot_id", "username", "subtype"].every((key) => previous[key] === message[key]);
  return same && !message.subtype && Number(message.ts) - Number(previous.ts) < TOGETHER && !newDay(message, previous);
}

function newDay(message, previous) {
  const day = timeOf(message.ts).toDateString();
  if (previous && timeOf(previous.ts).toDateString() === day) return "";
  return day === new Date().toDateString() ? "Today" : DAY.format(timeOf(message.ts));
}
