// Verify mode: a grid of samples that the model puts in one class, the likeliest first.
//
// What is wrong is left out or relabelled, one key confirms the page.  A page comes on screen
// whole, when all its pictures are decoded.  The grid has the room that is left; what does not fit
// is scrolled within it.

import { ActiveClock } from "../dom/clock.js";
import { alone, button, closest, el, hide, mark, put } from "../dom/dom.js";
import { highlight, wordsOf } from "../dom/highlight.js";
import { Remembered } from "../dom/remembered.js";
import { excerptsOf } from "../samples/excerpts.js";
import { putMessage } from "../samples/message.js";
import { buildSample } from "../samples/sample.js";
import { togglePlay } from "../samples/sound.js";
import { Tile } from "./tile.js";
import { GAP, roomFor, tiled } from "./tiling.js";

/** @import { Action, Content, Engine, Page, Press, Sample, Size, Words } from "../types.js" */
/** @import { Tiling } from "./tiling.js" */

/** @typedef {number | "up" | "down" | "first" | "last"} Way */

const EDGE = 4; // pixels around the tiles, in which the outline of one stands
const EXCERPTS = ["text", "table"]; // kinds of which a tile shows what tells it apart
const MIN_LOOK = 300; // ms: an Enter pressed twice does not confirm a page that nobody saw
/** @type {Record<string, Way>} */
const MOVES = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: "up", ArrowDown: "down", Home: "first", End: "last" };

export class VerifyView {
  /** @type {HTMLElement} */
  node;
  /** @type {Page | null} */
  page = null; // the page on screen

  /** @type {Engine} */
  #engine;
  /** @type {HTMLElement} */
  #root;
  /** @type {Words} */
  #words;
  /** @type {() => void} */
  #repaint;
  #parts =
    /** @type {Record<"name" | "chip" | "title" | "head" | "grid" | "message" | "confirmText" | "confirmMore", HTMLElement> & { confirm: HTMLButtonElement }} */ ({});
  /** @type {Tile[]} */
  #tiles = [];
  /** @type {number | null} */
  #at = null; // index of the tile that keys and classes speak of
  /** @type {WeakMap<Sample, Content>} */
  #contents = new WeakMap(); // sample → what buildSample made
  /** @type {ActiveClock} */
  #clock;
  #ended = new AbortController();
  /** @type {Page | null} */
  #timed; // what the clock speaks of
  #since = 0;
  /** @type {Size} */
  #room = [0, 0]; // that the tiles have, known without asking the browser for it
  /** @type {Tiling} */
  #tiling = { columns: 1, height: 0 };
  #scrolled = false; // whether the grid was

