/** Slack's `rich_text` block, which people's own messages carry, read into nodes; see nodes.js for their shapes. */

import { safeUrl } from "./inline.js";

const STYLES = { bold: "strong", italic: "em", strike: "del" };

function styled(element, node) {
  const style = element.style ?? {};
  const core = style.code && node.t === "text" ? { t: "code", v: node.v } : node;
  return Object.entries(STYLES).reduce((inner, [name, t]) => (style[name] ? { t, c: [inner] } : inner), core);
}

const LEAVES = {
  text: (element) => String(element.text ?? "").split("\n").flatMap((v, index) => [...(index ? [{ t: "br" }] : []), { t: "text", v }]),
  user: (element) => [{ t: "user", id: element.user_id }],
  channel: (element) => [{ t: "channel", id: element.channel_id }],
  usergroup: (element) => [{ t: "group", id: element.usergroup_id, label: "" }],
  broadcast: (element) => [{ t: "broadcast", range: element.range }],
  emoji: (element) => [{ t: "emoji", name: element.name }],
  date: (element) => [{ t: "text", v: element.fallback ?? "" }],
  color: (element) => [{ t: "code", v: element.value ?? "" }],
  link: (element) => {
    const label = [{ t: "text", v: element.text || element.url }];
    return safeUrl(element.url ?? "") ? [{ t: "link", url: element.url, c: label }] : label;
  },
};

function leaves(elements = []) {
  return elements.flatMap((element) => (LEAVES[element.type]?.(element) ?? []).map((node) => styled(element, node)));
}

const plain = (elements = []) => elements.map((element) => element.text ?? element.url ?? "").join("");

/** Slack sends a nested list as a following list with a larger indent: it goes under the last item before it. */
function nest(nodes, list, indent) {
  let home = nodes;
  for (let level = 0; level < indent; level += 1) {
    const above = home.at(-1);
    if (above?.t !== "list") break;
    home = above.items.at(-1).c;
  }
  const last = home.at(-1);
  if (last?.t === "list" && last.ordered === list.ordered) last.items.push(...list.items);
  else home.push(list);
}

export function read(block) {
  const nodes = [];
  for (const part of block.elements ?? []) {
    if (part.type === "rich_text_preformatted") nodes.push({ t: "pre", lang: part.language ?? "", v: plain(part.elements) });
    else if (part.type === "rich_text_quote") nodes.push({ t: "quote", c: [{ t: "p", c: leaves(part.elements) }] });
    else if (part.type === "rich_text_list") {
      const items = (part.elements ?? []).map((item) => ({ task: null, c: [{ t: "p", c: leaves(item.elements) }] }));
      const list = { t: "list", ordered: part.style === "ordered", start: (part.offset ?? 0) + 1, loose: false, items };
      if (items.length) nest(nodes, list, part.indent ?? 0);
    } else nodes.push({ t: "p", c: leaves(part.elements) });
  }
  return nodes;
}

/** The inline nodes of a block of one line, for a table's cell. */
export function readCell(block) {
  return (block.elements ?? []).flatMap((part) => leaves(part.elements));
}
