/** Under the hood: what the bot and Slack say to each other, and the rate limits. */

import { h, oncePerFrame } from "./dom.js";
import { icon } from "./icons.js";
import { post } from "./store.js";
import { nameOf, row, textOf, went } from "./traffic.js";

const SHOWN = {
  all: ["Everything", () => true],
  calls: ["The bot calls Slack", (entry) => entry.what === "call"],
  told: ["Slack tells the bot", (entry) => entry.what === "delivery"],
  wrong: ["What went wrong", (entry) => !went(entry)],
};

export class Hood {
  constructor(store, names) {
    Object.assign(this, { store, names });
    this.rows = h("ol", { class: "traffic", tabindex: "0", "aria-label": "Traffic, newest last" });
    this.meters = h("div", { class: "meters" });
    this.count = h("small", { class: "quiet", role: "status" });
    this.enabled = h("input", { type: "checkbox", role: "switch", onchange: () => this.switch() });
    this.filter = h("input", { type: "search", placeholder: "Search names, arguments, answers", "aria-label": "Search the traffic", oninput: () => this.showTraffic(true) });
    this.kind = h("select", { class: "select", "aria-label": "Which traffic", onchange: () => this.showTraffic(true) }, Object.entries(SHOWN).map(([value, [label]]) => h("option", { value }, label)));
    const close = h("button", { type: "button", class: "plain", "aria-label": "Close Under the hood", onclick: () => this.toggle() }, icon("close"));
    const head = h("header", {}, h("h2", {}, "Under the hood"), this.filter, this.kind, this.count, h("label", { class: "switch" }, this.enabled, h("span", {}, "Slack's rate limits")), close);
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
    this.refresh();
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
    const limits = await fetch("/sandbox/limits").then((reply) => (reply.ok ? reply.json() : null), () => null);
    if (limits) this.store.receive("limits", limits);
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

  found() {
    const wanted = this.filter.value.trim().toLowerCase();
    const [, fits] = SHOWN[this.kind.value];
    return this.store.traffic.filter((entry) => fits(entry) && (!wanted || nameOf(entry).toLowerCase().includes(wanted) || textOf(entry).includes(wanted)));
  }

  showTraffic(whole = false) {
    const { scrollTop, clientHeight, scrollHeight } = this.rows;
    const atEnd = whole || scrollHeight - scrollTop - clientHeight < 40;
    const rows = this.found().map((entry) => this.row(entry));
    if (whole || rows.length < this.rows.children.length || rows[0] !== this.rows.firstElementChild) this.rows.replaceChildren(...rows);
    else this.rows.append(...rows.slice(this.rows.children.length));
    if (!rows.length) this.rows.replaceChildren(h("li", { class: "quiet" }, this.store.traffic.length ? "Nothing fits." : "Nothing yet. Mention the bot and watch."));
    this.count.textContent = `${rows.length} of the last ${this.store.traffic.length}`;
    if (atEnd) this.rows.scrollTop = this.rows.scrollHeight;
  }

  row(entry) {
    if (!this.shown.has(entry)) this.shown.set(entry, row(entry, this.names()));
    return this.shown.get(entry);
  }

  showLimits() {
    const { enabled, buckets = [] } = this.store.limits;
    this.enabled.checked = enabled;
    const said = enabled ? "Calls over Slack's limits are refused, as in a real workspace." : "Not enforced: nothing is refused. Switch the limits on to see how the bot keeps Slack's pace.";
    const full = (bucket) => bucket.used / bucket.allowed;
    this.meters.replaceChildren(h("p", {}, said), ...buckets.sort((a, b) => full(b) - full(a)).map((bucket) => this.meter(bucket)));
  }

  meter({ method, used, allowed, window: seconds, refused }) {
    const [name, channel] = method.split(" ");
    const place = channel && this.names().channel(channel)?.name;
    const count = `${Math.round(used)} of ${allowed}${seconds === 1 ? " at once, then 1 a second" : ` in ${seconds} s`}`;
    return h("label", {}, h("span", {}, name, channel && ` in ${place ?? channel}`), h("meter", { min: "0", max: String(allowed), low: String(allowed * 0.7), high: String(allowed * 0.95), optimum: "0", value: String(used) }), h("small", {}, count, refused > 0 && h("b", { class: "bad" }, ` ${refused} refused`)));
  }
}
