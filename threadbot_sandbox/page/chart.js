/** Slack's `data_visualization` block as a drawing: bars, lines, areas or a pie. Each value is told on hover, and all of them to a screen reader. */

import { h, s } from "./dom.js";

const WIDTH = 640;
const HEIGHT = 220;
const LEFT = 52;
const TOP = 10;
const BOTTOM = 26;
const CHAR = 6.2;

const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });
const exact = new Intl.NumberFormat("en", { maximumFractionDigits: 6 });

/** Three to six round numbers from below the least to above the most, with zero among them. */
export function ticks(least, most) {
  const low = Math.min(least, 0);
  const high = Math.max(most, 0) || 1;
  const rough = (high - low) / 4;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * ([1, 2, 2.5, 5, 10].find((each) => each * unit >= rough) ?? 10);
  const first = Math.floor(low / step);
  const count = Math.ceil(high / step) - first;
  return Array.from({ length: count + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

export function chart({ title, chart: drawn }) {
  const pie = drawn.type === "pie";
  const names = pie ? drawn.segments.map((each) => each.label) : drawn.series.map((each) => each.name);
  const drawing = pie ? pieOf(drawn.segments) : axesOf(drawn);
  const figure = h("figure", { class: `chart ${drawn.type}`, testid: "chart" }, h("figcaption", {}, title), drawing);
  if (pie || names.length > 1) figure.append(legend(names, pie && drawn.segments));
  return figure;
}

function legend(names, segments) {
  const sum = segments && segments.reduce((before, each) => before + each.value, 0);
  const share = (index) => (segments ? ` ${Math.round((100 * segments[index].value) / sum)} %` : "");
  return h("ul", { class: "legend" }, names.map((name, index) => h("li", {}, h("i", { class: `swatch colour-${index}` }), `${name}${share(index)}`)));
}

function said(drawn) {
  return drawn.series.map((each) => `${each.name}: ${each.data.map((point) => `${point.label} ${exact.format(point.value)}`).join(", ")}`).join("; ");
}

function axesOf(drawn) {
  const { categories, x_label: below, y_label: beside } = drawn.axis_config;
  const values = drawn.series.flatMap((each) => each.data.map((point) => point.value));
  const marks = ticks(Math.min(...values), Math.max(...values));
  const x = (place) => LEFT + (place / categories.length) * (WIDTH - LEFT - 8);
  const y = (value) => TOP + ((marks.at(-1) - value) / (marks.at(-1) - marks[0])) * (HEIGHT - TOP - BOTTOM);
  const lines = marks.map((mark) => [s("line", { x1: LEFT, x2: WIDTH - 8, y1: y(mark), y2: y(mark), class: mark === 0 ? "zero" : "grid" }), s("text", { x: LEFT - 8, y: y(mark) + 4, "text-anchor": "end" }, short.format(mark))]);
  const longest = Math.max(...categories.map((each) => each.length));
  const every = Math.max(1, Math.ceil((longest * CHAR + 8) / (x(1) - x(0))));
  const labels = categories.map((each, index) => index % every === 0 && s("text", { x: x(index + 0.5), y: HEIGHT - 8, "text-anchor": "middle" }, each));
  const draw = drawn.type === "bar" ? bars : paths;
  const svg = s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": said(drawn) }, lines, draw(drawn, categories, x, y), labels);
  return h("div", { class: "axes" }, beside && h("small", { class: "beside" }, beside), svg, below && h("small", { class: "below" }, below));
}

const at = (series, category) => series.data.find((point) => point.label === category)?.value ?? 0;
const told = (name, category, value) => s("title", {}, `${category} – ${name}: ${exact.format(value)}`);

function bars({ series }, categories, x, y) {
  const wide = ((x(1) - x(0)) * 0.72) / series.length;
  return categories.map((category, place) =>
    series.map((each, index) => {
      const value = at(each, category);
      const left = x(place + 0.5) + (index - series.length / 2) * wide;
      const box = { x: left + 0.5, y: Math.min(y(value), y(0)), width: Math.max(wide - 1, 1), height: Math.max(Math.abs(y(value) - y(0)), value ? 1 : 0), rx: 2 };
      return s("rect", { ...box, class: `colour-${index}` }, told(each.name, category, value));
    }),
  );
}

function paths({ series, type }, categories, x, y) {
  return series.map((each, index) => {
    const points = categories.map((category, place) => [x(place + 0.5), y(at(each, category))]);
    const line = `M${points.map((point) => point.join(" ")).join("L")}`;
    const filled = type === "area" && s("path", { d: `${line}L${points.at(-1)[0]} ${y(0)}L${points[0][0]} ${y(0)}Z`, class: `fill colour-${index}` });
    const dots = points.map(([left, top], place) => s("circle", { cx: left, cy: top, r: 3, class: `colour-${index}` }, told(each.name, categories[place], at(each, categories[place]))));
    return [filled, s("path", { d: line, class: `line colour-${index}` }), dots];
  });
}

function pieOf(segments) {
  const sum = segments.reduce((before, each) => before + each.value, 0);
  const edge = (share) => `${(100 + 92 * Math.sin(2 * Math.PI * share)).toFixed(2)} ${(100 - 92 * Math.cos(2 * Math.PI * share)).toFixed(2)}`;
  let begun = 0;
  const slices = segments.map((each, index) => {
    const from = begun;
    begun += each.value / sum;
    const label = s("title", {}, `${each.label}: ${exact.format(each.value)}`);
    if (segments.length === 1) return s("circle", { cx: 100, cy: 100, r: 92, class: `colour-${index}` }, label);
    return s("path", { d: `M100 100L${edge(from)}A92 92 0 ${begun - from > 0.5 ? 1 : 0} 1 ${edge(begun)}Z`, class: `slice colour-${index}` }, label);
  });
  const words = segments.map((each) => `${each.label} ${exact.format(each.value)}`).join(", ");
  return s("svg", { viewBox: "0 0 200 200", role: "img", "aria-label": words }, slices);
}
