/** The middle: a channel's header, its messages and where you write. A DM with the bot also has its Home tab. */

import { showBlocks } from "./blocks.js";
import { Composer } from "./composer.js";
import { h } from "./dom.js";
import { giveFocus, keepFocus } from "./focus.js";
import { valuesOf } from "./form.js";
import { Hints, talk } from "./hints.js";
import { icon } from "./icons.js";
import { post } from "./store.js";
import { Timeline } from "./timeline.js";

const MARKS = { channel: "hash", private: "lock", mpim: "people" };

/** The badge's words: which model answers, said plainly. */
export function brainWords(brain) {
  const host = URL.canParse(brain?.base_url ?? "") ? new URL(brain.base_url).host : "the API's own address";
  const words = {
    scripted: () => "Scripted brain (no model; canned answers)",
    local: () => `Local model ${brain.model}: tiny and often wrong`,
    yours: () => `Your model ${brain.model} at ${host}`,
  };
  return words[brain?.kind]?.() ?? "No brain yet";
}

export class Conversation {
  constructor({ store, view, context, send, openMenu }) {
    Object.assign(this, { store, view });
    this.timeline = new Timeline({ label: "Messages", testid: "messages", context, find: () => store.timeline(view.channel, view.me) });
    this.composer = new Composer({ testid: "composer", sendTestid: "send", label: "Message", send, store, view });
    this.hints = new Hints({ store, view, composer: this.composer });
    this.title = h("h2", { tabindex: "-1" });
    this.about = h("p", { class: "about" });
    this.brain = h("p", { class: "brain", testid: "brain" });
    this.tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "Direct message", hidden: true });
    this.home = h("div", { class: "home", role: "tabpanel", hidden: true });
    const menu = h("button", { type: "button", class: "plain menu-button", "aria-label": "Conversations", "aria-controls": "sidebar", onclick: openMenu }, icon("menu"));
    const header = h("header", { class: "bar-top" }, menu, h("div", { class: "title" }, this.title, this.about), this.brain);
    this.page = h("div", { class: "page" }, this.timeline.element, h("div", { class: "writing" }, this.hints.element, this.composer.element));
    this.element = h("main", { class: "conversation", id: "conversation" }, header, this.tabs, this.page, this.home);
  }

  /** Somebody came here to write; on a screen that is touched, a keyboard would cover what there is to read. */
  goOn() {
    if (!matchMedia("(hover: none)").matches && !this.page.hidden) giveFocus(this.composer.box);
  }

  get channel() {
    return this.store.channels.get(this.view.channel);
  }

  /** Another channel, or another person. */
  reset() {
    this.tab = "messages";
    this.showHead();
    this.timeline.reset();
    if (this.channel?.kind === "im") this.openedApp();
    else this.opened = null;
  }

  showHead() {
    const { channel, store } = this;
    if (!channel) return;
    const name = this.view.title(channel);
    const { member, direct, needsMention } = talk(channel, store.bot);
    const mark = MARKS[channel.kind];
    this.title.replaceChildren(...(mark ? [icon(mark)] : []), name);
    const count = `${channel.members.length} members`;
    const bot = store.bot?.name ?? "the bot";
    this.about.textContent = direct ? "Direct message: no mention needed" : `${count}${member ? "" : `, ${bot} is not one of them`}`;
    this.timeline.before.replaceChildren(...this.opening(channel, name, direct));
    this.composer.aim(channel.id, `Message ${mark === "hash" || mark === "lock" ? "#" : ""}${name}`, needsMention);
    this.hints.show();
    this.showTabs(direct);
    this.showBrain();
  }

  showBrain() {
    const { brain } = this.store;
    this.brain.textContent = brainWords(brain);
    this.brain.dataset.kind = brain?.kind ?? "none";
    this.brain.title = brain?.note ?? "";
  }

  opening(channel, name, direct) {
    const bot = this.store.bot?.name ?? "the bot";
    const words = direct ? `Write to ${bot} as you would to a person. It answers in a thread under each message.` : `Mention @${bot} and it answers in a thread. Within the thread, it remembers.`;
    return [h("h3", {}, direct ? name : `This is the beginning of ${channel.kind === "mpim" ? "your group with " : "#"}${name}`), h("p", {}, words)];
  }

  showTabs(direct) {
    const has = direct && (this.store.app.home || this.store.homes.has(this.view.me));
    if (!has) this.tab = "messages";
    this.tabs.hidden = !has;
    const one = (tab, label) => h("button", { type: "button", role: "tab", tabindex: this.tab === tab ? "0" : "-1", "aria-selected": String(this.tab === tab), onclick: () => this.choose(tab), onkeydown: (event) => this.arrow(event) }, label);
    keepFocus(this.tabs, () => this.tabs.replaceChildren(one("messages", "Messages"), one("home", "Home")));
    const home = this.tab === "home";
    this.page.hidden = home;
    this.home.hidden = !home;
    if (home) this.showHome();
    else this.composer.fit(); // what is hidden has no height to fit
  }

  /** The arrow keys go from tab to tab. */
  arrow(event) {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    this.choose(this.tab === "home" ? "messages" : "home");
    giveFocus(this.tabs.querySelector("[aria-selected=true]"));
  }

  choose(tab) {
    this.tab = tab;
    this.showTabs(true);
    this.openedApp();
  }

  /** Slack tells an app whenever one of its tabs is opened. Nothing on this page waits for it. */
  openedApp() {
    const opened = `${this.view.me} ${this.tab}`;
    if (opened === this.opened) return;
    this.opened = opened;
    post("open_home", { user: this.view.me, tab: this.tab }).catch(() => undefined);
  }

  showHome() {
    const view = this.store.homes.get(this.view.me);
    if (!view) return this.home.replaceChildren(h("p", { class: "quiet" }, `${this.store.bot?.name ?? "The app"} has put nothing here yet.`));
    const me = { user: this.view.me };
    const press = async (what) => post("click_view", { ...me, view_id: view.id, ...what, values: await valuesOf(this.home, view) }).catch(() => undefined);
    const suggest = (what) => post("suggest", { ...me, place: view.id, ...what }).then(({ options }) => options, () => []);
    const act = { names: this.view.names, press, suggest, people: () => this.store.people(), channels: () => this.view.visible() };
    return keepFocus(this.home, () => this.home.replaceChildren(showBlocks(h("div", { class: "body" }), view.blocks ?? [], act)));
  }
}
