/** Slack's `data_table` block: a table that its reader sorts, filters and leafs through. */

import { h } from "./dom.js";
import { inline } from "./nodes.js";
import * as richtext from "./richtext.js";

const PAGE = 5;

const plain = (cell) => (cell.type === "rich_text" ? richtext.readCell(cell).map((node) => node.v ?? "").join("") : String(cell.text ?? ""));
const content = (cell, names) => (cell.type === "rich_text" ? inline(richtext.readCell(cell), names) : plain(cell));

/** By number where all cells of the column are numbers, else by their letters. */
function order(rows, column) {
  const numbers = rows.every((row) => row[column].type === "raw_number");
  return (one, other) => (numbers ? one[column].value - other[column].value : plain(one[column]).localeCompare(plain(other[column])));
}

export function dataTable(block, names) {
  const [head, ...rows] = block.rows;
  const size = block.page_size ?? PAGE;
  const state = { column: null, down: false, wanted: "", page: 0 };
  const numeric = head.map((_, column) => rows.every((row) => row[column].type === "raw_number"));
  const body = h("tbody");
  const count = h("span", { class: "quiet", role: "status" });
  const turn = (by) => () => draw({ page: state.page + by });
  const back = h("button", { type: "button", class: "plain", onclick: turn(-1), "aria-label": "Previous page" }, "‹");
  const on = h("button", { type: "button", class: "plain", onclick: turn(1), "aria-label": "Next page" }, "›");
  const heads = head.map((cell, column) => h("th", { scope: "col", class: numeric[column] && "to-right" }, h("button", { type: "button", class: "plain", onclick: () => sort(column) }, plain(cell))));
  const filter = h("input", { type: "search", placeholder: "Filter", "aria-label": `Filter: ${block.caption}`, oninput: (event) => draw({ wanted: event.target.value, page: 0 }) });

  function sort(column) {
    draw({ column, down: state.column === column ? !state.down : numeric[column], page: 0 });
  }

  function shown() {
    const found = rows.filter((row) => row.some((cell) => plain(cell).toLowerCase().includes(state.wanted.toLowerCase())));
    if (state.column === null) return found;
    found.sort(order(rows, state.column));
    return state.down ? found.reverse() : found;
  }

  function draw(change) {
    Object.assign(state, change);
    const found = shown();
    const pages = Math.max(1, Math.ceil(found.length / size));
    const seen = found.slice(state.page * size, (state.page + 1) * size);
    body.replaceChildren(...seen.map((row) => h("tr", {}, row.map((cell, column) => h(column === (block.row_header_column_index ?? 0) ? "th" : "td", { dir: "auto", class: numeric[column] && "to-right" }, content(cell, names))))));
    heads.forEach((each, column) => each.setAttribute("aria-sort", state.column !== column ? "none" : state.down ? "descending" : "ascending"));
    count.textContent = `${found.length ? state.page * size + 1 : 0}–${state.page * size + seen.length} of ${found.length}`;
    back.disabled = state.page === 0;
    on.disabled = state.page >= pages - 1;
    pager.hidden = rows.length <= size;
  }

  const pager = h("div", { class: "pager" }, back, count, on);
  const table = h("table", {}, h("thead", {}, h("tr", {}, heads)), body);
  const bar = h("div", { class: "bar" }, h("strong", {}, block.caption), rows.length > size && filter);
  draw({});
  return h("div", { class: "data-table", testid: "data-table" }, bar, h("div", { class: "table", tabindex: "0", role: "region", "aria-label": block.caption }, table), pager);
}
