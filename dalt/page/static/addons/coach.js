// The first steps: which key does what, one thing at a time, each as it becomes possible.
//
// A step is over when its key was pressed, or after a few answers.  Who closes the bar does not
// see it again in this browser, unless the list of keys is asked for it.

import { button, closest, el, mark, put, takesText } from "../dom/dom.js";
import { Remembered } from "../dom/remembered.js";
import { keyText } from "../keys/keys.js";
import { SHAPE_OF } from "../marks/regions.js";

/** @import { AddonDesk, Engine, Entry, Phrase, Task } from "../types.js" */

/**
 * What is told: its keys, what is said of them, what ends it, whether it can be done.
 * @typedef {{ name: string, keys: string[], range?: boolean, text: Phrase, by: string[],
 *   possible: (engine: Engine) => unknown }} Step
 */

const ANSWERS_TO_LEARN = 4; // given while a step is on screen: it is known then
const SURE_ENOUGH = 0.7; // what a page to verify is made of

export class Coach {
  /** @type {HTMLElement} */
  status;

  /** @type {AddonDesk} */
  #desk;
  #kept = new Remembered();
  #over = this.#kept.get("coached", false);
  /** @type {string[]} */
  #learned = this.#kept.get("coach", []);
  /** @type {Step[]} */
  #steps;
  /** @type {Step | null} */
  #step = null;
  #since = 0; // answers when the step came on screen
  #answers = 0;
  /** @type {Entry | null} */
  #last = null;
  #parts = /** @type {Record<"keys" | "text", HTMLElement>} */ ({});
  #ended = new AbortController();

  /** @param {AddonDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    this.#steps = steps(desk);
    const { say } = desk.words;
    this.#parts.keys = el("span", "dalt-coach-keys");
    this.#parts.text = el("span", "");
    this.status = el(
      "section",
      "dalt-coach",
      { "data-dalt": "coach", "aria-label": say("coach"), hidden: "" },
      el("p", "", { role: "status" }, this.#parts.keys, this.#parts.text),
      button("dalt-quiet", "coach-close", () => this.#close(), say("coach_close"), el("kbd", "", {}, "Esc")),
    );
    const { signal } = this.#ended;
    // Before the page does what the key says; it only listens.
    desk.root.addEventListener("keydown", (event) => this.#pressed(event), { signal, capture: true });
    desk.root.addEventListener("keydown", (event) => this.#escaped(event), { signal });
    desk.engine.addEventListener("coach", () => this.#again(), { signal });
  }

  close() {
    mark(this.#desk.root, "data-coach", null);
    this.#ended.abort();
  }

  /**
   * Esc closes the bar where it means nothing else: whatever has a use for it was asked before.
   * @param {KeyboardEvent} event
   */
  #escaped(event) {
    if (event.key !== "Escape" || event.defaultPrevented || !this.#step) return;
    event.preventDefault();
    event.stopPropagation();
    this.#close();
  }

