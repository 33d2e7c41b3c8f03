/** What a first-time visitor can try here: one press fills the composer. Gone once you have talked to the bot here. */

import { h } from "./dom.js";

const TRY = ["tell me a joke", "Who was the first president?", "square root of 16", "show me a table"];

/** What there is to know about talking to the bot in this channel. */
export function talk(channel, bot) {
  const member = Boolean(bot) && channel.members.includes(bot.user_id);
  const direct = channel.kind === "im" && member;
  return { member, direct, needsMention: !direct };
}

export class Hints {
  constructor({ store, view, composer }) {
    Object.assign(this, { store, view, composer });
    this.element = h("div", { class: "hints", hidden: true });
    this.dismissed = new Set();
  }

  show() {
    const channel = this.store.channels.get(this.view.channel);
    const { bot } = this.store;
    const suggested = channel && this.suggested(channel);
    this.element.hidden = !channel || !bot || this.dismissed.has(channel.id) || (!suggested && this.talked(channel, bot));
    if (this.element.hidden) return;
    const { member, needsMention } = talk(channel, bot);
    const first = member ? "Try:" : `${bot.name} is not in this channel yet. Mention it to invite it:`;
    const tried = TRY.slice(0, member ? TRY.length : 1).map((words) => this.chip(needsMention ? `@${bot.name} ${words}` : words));
    const chips = suggested ? suggested.prompts.map((each) => this.chip(each.message, each.title)) : tried;
    const dismiss = () => {
      this.dismissed.add(channel.id);
      this.show();
    };
    this.element.replaceChildren(h("span", {}, suggested ? suggested.title || "Suggested:" : first), ...chips, h("button", { type: "button", class: "plain", "aria-label": "Hide these hints", onclick: dismiss }, "Hide"));
  }

  chip(words, title = words) {
    return h("button", { type: "button", class: "chip", testid: "hint", onclick: () => this.composer.fill(words) }, title);
  }

  /** What the app suggests in its direct messages, set by a call or in its manifest. */
  suggested(channel) {
    if (channel.kind !== "im") return null;
    const said = this.store.app.suggestions.length ? { prompts: this.store.app.suggestions } : null;
    return this.store.prompts.get(`${channel.id} `) ?? said;
  }

  talked(channel, bot) {
    const { direct } = talk(channel, bot);
    const mine = this.store.timeline(channel.id, null).filter((message) => message.user === this.view.me);
    return mine.some((message) => direct || (message.text ?? "").includes(`<@${bot.user_id}>`));
  }
}
