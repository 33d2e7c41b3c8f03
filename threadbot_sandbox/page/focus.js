/**
 * Where the keys go. A box that has the focus but not the caret swallows what is typed: Chromium leaves it so when a
 * dialog closes whose own focused element was replaced meanwhile. So all focus on this page is given here.
 */

const WRITTEN_IN = "input, select, textarea, [contenteditable]";
const PLACES = ".conversation, .thread";
let place = null; // the conversation or the thread, whichever was used last

document.addEventListener("focusin", ({ target }) => (place = target.closest(PLACES) ?? place));

export function giveFocus(element) {
  element.focus();
  const caret = element.matches("textarea, input[type=text]");
  if (caret) element.setSelectionRange(element.selectionStart, element.selectionEnd);
}

const usable = (element) => element.isConnected && element.checkVisibility({ visibilityProperty: true }) && !element.closest("[inert]");

/** The text box that is in use: where the focus was last, or else the open thread's, or the conversation's. */
function composer() {
  const boxes = [...document.querySelectorAll(".composer textarea")].filter(usable);
  return boxes.find((box) => place?.contains(box)) ?? boxes.at(-1) ?? null;
}

/** The first below a dialog's content; one within the content does something, and is not to be pressed unseen. */
export const firstButton = (dialog) => dialog.querySelector(".dialog-buttons button") ?? dialog.querySelector("button");

/** `element` where it still can be used; else what is in front: the open dialog's first field or closing button, or a composer. */
export function giveFocusBack(element) {
  const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
  const reachable = element && element !== document.body && usable(element) && (!dialog || dialog.contains(element));
  const next = reachable ? element : dialog ? (dialog.querySelector(WRITTEN_IN) ?? firstButton(dialog)) : composer();
  if (next) giveFocus(next);
}

/** What lost the focus to nothing, because it went away, gives it to the composer. */
export function catchFocus() {
  if (document.activeElement === document.body) giveFocusBack(null);
}

const sign = (element) => [element.tagName, element.name, element.dataset.testid, element.getAttribute("aria-label"), element.closest("[data-block]")?.dataset.block, element.matches(WRITTEN_IN) ? "" : element.textContent].join(" ");

/**
 * Call it before `within` is shown in another way. The function that it returns gives the focus back to the element
 * that had it, or to the one that stands in its stead; false when there is none.
 */
export function rememberFocus(within) {
  const had = within.contains(document.activeElement) ? document.activeElement : null;
  const [signed, start, end] = had ? [sign(had), had.selectionStart, had.selectionEnd] : [];
  return () => {
    if (!had) return false;
    if (document.activeElement === had) return true;
    const now = within.contains(had) && usable(had) ? had : [...within.querySelectorAll(had.tagName)].find((each) => usable(each) && sign(each) === signed);
    if (!now) return false;
    giveFocus(now);
    if (typeof start === "number") now.setSelectionRange(start, end);
    return true;
  };
}

/** Show `within` in another way: what is done in it keeps the focus. */
export function keepFocus(within, show) {
  const restore = rememberFocus(within);
  show();
  restore();
}

/** As in Slack: what is typed or pasted where nothing can be written is written into the composer. */
export function typeAnywhere() {
  document.addEventListener("keydown", (event) => {
    const modified = event.ctrlKey || event.metaKey || event.altKey;
    const writes = modified ? event.key.toLowerCase() === "v" && !event.altKey : event.key.length === 1 && event.key !== " ";
    const elsewhere = event.target.closest(`${WRITTEN_IN}, dialog, .hood`);
    if (!writes || event.defaultPrevented || elsewhere) return;
    const box = composer();
    if (box) giveFocus(box);
  });
}
