/**
 * Markdown, as language models write it, read into nodes; see nodes.js for their shapes.
 *
 * CommonMark with GitHub's tables, task lists and strikethrough, and Slack's <tags>. Left out: indented
 * code (models fence theirs), reference links, and HTML, which is shown as the text that it is. A line
 * break stays a line break, as in a chat. Half a document reads well too, since answers arrive piecemeal.
 */

import { readInline } from "./markdown-inline.js";

const MAX_DEPTH = 12;
const FENCE = /^( *)(`{3,}|~{3,})([^`]*)$/;
const HEADING = /^ {0,3}(#{1,6})(?:[ \t]+(.*))?$/;
const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)])(?: +(.*)|)$/;
const UNDERLINE = /^ {0,3}(=+|-+)[ \t]*$/;
const DELIMITERS = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

const blank = (line) => line.trim() === "";
const indentOf = (line) => line.length - line.trimStart().length;

/** Text to block nodes. */
export function read(text) {
  return blocks(text.replace(/\r\n?/g, "\n").replace(/\t/g, "    ").split("\n"), 0);
}

function blocks(lines, depth) {
  const nodes = [];
  let at = 0;
  while (at < lines.length) {
    if (blank(lines[at])) {
      at += 1;
      continue;
    }
    const [node, next] = block(lines, at, depth);
    nodes.push(node);
    at = next;
  }
  return nodes;
}

/** The block that starts at line `at`, and where the next one may start. */
function block(lines, at, depth) {
  const line = lines[at];
  if (FENCE.test(line)) return fence(lines, at);
  const heading = HEADING.exec(line);
  if (heading) {
    const title = (heading[2] ?? "").trim().replace(/(^|\s)#+$/, "");
    return [{ t: "heading", level: heading[1].length, c: readInline(title) }, at + 1];
  }
  if (RULE.test(line)) return [{ t: "rule" }, at + 1];
  if (depth < MAX_DEPTH) {
    if (QUOTE.test(line)) return quote(lines, at, depth);
    if (ITEM.test(line)) return list(lines, at, depth);
  }
  if (startsTable(lines, at)) return table(lines, at);
  return paragraph(lines, at);
}

function fence(lines, at) {
  const [, indent, marks, info] = FENCE.exec(lines[at]);
  const body = [];
  let next = at + 1;
  for (; next < lines.length; next += 1) {
    const closing = lines[next].trim();
    if (closing.length >= marks.length && closing === marks[0].repeat(closing.length)) break;
    body.push(lines[next].slice(Math.min(indent.length, indentOf(lines[next]))));
  }
  return [{ t: "pre", lang: info.trim().split(/\s/)[0], v: body.join("\n") }, next + 1];
}

function quote(lines, at, depth) {
  const body = [];
  let next = at;
  for (; next < lines.length; next += 1) {
    const line = lines[next];
    if (QUOTE.test(line)) body.push(line.replace(QUOTE, ""));
    else if (blank(line) || interrupts(line) || blank(body.at(-1))) break;
    else body.push(line); // a lazy line goes on with the quoted paragraph
  }
  return [{ t: "quote", c: blocks(body, depth + 1) }, next];
}

/** Does this line end the paragraph before it? */
function interrupts(line) {
  if (FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line)) return true;
  const item = ITEM.exec(line);
  return Boolean(item && item[3] && (!/\d/.test(item[2]) || /^1[.)]$/.test(item[2])));
}

function list(lines, at, depth) {
  const first = ITEM.exec(lines[at]);
  const kind = first[2].at(-1);
  const node = { t: "list", ordered: /\d/.test(first[2]), start: parseInt(first[2], 10) || 0, loose: false, items: [] };
  let next = at;
  while (next < lines.length) {
    const found = ITEM.exec(lines[next]);
    if (!found || found[2].at(-1) !== kind || RULE.test(lines[next])) break;
    const [body, end] = itemBody(lines, next, found);
    node.items.push(item(body, depth));
    const tail = end > next && blank(lines[end - 1]);
    next = end;
    if (tail && next < lines.length && ITEM.exec(lines[next])?.[2].at(-1) === kind) node.loose = true;
  }
  return [node, next];
}

/** Two spaces are enough to belong to an item, whatever its number's width: models are not exact here. */
function itemBody(lines, at, [, indent, marker, content]) {
  const inner = indent.length + marker.length + 1;
  const enough = Math.min(inner, indent.length + 2);
  const body = [content ?? ""];
  let next = at + 1;
  for (; next < lines.length; next += 1) {
    const line = lines[next];
    const depth = indentOf(line);
    if (blank(line)) body.push("");
    else if (depth >= enough) body.push(line.slice(Math.min(inner, depth)));
    else if (blank(body.at(-1)) || interrupts(line) || ITEM.test(line)) break;
    else body.push(line);
  }
  return [body, next];
}

function item(body, depth) {
  const task = /^\[([ xX])\] +/.exec(body[0]);
  const lines = task ? [body[0].slice(task[0].length), ...body.slice(1)] : body;
  return { task: task ? task[1] !== " " : null, c: blocks(lines, depth + 1) };
}

function cells(line) {
  const row = line.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "");
  return row.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function startsTable(lines, at) {
  const next = lines[at + 1];
  if (next === undefined || !lines[at].includes("|") || !next.includes("-") || !DELIMITERS.test(next)) return false;
  return cells(lines[at]).length === cells(next).length;
}

function table(lines, at) {
  const head = cells(lines[at]);
  const align = cells(lines[at + 1]).map((rule) => {
    if (!rule.endsWith(":")) return "left";
    return rule.startsWith(":") ? "center" : "right";
  });
  const rows = [];
  let next = at + 2;
  for (; next < lines.length && !blank(lines[next]) && !interrupts(lines[next]); next += 1) {
    const row = cells(lines[next]);
    rows.push(head.map((_, column) => readInline(row[column] ?? "")));
  }
  return [{ t: "table", align, head: head.map(readInline), rows }, next];
}

function paragraph(lines, at) {
  const body = [lines[at].trimStart()];
  let next = at + 1;
  for (; next < lines.length; next += 1) {
    const line = lines[next];
    const underline = UNDERLINE.exec(line);
    if (underline) return [{ t: "heading", level: underline[1][0] === "=" ? 1 : 2, c: readInline(body.join("\n")) }, next + 1];
    if (blank(line) || interrupts(line) || startsTable(lines, next)) break;
    body.push(line.trimStart());
  }
  return [{ t: "p", c: readInline(body.join("\n").trimEnd()) }, next];
}