  /**
   * @param {Engine} engine
   * @param {HTMLElement} root
   * @param {Words} words
   * @param {() => void} repaint
   * @param {VerifyView | null} former
   */
  constructor(engine, root, words, repaint, former) {
    this.#engine = engine;
    this.#root = root;
    this.#words = words;
    this.#repaint = repaint;
    this.node = this.#build();
    // Where the page was built anew around the samples, their time goes on.
    this.#clock = new ActiveClock(this.#parts.grid, root, this.#ended.signal, former ? former.#clock : null);
    this.#timed = former ? former.#timed : null;
    const watcher = new ResizeObserver((entries) => {
      const box = entries.at(-1)?.borderBoxSize[0]; // with the scroll bar, which comes and goes
      if (box?.inlineSize) this.#resized(box.inlineSize, box.blockSize);
    });
    watcher.observe(this.#parts.grid);
    this.#ended.signal.addEventListener("abort", () => watcher.disconnect());
  }

  /** It is built anew, with other classes. */
  close() {
    this.#ended.abort();
  }

  #build() {
    const parts = this.#parts;
    const { say } = this.#words;
    parts.name = el("strong", "dalt-verify-name", { dir: "auto" });
    parts.chip = el("span", "dalt-chip", { "aria-hidden": "true" });
    parts.title = el(
      alone() ? "h2" : "h3",
      "dalt-verify-title",
      { "data-dalt": "verify-class" },
      el("span", "", {}, say("verify_title")),
      parts.chip,
      parts.name,
      "?",
    );
    parts.head = el(
      "div",
      "dalt-verify-head",
      {},
      parts.title,
      el("p", "dalt-verify-hint dalt-with-keys", {}, say("verify_hint")),
      el("p", "dalt-verify-hint dalt-by-touch", {}, say("verify_touch")),
    );
    parts.grid = el("ul", "dalt-grid", { "data-dalt": "grid", "aria-label": say("tiles") });
    parts.grid.addEventListener("click", (event) => this.#click(event));
    parts.grid.addEventListener("focusin", ({ target }) => {
      const at = this.#indexOf(target);
      if (at < 0 || at === this.#at) return;
      this.#at = at; // Tab, a screen reader or a closer look went there
      this.#repaint();
    });
    parts.grid.addEventListener("scroll", () => {
      this.#scrolled = true;
    });
    parts.message = el("div", "dalt-message", { role: "status" });
    parts.confirmText = el("span", "dalt-name", { dir: "auto" });
    parts.confirmMore = el("span", "dalt-percent");
    parts.confirm = button(
      "dalt-confirm",
      "confirm",
      () => this.#confirm(),
      el("kbd", "", {}, "Enter"),
      parts.confirmText,
      parts.confirmMore,
    );
    return el(
      "section",
      "dalt-verify",
      { "aria-label": say("tiles"), hidden: "" },
      parts.head,
      parts.grid,
      parts.message,
      el("div", "dalt-confirm-bar", {}, parts.confirm),
    );
  }

  // --- painting

  get current() {
    return this.#at === null ? null : this.#tiles[this.#at].sample;
  }

  get state() {
    const engine = this.#engine;
    if (this.page) return "ready";
    if (engine.pages.length) return "waiting";
    if (engine.done) return engine.waiting ? "waiting" : "done";
    return engine.unsure ? "empty" : "waiting";
  }

  /** Single mode is on screen; what is marked here stays. */
  rest() {
    hide(this.node, true);
  }

  paint() {
    hide(this.node, false);
    for (const page of this.#engine.pages) for (const sample of page.samples) this.#isReady(sample);
    const first = this.#engine.pages[0] ?? null;
    const ready = first?.samples.every((sample) => this.#isReady(sample)) ? first : null;
    if (ready !== this.page) this.#show(ready);
    const empty = this.page === null;
    for (const part of /** @type {const} */ (["head", "grid", "confirm"])) this.#parts[part].hidden = empty;
    this.#parts.message.hidden = !empty;
    if (empty) this.#paintMessage();
    else this.#paintPage();
  }

  /**
   * @param {Sample} sample
   * @returns {Content}
   */
  #contentOf(sample) {
    let made = this.#contents.get(sample);
    if (!made) {
      made = buildSample(sample, this.#words, () => this.#repaint());
      this.#contents.set(sample, made);
    }
    return made;
  }

  /**
   * Whether it can be shown; what stands in a tile of texts and rows is made with its page.
   * @param {Sample} sample
   */
  #isReady(sample) {
    return excerpted(sample) || this.#contentOf(sample).ready;
  }

  /** @param {Page | null} page */
  #show(page) {
    if (this.#tiles.some((tile) => tile.node.contains(document.activeElement))) {
      this.#root.focus({ preventScroll: true });
    }
    this.page = page;
    this.#at = null;
    // What nobody can see is not confirmed with the rest.
    for (const { id, trouble } of page?.samples ?? []) if (trouble) page?.said.set(id, null);
    this.#tiles = (page?.samples ?? []).map((sample) => new Tile(sample, this.#words));
    for (const tile of this.#tiles) if (!excerpted(tile.sample)) tile.hold(this.#contentOf(tile.sample).node);
    this.#arrange();
    this.#parts.grid.replaceChildren(...this.#tiles.map(({ node }) => node));
    if (page && page !== this.#timed) this.#clock.restart();
    this.#timed = page;
    mark(this.#root, "data-tile-details", page?.samples.some(({ details }) => details?.length) ? "" : null);
    if (!page) return;
    if (this.#scrolled) this.#parts.grid.scrollTop = 0;
    this.#scrolled = false;
    this.#since = performance.now();
  }

  #paintMessage() {
    const { state } = this;
    const name = state === "done" ? "done" : state === "empty" ? "unsure" : "waiting";
    putMessage(this.#parts.message, name, this.#words, this.#engine);
  }

  #paintPage() {
    const { page } = this;
    const { say, number } = this.#words;
    const classes = this.#engine.setup?.classes;
    if (!page || !classes) return;
    const specs = new Map(classes.map((spec) => [spec.name, spec]));
    this.#tiles.forEach((tile, at) => {
      const said = page.said.get(tile.sample.id);
      const spec = specs.get(said === undefined ? page.label : (said ?? ""));
      tile.paint(page, said, spec, at, this.#at === null ? null : this.#at === at);
    });
    const said = [...page.said.values()];
    const out = said.filter((label) => label === null).length;
    const others = said.length - out;
    const right = page.samples.length - said.length;
    this.#words.called(this.#parts.name, page.label);
    this.#parts.chip.style.setProperty("--chip", specs.get(page.label)?.colour ?? "transparent");
    put(this.#parts.confirmText, say(right ? "confirm" : "confirm_none", { n: number(right), name: page.label }));
    put(
      this.#parts.confirmMore,
      [others ? say("confirm_others", { n: number(others) }) : "", out ? say("confirm_out", { n: number(out) }) : ""]
        .filter(Boolean)
        .join(", "),
    );
    mark(this.node, "data-class", page.label);
  }

  // --- room

  /** How many samples the window has room for; it is asked before the mode is switched to. */
  measure() {
    if (!this.node.hidden || !this.node.isConnected) return;
    const { mode } = this.#root.dataset;
    const { grid, head, confirm, message } = this.#parts;
    // As it will stand, for a moment in which nothing is painted; which parts are there is said by painting.
    mark(this.#root, "data-mode", "verify");
    for (const part of [this.node, grid, head, confirm]) part.hidden = false;
    message.hidden = true;
    const { offsetWidth, offsetHeight } = grid;
    this.node.hidden = true;
    mark(this.#root, "data-mode", mode ?? null);
    if (offsetWidth) this.#resized(offsetWidth, offsetHeight);
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  #resized(width, height) {
    this.#room = [width - 2 * EDGE, height - 2 * EDGE];
    const engine = this.#engine;
    const samples = engine.pages[0]?.samples ?? engine.queue;
    engine.pageSize = roomFor(displays(samples), ...this.#room);
    this.#arrange();
  }

  /** Share the room among the tiles on screen. */
  #arrange() {
    const samples = this.#tiles.map(({ sample }) => sample);
    if (!samples.length) return;
    const { columns, height } = tiled(displays(samples), ...this.#room);
    this.#tiling = { columns, height };
    const { style } = this.#parts.grid;
    style.setProperty("--columns", String(columns));
    style.setProperty("--row", `${height}px`);
    if (samples.some(excerpted)) this.#excerpt(samples);
  }

  /**
   * What the tiles of texts and rows show depends on the others, and on how large they are.
   * @param {Sample[]} samples
   */
  #excerpt(samples) {
    const { columns, height } = this.#tiling;
    const width = (this.#room[0] - GAP * (columns - 1)) / columns;
    const words = wordsOf(new Remembered(this.#engine.setup?.project ?? null).get("words", ""));
    const excerpts = excerptsOf(samples, [width, height], words, this.#words);
    for (const tile of this.#tiles) {
      const node = excerpts.get(tile.sample);
      if (node) tile.hold(node);
    }
    highlight(this.#parts.grid, words, "dalt-words-in-tiles");
  }

  // --- answering

  /**
   * Say what the current sample is instead; null leaves it out.  Again takes that back.
   * @param {string | null} label
   */
  say(label) {
    const { current } = this;
    if (this.#at === null || !current || !this.page) return false;
    const { id, trouble } = current;
    const { said, label: own } = this.page;
    if (trouble)
      said.set(id, null); // it stays left out
    else if (label === own || (label === null && said.has(id))) said.delete(id);
    else said.set(id, label);
    this.#tiles[this.#at].button.focus({ preventScroll: true });
    this.#repaint();
    return !trouble;
  }

  #confirm() {
    if (!this.page || performance.now() - this.#since < MIN_LOOK) return;
    this.#engine.verify(this.page, this.#clock.read());
  }

  /** @param {number} at */
  #moveTo(at) {
    this.#at = Math.max(0, Math.min(this.#tiles.length - 1, at));
    this.#repaint();
    this.#tiles[this.#at].button.focus();
  }

  /** @param {Way} way */
  #move(way) {
    if (!this.page) return;
    const last = this.#tiles.length - 1;
    const from = this.#at;
    if (way === "first") this.#moveTo(0);
    else if (way === "last") this.#moveTo(last);
    else if (from === null) this.#moveTo(0);
    else if (typeof way === "number") this.#moveTo(from + way);
    else {
      const to = from + (way === "up" ? -1 : 1) * this.#tiling.columns;
      if (to >= 0 && to <= last) this.#moveTo(to);
    }
  }

  /** @param {EventTarget | null} target */
  #indexOf(target) {
    const node = closest(target, ".dalt-tile");
    return this.#tiles.findIndex((tile) => tile.node === node);
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const at = this.#indexOf(event.target);
    if (at < 0 || closest(event.target, "audio")) return;
    this.#at = at;
    this.say(null);
  }

  /**
   * What has the keys once a sound was played in a tile: they speak of that sample.
   * @param {HTMLElement} control
   */
  homeOf(control) {
    const at = this.#indexOf(control);
    if (at < 0) return null;
    this.#at = at;
    this.#repaint();
    return this.#tiles[at].button;
  }

  /**
   * Whether a press of the mouse goes to the grid, which sees to the focus itself.
   * @param {EventTarget | null} target
   */
  takesFocus(target) {
    return this.#indexOf(target) >= 0;
  }

  /**
   * @param {Press} press
   * @returns {Action | null}
   */
  actionOf({ key, target, shiftKey }) {
    // A screen reader or Tab may have moved the focus by itself.
    const focused = this.#indexOf(target);
    if (focused >= 0) this.#at = focused;
    if (key in MOVES) {
      const move = () => this.#move(MOVES[key]);
      move.repeats = true;
      return move;
    }
    const elsewhere = focused < 0 && closest(target, "button");
    if (elsewhere) return null;
    if (key === "Enter" && !shiftKey) return () => this.#confirm();
    const sound = key === " " && shiftKey && this.#at !== null && this.#tiles[this.#at].sound;
    if (sound) return () => togglePlay(sound);
    if (key === " ") return () => this.say(null);
    return null;
  }
}

/**
 * Whether a tile shows parts of a sample, those in which it differs from the others.
 * @param {Sample} sample
 */
function excerpted({ trouble, display }) {
  return !trouble && EXCERPTS.includes(display.kind);
}

/** @param {Sample[]} samples */
function displays(samples) {
  return samples.map(({ display }) => display);
}
