// Below what marks: what Enter submits, and what takes proposals.

import { button, el, hide, mark, put } from "../dom/dom.js";

/** @import { KeyTable, Sample, Stage, Suggestion, Words } from "../types.js" */

/** In the place of the strip of suggestions: what Enter submits, and what takes proposals. */
export class SpanStrip {
  /** @type {HTMLElement} */
  node;

  /** @type {Words} */
  #words;
  /** @type {Stage} */
  #stage;
  /** @type {"span" | "region"} */
  #unit;
  #text = el("span", "dalt-name");
  #more = el("span", "dalt-percent dalt-submit-more", { role: "status" });
  /** @type {HTMLButtonElement} */
  #button;
  /** @type {HTMLButtonElement} */
  #take;
  #all = el("span", "");
  /** @type {HTMLElement} */
  #takes;

  /**
   * `unit` is what is submitted: a span or a region; `take(all)` is called by the other buttons.
   * @param {Words} words
   * @param {KeyTable} keys
   * @param {{ submit: () => void, take: (all: boolean) => void }} on
   * @param {Stage} stage
   * @param {"span" | "region"} unit
   */
  constructor(words, keys, { submit, take }, stage, unit) {
    this.#words = words;
    this.#unit = unit;
    this.#stage = stage;
    this.#button = button(
      "dalt-top dalt-submit",
      "accept",
      submit,
      el("span", "dalt-top-line", {}, el("kbd", "", {}, keys.shown("accept")), this.#text),
      this.#more,
    );
    const key = keys.shown("take");
    /** @param {string} text */
    const shown = (text) => (key ? [el("kbd", "", {}, text)] : []);
    this.#take = button("dalt-take", "take", () => take(false), ...shown(key), el("span", "", {}, words.say("take")));
    this.#takes = el(
      "div",
      "dalt-takes",
      {},
      this.#take,
      button("dalt-take", "take-all", () => take(true), ...shown(`⇧ ${key}`), this.#all),
    );
    this.node = el(
      "div",
      "dalt-strip dalt-strip-several dalt-strip-marks",
      { role: "group", "aria-label": words.say("answer") },
      this.#button,
      this.#takes,
    );
  }

  /**
   * @param {Suggestion | null} _suggestion
   * @param {Sample | null} shown
   */
  paint(_suggestion, shown, broken = false) {
    const { say, number } = this.#words;
    const { sample } = this.#stage;
    const unit = this.#unit;
    this.#button.disabled = !sample;
    const { counted: n, proposed, outlined, warned } = sample ? this.#stage.tally : { counted: 0, outlined: 0 };
    const undecided = n === 0 && outlined > 0;
    put(
      this.#text,
      !sample
        ? shown || broken
          ? say("cannot_mark")
          : ""
        : undecided
          ? say(warned ? "submit_again" : "submit_not_yet")
          : n === 0
            ? say(`submit_no_${unit}`)
            : say(n === 1 ? `submit_${unit}` : `submit_${unit}s`, { n: number(n) }),
    );
    put(
      this.#more,
      undecided
        ? say(warned ? "submit_again_hint" : "submit_not_yet_hint", { n: number(outlined) })
        : outlined
          ? say(outlined === 1 ? "left_out_one" : "left_out", { n: number(outlined) })
          : proposed
            ? say(proposed === 1 ? "as_proposed_one" : "as_proposed", { n: number(proposed) })
            : "",
    );
    mark(this.#button, "data-undecided", undecided ? (warned ? "warned" : "") : null);
    // What is hidden loses the focus, and keys would be lost with it.
    if (!outlined && this.#takes.contains(document.activeElement)) this.#button.focus({ preventScroll: true });
    hide(this.#takes, outlined === 0);
    put(this.#all, say("take_all", { n: number(outlined) }));
  }
}
