/** The left side: the workspace, who you are, and where you can go. */

import { h } from "./dom.js";
import { keepFocus } from "./focus.js";
import { icon } from "./icons.js";
import { author, avatar } from "./message.js";
import { isReply } from "./store.js";

const KINDS = [
  ["Channels", "channel", "hash"],
  ["Private channels", "private", "lock"],
  ["Direct messages", "im", null],
  ["Group messages", "mpim", "people"],
];

const role = (user) => (user.is_stranger ? "other workspace" : user.is_owner ? "owner" : user.is_admin ? "admin" : user.is_restricted ? "guest" : "member");

export class Sidebar {
  constructor({ store, view, hood, onmove }) {
    Object.assign(this, { store, view, onmove });
    this.unread = new Map(); // channel id → "new" or "mention"
    this.name = h("h1", {});
    this.about = h("small", {}, "A small Slack on your machine");
    this.others = h("select", { class: "select", testid: "workspace", "aria-label": "Workspace", hidden: true, onchange: () => location.assign(this.others.value) });
    this.face = h("span", { class: "face" });
    this.whoami = h("select", { testid: "whoami", id: "whoami", onchange: () => view.become(this.whoami.value) });
    this.places = h("nav", { class: "places", "aria-label": "Conversations" });
    this.state = h("p", { class: "bot-state", role: "status", testid: "bot-state" });
    const theme = h("button", { type: "button", class: "plain", onclick: () => toggleTheme() }, icon("sun"), icon("moon"), h("span", { class: "sr" }, "Light or dark"));
    const openHood = (button) => {
      onmove(); // first, so that a phone's menu does not cover it
      hood.toggle(button);
    };
    const open = h("button", { type: "button", class: "plain hood-button", testid: "hood-button", "aria-expanded": "false", "aria-controls": "hood", onclick: (event) => openHood(event.currentTarget) }, icon("pulse"), "Under the hood");
    this.element = h("div", { class: "sidebar" }, h("div", { class: "workspace" }, this.name, this.about, this.others), h("div", { class: "you" }, this.face, h("label", { for: "whoami" }, "You are"), this.whoami), this.places, h("div", { class: "foot" }, this.state, h("div", { class: "foot-buttons" }, open, theme)));
  }

  showPeople() {
    this.name.textContent = this.store.team.name;
    this.showWorkspaces();
    document.title = `${this.store.team.name} · Threadbot sandbox`;
    const options = this.store.people().map((user) => h("option", { value: user.id, selected: user.id === this.view.me }, `${user.name} (${role(user)})`));
    this.whoami.replaceChildren(...options);
    this.whoami.value = this.view.me;
    const me = this.store.named(this.view.me);
    if (me) this.face.replaceChildren(avatar({ name: me.name, color: me.color }));
  }

  /** Each has a page of its own; where there is one alone, there is nothing to choose. */
  showWorkspaces() {
    const { workspaces, team } = this.store;
    this.about.hidden = workspaces.length > 1;
    this.others.hidden = workspaces.length < 2;
    this.others.replaceChildren(...workspaces.map(({ name, url }) => h("option", { value: url, selected: name === team.name }, name)));
  }

  showBot() {
    const { bot, live } = this.store;
    const mode = { socket: "socket", http: "HTTP" }[bot?.mode];
    const words = !live ? "The sandbox does not answer; trying again…" : bot?.connected ? `${bot.name} connected${mode ? ` (${mode})` : ""}` : `${bot?.name ?? "The bot"} is not connected`;
    this.state.dataset.state = !live ? "lost" : bot?.connected ? "on" : "off";
    this.state.textContent = words;
  }

  showPlaces() {
    const groups = KINDS.map(([label, kind, name]) => {
      const channels = this.view.visible().filter((channel) => channel.kind === kind);
      if (!channels.length) return null;
      return h("section", {}, h("h2", {}, label), h("ul", {}, channels.map((channel) => h("li", {}, this.place(channel, name)))));
    });
    keepFocus(this.places, () => this.places.replaceChildren(...groups.filter(Boolean)));
  }

  place(channel, name) {
    const here = channel.id === this.view.channel;
    const unread = here ? null : this.unread.get(channel.id);
    const go = () => {
      this.view.go({ channel: channel.id, thread: null });
      this.onmove();
    };
    const face = name ? icon(name) : this.faceOf(channel);
    const props = { type: "button", testid: `channel-${channel.id}`, class: unread ? "place unread" : "place", "aria-current": here ? "page" : null, onclick: go };
    const label = h("span", { class: "label" }, this.view.title(channel));
    const note = unread === "mention" ? h("span", { class: "count" }, "new") : unread && h("span", { class: "sr" }, "unread");
    return h("button", props, face, label, note);
  }

  faceOf(channel) {
    const other = channel.members.find((id) => id !== this.view.me);
    const message = other === this.store.bot?.user_id ? { user: other, bot_id: this.store.bot.bot_id } : { user: other };
    return avatar(author(message, this.store));
  }

  /** A new message elsewhere makes its channel bold; in a DM, or naming you, it is counted. */
  note(message) {
    const quiet = isReply(message) && message.subtype !== "thread_broadcast";
    if (message.channel === this.view.channel || message.user === this.view.me || quiet) return;
    const channel = this.store.channels.get(message.channel);
    const forMe = channel?.kind === "im" || (message.text ?? "").includes(`<@${this.view.me}>`);
    this.unread.set(message.channel, forMe ? "mention" : this.unread.get(message.channel) ?? "new");
    this.showPlaces();
  }
}

const THEME = "threadbot.sandbox.theme";

/** The system's choice holds until the button is pressed. */
export function restoreTheme() {
  const chosen = localStorage.getItem(THEME);
  if (chosen) document.documentElement.dataset.theme = chosen;
}

function toggleTheme() {
  const root = document.documentElement;
  const dark = (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem(THEME, root.dataset.theme);
}
