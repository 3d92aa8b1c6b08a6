// The guideline of the project and what its classes mean, beside the sample or over it.
//
// Where there is room the panel stands beside the page and stays as it was left.  In a narrower
// window it is a sheet that covers the page, and in a notebook's cell it stands above the
// sample.  A guideline that this browser has not shown yet opens it by itself.

import { alone, button, closest, cover, el, mark, within } from "../dom/dom.js";
import { Remembered } from "../dom/remembered.js";
import { keyText } from "../keys/keys.js";
import { ExampleDesk } from "./examples.js";

/** @import { Action, AddonDesk, ClassSpec } from "../types.js" */

/** @typedef {"beside" | "sheet" | "inline"} Layout */

const BESIDE_FROM = 1_100; // pixels that the page could take
const SCROLL_KEYS = /^(Arrow|Page|Home|End| )/; // keys that scroll what has the focus

export class GuidelinePanel {
  /** @type {HTMLButtonElement} */
  button;
  /** @type {HTMLElement} */
  tools; // above the sample in a notebook; elsewhere its place is said by its style
  /** @type {null} */
  node = null;

  /** @type {AddonDesk} */
  #desk;
  /** @type {Remembered} */
  #kept;
  /** @type {Layout | null} */
  #layout = null;
  #shown = false;
  #parts = /** @type {Record<"changed" | "close" | "classes" | "box", HTMLElement>} */ ({});
  /** @type {ExampleDesk | null} */
  #examples = null;
  /** @type {boolean} */
  #fresh; // the guideline was not shown in this browser yet
  #ended = new AbortController();

