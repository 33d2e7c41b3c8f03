/** One small label that says where the link under the pointer, or under the focus, goes. */

import { h } from "./dom.js";

export function linkTooltip() {
  const element = h("div", { class: "tooltip", role: "tooltip", hidden: true });
  const show = (event) => {
    const link = event.target.closest?.("a[data-goes]");
    element.hidden = !link;
    if (!link) return;
    element.textContent = link.dataset.goes;
    const box = link.getBoundingClientRect();
    const left = Math.max(8, Math.min(box.left, innerWidth - element.offsetWidth - 8));
    const above = box.top - element.offsetHeight - 6;
    element.style.setProperty("left", `${left}px`);
    element.style.setProperty("top", `${above > 0 ? above : box.bottom + 6}px`);
  };
  for (const name of ["pointerover", "focusin"]) document.addEventListener(name, show);
  document.addEventListener("scroll", () => (element.hidden = true), true);
  return element;
}
