/** One message as people see it: who, when, what, files, reactions, and the way into its thread. */

import { showBlocks } from "./blocks.js";
import { h, keep } from "./dom.js";
import { EMOJI } from "./emoji.js";
import { icon } from "./icons.js";
import { safeUrl } from "./inline.js";
import * as mrkdwn from "./mrkdwn.js";
import { showAll } from "./nodes.js";
import { isReply, rootOf } from "./store.js";

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

export const timeOf = (ts) => new Date(Number(ts) * 1000);
export const clock = (ts) => CLOCK.format(timeOf(ts));

/** Who a message is from, with the name and the picture that an app may choose for itself. */
export function author(message, store) {
  const user = store.named(message.user);
  const bot = Boolean(message.bot_id) || Boolean(user?.is_bot) || store.isBot(message);
  const name = message.username || user?.name || message.user || "Somebody";
  return { name, bot, own: store.isBot(message), color: user?.color, emoji: message.icons?.emoji?.replaceAll(":", ""), image: safeUrl(message.icons?.image_48 ?? "") };
}

/** A person's initial on their colour; an app's emoji or our spool. The colour is set by script, which the CSP allows. */
export function avatar(who) {
  const face = h("span", { class: who.own ? "avatar own" : "avatar", "aria-hidden": "true" });
  if (who.image) face.append(h("img", { src: who.image, alt: "", referrerpolicy: "no-referrer", onerror: (event) => event.currentTarget.replaceWith(icon("bot")) }));
  else if (who.emoji) face.append(EMOJI[who.emoji] ?? icon("bot"));
  else if (who.bot) face.append(icon("bot"));
  else face.append(who.name.slice(0, 1).toUpperCase());
  if (who.color && !who.own) face.style.setProperty("--face", `#${who.color.replace("#", "")}`);
  return face;
}

function head(message, who) {
  const title = FULL.format(timeOf(message.ts));
  const when = h("time", { datetime: timeOf(message.ts).toISOString(), title }, clock(message.ts));
  return h("header", {}, h("strong", {}, who.name), who.bot && h("span", { class: "tag" }, "app"), when, message.edited && h("small", { class: "edited" }, "(edited)"));
}

