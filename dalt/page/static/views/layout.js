// What the page is built of, for one setup: the parts that speak its language and know its classes and keys.

import { ADDONS } from "../addons/addons.js";
import { alone, controls, el, mark } from "../dom/dom.js";
import { speak } from "../i18n/text.js";
import { KeyTable } from "../keys/keys.js";
import { RegionStage, SHAPE_OF } from "../marks/regions.js";
import { SpanStage } from "../marks/spans.js";
import { SpanStrip } from "../marks/submit.js";
import { ClassList } from "./classes.js";
import { Foot } from "./foot.js";
import { Head } from "./head.js";
import { Help } from "./help.js";
import { SubmitStrip } from "./several.js";
import { Strip as ClassStrip } from "./strip.js";
import { VerifyView } from "./verify.js";

/** @import { Addon, AddonDesk, Engine, Stage, Strip, Task } from "../types.js" */

/**
 * What the parts may have done.
 * @typedef {{
 *   engine: Engine,
 *   root: HTMLElement,
 *   choose: (index: number | null) => void,
 *   chooseRank: (rank: number) => void,
 *   accept: () => void,
 *   take: (all: boolean) => void,
 *   undo: () => void,
 *   redo: () => void,
 *   switchMode: () => void,
 *   help: (open: boolean) => void,
 *   paint: () => void,
 *   repaint: () => void,
 *   released: () => void,
 *   current: AddonDesk["current"],
 *   rebuild: () => void,
 * }} Hands
 */

export class Layout {
  /** @type {Stage | null} */
  spans = null; // what marks spans or regions, where the task is that

  #ended = new AbortController(); // of that

  /**
   * `former` is the layout before this one: what is left open there is open here.
   * @param {Task} setup
   * @param {Hands} hands
   * @param {Layout | null} former
   */
  constructor(setup, hands, former) {
    const { engine, root } = hands;
    this.setup = setup;
    this.words = speak(setup.language, setup.classes);
    this.keys = new KeyTable(setup, this.words);
    const { words, keys } = this;
    root.lang = words.locale;
    mark(root, "data-marks", setup.task in SHAPE_OF ? "regions" : null);
    root.setAttribute("aria-label", `${words.say("page")}: ${setup.title}`);
    if (alone()) document.title = setup.title;
    former?.close();
    if (setup.task !== "classes") this.spans = this.#stage(hands);
    this.help = new Help(setup, words, keys, engine, () => hands.help(false));
    /** @type {Strip} */
    this.strip = this.#strip(hands);
    this.classes = new ClassList(setup, words, keys, {
      choose: (index) => hands.choose(index),
      leave: () => root.focus({ preventScroll: true }),
      add: (name) => engine.ask({ type: "add_class", name }),
    });
    const steps = { undo: () => hands.undo(), redo: () => hands.redo(), skip: () => hands.choose(null) };
    this.foot = new Foot(words, keys, steps, setup.read_only);
    this.addons = this.#addons(hands);
    this.head = new Head(
      setup,
      words,
      keys,
      { help: () => hands.help(true), mode: () => hands.switchMode() },
      this.addons.flatMap(({ button }) => button ?? []),
      this.addons.flatMap(({ aside }) => aside ?? []),
    );
    this.verify = new VerifyView(engine, root, words, () => hands.paint(), former?.verify ?? null);
  }

  /**
   * The regions of the page: the sample, beside it what answers, the panels, and what lies over all of it.
   * @param {HTMLElement} keeps
   * @param {HTMLElement} stage
   */
  arrange(keeps, stage) {
    const { addons, head, verify, strip, classes, foot, help, spans } = this;
    /** @param {"tools" | "lines" | "status" | "panel" | "node"} place */
    const of = (place) => addons.flatMap((addon) => addon[place] ?? []);
    return [
      head.node,
      el(
        "div",
        "dalt-main",
        {},
        el("div", "dalt-toolbar", {}, ...of("tools"), ...(spans?.bar ? [spans.bar] : [])),
        ...of("lines"),
        stage,
        verify.node,
        head.alerts,
        // One line in one place: what it says moves nothing.
        el("div", "dalt-status", {}, head.state, ...of("status"), keeps),
      ),
      el("div", "dalt-panels", {}, ...of("panel")),
      el("div", "dalt-side", {}, strip.node, ...(spans ? [spans.list] : []), classes.node, foot.node),
      ...of("node"),
      help.node,
    ];
  }

  /** What is shown goes away, or is built anew. */
  close() {
    this.#ended.abort();
    this.head.close();
    this.help.close();
    this.verify.close();
    for (const addon of this.addons) addon.close?.();
  }

  /** Whether something covers the page: no answer is given then. */
  get covered() {
    return this.helping || this.addons.some((addon) => addon.open);
  }

  get helping() {
    return !this.help.node.hidden;
  }

  /**
   * @param {Hands} hands
   * @returns {Stage}
   */
  #stage({ engine, repaint, released }) {
    const { words, setup, keys } = this;
    const Stage = setup.task in SHAPE_OF ? RegionStage : SpanStage;
    return new Stage({ engine, words, setup, repaint, released, keys }, this.#ended.signal);
  }

  /**
   * @param {Hands} hands
   * @returns {Strip}
   */
  #strip(hands) {
    const { words, setup, keys, spans } = this;
    const submit = () => hands.accept();
    if (spans) {
      const on = { submit, take: (/** @type {boolean} */ all) => hands.take(all) };
      return new SpanStrip(words, keys, on, spans, setup.task === "spans" ? "span" : "region");
    }
    if (setup.multi_label) return new SubmitStrip(setup, words, keys, submit);
    return new ClassStrip(setup, words, keys, (rank) => hands.chooseRank(rank));
  }

  /**
   * @param {Hands} hands
   * @returns {Addon[]}
   */
  #addons({ engine, root, paint, current, rebuild }) {
    const { words, setup, keys } = this;
    /** @type {AddonDesk} */
    const desk = {
      engine,
      root,
      words,
      setup,
      keys,
      repaint: paint,
      current,
      taken: (letter) => keys.classOf(letter) !== undefined,
      rebuild,
    };
    /** @type {Addon[]} */
    const addons = ADDONS.map((Addon) => new Addon(desk));
    for (const { button, node } of addons) if (button && node) controls(button, node);
    return addons;
  }
}

/**
 * Whether the page is built the same: a repeated setup (the page was found again) usually says what it said.
 * @param {Task} one
 * @param {Task | null} other
 */
export function looksSame(one, other) {
  return other !== null && lookOf(one) === lookOf(other);
}

/** @param {Task} setup */
function lookOf({
  classes,
  guideline,
  keys,
  new_classes,
  remap_keys,
  language,
  pages,
  by_turns,
  hides_some,
  read_only,
}) {
  const may = [new_classes, remap_keys, pages, by_turns, hides_some, read_only];
  return JSON.stringify([classes, guideline, keys, language, may]);
}
