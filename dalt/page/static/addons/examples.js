// Examples of classes: the newest samples that were labelled as each, asked for as they come
// into sight, one class at a time, so that answers never wait behind them.

import { el } from "../dom/dom.js";
import { pictured } from "../samples/thumbnails.js";

/** @import { AddonDesk, EngineOn, Examples, Timer, Told } from "../types.js" */

const MOST_EXAMPLES = 5; // that are shown
const REPLY_LOST = 5_000; // ms after which a reply is not waited for
const EXAMPLES_SOON = 600; // ms from an answer to its class's examples
const FIRST_LATE = 2_000; // ms after which nobody waits for the first examples

export class ExampleDesk {
  /** @type {AddonDesk} */
  #desk;
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map(); // class → the list of its examples
  /** @type {Map<string, string[]>} */
  #urls = new Map(); // class → addresses to give back
  /** @type {Set<string>} */
  #waiting = new Set(); // classes to ask for
  /** @type {string | null} */
  #asked = null; // the class whose reply is awaited
  /** @type {Timer | undefined} */
  #timer;
  /** @type {Set<string>} */
  #seen = new Set(); // classes whose rows are in sight
  #resting = true;
  /** @type {(() => void) | null} */
  #settled;
  /** @type {IntersectionObserver} */
  #watcher;
  #ended = new AbortController();

  /**
   * @param {AddonDesk} desk
   * @param {() => void} settled the first examples are there, or late
   */
  constructor(desk, settled) {
    this.#desk = desk;
    this.#settled = settled;
    setTimeout(() => this.#settle(), FIRST_LATE);
    this.#watcher = new IntersectionObserver((entries) => this.#saw(entries));
    /** @type {EngineOn} */
    const on = (name, handler) => desk.engine.addEventListener(name, handler, { signal: this.#ended.signal });
    on("kernel:examples", ({ detail }) => this.#take(detail));
    on("kernel:ack", ({ detail }) => this.#answered(detail.message.sample_id));
  }

  /**
   * What shows the examples of a class; they come while `row` is in sight.
   * @param {string} name
   * @param {HTMLElement} row
   */
  of(name, row) {
    const list = el("div", "dalt-meaning-examples", { "aria-hidden": "true" });
    this.#rows.set(name, list);
    this.#watcher.observe(row);
    return list;
  }

  /** The panel is on screen: the newest are wanted, also of classes that were asked before. */
  begin() {
    this.#resting = false;
    for (const name of this.#seen) this.#waiting.add(name);
    this.#pump();
  }

  rest() {
    this.#resting = true;
    this.#waiting.clear();
  }

  paint() {
    this.#pump();
  }

  close() {
    this.#ended.abort();
    this.#watcher.disconnect();
    clearTimeout(this.#timer);
    for (const name of this.#urls.keys()) this.#release(name);
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #saw(entries) {
    for (const { target, isIntersecting } of entries) {
      const name = /** @type {HTMLElement} */ (target).dataset.class ?? "";
      if (isIntersecting && !this.#seen.has(name)) this.#waiting.add(name);
      isIntersecting ? this.#seen.add(name) : this.#seen.delete(name);
    }
    this.#pump();
  }

  /**
   * A class that has few examples so far gets the newest one soon.
   * @param {string | undefined} id
   */
  #answered(id) {
    const entry = this.#desk.engine.timeline.history.find(({ sample }) => sample?.id === id);
    for (const name of [entry?.label ?? []].flat().map((each) => (typeof each === "string" ? each : each.label))) {
      if (this.#seen.has(name) && (this.#rows.get(name)?.children.length ?? 0) < MOST_EXAMPLES) {
        setTimeout(() => {
          if (!this.#resting) this.#waiting.add(name);
          this.#pump();
        }, EXAMPLES_SOON);
      }
    }
  }

  #pump() {
    const { engine } = this.#desk;
    if (this.#resting || this.#asked !== null || engine.waiting || engine.offline || this.#ended.signal.aborted) return;
    const [name] = this.#waiting;
    if (name === undefined) {
      if (this.#seen.size) this.#settle();
      return;
    }
    this.#waiting.delete(name);
    this.#asked = name;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#next(), REPLY_LOST);
    engine.ask({ type: "examples", class: name });
  }

  #settle() {
    this.#settled?.();
    this.#settled = null;
  }

  #next() {
    this.#asked = null;
    this.#pump();
  }

  /** @param {Told<Examples>} told */
  #take({ message, buffers }) {
    const { class: name, examples } = message;
    const list = this.#rows.get(name);
    if (list) {
      this.#release(name);
      /** @type {string[]} */
      const urls = [];
      list.replaceChildren(
        ...examples
          .filter(({ kind }) => kind !== "audio")
          .slice(0, MOST_EXAMPLES)
          .map((small) => {
            const { kind, buffer, mime, text } = small;
            const look = `dalt-example dalt-example-${kind}`;
            if (buffer === null) return el("span", look, {}, el("span", "", { dir: "auto" }, text));
            const url = URL.createObjectURL(new Blob([buffers[buffer]], { type: mime }));
            urls.push(url);
            return el("span", look, {}, pictured(url));
          }),
      );
      this.#urls.set(name, urls);
    }
    if (name === this.#asked) this.#next();
  }

  /** @param {string} name */
  #release(name) {
    for (const url of this.#urls.get(name) ?? []) URL.revokeObjectURL(url);
    this.#urls.delete(name);
  }
}
