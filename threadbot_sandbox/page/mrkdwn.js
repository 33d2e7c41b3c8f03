/** Slack's own markup (the `text` of a message, mrkdwn objects) read into nodes; see nodes.js for their shapes. */

import { Line, decode, emphasise, special } from "./inline.js";

const KINDS = { "*": "strong", _: "em", "~": "del" };
const WORD = /[\p{L}\p{N}]/u;

/** One line or more, without fences and quotes; a line break stays one. */
export function readInline(text) {
  const line = new Line();
  let at = 0;
  while (at < text.length) {
    const found = special(text, at);
    if (found) {
      line.push(found.node);
      at = found.end;
      continue;
    }
    const char = text[at];
    if (char === "\n") line.push({ t: "br" });
    else if (char === "`") {
      const end = text.indexOf("`", at + 1);
      const code = end > at + 1 ? text.slice(at + 1, end) : "";
      if (code && !code.includes("\n")) {
        line.push({ t: "code", v: decode(code) });
        at = end + 1;
        continue;
      }
      line.text(char);
    } else if (char in KINDS) line.push(mark(text, at));
    else line.text(char);
    at += 1;
  }
  return emphasise(line.items, pair).map((node) => (node.t === "text" ? { ...node, v: decode(node.v) } : decoded(node)));
}

function decoded(node) {
  if (node.t === "text") return { ...node, v: decode(node.v) };
  return node.c && node.t !== "link" ? { ...node, c: node.c.map(decoded) } : node;
}

/** Marks stand at the edges of words: `snake_case` and `2 * 3` are plain text. */
function mark(text, at) {
  const before = text[at - 1] ?? " ";
  const after = text[at + 1] ?? " ";
  const char = text[at];
  const alone = before !== char && after !== char;
  return {
    mark: char,
    n: 1,
    opens: alone && !/\s/.test(after) && !WORD.test(before),
    closes: alone && !/\s/.test(before) && !WORD.test(after),
  };
}

function pair(opener, closer) {
  return opener.mark === closer.mark ? { t: KINDS[closer.mark], use: 1 } : null;
}

/** A whole text: fences, quotes (`&gt;` as people's clients send it, `>` as apps do) and paragraphs. */
export function read(text) {
  return text.split(/```/).flatMap((part, index, all) => {
    const fenced = index % 2 === 1 && index < all.length - 1;
    if (fenced) return part.trim() ? [{ t: "pre", lang: "", v: decode(part.replace(/^\n|\n$/g, "")) }] : [];
    return prose(index % 2 === 1 ? "```" + part : part.replace(/^\n/, "")); // an unclosed fence is text
  });
}

function prose(text) {
  const nodes = [];
  let lines = [];
  let quoted = false;
  const close = () => {
    const body = lines.join("\n");
    if (body.trim()) {
      const p = { t: "p", c: readInline(body.replace(/\n+$/, "")) };
      nodes.push(quoted ? { t: "quote", c: [p] } : p);
    }
    lines = [];
  };
  for (const line of text.split("\n")) {
    const quote = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (Boolean(quote) !== quoted) close();
    quoted = Boolean(quote);
    lines.push(quote ? quote[1] : line);
  }
  close();
  return nodes;
}
