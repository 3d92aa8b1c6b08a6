// What annotators disagree on, decided by the project's owner: it covers the page while it is open.
//
// A decision is kept by the browser until the kernel has it, like an answer.  Names can be
// hidden, so that it is decided by what was said and not by who did.

import { alone, button, closest, el, find, mark, put } from "../dom/dom.js";
import { release, show } from "../samples/content.js";
import { buildSample } from "../samples/sample.js";
import { togglePlay } from "../samples/sound.js";
import { ClassList } from "../views/classes.js";
import { answerOf, SubmitStrip, toggle } from "../views/several.js";
import { Strip as ClassStrip } from "../views/strip.js";
import { detailsList, fillDetails } from "./details.js";

/** @import { Action, AddonDesk, Buffers, DisputeEntry, Disputes, EngineOn, Sample, Strip, Told, Unadjudicated } from "../types.js" */

/**
 * What is to be decided: a sample, and what was said of it.
 * @typedef {Omit<DisputeEntry, "sample"> & { sample: Sample }} Dispute
 *
 * @typedef {Record<"said" | "details" | "stage" | "answers" | "work", HTMLElement>
 *   & Record<"names" | "again" | "undo" | "skip", HTMLButtonElement>
 *   & { strip: Strip, classes: ClassList }} Parts
 */

const LOW = 2; // more are asked for when fewer are held
/** @type {Record<string, number>} */
const SCROLL = { ArrowUp: -0.15, ArrowDown: 0.15, PageUp: -0.9, PageDown: 0.9 }; // shares of the place of a text

export class AdjudicationPanel {
  /** @type {HTMLButtonElement | undefined} */
  button;
  /** @type {HTMLElement | undefined} */
  node;

  /** @type {AddonDesk} */
  #desk;
  #parts = /** @type {Parts} */ ({});
  /** @type {Dispute[]} */
  #entries = []; // held, the first one is on screen
  /** @type {Set<string>} */
  #decided = new Set(); // ids of what was decided here
  /** @type {Set<string>} */
  #skipped = new Set();
  /** @type {number | null} */
  #left = null; // how many are to be decided; null until the kernel has said
  /** @type {string | null} */
  #trouble = null;
  #asked = false;
  #names = true;
  /** @type {Dispute | null} */
  #shown = null; // the entry on screen
  #ended = new AbortController();

  #back; // what the way back is called
  #closed; // called when it is closed

