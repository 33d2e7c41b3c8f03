/** One paragraph of Markdown read into inline nodes: code, links, emphasis, escapes, and what inline.js knows. */

import { Line, emphasise, safeUrl, special } from "./inline.js";

const PLAIN = /[^\\`<![\]*_~:hH\n&]+/y;
const DESTINATION = /\(\s*(?:<([^<>\n]*)>|((?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.)*\))*))(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)/y;
const ESCAPABLE = /[!-/:-@[-`{-~]/;
const PUNCTUATION = /[\p{P}\p{S}]/u;
const ENTITY = /&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[a-zA-Z][a-zA-Z\d]{1,31});/y;
const MAIL = /<([\w.+-]+@[\w-]+(?:\.[\w-]+)+)>/y;

export function readInline(text) {
  return new Reader(text).read();
}

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.line = new Line();
    this.brackets = []; // where in the line's items each `[` stands
    this.missing = new Set(); // lengths of backtick runs that are never closed
  }

  read() {
    while (this.at < this.text.length) this.step();
    return emphasise(this.line.items, pair);
  }

  step() {
    const plain = this.match(PLAIN);
    if (plain) return this.add(plain[0], plain[0].length);
    const char = this.text[this.at];
    const found = special(this.text, this.at);
    if (found) {
      this.line.push(found.node);
      this.at = found.end;
      return undefined;
    }
    if (char === "\\") return this.escape();
    if (char === "`") return this.code();
    if (char === "\n") return this.node({ t: "br" }, 1);
    if (char === "[") return this.open(1);
    if (char === "!" && this.text[this.at + 1] === "[") return this.open(2);
    if (char === "]") return this.close();
    if ("*_~".includes(char)) return this.mark(char);
    if (char === "&") return this.entity();
    const mail = char === "<" && this.match(MAIL);
    if (mail) return this.node({ t: "link", url: `mailto:${mail[1]}`, c: [{ t: "text", v: mail[1] }] }, mail[0].length);
    return this.add(char, 1);
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text);
  }

  add(v, width) {
    this.line.text(v);
    this.at += width;
  }

  node(node, width) {
    this.line.push(node);
    this.at += width;
  }

  escape() {
    const next = this.text[this.at + 1] ?? "";
    if (next === "\n") this.node({ t: "br" }, 2);
    else if (ESCAPABLE.test(next)) this.add(next, 2);
    else this.add("\\", 1);
  }

  entity() {
    const found = this.match(ENTITY)?.[0];
    this.add(found ? entity(found) : "&", found?.length ?? 1);
  }

  code() {
    const marks = this.run("`");
    const end = this.missing.has(marks) ? -1 : this.closing(marks);
    if (end < 0) {
      this.missing.add(marks);
      return this.add("`".repeat(marks), marks);
    }
    const inner = this.text.slice(this.at + marks, end).replaceAll("\n", " ");
    const padded = /^ .* $/.test(inner) && inner.trim();
    this.line.push({ t: "code", v: padded ? inner.slice(1, -1) : inner });
    this.at = end + marks;
    return undefined;
  }

  run(char) {
    let end = this.at;
    while (this.text[end] === char) end += 1;
    return end - this.at;
  }

  closing(marks) {
    const runs = /`+/g;
    runs.lastIndex = this.at + marks;
    for (let found = runs.exec(this.text); found; found = runs.exec(this.text)) {
      if (found[0].length === marks) return found.index;
    }
    return -1;
  }

  open(width) {
    this.brackets.push(this.line.items.length);
    this.node({ t: "text", v: this.text.slice(this.at, this.at + width), fixed: true }, width);
  }

  /** `]` ends a link's label if an address follows; the label holds no other link. An image becomes a link to it. */
  close() {
    this.at += 1;
    const start = this.brackets.pop();
    const found = start === undefined ? null : this.match(DESTINATION);
    if (!found) return this.line.text("]");
    const written = (found[1] ?? found[2]).replace(/\\([!-/:-@[-`{-~])/g, "$1").replace(new RegExp(ENTITY, "g"), entity);
    const label = emphasise(this.line.items.splice(start + 1).map(unlinked).flat(), pair);
    this.line.items.pop();
    this.at += found[0].length;
    const url = safeUrl(written);
    if (url) this.line.push({ t: "link", url, c: label.length ? label : [{ t: "text", v: url }] });
    else {
      label.forEach((node) => this.line.push(node));
      this.line.text(` (${written})`);
    }
    return undefined;
  }

  mark(char) {
    const n = this.run(char);
    const before = this.text[this.at - 1] ?? " ";
    const after = this.text[this.at + n] ?? " ";
    const left = !/\s/.test(after) && (!PUNCTUATION.test(after) || /\s/.test(before) || PUNCTUATION.test(before));
    const right = !/\s/.test(before) && (!PUNCTUATION.test(before) || /\s/.test(after) || PUNCTUATION.test(after));
    const inner = char === "_" && left && right; // snake_case is not emphasis
    const opens = left && (!inner || PUNCTUATION.test(before));
    const closes = right && (!inner || PUNCTUATION.test(after));
    this.node({ mark: char, n, length: n, opens, closes }, n);
  }
}

/** What `&name;` or `&#n;` stands for; by its name, only the browser knows all of them. */
function entity(written) {
  if (written[1] !== "#") return new DOMParser().parseFromString(written, "text/html").body.textContent;
  const code = Number(written.slice(2, -1).replace(/^x/i, "0x"));
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : "\ufffd";
}

const unlinked = (node) => (node.t === "link" ? node.c : node);

function pair(opener, closer) {
  if (opener.mark !== closer.mark) return null;
  if (closer.mark === "~") return opener.n === closer.n && closer.n <= 2 ? { t: "del", use: closer.n } : null;
  const both = (opener.opens && opener.closes) || (closer.opens && closer.closes);
  const thirds = (opener.length + closer.length) % 3 === 0 && opener.length % 3 !== 0;
  if (both && thirds) return null; // CommonMark's rule of three
  return opener.n > 1 && closer.n > 1 ? { t: "strong", use: 2 } : { t: "em", use: 1 };
}
