/** What was filled into a modal, in the shape of Slack's `view.state.values`: by block, then by action. */

const options = (element) => element.options ?? (element.option_groups ?? []).flatMap((group) => group.options);
const option = (element, value) => options(element).find((each) => each.value === value) ?? null;

const SHAPES = {
  static_select: (element, [value]) => ({ selected_option: option(element, value) }),
  radio_buttons: (element, [value]) => ({ selected_option: option(element, value) }),
  checkboxes: (element, values) => ({ selected_options: values.map((value) => option(element, value)) }),
  users_select: (element, [value]) => ({ selected_user: value || null }),
  channels_select: (element, [value]) => ({ selected_channel: value || null }),
  conversations_select: (element, [value]) => ({ selected_conversation: value || null }),
  datepicker: (element, [value]) => ({ selected_date: value || null }),
  timepicker: (element, [value]) => ({ selected_time: value || null }),
};

function filled(field) {
  const inputs = [...field.querySelectorAll("input, select, textarea")];
  return inputs.filter((each) => !/^(checkbox|radio)$/.test(each.type) || each.checked).map((each) => each.value);
}

export function valuesOf(form, view) {
  const values = {};
  for (const block of (view.blocks ?? []).filter((each) => each.type === "input")) {
    const { element } = block;
    const field = [...form.querySelectorAll("[data-block]")].find((each) => each.dataset.block === block.block_id);
    const given = field ? filled(field) : [];
    const shape = SHAPES[element.type] ?? (() => ({ value: given[0] || null }));
    values[block.block_id] = { [element.action_id]: { type: element.type, ...shape(element, given) } };
  }
  return values;
}