  /**
   * `back` is what the way back is called, `closed()` is called when it was taken.
   * @param {AddonDesk} desk
   * @param {{ back?: string, closed?: () => void }} [way]
   */
  constructor(desk, { back, closed } = {}) {
    this.#desk = desk;
    this.#back = back;
    this.#closed = closed;
    if (!desk.setup.owner) return;
    const { say } = desk.words;
    if (!desk.setup.adjudicates) {
      this.button = button("dalt-quiet", "adjudicate", () => this.#toggle(true), say("adjudicate"));
      mark(this.button, "aria-expanded", "false");
    }
    this.node = el("section", "dalt-adjudication", {
      "data-dalt": "adjudication",
      "aria-label": say("adjudicate_title"),
      hidden: "",
    });
    /** @type {EngineOn} */
    const on = (name, handler) => desk.engine.addEventListener(name, handler, { signal: this.#ended.signal });
    on("kernel:disputes", ({ detail }) => this.#take(detail));
    on("kernel:unadjudicated", ({ detail }) => this.#undone(detail));
    on("kernel:refused", () => {
      // what was refused is still to be decided
      this.#decided.clear();
      if (this.open) this.#ask();
    });
    if (desk.setup.adjudicates || desk.engine.adjudicating) this.#toggle(true);
  }

  get open() {
    return this.node ? !this.node.hidden : false;
  }

  close() {
    this.#ended.abort();
    for (const { sample } of this.#entries) release(sample);
    mark(this.#desk.root, "data-adjudicates", null);
  }

  /**
   * While it is open all keys are its own.
   * @param {KeyboardEvent} event
   * @param {string} letter
   * @returns {Action | null}
   */
  actionOf(event, letter) {
    if (!this.open) return null;
    const { key, target, ctrlKey, metaKey } = event;
    if ((key === "Enter" || key === " ") && closest(target, "button")) return null;
    if (key === "Tab") return null;
    const { keys } = this.#desk;
    const does = keys.actionOf(letter);
    const index = keys.classOf(letter);
    if (ctrlKey || metaKey || key === "Backspace" || does === "undo") return () => this.#undo();
    if (key === "Escape") return () => this.#toggle(false);
    if (does === "accept") return () => this.#accept();
    if (does === "skip") return () => this.#skip();
    const sound = does === "play" ? this.#parts.stage.querySelector("audio") : null;
    if (sound) return () => togglePlay(sound);
    const scroller = index === undefined && key in SCROLL ? find(this.#parts.stage, "[data-scroll]") : null;
    if (scroller) {
      const scroll = () => scroller.scrollBy({ top: SCROLL[key] * scroller.clientHeight });
      return Object.assign(scroll, { repeats: true });
    }
    return index === undefined ? () => {} : () => this.#choose(index);
  }

  /** @param {boolean} open */
  #toggle(open) {
    const { root, engine, setup } = this.#desk;
    const { node } = this;
    if (!node || (!open && setup.adjudicates)) return;
    engine.adjudicating = open; // also after the page was built anew
    node.hidden = !open;
    mark(root, "data-adjudicates", open ? "" : null); // what else there is goes out of sight
    if (this.button) mark(this.button, "aria-expanded", String(open));
    if (open) {
      this.#build();
      this.#ask();
    } else node.replaceChildren();
    root.focus({ preventScroll: true });
    if (!open) this.#closed?.();
  }

  /**
   * Open it; a sample that is given is decided before all others.
   * @param {DisputeEntry} [entry]
   * @param {Buffers} [buffers]
   */
  show(entry, buffers = []) {
    this.#toggle(true);
    if (entry) this.#putFirst(entry, buffers);
    this.#paint();
  }

  #build() {
    const { words, keys, setup } = this.#desk;
    const { say } = words;
    const parts = this.#parts;
    parts.said = el("p", "dalt-adjudication-said", { role: "status", "data-dalt": "adjudication-said" });
    parts.names = button("dalt-quiet", "names", () => this.#hideNames(), "");
    parts.again = button("dalt-quiet", "adjudicate-skipped", () => this.#again(), "");
    parts.details = detailsList(words);
    parts.stage = el("div", "dalt-stage", { "data-dalt": "disputed" });
    parts.answers = el("ul", "dalt-answers", { "aria-label": say("what_was_said"), "data-dalt": "answers" });
    parts.strip = setup.multi_label
      ? new SubmitStrip(setup, words, keys, () => this.#accept())
      : new ClassStrip(setup, words, keys, (rank) => this.#chooseRank(rank));
    parts.classes = new ClassList(setup, words, keys, {
      choose: (index) => this.#choose(index),
      leave: () => this.#desk.root.focus({ preventScroll: true }),
      add: () => {},
    });
    parts.undo = button(
      "dalt-quiet",
      "undo-adjudicate",
      () => this.#undo(),
      say("undo"),
      el("kbd", "", {}, keys.shown("undo")),
    );
    parts.skip = button(
      "dalt-quiet",
      "skip-adjudicate",
      () => this.#skip(),
      say("skip"),
      el("kbd", "", {}, keys.shown("skip")),
    );
    const back = setup.adjudicates
      ? []
      : [
          button(
            "dalt-quiet",
            "adjudicate-close",
            () => this.#toggle(false),
            this.#back ?? say("adjudicate_back"),
            el("kbd", "", {}, "Esc"),
          ),
        ];
    const main = el("div", "dalt-main", {}, parts.details, parts.stage);
    const foot = el("footer", "dalt-foot", {}, parts.undo, el("span", "dalt-space"), parts.skip);
    const side = el("div", "dalt-side", {}, parts.answers, parts.strip.node, parts.classes.node, foot);
    parts.work = main;
    this.node?.replaceChildren(
      el(
        "header",
        "dalt-adjudication-head",
        {},
        el(alone() ? "h1" : "h2", "dalt-title", {}, say("adjudicate_title")),
        parts.said,
        parts.again,
        el("div", "dalt-actions", {}, parts.names, ...back),
      ),
      main,
      side,
    );
    this.#shown = null;
    this.#paint();
  }

  // --- with the kernel

  #ask() {
    this.#asked = true;
    this.#desk.engine.ask({
      type: "disputes",
      decided: [...this.#decided],
      leave_out: [...this.#skipped, ...this.#entries.map(({ sample }) => sample.id)],
    });
  }

  /** @param {Told<Disputes>} told */
  #take({ message, buffers }) {
    this.#asked = false;
    this.#left = message.n;
    this.#trouble = message.trouble;
    const gone = new Set([...this.#decided, ...this.#skipped, ...this.#entries.map(({ sample }) => sample.id)]);
    const fresh = message.entries.filter(({ sample }) => !gone.has(sample.id));
    for (const { sample } of fresh) show(sample, buffers);
    this.#entries.push(...fresh);
    if (this.open) this.#paint();
  }

  /** @param {Told<Unadjudicated>} told */
  #undone({ message, buffers }) {
    const [entry] = message.entries;
    if (!entry) {
      const detail = { name: "nothing_to_undo", message: "", key: null };
      this.#desk.engine.dispatchEvent(new CustomEvent("notice", { detail }));
      return;
    }
    if (this.#decided.delete(entry.sample.id) && this.#left !== null) this.#left += 1;
    this.#putFirst(entry, buffers);
    if (this.open) this.#paint();
  }

  /**
   * @param {DisputeEntry} entry
   * @param {Buffers} buffers
   */
  #putFirst(entry, buffers) {
    show(entry.sample, buffers);
    this.#skipped.delete(entry.sample.id);
    this.#entries = [entry, ...this.#entries.filter(({ sample }) => sample.id !== entry.sample.id)];
  }

  // --- deciding

  /** @param {number} index */
  #choose(index) {
    const { setup } = this.#desk;
    const entry = this.#shown;
    if (!entry) return;
    if (!setup.multi_label) this.#decide(setup.classes[index].name);
    else {
      toggle(entry.sample, setup.classes, index);
      this.#paintClasses();
    }
  }

  /** @param {number} rank */
  #chooseRank(rank) {
    const index = this.#shown?.sample.suggestion.classes[rank];
    if (index !== undefined) this.#choose(index);
  }

  #accept() {
    const { setup } = this.#desk;
    if (!setup.multi_label) this.#chooseRank(0);
    else if (this.#shown) this.#decide(answerOf(this.#shown.sample, setup.classes));
  }

  /** @param {string | string[]} label */
  #decide(label) {
    if (!this.#shown) return;
    const { id } = this.#shown.sample;
    this.#desk.engine.post({ type: "adjudicate", sample_id: id, label });
    this.#decided.add(id);
    if (this.#left) this.#left -= 1;
    this.#next();
  }

  #skip() {
    if (!this.#shown) return;
    this.#skipped.add(this.#shown.sample.id);
    this.#next();
  }

  #next() {
    for (const { sample } of this.#entries.splice(0, 1)) release(sample);
    if (this.#entries.length < LOW) this.#ask();
    this.#paint();
  }

  #undo() {
    this.#desk.engine.post({ type: "undo_adjudicate" });
  }

  #again() {
    this.#skipped.clear();
    this.#ask();
    this.#paint();
  }

  #hideNames() {
    this.#names = !this.#names;
    this.#paint();
  }

  // --- painting

  #paint() {
    const { words } = this.#desk;
    const { say, number } = words;
    const parts = this.#parts;
    const entry = this.#entries[0] ?? null;
    const skipped = this.#skipped.size;
    put(parts.names, say(this.#names ? "hide_names" : "show_names"));
    put(
      parts.said,
      this.#trouble ??
        (entry === null && this.#asked
          ? say("adjudicate_busy")
          : entry === null && skipped
            ? say("adjudicate_none_else")
            : this.#left
              ? say(this.#left === 1 ? "adjudicate_left_one" : "adjudicate_left", { n: number(this.#left) })
              : say("adjudicate_none")),
    );
    put(parts.again, say("adjudicate_skipped", { n: number(skipped) }));
    parts.again.hidden = !skipped || entry !== null || this.#asked;
    parts.work.hidden = entry === null;
    // Undo stays: the last decision can be taken back when nothing is left.
    for (const part of [parts.answers, parts.strip.node, parts.classes.node]) part.hidden = entry === null;
    parts.skip.disabled = entry === null;
    if (entry !== this.#shown) this.#paintSample(entry);
    if (entry) {
      this.#paintAnswers(entry);
      this.#paintClasses();
    }
  }

  /** @param {Dispute | null} entry */
  #paintSample(entry) {
    const { stage, details } = this.#parts;
    this.#shown = entry;
    fillDetails(details, entry?.sample ?? null, this.#desk.words);
    mark(stage, "data-sample-id", entry?.sample.id ?? null);
    mark(stage, "data-kind", entry?.sample.trouble ? null : (entry?.sample.display.kind ?? null));
    const made =
      entry &&
      buildSample(entry.sample, this.#desk.words, () => {
        if (this.#shown === entry && made) stage.replaceChildren(made.node); // of a damaged picture, what it says
      });
    stage.replaceChildren(...(made ? [made.node] : []));
  }

  /**
   * Each answer once, with those who gave it, or how many they are.
   * @param {DisputeEntry} entry
   */
  #paintAnswers({ answers }) {
    const { words, setup } = this.#desk;
    const { say, number, answer, list } = words;
    /** @type {Map<string, { color: string, who: string[] }>} */
    const said = new Map();
    for (const { annotator, label } of answers) {
      const name = answer(label);
      const color = setup.classes.find((spec) => spec.name === label)?.colour ?? "transparent";
      said.set(name, { color, who: [...(said.get(name)?.who ?? []), annotator] });
    }
    const rows = [...said].sort(([, one], [, other]) => other.who.length - one.who.length);
    this.#parts.answers.replaceChildren(
      ...rows.map(([name, { color, who }]) => {
        const count = say(who.length === 1 ? "annotator_one" : "annotators", { n: number(who.length) });
        const chip = el("span", "dalt-chip", { "aria-hidden": "true" });
        chip.style.setProperty("--chip", color);
        const text = el("strong", "dalt-name", { dir: "auto" });
        words.called(text, name);
        return el(
          "li",
          "dalt-said",
          { "data-dalt": "said", "data-label": name },
          chip,
          text,
          el("span", "dalt-who", { dir: "auto" }, this.#names ? list(who) : count),
        );
      }),
    );
  }

  #paintClasses() {
    const { strip, classes } = this.#parts;
    if (!this.#shown) return;
    const { sample } = this.#shown;
    classes.paint(sample.suggestion, sample);
    strip.paint(sample.suggestion, sample);
  }
}
