/**
 * What every text is read into, whatever markup it came in, and how it is shown.
 *
 * Inline: text{v} br code{v} strong|em|del{c} link{url,c} emoji{name} user{id} channel{id} group{id,label}
 * broadcast{range}. Blocks: p{c} heading{level,c} quote{c} pre{lang,v} rule list{ordered,start,loose,items:
 * [{task,c}]} table{align,head,rows}. `c` holds children; `task` is null, true or false.
 *
 * `names` tells who is who: `names.user(id)`, `names.channel(id)`, `names.me`.
 */

import { h, keep } from "./dom.js";
import { EMOJI } from "./emoji.js";
import { safeUrl } from "./inline.js";

const INLINE = {
  text: (node) => node.v,
  br: () => h("br"),
  code: (node) => h("code", {}, node.v),
  strong: (node, names) => h("strong", {}, inline(node.c, names)),
  em: (node, names) => h("em", {}, inline(node.c, names)),
  del: (node, names) => h("del", {}, inline(node.c, names)),
  emoji: (node) => h("span", { class: "emoji", role: "img", "aria-label": node.name }, EMOJI[node.name] ?? `:${node.name}:`),
  link: (node, names) => link(node.url, inline(node.c, names)),
  user: (node, names) => mention(`@${names.user(node.id)?.name ?? (node.label || node.id)}`, node.id === names.me && "me"),
  channel: (node, names) => mention(`#${names.channel(node.id)?.name ?? (node.label || "private-channel")}`),
  group: (node) => mention(node.label || `@${node.id}`, "wide"),
  broadcast: (node) => mention(`@${node.range}`, "wide"),
};

const BLOCK = {
  p: (node, names) => h("p", { dir: "auto" }, inline(node.c, names)),
  heading: (node, names) => h("p", { class: `heading h${node.level}`, dir: "auto", role: "heading", "aria-level": "4" }, inline(node.c, names)),
  quote: (node, names) => directed(h("blockquote", {}, node.c.map((child) => show(child, names)))),
  rule: () => h("hr"),
  pre: (node) => fence(node),
  list: (node, names) => list(node, names),
  table: (node, names) => table(node, names),
};

export function inline(nodes, names) {
  return nodes.map((node) => INLINE[node.t](node, names));
}

/** One block node as an element. */
export function show(node, names) {
  return BLOCK[node.t](node, names);
}

/** Block nodes in `parent`; those that have not changed keep their elements. */
export function showAll(parent, nodes, names) {
  return keep(parent, nodes.map((node) => [JSON.stringify(node), () => show(node, names)]));
}

const RIGHT_TO_LEFT = /^[^\p{L}]*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

/** Its own side for a quote's bar, a list's marks and a table's first column: `dir="auto"` does not look into children that have it. */
function directed(element) {
  if (RIGHT_TO_LEFT.test(element.textContent)) element.dir = "rtl";
  return element;
}

/** A link opens elsewhere and says where it goes: tooltip.js shows `data-goes` on hover and focus. The last gate. */
export function link(url, children) {
  if (!safeUrl(url)) return h("span", {}, children);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow", "data-goes": url }, children);
}

function mention(label, kind) {
  return h("span", { class: kind ? `mention ${kind}` : "mention" }, label);
}

function fence({ lang, v }) {
  const copy = (event) => {
    const button = event.currentTarget;
    const said = (word) => () => (button.textContent = word);
    navigator.clipboard.writeText(v).then(said("Copied"), said("Not allowed"));
  };
  const bar = h("div", { class: "fence-bar" }, h("span", {}, lang), h("button", { type: "button", class: "plain", onclick: copy }, "Copy"));
  return h("div", { class: "fence" }, bar, h("pre", { tabindex: "0" }, h("code", {}, v)));
}

function list(node, names) {
  const items = node.items.map((item) => {
    const body = item.c.map((child) => show(child, names));
    if (item.task === null) return h("li", {}, body);
    const box = h("input", { type: "checkbox", disabled: true, checked: item.task, "aria-label": item.task ? "done" : "to do" });
    return h("li", { class: "task" }, box, h("div", {}, body));
  });
  const props = { class: node.loose ? "loose" : null, start: node.ordered && node.start !== 1 ? String(node.start) : null };
  return directed(h(node.ordered ? "ol" : "ul", props, items));
}

function table(node, names) {
  const cell = (tag) => (content, column) => h(tag, { class: `to-${node.align[column]}`, dir: "auto" }, inline(content, names));
  const head = h("thead", {}, h("tr", {}, node.head.map(cell("th"))));
  const body = h("tbody", {}, node.rows.map((row) => h("tr", {}, row.map(cell("td")))));
  return directed(h("div", { class: "table", tabindex: "0", role: "region", "aria-label": "Table" }, h("table", {}, head, body)));
}
