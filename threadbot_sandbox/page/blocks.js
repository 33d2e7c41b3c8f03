/** Block Kit as elements: what an app put into a message, a modal or its Home tab. */

import { chart } from "./chart.js";
import { control } from "./controls.js";
import { dataTable } from "./datatable.js";
import { h, keep } from "./dom.js";
import { inline, link, show, showAll } from "./nodes.js";
import * as markdown from "./markdown.js";
import * as mrkdwn from "./mrkdwn.js";
import * as richtext from "./richtext.js";

/** A text object: `mrkdwn` is read, `plain_text` is only words and emoji. */
export function words(object, names) {
  if (!object) return [];
  if (object.type === "mrkdwn") return mrkdwn.read(object.text ?? "").map((node) => show(node, names));
  return [h("span", { dir: "auto" }, plainText(object.text ?? "", names))];
}

function plainText(text, names) {
  const nodes = text.split(/(:[a-z0-9_+-]+:)/).map((part, index) => (index % 2 ? { t: "emoji", name: part.slice(1, -1) } : { t: "text", v: part }));
  return inline(nodes, names);
}

/** Only pictures that the sandbox itself serves are loaded: the page asks nothing of the network. */
function picture(url, alt) {
  const own = URL.canParse(url ?? "") && new URL(url).origin === location.origin;
  const local = own || url?.startsWith("data:image/");
  if (local) return h("img", { src: url, alt, loading: "lazy" });
  return h("p", { class: "quiet" }, "Picture, not loaded here: ", link(url ?? "", alt || url));
}

const SHOWN = {
  markdown: (block, act) => showAll(h("div", { class: "prose" }), markdown.read(block.text ?? ""), act.names),
  rich_text: (block, act) => showAll(h("div", { class: "prose" }), richtext.read(block), act.names),
  header: (block, act) => h("p", { class: "heading h1", dir: "auto", role: "heading", "aria-level": "4" }, words(block.text, act.names)),
  divider: () => h("hr"),
  section: (block, act) => section(block, act),
  context: (block, act) => context(block, act),
  image: (block) => h("figure", {}, block.title && h("figcaption", {}, block.title.text), picture(block.image_url, block.alt_text)),
  actions: (block, act) => h("div", { class: "actions" }, block.elements.map((element) => control(element, block, act))),
  context_actions: (block, act) => h("div", { class: "actions quiet" }, block.elements.map((element) => control(element, block, act))),
  table: (block, act) => show(table(block), act.names),
  data_table: (block, act) => dataTable(block, act.names),
  data_visualization: (block) => chart(block),
  input: (block, act) => input(block, act),
  task_card: (block) => taskCard(block),
  plan: (block) => h("p", { class: "heading", role: "heading", "aria-level": "4" }, block.title),
  file: (block) => h("p", { class: "quiet" }, `File ${block.external_id ?? ""}`),
};

/** One block. A kind that the page does not know is named, never silently lost. */
function showBlock(block, act) {
  return SHOWN[block.type]?.(block, act) ?? h("p", { class: "quiet" }, `[a ${block.type} block, which this page does not draw]`);
}

/** Blocks in `parent`; a block that only grew keeps the paragraphs that it already had. */
export function showBlocks(parent, blocks, act) {
  const growing = (block, index) => {
    const old = parent.children[index];
    if (block.type !== "markdown" || old?.partType !== "markdown") return;
    showAll(old, markdown.read(block.text ?? ""), act.names);
    old.partKey = JSON.stringify(block);
  };
  blocks.forEach(growing);
  const make = (block) => () => Object.assign(showBlock(block, act), { partType: block.type });
  return keep(parent, blocks.map((block) => [JSON.stringify(block), make(block)]));
}

const MARKS = { pending: "○", in_progress: "◔", complete: "✓", error: "✕" };

/** A step of a longer task. */
function taskCard({ title, status, details, output }) {
  const more = [details, output].filter(Boolean).join(" · ");
  return h("div", { class: "task-card", "data-status": status }, h("span", { class: "mark", role: "img", "aria-label": status ?? "pending" }, MARKS[status] ?? MARKS.pending), h("span", {}, title), more && h("small", {}, more));
}

function section(block, act) {
  const body = h("div", { class: "prose" }, words(block.text, act.names));
  if (block.fields) body.append(h("div", { class: "fields" }, block.fields.map((field) => h("div", {}, words(field, act.names)))));
  const beside = block.accessory?.type === "image" ? picture(block.accessory.image_url, block.accessory.alt_text) : block.accessory && control(block.accessory, block, act);
  return h("div", { class: "section" }, body, beside && h("div", { class: "accessory" }, beside));
}

function context(block, act) {
  const parts = (block.elements ?? []).map((element) => {
    if (element.type === "image") return picture(element.image_url, element.alt_text);
    return h("span", {}, words(element, act.names));
  });
  return h("div", { class: "context", testid: "footer" }, parts);
}

/** Slack's table block: the first row is the head, cells are `raw_text`, `raw_number` or `rich_text`. */
function table(block) {
  const cell = (item) => (item.type === "rich_text" ? richtext.readCell(item) : [{ t: "text", v: String(item.text ?? item.value ?? "") }]);
  const [head = [], ...rows] = (block.rows ?? []).map((row) => row.map(cell));
  const align = head.map((_, column) => block.column_settings?.[column]?.align ?? "left");
  return { t: "table", align, head, rows };
}

/** A question of a modal: a label around its field, or a group of boxes. `data-block` finds it when it is sent. */
function input(block, act) {
  const boxes = block.element?.type === "checkboxes" || block.element?.type === "radio_buttons";
  const hint = block.hint && h("small", { class: "quiet" }, block.hint.text);
  const optional = block.optional && h("small", { class: "quiet" }, " (optional)");
  const title = h(boxes ? "legend" : "span", { class: "question" }, block.label?.text, optional);
  const wrong = h("small", { class: "problem", role: "alert" });
  return h(boxes ? "fieldset" : "label", { class: "field", "data-block": block.block_id }, title, control(block.element, block, act), hint, wrong);
}
