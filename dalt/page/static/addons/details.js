// What the owner shows beside each sample: columns of the frame that it came from.

import { el, hide } from "../dom/dom.js";

/** @import { AddonDesk, Sample, Words } from "../types.js" */

export class DetailsLine {
  /** @type {HTMLElement} */
  lines;

  /** @type {AddonDesk} */
  #desk;
  /** @type {Sample | null} */
  #sample = null;

  /** @param {AddonDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    this.lines = detailsList(desk.words);
  }

  paint() {
    const sample = this.#desk.current();
    if (sample === this.#sample) return;
    this.#sample = sample;
    fillDetails(this.lines, sample, this.#desk.words);
  }
}

/**
 * The list, still empty.
 * @param {Words} words
 * @returns {HTMLElement}
 */
export function detailsList(words) {
  return el("ul", "dalt-details", { "data-dalt": "details", "aria-label": words.say("details"), hidden: "" });
}

/**
 * Put the columns of a sample into a list; without any it is hidden.
 * @param {HTMLElement} list
 * @param {Sample | null} sample
 * @param {Words} words
 */
export function fillDetails(list, sample, words) {
  const details = sample?.details ?? [];
  hide(list, details.length === 0);
  list.replaceChildren(...details.map(([name, value]) => detail(name, value, words)));
}

/**
 * A column and its value; one that is missing has a dash, so that the line stays where it is.
 * @param {string} name
 * @param {string} value
 * @param {Words} words
 */
function detail(name, value, words) {
  const said =
    value === ""
      ? el("span", "dalt-missing", {}, "–", el("span", "dalt-hidden", {}, words.say("missing")))
      : el("span", "dalt-detail", { dir: "auto", title: value }, value);
  return el("li", "", {}, el("span", "dalt-detail-name", { dir: "auto" }, name), " ", said);
}
