/** Block Kit's interactive elements: what can be pressed, chosen or filled in. form.js reads what was. */

import { ask } from "./confirm.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { safeUrl } from "./inline.js";

/** Ask first, if the app wants that; `act.press` then tells the bot. True when it was pressed. */
async function press(element, block, act, value) {
  if (element.confirm && !(await ask(element.confirm))) return false;
  act.press({ action_id: element.action_id, block_id: block.block_id, value });
  return true;
}

const options = (element) => element.options ?? (element.option_groups ?? []).flatMap((group) => group.options);

/** In a question it only stands there until the form is sent, unless the app asks to hear of it. */
const waits = (block) => block.type === "input" && !block.dispatch_action;

function button(element, block, act) {
  const pressed = async () => {
    const url = safeUrl(element.url ?? "");
    if (url) window.open(url, "_blank", "noopener,noreferrer");
    await press(element, block, act);
  };
  const props = { type: "button", class: `button ${element.style ?? ""}`, "aria-label": element.accessibility_label, onclick: pressed };
  return h("button", props, element.text?.text);
}

function feedback(element, block, act) {
  const one = (choice, name) => {
    const label = choice.accessibility_label ?? choice.text?.text;
    const pressed = async (event) => {
      const thumb = event.currentTarget;
      if (!(await press(element, block, act, choice.value))) return;
      thumb.parentElement.querySelectorAll("button").forEach((each) => each.setAttribute("aria-pressed", String(each === thumb)));
    };
    return h("button", { type: "button", class: "plain thumb", title: choice.text?.text, "aria-label": label, "aria-pressed": "false", onclick: pressed }, icon(name));
  };
  return h("span", { class: "feedback" }, one(element.positive_button ?? {}, "up"), one(element.negative_button ?? {}, "down"));
}

function iconButton(element, block, act) {
  const mayUse = element.visible_to_user_ids ?? [act.names.me];
  if (!mayUse.includes(act.names.me)) return null;
  const props = { type: "button", class: "plain", title: element.text?.text, "aria-label": element.accessibility_label ?? element.text?.text };
  return h("button", { ...props, onclick: () => press(element, block, act) }, icon("trash"));
}

const optionOf = (initial) => (option) => h("option", { value: option.value, selected: initial.includes(option.value) }, option.text?.text);

const SORTS = { public: "channel", private: "private", im: "im", mpim: "mpim" };

/** Those that the app wants to have offered. */
function channels(element, act) {
  const wanted = element.filter?.include?.map((each) => SORTS[each]);
  return act.channels().filter((channel) => !wanted || wanted.includes(channel.kind));
}

/** What a menu offers: options, under headings where there are groups; or people and channels by name. */
function choices(element, act, initial) {
  const people = /users_select$/.test(element.type) && act.people();
  const known = people || (/(channels|conversations)_select$/.test(element.type) && channels(element, act));
  if (known) return known.map(({ id, name }) => optionOf(initial)({ value: id, text: { text: name } }));
  if (!element.option_groups) return options(element).map(optionOf(initial));
  return element.option_groups.map((group) => h("optgroup", { label: group.label?.text }, group.options.map(optionOf(initial))));
}

function initialOf(element) {
  const one = element.initial_option?.value ?? element.initial_user ?? element.initial_channel ?? element.initial_conversation;
  const many = element.initial_options?.map((option) => option.value) ?? element.initial_users ?? element.initial_channels ?? element.initial_conversations;
  return many ?? (one === undefined ? [] : [one]);
}

/** A choice of one; an overflow menu forgets it. */
function select(element, block, act) {
  const overflow = element.type === "overflow";
  const prompt = element.placeholder?.text ?? (overflow ? "⋯" : "Choose");
  const chosen = async (event) => {
    const menu = event.currentTarget;
    if (waits(block) || !menu.value) return;
    const { value } = menu;
    if (overflow) menu.value = "";
    await press(element, block, act, value);
  };
  const props = { class: overflow ? "select overflow" : "select", name: element.action_id, "aria-label": block.type === "input" ? null : overflow ? "More actions" : prompt, onchange: chosen };
  return h("select", props, h("option", { value: "", hidden: overflow }, prompt), choices(element, act, initialOf(element)));
}

