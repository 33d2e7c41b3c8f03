/** Where you write: Enter sends, `@` and `#` complete names, files can be attached, dropped or pasted. */

import { h } from "./dom.js";
import { giveFocus } from "./focus.js";
import { icon } from "./icons.js";
import { post } from "./store.js";
import { Suggestions } from "./suggestions.js";
import { base64 } from "./upload.js";

const MOST_BYTES = 20 * 1024 * 1024;

export class Composer {
  /** `send({text, files, broadcast})` may throw: then the text stays and the reason is shown. */
  constructor({ testid, sendTestid, label, send, store, view, inThread = false }) {
    Object.assign(this, { send, store, view, inThread, files: [], drafts: new Map() }); // drafts: place → unsent text
    this.box = h("textarea", {
      testid,
      rows: "1",
      dir: "auto",
      "aria-label": label,
      "aria-autocomplete": "list",
      oninput: () => this.changed(),
      onkeydown: (event) => this.key(event),
      onpaste: (event) => this.attach(event.clipboardData.files, event),
      onblur: () => this.suggestions.close(),
    });
    this.suggestions = new Suggestions(this.box, (kind) => this.known(kind));
    this.chosen = h("ul", { class: "chosen", "aria-label": "Attached files" });
    this.problem = h("p", { class: "problem", role: "alert" });
    this.button = h("button", { type: "submit", class: "send", testid: sendTestid, "aria-label": "Send", title: "Send (Enter)", disabled: true }, icon("send"));
    this.also = inThread && h("input", { type: "checkbox" });
    this.element = h("form", { class: "composer", onsubmit: (event) => this.submit(event), ondragover: (event) => event.preventDefault(), ondrop: (event) => this.attach(event.dataTransfer.files, event) }, this.suggestions.element, this.box, this.chosen, this.bar(), this.problem);
  }

  bar() {
    const picker = h("input", { type: "file", multiple: true, hidden: true, onchange: () => this.attach(picker.files).then(() => (picker.value = "")) });
    const attach = h("button", { type: "button", class: "plain", "aria-label": "Attach a file", title: "Attach a file", onclick: () => picker.click() }, icon("clip"));
    this.mentionButton = h("button", { type: "button", class: "plain mention-bot", onclick: () => this.mentionBot() });
    this.alsoLabel = this.also && h("label", { class: "also" }, this.also, "Also to channel");
    const hint = h("small", { class: "hint" }, h("kbd", {}, "Enter"), " sends, ", h("kbd", {}, "Shift Enter"), " new line");
    this.shortcuts = h("select", { class: "select overflow", "aria-label": "Shortcuts", title: "Shortcuts", hidden: true, onchange: () => this.useShortcut() });
    return h("div", { class: "bar" }, attach, picker, this.shortcuts, this.mentionButton, this.alsoLabel, hint, this.button);
  }

  /** Say where the text will go, and whether the bot has to be mentioned there. Each place keeps its own draft. */
  aim(place, placeholder, needsMention) {
    if (place !== this.place) {
      if (this.place !== undefined) {
        this.drafts.set(this.place, this.text);
        this.box.value = this.drafts.get(place) ?? "";
      } // else it was written before the page knew of any place: it is meant for this one
      this.place = place;
      this.problem.textContent = "";
      if (this.also) this.also.checked = false;
    }
    if (this.also) this.alsoLabel.hidden = this.store.channels.get(this.view.channel)?.kind === "im";
    this.box.placeholder = placeholder;
    this.showShortcuts();
    this.mentionButton.hidden = !needsMention;
    this.mentionButton.textContent = `Mention ${this.store.bot?.name ?? "the bot"}`;
    this.fit();
  }

  /** The app's shortcuts that belong to no message. */
  showShortcuts() {
    const known = this.store.app.shortcuts.filter((each) => each.type === "global");
    this.shortcuts.hidden = !known.length;
    this.shortcuts.replaceChildren(h("option", { value: "", hidden: true }, "⚡"), ...known.map((each) => h("option", { value: each.callback_id, title: each.description }, each.name)));
  }

  useShortcut() {
    const callback_id = this.shortcuts.value;
    this.shortcuts.value = "";
    post("shortcut", { user: this.view.me, channel: null, message_ts: null, callback_id }).catch((error) => (this.problem.textContent = error.message));
  }

  /** What can be named here: the bot first, then people; or the channels; or the app's commands. */
  known(kind) {
    if (kind === "/") return this.inThread ? [] : this.store.app.commands.map((each) => ({ name: each.command.slice(1), note: [each.usage_hint, each.description].filter(Boolean).join(" · ") }));
    if (kind === "#") return this.view.visible().filter((channel) => channel.kind === "channel" || channel.kind === "private");
    const bot = this.store.bot ? [{ id: this.store.bot.user_id, name: this.store.bot.name, note: "app" }] : [];
    return [...bot, ...this.store.people()];
  }

  get text() {
    return this.box.value;
  }

  fill(text) {
    this.box.value = text;
    giveFocus(this.box);
    this.box.setSelectionRange(text.length, text.length);
    this.changed();
  }

  mentionBot() {
    const mention = `@${this.store.bot?.name} `;
    this.fill(this.text.startsWith(mention) ? this.text : mention + this.text);
  }

  changed() {
    this.problem.textContent = "";
    this.fit();
  }

  fit() {
    this.box.style.setProperty("height", "auto");
    this.box.style.setProperty("height", `${this.box.scrollHeight}px`);
    this.button.disabled = !this.text.trim() && !this.files.length;
    this.suggestions.update();
  }

  key(event) {
    if (this.suggestions.key(event)) return;
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.element.requestSubmit();
  }

  async attach(list, event) {
    const files = [...list];
    if (!files.length) return;
    event?.preventDefault();
    for (const file of files) {
      if (file.size > MOST_BYTES) this.problem.textContent = `${file.name} is larger than 20 MB, which this small Slack does not take.`;
      else this.files.push({ name: file.name || "pasted", mimetype: file.type || "application/octet-stream", content_base64: await base64(file) });
    }
    this.showFiles();
  }

  showFiles() {
    const one = (file) => {
      const drop = () => {
        this.files = this.files.filter((each) => each !== file);
        this.showFiles();
      };
      return h("li", {}, icon("file"), file.name, h("button", { type: "button", class: "plain", "aria-label": `Remove ${file.name}`, onclick: drop }, icon("close")));
    };
    this.chosen.replaceChildren(...this.files.map(one));
    this.button.disabled = !this.text.trim() && !this.files.length;
  }

  async submit(event) {
    event.preventDefault();
    const text = this.text.trim();
    const { files } = this;
    if (!text && !files.length) return;
    this.files = [];
    this.fill("");
    this.showFiles();
    try {
      await this.send({ text, files, broadcast: this.also ? this.also.checked : false });
      if (this.also) this.also.checked = false;
    } catch (error) {
      this.fill([text, this.text].filter(Boolean).join("\n")); // with what was written since
      this.files = files;
      this.showFiles();
      this.problem.textContent = error.unanswered ? "The sandbox does not answer; your text is kept." : `Not sent: ${error.message}`;
    }
  }
}
