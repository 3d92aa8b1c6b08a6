// A sample that can have several classes: which of them are set.
//
// Those that are likelier than not are set when the sample comes on screen; a key or a click
// sets a class or takes it back, Enter submits what is set.

import { button, el, hide, mark, put } from "../dom/dom.js";

/** @import { ClassSpec, KeyTable, Sample, Suggestion, Task, Words } from "../types.js" */

const LIKELY = 0.5;
const AT_ONCE = 300; // ms in which a second Enter is no answer to what the first one brought up

/**
 * The names set for a sample; at first those of its answer, or that are suggested.
 * @param {Sample} sample
 * @param {ClassSpec[]} classes
 */
export function setOf(sample, classes) {
  sample.set ??= new Set(/** @type {string[]} */ (sample.answered?.label ?? suggested(sample, classes)));
  return sample.set;
}

/**
 * Set a class of a sample, or take it back.
 * @param {Sample} sample
 * @param {ClassSpec[]} classes
 * @param {number} index
 */
export function toggle(sample, classes, index) {
  const set = setOf(sample, classes);
  const { name } = classes[index];
  if (!set.delete(name)) set.add(name);
  sample.begun = true;
  delete sample.warned;
}

/**
 * Whether chance has hidden what is suggested for a sample, and people have set nothing.
 * @param {Sample} sample
 * @param {ClassSpec[]} classes
 */
function isLeft(sample, classes) {
  return sample.suggestion.condition === "none" && !sample.answered && !answerOf(sample, classes).length;
}

/**
 * Enter was pressed: whether what is set may be submitted.  Where nothing was suggested, Enter out
 * of habit is not the answer "none of them", so that takes a second one.
 * @param {Sample} sample
 * @param {ClassSpec[]} classes
 */
export function confirmed(sample, classes, now = performance.now()) {
  if (!isLeft(sample, classes)) return true;
  sample.warned ??= now;
  return now - sample.warned > AT_ONCE;
}

/**
 * What is set, in the order of the classes: the answer.
 * @param {Sample} sample
 * @param {ClassSpec[]} classes
 */
export function answerOf(sample, classes) {
  const set = setOf(sample, classes);
  return classes.map(({ name }) => name).filter((name) => set.has(name));
}

/**
 * @param {Sample} sample
 * @param {ClassSpec[]} classes
 */
function suggested({ suggestion }, classes) {
  return suggestion.classes
    .filter((_, rank) => suggestion.probabilities[rank] >= LIKELY)
    .map((index) => classes[index].name);
}

/** In the place of the strip of suggestions: what Enter submits. */
export class SubmitStrip {
  /** @type {HTMLElement} */
  node;

  /** @type {ClassSpec[]} */
  #classes;
  /** @type {Words} */
  #words;
  #names = el("span", "dalt-set");
  #rest = el("span", "dalt-set-rest", { hidden: "" });
  #why = el("span", "dalt-percent");
  #urged = el("p", "dalt-hidden", { role: "status", "data-dalt": "urged" }); // read out
  /** @type {HTMLButtonElement} */
  #button;

  /**
   * @param {Task} setup
   * @param {Words} words
   * @param {KeyTable} keys
   * @param {() => void} submit
   */
  constructor({ classes }, words, keys, submit) {
    this.#classes = classes;
    this.#words = words;
    this.#button = button(
      "dalt-top dalt-submit",
      "accept",
      submit,
      el("span", "dalt-top-line", {}, el("kbd", "", {}, keys.shown("accept")), this.#names, this.#why),
    );
    this.node = el(
      "div",
      "dalt-strip dalt-strip-several",
      { role: "group", "aria-label": words.say("answer") },
      this.#button,
      this.#urged,
    );
    new ResizeObserver(() => this.#fit()).observe(this.#names);
  }

  /**
   * Enter was pressed: answer with what is set, or say that people have to choose.
   * @param {Sample} sample
   * @param {(set: string[]) => void} answer
   */
  submit(sample, answer) {
    if (confirmed(sample, this.#classes)) return answer(answerOf(sample, this.#classes));
    this.paint(sample.suggestion, sample);
    put(this.#urged, this.#words.say("choose_or_none"));
    this.#button.classList.add("dalt-flash");
    setTimeout(() => this.#button.classList.remove("dalt-flash"), 350);
  }

  /**
   * @param {Suggestion | null} suggestion
   * @param {Sample | null} sample
   */
  paint(suggestion, sample, broken = false) {
    const { say, list } = this.#words;
    this.#button.disabled = !sample;
    const answer = sample ? answerOf(sample, this.#classes) : [];
    const specs = this.#classes.filter(({ name }) => answer.includes(name));
    const left = sample && isLeft(sample, this.#classes);
    const empty = left ? say(sample.warned ? "choose_or_none" : "hidden") : say("none_of_them");
    put(this.#urged, "");
    this.#names.replaceChildren(
      ...(specs.length
        ? specs.map((spec) => this.#chip(spec))
        : [document.createTextNode(sample ? empty : broken ? say("only_skip") : "")]),
      this.#rest,
    );
    this.#fit();
    const same =
      sample &&
      suggestion?.classes.length &&
      JSON.stringify([...suggested(sample, this.#classes)].sort()) === JSON.stringify([...answer].sort());
    put(this.#why, same ? say("as_suggested") : "");
    mark(this.#button, "data-label", sample ? JSON.stringify(answer) : null);
    mark(
      this.#button,
      "aria-label",
      !sample || left ? null : answer.length ? say("submit_set", { names: list(answer) }) : say("submit_none"),
    );
  }

  /** Names that the two lines cannot hold are counted: a button must not scroll. */
  #fit() {
    const chips = /** @type {HTMLElement[]} */ ([...this.#names.children]).slice(0, -1);
    for (const chip of chips) hide(chip, false);
    hide(this.#rest, true);
    const { clientHeight, scrollHeight } = this.#names;
    if (!chips.length || scrollHeight <= clientHeight) return;
    const bottom = this.#names.offsetTop + clientHeight;
    const ends = chips.map((chip) => chip.offsetTop + chip.offsetHeight);
    let held = Math.max(1, ends.filter((end) => end <= bottom).length);
    if (held === chips.length) return;
    for (const chip of chips.slice(held)) hide(chip, true);
    hide(this.#rest, false);
    put(this.#rest, `+${chips.length - held}`);
    while (held > 1 && this.#names.scrollHeight > clientHeight) {
      held -= 1;
      hide(chips[held], true);
      put(this.#rest, `+${chips.length - held}`);
    }
  }

  /** @param {ClassSpec} spec */
  #chip({ name, colour }) {
    const text = el("span", "", { dir: "auto" });
    this.#words.called(text, name);
    const chip = el("span", "dalt-set-one", {}, el("span", "dalt-chip", { "aria-hidden": "true" }), text);
    chip.style.setProperty("--chip", colour);
    return chip;
  }
}
