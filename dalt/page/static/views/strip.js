// The strip under the sample: the likeliest classes, the first of which Enter accepts.

import { button, el, mark, put } from "../dom/dom.js";
import { isMany } from "./search.js";

/** @import { ClassSpec, KeyTable, Sample, Standing, Suggestion, Task, Words } from "../types.js" */

/** @typedef {Record<"key" | "name" | "percent" | "fill", HTMLElement> & { button: HTMLButtonElement }} Top */

export const TOP = 3; // suggestions in the strip
const TOP_OF_MANY = 5;
const FEW = 4; // so few that the list below shows it all: only the first is named above it

export class Strip {
  /** @type {HTMLElement} */
  node;

  /** @type {ClassSpec[]} */
  #classes;
  /** @type {Words} */
  #words;
  /** @type {Top[]} */
  #tops;
  /** @type {string} */
  #none;
  /** @type {string} */
  #soon;
  #checked;
  /** @type {string} */
  #unencoded;
  #urged = el("p", "dalt-hidden", { role: "status", "data-dalt": "urged" }); // read out

  /**
   * `choose(rank)` is called by the buttons.
   * @param {Task} setup
   * @param {Words} words
   * @param {KeyTable} keys
   * @param {(rank: number) => void} choose
   */
  constructor(setup, words, keys, choose) {
    const { classes } = setup;
    const few = classes.length <= FEW;
    const most = few ? 1 : isMany(setup) ? TOP_OF_MANY : TOP;
    this.#classes = classes;
    this.#words = words;
    this.#none = words.say(setup.blind ? "blind" : "no_suggestion");
    this.#soon = words.say(setup.blind ? "blind" : "suggestions_soon");
    this.#checked = words.say(setup.blind ? "blind" : "checked_here");
    this.#unencoded = words.say(setup.blind ? "blind" : "not_encoded");
    this.#tops = Array.from({ length: Math.min(most, classes.length) }, (_, rank) => {
      const key = el("kbd", "", {}, rank === 0 ? keys.shown("accept") : "");
      const name = el("span", "dalt-name", { dir: "auto" });
      const percent = el("span", "dalt-percent");
      const fill = el("span", "dalt-meter-fill");
      const top = button(
        "dalt-top",
        rank === 0 ? "accept" : "candidate",
        () => choose(rank),
        el("span", "dalt-top-line", {}, key, name, percent),
        el("span", "dalt-meter", { "aria-hidden": "true" }, fill),
      );
      return { key, name, percent, fill, button: top };
    });
    this.node = el(
      "div",
      few ? "dalt-strip dalt-strip-few" : most > TOP ? "dalt-strip dalt-strip-many" : "dalt-strip",
      { role: "group", "aria-label": words.say("suggestions") },
      ...this.#tops.map(({ button }) => button),
      this.#urged,
    );
  }

  /** Enter was pressed where nothing is to be taken: say what is to be done. */
  urge() {
    const said = this.#words.say("choose_yourself");
    put(this.#tops[0].name, said);
    put(this.#urged, said);
    const lit = this.#tops[0].button;
    lit.classList.add("dalt-flash");
    setTimeout(() => lit.classList.remove("dalt-flash"), 350);
  }

  /**
   * `broken`: there is a sample, and nobody can see what it is.
   * @param {Suggestion | null} suggestion
   * @param {Sample | null} sample
   * @param {boolean} [broken]
   * @param {Standing | null} [standing]
   */
  paint(suggestion, sample, broken = false, standing = null) {
    const { percent, say, called } = this.#words;
    const condition = sample?.suggestion.condition;
    const none =
      condition === "none" ? say("hidden") : condition === "emphasis" ? say("emphasised") : this.#notYet(standing);
    const why = broken ? say("only_skip") : none;
    if (condition === "emphasis") suggestion = null;
    put(this.#urged, "");
    const ranked = suggestion?.classes ?? [];
    const share = suggestion?.probabilities ?? [];
    this.#tops.forEach((top, at) => {
      const spec = this.#classes[ranked[at]];
      const name = spec?.name ?? "";
      top.button.disabled = !spec;
      top.button.classList.toggle("dalt-none", !spec);
      mark(top.button, "data-label", spec ? name : null);
      mark(top.button, "data-probability", spec ? share[at].toFixed(4) : null);
      if (at > 0) put(top.key, spec ? spec.key.toUpperCase() : "");
      called(top.name, spec ? name : at === 0 ? why : "");
      put(top.percent, spec ? percent(share[at]) : "");
      top.fill.style.transform = `scaleX(${spec ? share[at].toFixed(3) : 0})`;
      mark(
        top.button,
        "aria-label",
        spec ? say(at === 0 ? "accept" : "choose_keyless", { name, percent: percent(share[at]) }) : null,
      );
    });
  }

  /**
   * Why there is no suggestion, though none was hidden.
   * @param {Standing | null} standing
   */
  #notYet(standing) {
    if (!standing) return this.#none;
    const { state, message, snapshot, n_learned, to_check, preparing } = standing;
    if (state === "waiting" && preparing !== null) return this.#none; // the head says how far it is
    if (state === "waiting" && message) return this.#unencoded; // however many are labelled
    if (to_check) return this.#checked;
    // The sample came before the model; before that, other sources can speak of some samples alone.
    return snapshot === null || n_learned === 0 ? this.#none : this.#soon;
  }
}
