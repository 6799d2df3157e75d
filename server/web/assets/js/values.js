// SPDX-License-Identifier: GPL-3.0-or-later
// A number of each result over a parameter of the sweep, as a plot that is drawn here from what the API says.
import { call } from "./api.js";
import { count, drawing, element, problemBox } from "./dom.js";

const WIDE = 640;
const HIGH = 300;
const LEFT = 64;
const FOOT = 34;
const TOP = 12;

function shown(number) {
  if (number === 0) return "0";
  const size = Math.abs(number);
  return size >= 1e6 || size < 1e-3 ? number.toExponential(2) : String(Number(number.toPrecision(4)));
}

/** From the smallest to the largest, never empty. */
function span(values) {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const room = high > low ? 0 : Math.abs(high) || 1;
  return [low - room / 2, high + room / 2];
}

function draw(values) {
  const xs = values.points.map((point) => point[0]);
  const ys = values.points.map((point) => point[1]);
  const [x0, x1] = span(xs);
  const [y0, y1] = span(ys);
  const across = (x) => LEFT + ((WIDE - LEFT - 10) * (x - x0)) / (x1 - x0);
  const up = (y) => HIGH - FOOT - ((HIGH - FOOT - TOP) * (y - y0)) / (y1 - y0);
  const label = (x, y, anchor, text) => drawing("text", { class: "plot-label", x, y, "text-anchor": anchor }, text);
  const dots = values.points.map(([x, y, index]) => drawing("circle", { class: "plot-dot", cx: across(x).toFixed(1), cy: up(y).toFixed(1), r: 3 },
    drawing("title", {}, `Task ${index}: ${shown(x)}, ${shown(y)}`)));
  return drawing("svg", { class: "plot", viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img",
    "aria-label": `${values.column} of ${values.output} over ${values.parameter}, ${values.points.length} points, from ${shown(y0)} to ${shown(y1)}` },
    drawing("line", { class: "plot-grid", x1: LEFT, y1: HIGH - FOOT, x2: WIDE - 10, y2: HIGH - FOOT }),
    drawing("line", { class: "plot-grid", x1: LEFT, y1: TOP, x2: LEFT, y2: HIGH - FOOT }),
    label(LEFT - 6, up(y1) + 5, "end", shown(y1)), label(LEFT - 6, up(y0), "end", shown(y0)),
    label(LEFT, HIGH - 16, "start", shown(x0)), label(WIDE - 10, HIGH - 16, "end", shown(x1)),
    label((LEFT + WIDE) / 2, HIGH - 4, "middle", values.parameter), ...dots);
}

function choice(name, title, texts, chosen, change) {
  const id = `values-${name}`;
  const select = element("select", { id, name, onchange: change },
    ...texts.map((text) => element("option", { value: text, selected: text === chosen }, text)));
  return element("div", { class: "field" }, element("label", { for: id }, title), select);
}

/** Fills `place` with the choices and the plot. */
export async function plotValues(place, asked = {}) {
  let values;
  try {
    values = await call("GET", `${place.dataset.values}?${new URLSearchParams(asked)}`);
  } catch (problem) {
    place.replaceChildren(problemBox(problem));
    return;
  }
  if (values.points.length === 0) {
    place.replaceChildren(element("p", { class: "muted" },
      `None of the ${count(values.looked)} results that were looked at has an output that is a table of numbers.`));
    return;
  }
  const again = (event) => {
    const next = { output: values.output, column: values.column, parameter: values.parameter, [event.target.name]: event.target.value };
    plotValues(place, next).then(() => document.getElementById(event.target.id)?.focus());
  };
  place.replaceChildren(
    element("div", { class: "row filter" },
      choice("output", "Output", values.outputs, values.output, again),
      choice("column", "Column", values.columns, values.column, again),
      choice("parameter", "Over", values.parameters, values.parameter, again)),
    draw(values),
    element("p", { class: "small muted" }, `The last row of each output counts; ${count(values.points.length)} results are shown.`));
}
