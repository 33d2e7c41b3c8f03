/** Block Kit's interactive elements: what can be pressed, chosen or filled in. */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { safeUrl } from "./inline.js";

/** Ask first, if the app wants that; `act.press` then tells the bot. */
function press(element, block, act, value) {
  const ask = element.confirm;
  if (ask && !window.confirm(`${ask.title?.text ?? ""}\n\n${ask.text?.text ?? ""}`)) return;
  act.press({ action_id: element.action_id, block_id: block.block_id, value });
}

const options = (element) => element.options ?? (element.option_groups ?? []).flatMap((group) => group.options);

function button(element, block, act) {
  const pressed = () => {
    const url = safeUrl(element.url ?? "");
    if (url) window.open(url, "_blank", "noopener,noreferrer");
    press(element, block, act, element.value);
  };
  const props = { type: "button", class: `button ${element.style ?? ""}`, "aria-label": element.accessibility_label, onclick: pressed };
  return h("button", props, element.text?.text);
}

function feedback(element, block, act) {
  const one = (choice, name) => {
    const label = choice.accessibility_label ?? choice.text?.text;
    const pressed = (event) => {
      event.currentTarget.parentElement.querySelectorAll("button").forEach((each) => each.setAttribute("aria-pressed", "false"));
      event.currentTarget.setAttribute("aria-pressed", "true");
      press(element, block, act, choice.value);
    };
    return h("button", { type: "button", class: "plain thumb", title: choice.text?.text, "aria-label": label, "aria-pressed": "false", onclick: pressed }, icon(name));
  };
  return h("span", { class: "feedback" }, one(element.positive_button ?? {}, "up"), one(element.negative_button ?? {}, "down"));
}

function iconButton(element, block, act) {
  const props = { type: "button", class: "plain", title: element.text?.text, "aria-label": element.accessibility_label ?? element.text?.text };
  return h("button", { ...props, onclick: () => press(element, block, act, element.value) }, icon("trash"));
}

/** A choice of one: also the overflow menu, and users and channels by name. */
function select(element, block, act) {
  const known = { users_select: act.people, conversations_select: act.channels, channels_select: act.channels }[element.type];
  const choices = known ? known().map(({ id, name }) => [id, name]) : options(element).map((option) => [option.value, option.text?.text]);
  const initial = element.initial_option?.value ?? element.initial_user ?? element.initial_channel ?? element.initial_conversation ?? "";
  const prompt = element.placeholder?.text ?? (element.type === "overflow" ? "…" : "Choose");
  const chosen = (event) => event.currentTarget.value && press(element, block, act, event.currentTarget.value);
  const props = { class: "select", name: element.action_id, "aria-label": block.type === "input" ? null : prompt, onchange: block.type === "input" ? null : chosen };
  return h("select", props, h("option", { value: "" }, prompt), choices.map(([value, label]) => h("option", { value, selected: value === initial }, label)));
}

function boxes(element, block, act) {
  const type = element.type === "checkboxes" ? "checkbox" : "radio";
  const initial = (element.initial_options ?? [element.initial_option]).map((option) => option?.value);
  const changed = (event) => block.type !== "input" && press(element, block, act, event.currentTarget.value);
  return h("span", { class: "boxes" }, options(element).map((option) => h("label", {}, h("input", { type, name: element.action_id, value: option.value, checked: initial.includes(option.value), onchange: changed }), option.text?.text)));
}

function field(element) {
  const props = { name: element.action_id, placeholder: element.placeholder?.text, maxlength: element.max_length };
  const value = element.initial_value ?? "";
  if (element.multiline) return h("textarea", { ...props, rows: "5" }, value);
  const types = { number_input: "number", email_text_input: "email", url_text_input: "url", datepicker: "date", timepicker: "time" };
  return h("input", { ...props, type: types[element.type] ?? "text", step: element.is_decimal_allowed ? "any" : null, value: value || element.initial_date || element.initial_time || "" });
}

const CONTROLS = {
  button,
  workflow_button: button,
  feedback_buttons: feedback,
  icon_button: iconButton,
  static_select: select,
  users_select: select,
  conversations_select: select,
  channels_select: select,
  overflow: select,
  checkboxes: boxes,
  radio_buttons: boxes,
  plain_text_input: field,
  number_input: field,
  email_text_input: field,
  url_text_input: field,
  datepicker: field,
  timepicker: field,
};

export function control(element, block, act) {
  return CONTROLS[element.type]?.(element, block, act) ?? h("span", { class: "quiet" }, `[${element.type}]`);
}
