// Progress: the learning curve, how often each class was given, the time that is left.

import { alone, el, put } from "../dom/dom.js";
import { Panel } from "./panel.js";

/** @import { AddonDesk, CurvePoint, Estimate, Progress, Timer } from "../types.js" */

const FIGURES_SOON = 1_500; // ms from a change to new figures
const PLOT = { width: 420, height: 150, left: 40, bottom: 22, top: 8, right: 10 }; // pixels

export class ProgressPanel {
  /** @type {HTMLButtonElement} */
  button;
  /** @type {HTMLElement} */
  panel;

  /** @type {AddonDesk} */
  #desk;
  /** @type {Panel} */
  #panel;
  #state = "";
  /** @type {Timer | undefined} */
  #timer;
  #parts = /** @type {Record<"pace" | "curve" | "counts", HTMLElement>} */ ({});
  #ended = new AbortController();

  /** @param {AddonDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    const { say } = desk.words;
    const parts = this.#parts;
    parts.pace = el("p", "dalt-pace");
    parts.curve = el("figure", "dalt-curve");
    parts.counts = el("ul", "dalt-class-counts", { "aria-label": say("class_counts") });
    this.#panel = new Panel(
      desk,
      {
        name: "progress",
        dalt: "progress-button",
        mark: "progress-panel",
        label: say("progress_button"),
        title: say("progress_button"),
        look: "dalt-progress-panel",
        changed: (shown) => shown && this.#ask(),
      },
      parts.pace,
      parts.curve,
      el(alone() ? "h3" : "h4", "", {}, say("class_counts")),
      parts.counts,
    );
    this.button = this.#panel.button;
    this.panel = this.#panel.node;
    desk.engine.addEventListener("kernel:progress", ({ detail }) => this.#take(detail.message), {
      signal: this.#ended.signal,
    });
  }

  /** While it covers the page. */
  get open() {
    return this.#panel.open;
  }

  close() {
    this.#ended.abort();
    this.#panel.close();
    clearTimeout(this.#timer);
  }

  /**
   * @param {KeyboardEvent} event
   * @param {string} letter
   */
  actionOf(event, letter) {
    return this.#panel.actionOf(event, letter);
  }

  paint() {
    this.#panel.begin();
    const { acknowledged, standing, waiting } = this.#desk.engine;
    const state = `${acknowledged}:${standing?.snapshot}`;
    if (!this.#panel.shown || waiting || state === this.#state) return;
    this.#state = state;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), FIGURES_SOON);
  }

  #ask() {
    this.#desk.engine.ask({ type: "progress" });
  }

  /** @param {Progress} progress */
  #take({ counts, curve, seconds_per_label: pace, left }) {
    this.#paintPace(pace, left);
    this.#paintCurve(curve);
    this.#paintCounts(counts);
  }

  /**
   * @param {Estimate | null} pace
   * @param {number} left
   */
  #paintPace(pace, left) {
    const { say, number, duration } = this.#desk.words;
    if (!pace) {
      put(this.#parts.pace, say("no_pace", { left: number(left) }));
      return;
    }
    /** @param {number} value */
    const one = (value) => number(Math.round(value * 10) / 10);
    put(
      this.#parts.pace,
      `${say("pace", { value: one(pace.value), n: number(pace.n) })} ${
        left === 0
          ? ""
          : say("estimate", {
              left: number(left),
              low: duration(pace.low * left),
              high: duration(pace.high * left),
            })
      }`,
    );
  }

  /** @param {CurvePoint[]} curve */
  #paintCurve(curve) {
    const { say, percent, number } = this.#desk.words;
    if (curve.length < 2) {
      this.#parts.curve.replaceChildren(el("p", "dalt-no-curve", {}, say("no_curve")));
      return;
    }
    const [first, last] = [curve[0], curve[curve.length - 1]];
    const told = say("curve", {
      from: percent(first.accuracy.value),
      n: number(first.n_labels),
      to: percent(last.accuracy.value),
      m: number(last.n_labels),
    });
    this.#parts.curve.replaceChildren(this.#drawing(curve, told), el("figcaption", "", {}, told));
  }

  /**
   * @param {CurvePoint[]} curve
   * @param {string} told
   */
  #drawing(curve, told) {
    /**
     * @param {string} tag
     * @param {Record<string, string | number>} attributes
     * @param {...(Node | string)} children
     */
    const svg = (tag, attributes, ...children) => {
      const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
      node.append(...children);
      return node;
    };
    const { percent, number } = this.#desk.words;
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
    return svg(
      "svg",
      { viewBox: `0 0 ${PLOT.width} ${PLOT.height}`, role: "img", "aria-label": told },
      ...[0, 0.5, 1].flatMap((share) => [
        svg("line", { class: "dalt-gridline", x1: PLOT.left, x2: PLOT.width - PLOT.right, y1: y(share), y2: y(share) }),
        text(percent(share), { x: PLOT.left - 6, y: Number(y(share)) + 4, "text-anchor": "end" }),
      ]),
      text(number(0), { x: PLOT.left, y: PLOT.height - 5 }),
      text(number(most), { x: PLOT.width - PLOT.right, y: PLOT.height - 5, "text-anchor": "end" }),
      svg("polygon", { class: "dalt-band", points: [...at("high"), ...at("low").reverse()].join(" ") }),
      svg("polyline", { class: "dalt-line", points: at("value").join(" ") }),
    );
  }

  /** @param {[string, number][]} counts */
  #paintCounts(counts) {
    const { number, called } = this.#desk.words;
    const most = Math.max(1, ...counts.map(([, n]) => n));
    this.#parts.counts.replaceChildren(
      ...counts.map(([name, n]) => {
        const spec = this.#desk.setup.classes.find((each) => each.name === name);
        const bar = el("span", "dalt-count-bar", { "aria-hidden": "true" });
        bar.style.setProperty("--share", (n / most).toFixed(3));
        bar.style.setProperty("--chip", spec?.colour ?? "var(--muted)");
        const text = el("span", "dalt-name", { dir: "auto" });
        called(text, name);
        const row = el("li", "", {}, text, bar, el("span", "dalt-percent", {}, number(n)));
        row.dataset.class = name;
        return row;
      }),
    );
  }
}
