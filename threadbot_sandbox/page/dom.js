/** How the page makes elements. Text only ever becomes text nodes: nothing here parses HTML, nor anything elsewhere but the name of one entity. */

const SVG = "http://www.w3.org/2000/svg";

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "testid") element.dataset.testid = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  const present = children.flat(Infinity).filter((child) => child !== null && child !== undefined && typeof child !== "boolean");
  element.append(...present);
  return element;
}

/** `h("a", {href}, "text", child)`: `on…` props are listeners, empty ones are left out. */
export function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** The same for SVG. */
export function s(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

/**
 * Show `parts` in `parent`, keeping every element whose key has not changed, so that a text which
 * grows is not built anew at each step and a selection in its finished part survives.
 * Each part is `[key, make]`.
 */
export function keep(parent, parts) {
  parts.forEach(([key, make], index) => {
    const old = parent.children[index];
    if (old && old.partKey === key) return;
    const made = make();
    made.partKey = key;
    if (old) old.replaceWith(made);
    else parent.append(made);
  });
  while (parent.children.length > parts.length) parent.lastElementChild.remove();
  return parent;
}

/** Run `work` at most once per frame, however often it is asked for. */
export function oncePerFrame(work) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      work();
    });
  };
}
