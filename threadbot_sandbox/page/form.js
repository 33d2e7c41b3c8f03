/** What was filled into the questions of a modal or a Home tab: by block, a text, a value, an id, a list, files. */

import { base64 } from "./upload.js";

const filesIn = (input) => Promise.all([...input.files].map(async (file) => ({ name: file.name, mimetype: file.type || null, content_base64: await base64(file) })));

/** One question's answer. */
function filled(field, { type }) {
  const file = field.querySelector("input[type=file]");
  if (file) return filesIn(file);
  const outside = field.querySelector("[data-external]");
  if (outside) return outside.dataset.value || null;
  const many = field.querySelector("select[multiple]");
  if (many) return [...many.selectedOptions].map((option) => option.value);
  const checked = [...field.querySelectorAll("input:checked")].map((each) => each.value);
  if (type === "checkboxes") return checked;
  if (type === "radio_buttons") return checked[0] ?? null;
  return field.querySelector("input, select, textarea")?.value || null;
}

/** `form` holds the questions of `view`; the server makes `state.values` of it. */
export async function valuesOf(form, view) {
  const values = {};
  for (const block of (view.blocks ?? []).filter((each) => each.type === "input")) {
    const field = [...form.querySelectorAll("[data-block]")].find((each) => each.dataset.block === block.block_id);
    if (field) values[block.block_id] = await filled(field, block.element);
  }
  return values;
}