/** A choice of several. */
function several(element, block, act) {
  const chosen = (event) => waits(block) || press(element, block, act, [...event.currentTarget.selectedOptions].map((option) => option.value));
  const offered = choices(element, act, initialOf(element));
  const props = { class: "select", multiple: true, size: String(Math.min(Math.max(offered.length, 2), 5)), name: element.action_id, "aria-label": block.type === "input" ? null : element.placeholder?.text, onchange: chosen };
  return h("select", props, offered);
}

let lists = 0;

/** Options that the bot gives for what is typed. */
function external(element, block, act) {
  const id = `offered-${(lists += 1)}`;
  const offered = h("datalist", { id });
  let known = element.initial_option ? [element.initial_option] : [];
  const typed = async (event) => {
    const field = event.currentTarget;
    const match = known.find((option) => option.text?.text === field.value);
    field.dataset.value = match?.value ?? "";
    if (match) return waits(block) ? undefined : press(element, block, act, match.value);
    if (field.value.length < (element.min_query_length ?? 3)) return undefined;
    known = await act.suggest({ action_id: element.action_id, value: field.value });
    offered.replaceChildren(...known.map((option) => h("option", { value: option.text?.text })));
    return undefined;
  };
  const props = { name: element.action_id, list: id, placeholder: element.placeholder?.text ?? "Type to search", autocomplete: "off", oninput: typed, value: element.initial_option?.text?.text, "data-external": true, "data-value": element.initial_option?.value };
  return h("span", { class: "external" }, h("input", props), offered);
}

function boxes(element, block, act) {
  const type = element.type === "checkboxes" ? "checkbox" : "radio";
  const initial = initialOf(element);
  const changed = (event) => {
    if (waits(block)) return;
    const all = [...event.currentTarget.closest(".boxes").querySelectorAll("input:checked")].map((each) => each.value);
    press(element, block, act, type === "radio" ? all[0] : all);
  };
  const name = `${block.block_id} ${element.action_id}`;
  const one = (option) => h("label", {}, h("input", { type, name, value: option.value, checked: initial.includes(option.value), onchange: changed }), h("span", {}, option.text?.text, option.description && h("small", { class: "quiet" }, ` ${option.description.text}`)));
  return h("span", { class: "boxes" }, options(element).map(one));
}

/** The text of a `rich_text` block, for who edits it as plain text. */
const plain = (rich) => (rich?.elements ?? []).flatMap((part) => (part.elements ?? []).map((each) => each.text ?? "")).join("");

function field(element) {
  const props = { name: element.action_id, placeholder: element.placeholder?.text, maxlength: element.max_length ?? (element.type === "plain_text_input" ? 3000 : null) };
  if (element.type === "rich_text_input") return h("textarea", { ...props, rows: "6" }, plain(element.initial_value));
  const value = element.initial_value ?? "";
  if (element.multiline) return h("textarea", { ...props, rows: "5" }, value);
  const types = { email_text_input: "email", url_text_input: "url", datepicker: "date", timepicker: "time" };
  const number = element.type === "number_input" ? { inputmode: "decimal" } : {};
  return h("input", { ...props, ...number, type: types[element.type] ?? "text", value: value || element.initial_date || element.initial_time || "" });
}

const files = (element) => h("input", { type: "file", name: element.action_id, multiple: (element.max_files ?? 10) > 1, accept: element.filetypes?.map((type) => `.${type}`).join(",") });

const KINDS = [
  [/^(workflow_)?button$/, button],
  [/^feedback_buttons$/, feedback],
  [/^icon_button$/, iconButton],
  [/^external_select$/, external],
  [/^multi_.*_select$/, several],
  [/^(.*_select|overflow)$/, select],
  [/^(checkboxes|radio_buttons)$/, boxes],
  [/^file_input$/, files],
  [/_input$|^(date|time)picker$/, field],
];

export function control(element, block, act) {
  const made = KINDS.find(([kind]) => kind.test(element.type))?.[1](element, block, act);
  return made === undefined ? h("span", { class: "quiet" }, `[${element.type}]`) : made;
}
