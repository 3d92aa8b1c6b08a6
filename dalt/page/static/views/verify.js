// Verify mode: a grid of samples that the model puts in one class, the likeliest first.
//
// What is wrong is left out or relabelled, one key confirms the page.  A page comes on screen
// whole, when all its pictures are decoded.

import { ActiveClock } from "../dom/clock.js";
import { alone, button, closest, el, hide, mark, put } from "../dom/dom.js";
import { putMessage } from "../samples/message.js";
import { buildSample } from "../samples/sample.js";
import { togglePlay } from "../samples/sound.js";
import { Tile } from "./tile.js";

/** @import { Action, Content, Engine, Page, Press, Sample, Words } from "../types.js" */

/** @typedef {number | "up" | "down" | "first" | "last"} Way */

const MOST = 48; // samples on a page
const GAP = 10;
const NARROWEST = { image: 108, text: 230, table: 230, audio: 230 }; // columns, in pixels
const PHONE = 480; // windows narrower than that have narrower pictures
const ROW = { image: 138, text: 178, table: 178, audio: 126 };
const AROUND = 330; // pixels of the window that the grid does not have
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
  #shownAt = new Date();
  #since = 0;

  /**
   * @param {Engine} engine
   * @param {HTMLElement} root
   * @param {Words} words
   * @param {() => void} repaint
   */
  constructor(engine, root, words, repaint) {
    this.#engine = engine;
    this.#root = root;
    this.#words = words;
    this.#repaint = repaint;
    this.node = this.#build();
    this.#clock = new ActiveClock(this.#parts.grid, this.#ended.signal);
    const watcher = new ResizeObserver(() => this.measure());
    watcher.observe(root);
    addEventListener("resize", () => this.measure(), { signal: this.#ended.signal });
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
    if (this.node.hidden) {
      this.node.hidden = false;
      this.measure();
    }
    for (const page of this.#engine.pages) for (const sample of page.samples) this.#contentOf(sample);
    const first = this.#engine.pages[0] ?? null;
    const ready = first?.samples.every((sample) => this.#contentOf(sample).ready) ? first : null;
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

  /** @param {Page | null} page */
  #show(page) {
    if (this.#tiles.some((tile) => tile.node.contains(document.activeElement))) {
      this.#root.focus({ preventScroll: true });
    }
    this.page = page;
    this.#at = null;
    // What nobody can see is not confirmed with the rest.
    for (const { id, trouble } of page?.samples ?? []) if (trouble) page?.said.set(id, null);
    this.#tiles = (page?.samples ?? []).map((sample) => new Tile(sample, this.#contentOf(sample), this.#words));
    this.#parts.grid.replaceChildren(...this.#tiles.map(({ node }) => node));
    if (!page) return;
    this.measure();
    // On a phone the former page was confirmed from further down.
    const { head } = this.#parts;
    head.hidden = false;
    if (head.getBoundingClientRect().top < 0) head.scrollIntoView({ block: "start" });
    this.#clock.restart();
    this.#shownAt = new Date();
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
    put(this.#parts.name, page.label);
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

  /** How many samples the window has room for; the next pages have as many. */
  measure() {
    const engine = this.#engine;
    const sample = engine.pages[0]?.samples[0] ?? engine.queue[0];
    const kind = sample?.display.kind ?? "image";
    const { paddingInlineStart: start, paddingInlineEnd: end } = getComputedStyle(this.#root);
    const around = parseFloat(start) + parseFloat(end); // what stands beside the page is in there
    const width = this.#parts.grid.clientWidth || this.#root.clientWidth - around;
    const narrowest = kind === "image" && width < PHONE ? 100 : NARROWEST[kind];
    this.#parts.grid.style.setProperty("--tile", `${narrowest}px`);
    const columns = Math.max(1, Math.floor((width + GAP) / (narrowest + GAP)));
    const rows = Math.max(2, Math.floor((innerHeight - AROUND) / (ROW[kind] + GAP)));
    engine.pageSize = Math.min(MOST, columns * Math.max(rows, Math.ceil(6 / columns)));
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
    this.#engine.verify(this.page, this.#shownAt, this.#clock.read());
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
      const to = from + (way === "up" ? -1 : 1) * this.#columns();
      if (to >= 0 && to <= last) this.#moveTo(to);
    }
  }

  #columns() {
    const top = this.#tiles[0].node.offsetTop;
    const second = this.#tiles.findIndex(({ node }) => node.offsetTop > top);
    return second < 0 ? this.#tiles.length : second;
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
