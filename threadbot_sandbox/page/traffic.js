/** One line of the traffic between bot and Slack; opened, it shows all that was said. */

import { h } from "./dom.js";

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hour12: false });
const GIST = 90;
const texts = new WeakMap(); // entry → everything in it, in small letters

export const nameOf = (entry) => entry.method ?? entry.type ?? entry.kind;

/** Whether it went as it should. */
export const went = (entry) => (entry.what === "call" ? entry.ok : entry.outcome === "acked");

export function textOf(entry) {
  if (!texts.has(entry)) texts.set(entry, JSON.stringify([entry.error, entry.outcome, entry.args, entry.answer, entry.payload]).toLowerCase());
  return texts.get(entry);
}

/** Slack takes blocks and the like as a string of JSON; here they are read. */
function read(args) {
  const value = (given) => {
    if (typeof given !== "string" || !/^[[{]/.test(given)) return given;
    try {
      return JSON.parse(given);
    } catch {
      return given;
    }
  };
  return Object.fromEntries(Object.entries(args ?? {}).map(([name, given]) => [name, value(given)]));
}

/** Where, and the first words of what. */
function gist(entry, names) {
  const said = entry.what === "call" ? read(entry.args) : entry.payload?.event ?? entry.payload ?? {};
  const id = said.channel?.id ?? said.channel ?? said.channel_id;
  const place = typeof id === "string" ? names.channel(id) : null;
  const who = names.user(said.user?.id ?? said.user ?? said.user_id)?.name;
  const block = [...(said.blocks ?? []), ...(said.chunks ?? [])].find((each) => typeof each.text === "string" || each.text?.text);
  const words = said.markdown_text ?? said.text ?? block?.text?.text ?? block?.text ?? said.actions?.[0]?.action_id ?? said.callback_id ?? said.status ?? "";
  const text = String(words).replace(/\s+/g, " ").slice(0, GIST);
  return [place && (place.kind === "im" ? `DM ${place.name}` : `#${place.name}`), who, text && `“${text}”`].filter(Boolean).join(" · ");
}

function part(title, value) {
  if (value === undefined || value === null || (typeof value === "object" && !Object.keys(value).length)) return null;
  return h("div", {}, h("h4", {}, title), h("pre", { tabindex: "0" }, JSON.stringify(value, null, 2)));
}

function all(entry) {
  if (entry.what === "call") return [part("The bot sent", read(entry.args)), part("Slack answered", entry.answer)];
  return [part("Slack sent", entry.payload), part("The bot answered", entry.answer)];
}

function outcome(entry) {
  if (entry.what !== "call") return entry.outcome;
  return entry.ok ? "ok" : `${entry.error ?? entry.status}${entry.retry_after ? `, again in ${entry.retry_after} s` : ""}`;
}

export function row(entry, names) {
  const call = entry.what === "call";
  const more = [call && `${Math.round(entry.ms)} ms`, entry.retry && `retry ${entry.retry}`].filter(Boolean).join(", ");
  const line = h(
    "summary",
    {},
    h("time", {}, TIME.format(new Date(entry.at * 1000))),
    h("span", { class: "way", title: call ? "the bot calls Slack" : "Slack tells the bot" }, call ? "→" : "←"),
    h("b", {}, nameOf(entry)),
    h("span", { class: went(entry) ? "good" : "bad" }, outcome(entry)),
    h("small", {}, more),
    h("span", { class: "gist" }, gist(entry, names)),
  );
  const body = h("div", { class: "said" });
  const opened = (event) => event.currentTarget.open && !body.children.length && body.append(...all(entry).filter(Boolean));
  return h("li", {}, h("details", { ontoggle: opened }, line, body));
}
