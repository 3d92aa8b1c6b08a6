// The guideline of the project and what its classes mean, beside the sample or over it.
//
// Where there is room the panel stays as it was left.  In a narrow cell of a notebook it stands above the
// sample.  A guideline that this browser has not shown yet opens it by itself.

import { alone, closest, el, mark, within } from "../dom/dom.js";
import { Remembered } from "../dom/remembered.js";
import { keyText } from "../keys/keys.js";
import { ExampleDesk } from "./examples.js";
import { Panel } from "./panel.js";

/** @import { Action, AddonDesk, ClassSpec } from "../types.js" */

const SCROLL_KEYS = /^(Arrow|Page|Home|End| )/; // keys that scroll what has the focus

export class GuidelinePanel {
  /** @type {HTMLButtonElement} */
  button;
  /** @type {HTMLElement} */
  panel;

  /** @type {AddonDesk} */
  #desk;
  /** @type {Remembered} */
  #kept;
  /** @type {Panel} */
  #panel;
  /** @type {HTMLElement} */
  #changed;
  #classes = el("ul", "dalt-meanings");
  /** @type {ExampleDesk | null} */
  #examples = null;
  /** @type {boolean} */
  #fresh; // the guideline was not shown in this browser yet
  #begun = false;

  /** @param {AddonDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    this.#kept = new Remembered(desk.setup.project);
    const { setup, words } = desk;
    const { say } = words;
    const text = fingerprint(setup.guideline);
    const seen = this.#kept.get("guideline", null);
    this.#fresh = setup.guideline !== "" && seen !== text;
    this.#changed = el("span", "dalt-changed", { "data-dalt": "guideline-changed" }, say("guideline_changed"));
    this.#changed.hidden = !(this.#fresh && seen !== null);
    this.#panel = new Panel(
      desk,
      {
        name: "guideline",
        mark: "guideline-panel",
        label: say("guideline"),
        title: say("guideline"),
        look: "dalt-guideline",
        inline: true,
        badge: this.#changed,
        changed: (shown, asked) => this.#shows(shown, asked),
      },
      ...paragraphs(setup.guideline),
      el(alone() ? "h3" : "h4", "", {}, say("meanings")),
      this.#classes,
    );
    this.button = this.#panel.button;
    this.panel = this.#panel.node;
    if (this.#fresh) this.#kept.set("guideline", text);
  }

  close() {
    this.#panel.close();
    this.#examples?.close();
  }

  /** While it covers the page. */
  get open() {
    return this.#panel.open;
  }

  /**
   * @param {KeyboardEvent} event
   * @param {string} letter
   * @returns {Action | "native" | null}
   */
  actionOf(event, letter) {
    const action = this.#panel.actionOf(event, letter);
    if (action || event.ctrlKey || event.metaKey) return action;
    const { key, target } = event;
    const scrolls = this.#panel.shown && within(this.panel, target) && SCROLL_KEYS.test(key);
    return scrolls && !closest(target, "button") ? "native" : null;
  }

  paint() {
    if (!this.#begun) this.#begin();
    if (this.#panel.shown) this.#examples?.paint();
  }

  #begin() {
    const panel = this.#panel;
    panel.begin();
    this.#begun = true;
    const again = panel.layout !== "sheet" && this.#kept.get("guideline_open", false);
    if (!panel.shown && (this.#fresh || again)) panel.show(true);
  }

  /**
   * @param {boolean} shown
   * @param {boolean} asked
   */
  #shows(shown, asked) {
    // Left open where it covers nothing, it is open when the page is opened again.
    if (asked && this.#panel.layout !== "sheet") this.#kept.set("guideline_open", shown);
    if (shown) this.#fill();
    else this.#examples?.rest();
    if (asked && !shown) this.#changed.hidden = true;
  }

  #fill() {
    if (!this.#examples) {
      // Shown with their first examples, which would push all below them down.
      mark(this.#classes, "data-waiting", "");
      const examples = new ExampleDesk(this.#desk, () => mark(this.#classes, "data-waiting", null));
      this.#examples = examples;
      const { classes } = this.#desk.setup;
      this.#classes.append(...classes.map((spec) => this.#meaning(spec, examples)));
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