  paint() {
    if (this.#over && !this.#step) return;
    const last = this.#desk.engine.timeline.history.at(-1) ?? null;
    if (last !== this.#last) this.#answers += 1;
    this.#last = last;
    if (this.#step && this.#step.name !== "help" && this.#answers - this.#since >= ANSWERS_TO_LEARN) {
      this.#learn(this.#step.name);
    }
    this.#paintStep();
  }

  #paintStep() {
    const { engine, words } = this.#desk;
    if (!this.#over && this.#between(engine)) return;
    // Its steps are ways to answer, and of a project that can only be read nothing is answered.
    const step = this.#over || engine.setup?.read_only ? null : this.#stepNow(engine);
    if (step === this.#step) return;
    this.#step = step;
    this.#since = this.#answers;
    this.status.hidden = step === null;
    mark(this.status, "data-step", step?.name ?? null);
    mark(this.#desk.root, "data-coach", step?.name ?? null);
    if (!step) return;
    const { keys } = this.#parts;
    keys.replaceChildren(
      ...step.keys.flatMap((key, at) => [...(at && step.range ? ["–"] : []), el("kbd", "", {}, key)]),
    );
    put(this.#parts.text, words.say(step.text));
  }

  /**
   * Whether the next sample is on its way: what is told of this one stays, and of none nothing is told yet.
   * @param {Engine} engine
   */
  #between({ mode, done, nothing }) {
    return mode === "single" && !done && !nothing && this.#desk.current() === null;
  }

  /**
   * The step on screen stays until it is over or cannot be done any more.
   * @param {Engine} engine
   */
  #stepNow(engine) {
    /** @param {Step} step */
    const open = (step) => step.keys.length && !this.#learned.includes(step.name) && step.possible(engine);
    if (this.#step && open(this.#step) && this.#step.name !== "help") return this.#step;
    return this.#steps.find(open) ?? null;
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (!this.#step || event.repeat || event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    if (takesText(event.target) || closest(event.target, ".dalt-help")) return;
    const { keys } = this.#desk;
    const letter = keys.nameOf(event);
    const done = keys.classOf(letter) !== undefined ? "choose" : (keys.actionOf(letter) ?? letter);
    if (this.#step.by.includes(done)) {
      this.#learn(this.#step.name);
      setTimeout(() => this.#desk.repaint()); // the key has done what it does by then
    }
  }

  /** @param {string} name */
  #learn(name) {
    this.#keep([...this.#learned, name], name === "help");
  }

  #close() {
    this.#keep(this.#learned, true);
    this.#paintStep();
    this.#desk.root.focus({ preventScroll: true });
  }

  #again() {
    this.#keep([], false);
    this.#paintStep();
  }

  /**
   * @param {string[]} learned
   * @param {boolean} over
   */
  #keep(learned, over) {
    [this.#learned, this.#over] = [learned, over];
    this.#kept.set("coach", learned);
    this.#kept.set("coached", over);
  }
}

/**
 * What is told, in this order: its keys, what is said of them, what ends it, whether it can be done.
 * @param {AddonDesk} desk
 * @returns {Step[]}
 */
function steps({ setup, words, keys, current }) {
  const named = setup.classes.filter(({ key }) => key).map(({ key }) => keyText(key, words));
  const ends = named.length > 1 ? [named[0], named[named.length - 1]] : named;
  /** @param {Engine} engine */
  const single = ({ mode }) => mode === "single" && current() !== null;
  /** @param {Engine} engine */
  const suggested = (engine) => single(engine) && (setup.several || (current()?.suggestion.classes.length ?? 0) > 0);
  /** @param {Engine} engine */
  const after = (engine) => single(engine) && engine.timeline.history.length > 0;
  /**
   * @param {string} name
   * @param {Phrase} text
   * @param {string[] | null} by
   * @param {(engine: Engine) => unknown} possible
   */
  const action = (name, text, by, possible) => ({
    name,
    keys: [keys.shown(name)].filter(Boolean),
    text,
    by: by ?? [name],
    possible,
  });
  return [
    {
      name: "choose",
      keys: ends,
      range: true,
      by: ["choose"],
      possible: single,
      text: chooses(setup),
    },
    action("take", "coach_take", null, (engine) => single(engine) && current()?.marks?.next),
    action("accept", setup.several ? "coach_submit" : "coach_accept", null, suggested),
    action("undo", "coach_undo", ["undo", "Backspace", "backspace"], after),
    action("skip", "coach_skip", null, single),
    action("mode", "coach_mode", null, (engine) => suggested(engine) && verifiable(setup, engine)),
    { ...action("accept", "coach_confirm", null, verifying), name: "confirm" },
    { ...action("mode", "coach_back", null, verifying), name: "back" },
    action("help", "coach_help", null, () => true),
  ];
}

/**
 * What a class key does: where parts are marked it answers nothing.
 * @param {Task} setup
 * @returns {Phrase}
 */
function chooses({ task, multi_label: several }) {
  if (task === "spans") return "coach_spans";
  if (task in SHAPE_OF) return `coach_${SHAPE_OF[task]}`;
  return several ? "coach_choose_several" : "coach_choose";
}

/** @param {Engine} engine */
function verifying({ mode, pages }) {
  return mode === "verify" && pages.length > 0;
}

/**
 * Whether there are samples that the model is sure of.
 * @param {Task} setup
 * @param {Engine} engine
 */
function verifiable({ pages }, { standing, unsure, queue }) {
  if (!pages || unsure || (standing?.snapshot ?? null) === null) return false;
  return standing?.quicker === "verify" || queue.some(({ suggestion }) => suggestion.probabilities[0] >= SURE_ENOUGH);
}
