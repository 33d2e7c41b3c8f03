/** Under the hood: what the bot and Slack say to each other, and the rate limits. */

import { h, oncePerFrame } from "./dom.js";
import { icon } from "./icons.js";
import { post } from "./store.js";

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hour12: false });

export class Hood {
  constructor(store) {
    this.store = store;
    this.rows = h("ol", { class: "traffic", tabindex: "0", "aria-label": "Traffic, newest last" });
    this.meters = h("div", { class: "meters" });
    this.enabled = h("input", { type: "checkbox", role: "switch", onchange: () => this.switch() });
    this.filter = h("input", { type: "search", placeholder: "Filter, for example chat.", "aria-label": "Filter the traffic", oninput: () => this.showTraffic(true) });
    const close = h("button", { type: "button", class: "plain", "aria-label": "Close Under the hood", onclick: () => this.toggle() }, icon("close"));
    const head = h("header", {}, h("h2", {}, "Under the hood"), this.filter, h("label", { class: "switch" }, this.enabled, h("span", {}, "Slack's rate limits")), close);
    this.element = h("section", { id: "hood", class: "hood", "aria-label": "Under the hood", testid: "hood", hidden: true }, head, h("div", { class: "hood-body" }, this.rows, this.meters));
    this.shown = new WeakMap(); // traffic entry → its row
    const ask = oncePerFrame(() => this.showTraffic());
    store.on("state call delivery", () => !this.element.hidden && ask());
    store.on("state limits call", oncePerFrame(() => !this.element.hidden && this.showLimits()));
  }

  toggle(button) {
    this.button = button ?? this.button;
    this.element.hidden = !this.element.hidden;
    this.button?.setAttribute("aria-expanded", String(!this.element.hidden));
    if (this.element.hidden) return this.giveBackFocus();
    this.showTraffic(true);
    this.showLimits();
    clearInterval(this.poll);
    this.poll = setInterval(() => this.refresh(), 2000);
    return this.filter.focus();
  }

  /** On a phone its button is in the menu, which is closed. */
  giveBackFocus() {
    this.button?.focus();
    if (document.activeElement !== this.button) document.querySelector(".menu-button")?.focus();
  }

  /** The meters fall with time, of which no event tells: they are read while someone looks. */
  async refresh() {
    if (this.element.hidden) return clearInterval(this.poll);
    if (!this.store.limits.enabled) return undefined;
    const state = await fetch("/sandbox/state").then((reply) => (reply.ok ? reply.json() : null), () => null);
    if (state) this.store.receive("limits", state.limits);
    return undefined;
  }

  async switch() {
    try {
      await post("limits", { enabled: this.enabled.checked });
      this.store.receive("limits", { enabled: this.enabled.checked });
    } catch {
      this.enabled.checked = !this.enabled.checked;
    }
  }

  showTraffic(whole = false) {
    const wanted = this.filter.value.trim().toLowerCase();
    const { scrollTop, clientHeight, scrollHeight } = this.rows;
    const atEnd = whole || scrollHeight - scrollTop - clientHeight < 40;
    const rows = this.store.traffic.filter((entry) => !wanted || nameOf(entry).toLowerCase().includes(wanted)).map((entry) => this.row(entry));
    if (whole || rows.length < this.rows.children.length || rows[0] !== this.rows.firstElementChild) this.rows.replaceChildren(...rows);
    else this.rows.append(...rows.slice(this.rows.children.length));
    if (!rows.length) this.rows.replaceChildren(h("li", { class: "quiet" }, "Nothing yet. Mention the bot and watch."));
    if (atEnd) this.rows.scrollTop = this.rows.scrollHeight;
  }

  row(entry) {
    if (!this.shown.has(entry)) this.shown.set(entry, entry.what === "call" ? call(entry) : delivery(entry));
    return this.shown.get(entry);
  }

  showLimits() {
    const { enabled, buckets = [] } = this.store.limits;
    this.enabled.checked = enabled;
    const meter = ({ method, used, allowed, window: seconds }) => h("label", {}, h("span", {}, method), h("meter", { min: "0", max: String(allowed), high: String(allowed * 0.8), optimum: "0", value: String(used) }), h("small", {}, `${Math.round(used)} of ${allowed} in ${seconds} s`));
    const said = enabled ? "Calls over Slack's limits are refused, as in a real workspace." : "Off: the bot may call as often as it likes. Switch it on to see how it keeps Slack's pace.";
    const known = buckets.filter((bucket) => bucket.used > 0);
    this.meters.replaceChildren(h("p", {}, said), ...(enabled ? known.map(meter) : []));
  }
}

const nameOf = (entry) => entry.method ?? `${entry.kind} ${entry.type ?? ""}`;

const line = (entry, way, name, good, outcome) => [h("time", {}, TIME.format(new Date(entry.at * 1000))), h("span", { class: "way", title: way === "→" ? "the bot calls Slack" : "Slack tells the bot" }, way), h("b", {}, name), h("span", { class: good ? "good" : "bad" }, outcome)];

function call(entry) {
  const waits = entry.retry_after ? `, again in ${entry.retry_after} s` : "";
  const outcome = entry.ok ? "ok" : `${entry.error ?? entry.status}${waits}`;
  const more = h("pre", {}, JSON.stringify(entry.args, null, 2));
  return h("li", {}, h("details", {}, h("summary", {}, line(entry, "→", entry.method, entry.ok, outcome), h("small", {}, `${Math.round(entry.ms)} ms`)), more));
}

function delivery(entry) {
  const retry = entry.retry ? h("small", {}, `retry ${entry.retry}`) : null;
  const good = /ack|^2\d\d|ok/i.test(entry.outcome) && !/^no/i.test(entry.outcome);
  return h("li", { class: "delivery" }, line(entry, "←", nameOf(entry), good, entry.outcome), retry);
}
