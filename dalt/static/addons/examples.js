// Examples of classes: the newest samples that were labelled as each, asked for as they come
// into sight, one class at a time, so that answers never wait behind them.

import { el, put } from "../dom/dom.js";

const MOST_EXAMPLES = 5; // that are shown
const REPLY_LOST = 5_000; // ms after which a reply is not waited for
const EXAMPLES_SOON = 600; // ms from an answer to its class's examples

export class ExampleDesk {
  #desk;
  #rows = new Map(); // class → the list of its examples
  #urls = new Map(); // class → addresses to give back
  #waiting = new Set(); // classes to ask for
  #asked = null; // the class whose reply is awaited
  #timer = null;
  #seen = new Set(); // classes whose rows are in sight
  #resting = true;
  #watcher;
  #ended = new AbortController();

  constructor(desk) {
    this.#desk = desk;
    this.#watcher = new IntersectionObserver((entries) => this.#saw(entries));
    const on = (name, handler) => desk.engine.addEventListener(name, handler, { signal: this.#ended.signal });
    on("kernel:examples", ({ detail }) => this.#take(detail));
    on("kernel:ack", ({ detail }) => this.#answered(detail.message.sample_id));
  }

  /** What shows the examples of a class; they come while `row` is in sight. */
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

  #saw(entries) {
    for (const { target, isIntersecting } of entries) {
      const { class: name } = target.dataset;
      if (isIntersecting && !this.#seen.has(name)) this.#waiting.add(name);
      isIntersecting ? this.#seen.add(name) : this.#seen.delete(name);
    }
    this.#pump();
  }

  /** A class that has few examples so far gets the newest one soon. */
  #answered(id) {
    const entry = this.#desk.engine.timeline.history.find(({ sample }) => sample?.id === id);
    for (const name of [entry?.label ?? []].flat().map((each) => each.label ?? each)) {
      if (this.#seen.has(name) && this.#rows.get(name).children.length < MOST_EXAMPLES) {
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
    if (name === undefined) return;
    this.#waiting.delete(name);
    this.#asked = name;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#next(), REPLY_LOST);
    engine.ask({ type: "examples", class: name });
  }

  #next() {
    this.#asked = null;
    this.#pump();
  }

  #take({ message, buffers }) {
    const { class: name, examples } = message;
    const list = this.#rows.get(name);
    if (list) {
      this.#release(name);
      const urls = [];
      list.replaceChildren(
        ...examples
          .filter(({ kind }) => kind !== "audio")
          .slice(0, MOST_EXAMPLES)
          .map((small) => {
            const view = small.buffer === null ? el("span", "", { dir: "auto" }) : new Image();
            if (small.buffer === null) put(view, small.text);
            else {
              view.src = URL.createObjectURL(new Blob([buffers[small.buffer]], { type: small.mime }));
              urls.push(view.src);
              view.alt = "";
              view.draggable = false;
            }
            return el("span", `dalt-example dalt-example-${small.kind}`, {}, view);
          }),
      );
      this.#urls.set(name, urls);
    }
    if (name === this.#asked) this.#next();
  }

  #release(name) {
    for (const url of this.#urls.get(name) ?? []) URL.revokeObjectURL(url);
    this.#urls.delete(name);
  }
}
