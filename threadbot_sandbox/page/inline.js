/** What Markdown and mrkdwn share inside a line: Slack's <tags>, bare links, emoji, and the pairing of emphasis marks. */

import { EMOJI } from "./emoji.js";

const MAX_RUN = 16; // a longer run of marks is decoration, not emphasis
const MAX_OPEN = 64; // bounds both the search for an opener and the depth of what is nested

/** Only these can be clicked. A relative address has no meaning in a message, and `javascript:` has too much. */
export function safeUrl(url) {
  return /^(https?:\/\/|mailto:)/i.test(url) ? url : null;
}

const ESCAPES = { amp: "&", lt: "<", gt: ">" };

/** Slack's three escapes undone; markdown-inline.js knows the rest of HTML's. */
export function decode(text) {
  return text.replace(/&(amp|lt|gt);/g, (_, name) => ESCAPES[name]);
}

/** What stands in `<…>` by Slack's rules (a mention, a channel, a broadcast, a link), or null. */
export function slackTag(body) {
  const bar = body.indexOf("|");
  const target = bar < 0 ? body : body.slice(0, bar);
  const label = bar < 0 ? "" : decode(body.slice(bar + 1));
  if (/^@[UWB][A-Z0-9]+$/.test(target)) return { t: "user", id: target.slice(1), label };
  if (/^#[CGD][A-Z0-9]+$/.test(target)) return { t: "channel", id: target.slice(1), label };
  if (/^!(here|channel|everyone)$/.test(target)) return { t: "broadcast", range: target.slice(1) };
  if (target.startsWith("!subteam^")) return { t: "group", id: target.slice(9), label };
  if (target.startsWith("!date^")) return { t: "text", v: label };
  const url = safeUrl(decode(target));
  return url ? { t: "link", url, c: [{ t: "text", v: label || url.replace(/^mailto:/, "") }] } : null;
}

const TAG = /<([^<>\n]{1,3000})>/y;
const SHORTCODE = /:([a-z0-9_+-]{1,60}):/y;
const BARE = /https?:\/\/[^\s<>[\]`]+/iy;

function match(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** A bare address ends before the punctuation of the sentence around it, and before a bracket it did not open. */
function trimmed(url) {
  let end = url.length;
  while (end > 8) {
    const last = url[end - 1];
    const unopened = last === ")" && !url.slice(0, end - 1).includes("(");
    if (!unopened && !/[.,;:!?'"*_~\]|]/.test(last)) break;
    end -= 1;
  }
  return url.slice(0, end);
}

/** The tag, emoji or bare link that starts at `at`, as `{node, end}`; null when it is ordinary text. */
export function special(text, at) {
  const char = text[at];
  if (char === "<") {
    const found = match(TAG, text, at);
    const node = found && slackTag(found[1]);
    return node ? { node, end: at + found[0].length } : null;
  }
  if (char === ":") {
    const found = match(SHORTCODE, text, at);
    if (!found || !EMOJI[found[1]]) return null;
    return { node: { t: "emoji", name: found[1] }, end: at + found[0].length };
  }
  if ((char === "h" || char === "H") && !/\w/.test(text[at - 1] ?? "")) {
    const found = match(BARE, text, at);
    if (!found) return null;
    const url = trimmed(found[0]);
    return { node: { t: "link", url: decode(url), c: [{ t: "text", v: decode(url) }] }, end: at + url.length };
  }
  return null;
}

/** Collects text and nodes in order; neighbouring text becomes one node, unless it is `fixed`. */
export class Line {
  items = [];
  text(v) {
    const last = this.items.at(-1);
    if (last?.t === "text" && !last.fixed) last.v += v;
    else this.items.push({ t: "text", v });
  }
  push(node) {
    this.items.push(node);
  }
}

const asText = (item) => (item.mark ? { t: "text", v: item.mark.repeat(item.n) } : item);

/**
 * Pair the marks in a line: items `{mark, n, opens, closes}` become nodes or fall back to text.
 * `pair(opener, closer)` says what two runs make together: `{t, use}`, or null if they do not match.
 * This is CommonMark's algorithm with one stack.
 */
export function emphasise(items, pair) {
  const out = [];
  const open = []; // positions in `out` of runs that may still be closed
  for (const item of items) {
    if (!item.mark) {
      out.push(item);
      continue;
    }
    const run = { ...item };
    while (run.closes && run.n > 0) {
      let depth = open.length - 1;
      let made = null;
      while (depth >= 0 && !(made = pair(out[open[depth]], run))) depth -= 1;
      if (!made) break;
      const at = open[depth];
      const inner = out.splice(at + 1).map(asText);
      open.length = depth + 1;
      const opener = out[at];
      opener.n -= made.use;
      run.n -= made.use;
      if (opener.n === 0) {
        out.pop();
        open.pop();
      }
      out.push({ t: made.t, c: inner });
    }
    if (run.n === 0) continue;
    if (run.opens && open.length < MAX_OPEN && run.n <= MAX_RUN) open.push(out.length);
    out.push(run);
  }
  return out.map(asText);
}
