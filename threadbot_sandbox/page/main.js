/** The page: puts the parts together and tells each what has changed. Start reading here. */

import { Announcer } from "./announcer.js";
import { Conversation } from "./conversation.js";
import { Copied } from "./copied.js";
import { Dialogs } from "./dialogs.js";
import { oncePerFrame } from "./dom.js";
import { editInPlace } from "./edit.js";
import { catchFocus, giveFocus, typeAnywhere } from "./focus.js";
import { Hood } from "./hood.js";
import { author } from "./message.js";
import { Sidebar, restoreTheme } from "./sidebar.js";
import { Store, isReply, permalink, post, rootOf } from "./store.js";
import { PHONE, Thread } from "./thread.js";
import { linkTooltip } from "./tooltip.js";
import { View } from "./view.js";

const store = new Store();
const view = new View(store);
const hood = new Hood(store, () => view.names);
const announcer = new Announcer();
const dialogs = new Dialogs(store, view);
const copied = new Copied();
const asked = new Set(); // "channel ts" of what you said and the bot has not answered: its thread opens by itself

const context = {
  store,
  view,
  openThread: (message, opener) => thread.open(message, opener),
  edit: (message, item) => editInPlace(item, message, { view, known: (kind) => conversation.composer.known(kind) }),
  copyLink: (message) => copied.copy(permalink(store.team, message)),
  remove: (message) => dialogs.remove(message),
  suggest: (message, what) => offered({ place: message.channel, message_ts: message.ts, ...what }),
  shortcut: (message, { callback_id }) => post("shortcut", { user: view.me, channel: message.channel, message_ts: message.ts, callback_id }).catch(dialogs.sayWhy),
  press: (message, what) => post("click", { user: view.me, channel: message.channel, message_ts: message.ts, ...what }).catch(dialogs.sayWhy),
};
const offered = (what) => post("suggest", { user: view.me, ...what }).then(({ options }) => options, () => []);
const menu = (open) => {
  document.body.classList.toggle("menu-open", open);
  if (open) sidebar.places.querySelector("[aria-current]")?.focus();
};
const sidebar = new Sidebar({ store, view, hood, onmove: () => menu(false) });
const conversation = new Conversation({ store, view, context, send: sendHere, openMenu: () => menu(true) });
const thread = new Thread({ store, view, context, send: reply });

async function sendHere({ text, files }) {
  await store.known;
  const command = /^(\/[a-z][\w-]*)\s*([\s\S]*)$/.exec(text);
  if (command) return post("command", { user: view.me, channel: view.channel, command: command[1], text: command[2] });
  const { channel } = view;
  const { ts } = await post("say", { user: view.me, channel, text, files });
  const said = { channel, ts };
  asked.add(`${channel} ${ts}`);
  if (store.status(channel, ts) || store.thread(channel, ts).some((message) => store.isBot(message))) answered(said);
  return said;
}

async function reply({ text, files, broadcast }) {
  if (/^\/[a-z]/.test(text)) throw new Error("slash commands do not work in threads, here as in Slack.");
  return post("say", { user: view.me, channel: view.channel, text, files, broadcast, thread_ts: view.thread });
}

/** The bot has begun to answer what you just said: show it, and go on there, unless you are busy elsewhere. */
function answered({ channel, ts }) {
  if (!asked.delete(`${channel} ${ts}`) || channel !== view.channel || thread.busy) return;
  const { box } = conversation.composer;
  const writing = Boolean(box.value.trim());
  if (writing && PHONE.matches) return; // the thread would cover what you write
  const goesOn = !writing && [box, document.body].includes(document.activeElement);
  thread.open({ ts });
  if (goesOn) giveFocus(thread.composer.box);
}

const isMine = (message) => message.user === view.me && !message.bot_id;

/** What you say yourself is scrolled to, wherever you were reading. */
function followMine(message) {
  if (message.channel !== view.channel) return;
  if (rootOf(message) === view.thread) thread.timeline.toEnd();
  if (!isReply(message) || message.subtype === "thread_broadcast") conversation.timeline.toEnd();
}

function newMessage(message) {
  const root = rootOf(message);
  if (message.channel === view.channel) {
    conversation.timeline.stale(root);
    if (root === view.thread) thread.timeline.ask();
    conversation.hints.show();
  }
  if (!isMine(message) && message.channel === view.channel) announcer.message(message, author(message, store).name);
  if (store.isBot(message) && isReply(message)) answered({ channel: message.channel, ts: root });
}

function newStatus({ channel, thread_ts: ts, status }) {
  if (channel !== view.channel) return;
  conversation.timeline.stale(ts);
  if (ts === view.thread) thread.showStatus();
  if (status) answered({ channel, ts });
}

function gone() {
  conversation.timeline.ask();
  thread.timeline.ask();
}

function everything() {
  dialogs.forget();
  const arriving = !view.me || !store.users.has(view.me);
  if (arriving) view.restore();
  sidebar.showPeople();
  sidebar.showBot();
  sidebar.showPlaces();
  conversation.reset();
  thread.reset();
  post("look", { page: store.page, user: view.me }).catch(() => undefined);
  if (arriving) catchFocus();
}

const showWho = oncePerFrame(() => {
  sidebar.showBot();
  sidebar.showPlaces();
  conversation.showHead();
});

store.on("state", everything);
store.on("message", newMessage);
store.on("arrived", (message) => {
  sidebar.note(message);
  if (isMine(message)) followMine(message);
});
store.on("ephemeral", ({ channel, user, message }) => user === view.me && channel === view.channel && announcer.message(message, author(message, store).name));
store.on("status", newStatus);
store.on("session", ({ channel, thread_ts: ts }) => channel === view.channel && ts === view.thread && thread.showStatus());
store.on("prompts app", () => conversation.showHead());
store.on("deleted ephemeral", gone);
store.on("channel bot brain live", showWho);
store.on("view", (shown) => (shown.kind === "home" ? conversation.showHead() : dialogs.modal(shown)));

view.addEventListener("moved", ({ detail }) => {
  if (detail.channel) {
    sidebar.unread.delete(view.channel);
    sidebar.showPlaces();
    conversation.reset();
  }
  if (detail.thread) thread.reset();
  if (detail.channel) conversation.goOn();
});
view.addEventListener("became", () => {
  sidebar.unread.clear();
  everything();
});
document.addEventListener("keydown", escape);
typeAnywhere();
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address holds the channel and the thread
  giveFocus(conversation.composer.box);
});

/** Closes what lies over or beside the conversation, wherever the focus is. A list that is open has taken the key itself. */
function escape(event) {
  if (event.key !== "Escape" || event.defaultPrevented || event.target.closest("dialog, select, .hood")) return;
  if (document.body.classList.contains("menu-open")) menu(false);
  else if (view.thread) thread.close();
}

restoreTheme();
sidebar.element.id = "sidebar";
document.getElementById("app").append(sidebar.element, conversation.element, thread.element, hood.element);
document.getElementById("app").querySelector(".sidebar").insertAdjacentElement("afterend", shade());
document.body.append(announcer.element, dialogs.dialog.element, dialogs.notice.element, copied.element, linkTooltip());
store.connect();

/** On a phone: what lies beside the open menu closes it. */
function shade() {
  const element = document.createElement("div");
  element.className = "shade";
  element.addEventListener("click", () => menu(false));
  return element;
}
