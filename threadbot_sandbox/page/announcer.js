/** Says new messages to screen readers, politely and once each: an answer that grows is said when it rests. */

import { h } from "./dom.js";

const REST = 1500; // milliseconds without a change after which an answer is taken to be finished

export class Announcer {
  constructor() {
    this.element = h("div", { class: "sr", "aria-live": "polite", role: "log" });
    this.waiting = new Map(); // ts → timer
    this.said = new Set();
  }

  message(message, name) {
    if (this.said.has(message.ts)) return;
    clearTimeout(this.waiting.get(message.ts));
    const growing = message.streaming_state === "in_progress";
    if (growing) return;
    const say = () => {
      this.waiting.delete(message.ts);
      this.said.add(message.ts);
      this.element.append(h("p", {}, `${name}: ${message.text ?? ""}`));
      while (this.element.children.length > 5) this.element.firstElementChild.remove();
    };
    this.waiting.set(message.ts, setTimeout(say, REST));
  }
}