  /** @param {AddonDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    this.#kept = new Remembered(desk.setup.project);
    const { say } = desk.words;
    this.button = button(
      "dalt-quiet",
      "guideline",
      () => this.#toggle(),
      say("guideline"),
      el("kbd", "", {}, desk.keys.shown("guideline")),
    );
    const text = fingerprint(desk.setup.guideline);
    const seen = this.#kept.get("guideline", null);
    this.#fresh = desk.setup.guideline !== "" && seen !== text;
    this.tools = this.#build(this.#fresh && seen !== null);
    if (this.#fresh) this.#kept.set("guideline", text);
  }

  /** @param {boolean} changed */
  #build(changed) {
    const { words, setup } = this.#desk;
    const { say } = words;
    const parts = this.#parts;
    parts.changed = el("span", "dalt-changed", { "data-dalt": "guideline-changed" }, say("guideline_changed"));
    parts.changed.hidden = !changed;
    parts.close = button("dalt-quiet", "guideline-close", () => this.#show(false), say("close"));
    parts.classes = el("ul", "dalt-meanings");
    parts.box = el(
      "div",
      "dalt-guideline-box",
      {},
      el(
        "div",
        "dalt-guideline-head",
        {},
        el(alone() ? "h2" : "h3", "", {}, say("guideline")),
        parts.changed,
        parts.close,
      ),
      ...paragraphs(setup.guideline),
      el(alone() ? "h3" : "h4", "", {}, say("meanings")),
      parts.classes,
    );
    const panel = el("section", "dalt-guideline", { "data-dalt": "guideline-panel", hidden: "" }, parts.box);
    panel.addEventListener("click", (event) => event.target === panel && this.#show(false));
    return panel;
  }

  close() {
    this.#ended.abort();
    this.#examples?.close();
    mark(this.#desk.root, "data-aside", null);
    if (this.open) this.#cover(false);
  }

  /** While it covers the page. */
  get open() {
    return this.#shown && this.#layout === "sheet";
  }

  /**
   * @param {KeyboardEvent} event
   * @param {string} letter
   * @returns {Action | "native" | null}
   */
  actionOf({ key, target, ctrlKey, metaKey }, letter) {
    if (ctrlKey || metaKey) return null;
    const does = this.#desk.keys.actionOf(letter);
    if (does === "guideline") return () => this.#toggle();
    if (this.open && key === "Escape") return () => this.#show(false);
    if (this.open && does === "help") return () => {};
    return this.#shown && within(this.tools, target) && SCROLL_KEYS.test(key) && !closest(target, "button")
      ? "native"
      : null;
  }

  paint() {
    if (this.#layout === null) this.#begin();
    if (this.#shown) this.#examples?.paint();
  }

  /** Once it is on the page it is known how much room there is. */
  #begin() {
    const { root } = this.#desk;
    const place = /** @type {HTMLElement} */ (root.parentElement);
    const arrange = () => this.#arrange(place.clientWidth >= BESIDE_FROM ? "beside" : alone() ? "sheet" : "inline");
    arrange();
    if (this.#fresh || (this.#layout !== "sheet" && this.#kept.get("guideline_open", false))) this.#show(true);
    else mark(this.button, "aria-expanded", "false");
    const watcher = new ResizeObserver(arrange);
    watcher.observe(place);
    this.#ended.signal.addEventListener("abort", () => watcher.disconnect());
  }

  /** @param {Layout} layout */
  #arrange(layout) {
    if (layout === this.#layout) return;
    if (this.open) this.#cover(false);
    const before = this.#layout;
    this.#layout = layout;
    mark(this.tools, "data-layout", layout);
    const { box } = this.#parts;
    const label = this.#desk.words.say("guideline");
    const modal = layout === "sheet";
    const scrolls = {
      role: modal ? "dialog" : "region",
      "aria-modal": modal ? "true" : null,
      "aria-label": label,
      tabindex: "0",
    };
    for (const [name, value] of Object.entries(scrolls)) mark(box, name, value);
    // What would cover the page all of a sudden waits until it is asked for.
    if (before) this.#display(layout !== "sheet" && this.#kept.get("guideline_open", false));
  }

  #toggle() {
    this.#show(!this.#shown);
  }

  /** @param {boolean} shown */
  #show(shown) {
    if (this.#layout !== "sheet") this.#kept.set("guideline_open", shown);
    const { root } = this.#desk;
    const inside = this.tools.contains(document.activeElement);
    if (this.open && !shown) this.#cover(false);
    this.#display(shown);
    if (this.open) this.#cover(true);
    else if (!shown && (inside || this.#layout === "sheet")) root.focus({ preventScroll: true });
    if (!shown) this.#parts.changed.hidden = true;
  }

  /** @param {boolean} shown */
  #display(shown) {
    this.#shown = shown;
    this.tools.hidden = !shown;
    mark(this.button, "aria-expanded", String(shown));
    mark(this.#desk.root, "data-aside", shown && this.#layout === "beside" ? "" : null);
    if (shown) this.#fill();
    else this.#examples?.rest();
  }

  /**
   * What lies behind a sheet is out of reach, also for Tab and screen readers.
   * @param {boolean} covers
   */
  #cover(covers) {
    cover(this.#desk.root, covers, this.tools);
    if (covers) this.#parts.box.focus({ preventScroll: true });
  }

  #fill() {
    if (!this.#examples) {
      const examples = new ExampleDesk(this.#desk);
      this.#examples = examples;
      const { classes } = this.#desk.setup;
      this.#parts.classes.append(...classes.map((spec) => this.#meaning(spec, examples)));
    }
    this.#examples.begin();
  }

  /**
   * @param {ClassSpec} spec
   * @param {ExampleDesk} examples
   */
  #meaning(spec, examples) {
    const { words } = this.#desk;
    const row = el(
      "li",
      "dalt-meaning",
      {},
      el("span", "dalt-chip", { "aria-hidden": "true" }),
      el(
        "p",
        "dalt-meaning-name",
        {},
        ...(spec.key ? [el("kbd", "", {}, keyText(spec.key, words))] : []),
        el("strong", "", { dir: "auto" }, spec.name),
      ),
    );
    row.style.setProperty("--chip", spec.colour);
    row.dataset.class = spec.name;
    if (spec.description) row.append(...paragraphs(spec.description));
    row.append(examples.of(spec.name, row));
    return row;
  }
}

/**
 * Paragraphs of a text, as text; line breaks in them stay.
 * @param {string} text
 */
function paragraphs(text) {
  return text
    .split(/\n[ \t]*\n/)
    .map((each) => each.replace(/^\n+|\s+$/g, ""))
    .filter(Boolean)
    .map((each) => el("p", "dalt-guideline-text", { dir: "auto" }, each));
}

/**
 * Tells texts apart; what it is of is not kept twice.
 * @param {string} text
 */
function fingerprint(text) {
  let [a, b] = [0x811c9dc5, 0x1000193];
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0;
    a = Math.imul(a ^ code, 0x01000193) >>> 0;
    b = (Math.imul(b, 31) + code) >>> 0;
  }
  return `${a.toString(16)}-${b.toString(16)}-${text.length}`;
}