function size(bytes) {
  if (!Number.isFinite(bytes)) return "";
  return bytes < 1024 ? `${bytes} B` : bytes < 1048576 ? `${(bytes / 1024).toFixed(1)} kB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

/** Slack's address of a file, without its host: the page may be open under another name of this machine. */
function pathOf(url) {
  return URL.canParse(url ?? "") ? new URL(url).pathname : null;
}

function file(each) {
  const here = pathOf(each.url_private);
  const name = each.title || each.name || each.id;
  const about = h("span", {}, h("b", {}, name), h("small", {}, [each.pretty_type || each.mimetype, size(each.size)].filter(Boolean).join(" · ")));
  const card = h("a", { class: "file", href: here, target: "_blank", rel: "noopener" }, icon("file"), about);
  if (!isPicture(each)) return card;
  const preview = h("img", { src: here, alt: each.alt_txt || name, class: "preview", onerror: () => preview.remove() });
  return h("div", { class: "picture" }, preview, card);
}

const isPicture = (each) => Boolean(each.mimetype?.startsWith("image/"));

/** Cards in one row, and pictures in another, each above its card. */
function filesOf(files) {
  const row = (kind, wanted) => wanted.length > 0 && h("div", { class: `file-row ${kind}` }, wanted.map(file));
  return h("div", { class: "files" }, row("cards", files.filter((each) => !isPicture(each))), row("pictures", files.filter(isPicture)));
}

function reactions(message) {
  return h("div", { class: "reactions" }, message.reactions.map((each) => h("span", { class: "reaction", title: `:${each.name}:` }, EMOJI[each.name] ?? `:${each.name}:`, " ", String(each.count))));
}

function teaser(message, context) {
  const { store } = context;
  const replies = store.thread(message.channel, message.ts).filter(isReply);
  const status = store.status(message.channel, message.ts);
  if (!replies.length && !status) return null;
  const faces = [...new Map(replies.map((reply) => [reply.bot_id ?? reply.user, reply])).values()].slice(0, 4);
  const count = replies.length === 1 ? "1 reply" : `${replies.length} replies`;
  const words = replies.length ? [h("b", {}, count), h("small", {}, `last at ${clock(replies.at(-1).ts)}`)] : [h("small", {}, `${store.bot?.name ?? "The bot"} ${status}`)];
  const open = (event) => context.openThread(message, event.currentTarget);
  return h("button", { type: "button", class: "teaser", onclick: open }, faces.map((reply) => avatar(author(reply, store))), words);
}

/** What can be done with a message; shown on hover and on focus. With a private note, which Slack keeps nowhere, nothing. */
function tools(message, context) {
  if (message.ephemeral) return h("div", { class: "tools" });
  const mine = message.user === context.view.me && !message.bot_id;
  const one = (label, name, run) => h("button", { type: "button", class: "plain", title: label, "aria-label": label, onclick: run }, icon(name));
  return h(
    "div",
    { class: "tools" },
    context.inThread || one("Reply in thread", "reply", (event) => context.openThread(message, event.currentTarget)),
    ...context.store.app.shortcuts.filter((each) => each.type === "message").map((each) => h("button", { type: "button", class: "plain shortcut", title: each.description, onclick: () => context.shortcut(message, each) }, each.name)),
    one("Copy link", "link", () => context.copyLink(message)),
    mine && one("Edit", "pencil", (event) => context.edit(message, event.currentTarget.closest(".message"))),
    mine && one("Delete", "trash", () => context.remove(message)),
  );
}

/** The words: blocks where there are any, else the text; both as far as they have come. */
function body(element, message, context) {
  const act = { names: context.view.names, press: (what) => context.press(message, what), people: () => context.store.people(), channels: () => context.view.visible(), suggest: (what) => context.suggest(message, what) };
  const growing = message.streaming_state === "in_progress";
  const system = /^(channel|group)_(join|leave|topic|purpose|name)$/.test(message.subtype ?? "");
  element.className = ["body", growing && "growing", system && "quiet"].filter(Boolean).join(" ");
  if (message.blocks?.length) return showBlocks(element, message.blocks, act);
  const prose = element.firstElementChild?.className === "prose" ? element.firstElementChild : h("div", { class: "prose" });
  if (prose.parentElement !== element) element.replaceChildren(prose);
  while (element.children.length > 1) element.lastElementChild.remove();
  return showAll(prose, mrkdwn.read(message.text ?? ""), act.names);
}

/** Show `message` in its list item, keeping what has not changed. */
export function showMessage(item, message, context) {
  if (message.subtype === "tombstone") {
    item.replaceChildren(h("p", { class: "gone" }, "This message was deleted."), ...[teaserOf(message, context)].filter(Boolean));
    return;
  }
  const who = author(message, context.store);
  let words = item.querySelector(":scope > .content > .body");
  if (!words) {
    words = h("div", { class: "body" });
    item.replaceChildren(avatar(who), h("div", { class: "content" }, h("div", { class: "top" }), words, h("div", { class: "below" })), tools(message, context));
  }
  const note = [message.ephemeral && "Only visible to you", message.subtype === "thread_broadcast" && context.inThread !== true && "Replied to a thread"].filter(Boolean);
  const part = (name) => words.parentElement.querySelector(`:scope > .${name}`);
  keep(part("top"), [
    ...note.map((text) => [text, () => h("small", { class: "note" }, text)]),
    [`${who.name} ${message.ts} ${Boolean(message.edited)}`, () => head(message, who)],
  ]);
  body(words, message, context);
  showBelow(part("below"), message, context);
}

function showBelow(element, message, context) {
  const { files } = message;
  const attached = files?.length ? [[`files ${files.map((each) => each.id)}`, () => filesOf(files)]] : [];
  const reacted = message.reactions?.length ? [[JSON.stringify(message.reactions), () => reactions(message)]] : [];
  const thread = teaserOf(message, context);
  keep(element, [
    ...attached,
    ...reacted,
    ...(thread ? [[`thread ${thread.textContent}`, () => thread]] : []),
  ]);
}

/** In the channel only, and not for what is gone on reload. */
function teaserOf(message, context) {
  if (context.inThread || message.ephemeral) return null;
  if (isReply(message)) return h("button", { type: "button", class: "teaser", onclick: (event) => context.openThread(message, event.currentTarget) }, h("b", {}, "View thread"));
  return rootOf(message) === message.ts ? teaser(message, context) : null;
}
