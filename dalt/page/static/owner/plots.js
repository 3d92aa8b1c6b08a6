// Plots as the page's own SVG and tables: they take its colours, in both themes.

import { el } from "../dom/dom.js";

/** @import { CurvePoint, OwnerWords } from "../types.js" */

const TALL = 6; // names of columns that are longer stand upright
const PLOT = { width: 560, height: 190, left: 44, bottom: 24, top: 10, right: 14 }; // in its own units

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string)} children
 */
function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
}

/**
 * The learning curve with its interval.
 * @param {CurvePoint[]} curve
 * @param {string} told what it shows, in a sentence
 * @param {Pick<OwnerWords, "percent" | "number">} words
 */
export function curvePlot(curve, told, { percent, number }) {
  const most = curve[curve.length - 1].n_labels;
  /** @param {number} n */
  const x = (n) => (PLOT.left + (n / most) * (PLOT.width - PLOT.left - PLOT.right)).toFixed(1);
  /** @param {number} share */
  const y = (share) => (PLOT.top + (1 - share) * (PLOT.height - PLOT.top - PLOT.bottom)).toFixed(1);
  /** @param {"value" | "low" | "high"} key */
  const at = (key) => curve.map(({ n_labels: n, accuracy }) => `${x(n)},${y(accuracy[key])}`);
  /**
   * @param {string} content
   * @param {Record<string, string | number>} attributes
   */
  const text = (content, attributes) => svg("text", { class: "dalt-axis", ...attributes }, content);
  const last = curve[curve.length - 1];
  return svg(
    "svg",
    { viewBox: `0 0 ${PLOT.width} ${PLOT.height}`, role: "img", "aria-label": told, class: "dalt-plot" },
    ...[0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
      svg("line", { class: "dalt-gridline", x1: PLOT.left, x2: PLOT.width - PLOT.right, y1: y(share), y2: y(share) }),
      text(percent(share), { x: PLOT.left - 8, y: Number(y(share)) + 4, "text-anchor": "end" }),
    ]),
    text(number(0), { x: PLOT.left, y: PLOT.height - 5 }),
    text(number(most), { x: PLOT.width - PLOT.right, y: PLOT.height - 5, "text-anchor": "end" }),
    svg("polygon", { class: "dalt-band", points: [...at("high"), ...at("low").reverse()].join(" ") }),
    svg("polyline", { class: "dalt-line", points: at("value").join(" ") }),
    svg("circle", { class: "dalt-dot", cx: x(last.n_labels), cy: y(last.accuracy.value), r: 4 }),
  );
}

/**
 * A share with its interval as a bar: the bar ends at the value, a line spans the interval.
 * @param {{ value: number, low: number, high: number }} share
 */
export function shareBar({ value, low, high }) {
  const bar = el("span", "dalt-share", { "aria-hidden": "true" });
  for (const [name, at] of Object.entries({ value, low, high })) bar.style.setProperty(`--${name}`, at.toFixed(4));
  return bar;
}

/**
 * A matrix as a table whose cells are tinted by `tint`, from 0 to 1; null cells are empty.
 * @param {{
 *   caption: string,
 *   rows: HTMLElement[],
 *   columns: HTMLElement[],
 *   corner?: string,
 *   cell: (row: number, column: number) => { text: string, tint: number, title?: string, name?: string } | null,
 * }} matrix
 */
export function matrixTable({ caption, rows, columns, corner = "", cell }) {
  const head = el(
    "tr",
    "",
    {},
    corner ? el("th", "dalt-matrix-corner", { scope: "col" }, corner) : el("td", "dalt-matrix-none"),
    ...columns.map((column) => el("th", "", { scope: "col" }, column)),
  );
  const body = rows.map((row, i) =>
    el(
      "tr",
      "",
      {},
      el("th", "", { scope: "row" }, row),
      ...columns.map((_, j) => {
        const made = cell(i, j);
        if (made === null) return el("td", "dalt-matrix-none");
        const node = el("td", made.name ?? "", made.title ? { title: made.title } : {}, made.text);
        node.style.setProperty("--tint-share", Math.max(0, Math.min(1, made.tint)).toFixed(3));
        return node;
      }),
    ),
  );
  const tall = columns.some(({ textContent: name }) => (name ?? "").length > TALL);
  return el(
    "table",
    `dalt-matrix${tall ? " dalt-matrix-tall" : ""}`,
    {},
    el("caption", "dalt-hidden", {}, caption),
    el("thead", "", {}, head),
    el("tbody", "", {}, ...body),
  );
}

/**
 * What may be wider than its place: it scrolls by itself, also by keys.
 * @param {string} label
 * @param {...Node} children
 */
export function scroller(label, ...children) {
  return el(
    "div",
    "dalt-scroller",
    { tabindex: "0", role: "group", "aria-label": label, "data-scroll": "" },
    ...children,
  );
}
