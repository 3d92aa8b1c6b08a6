// Honest time per label.
//
// A clock tells a stopwatch what the browser knows: a sample is seen while the document is visible,
// its window has the focus and the sample lies in the viewport; moving, typing, scrolling and
// touching are signs of life.

import { Stopwatch } from "./stopwatch.js";

const SIGNS = ["pointermove", "wheel", "touchstart"];
const MODIFIERS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock"]);

export class ActiveClock {
  /** @type {Stopwatch} */
  #watch;
  /** @type {HTMLElement} */
  #root;
  #inView = true;
  #awaited = false; // whether a frame was asked for, to see what it paints
  #shown = 0; // how many samples were, so that a frame of a former one says nothing of this

  /**
   * `former` is the clock of a page that this one takes the place of: what it has counted counts.
   * @param {Element} element what the samples are shown in
   * @param {HTMLElement} root the page, whose keys and clicks count
   * @param {AbortSignal} signal
   * @param {ActiveClock | null} [former]
   */
  constructor(element, root, signal, former) {
    this.#root = root;
    this.#watch = former ? former.#watch : new Stopwatch();
    const options = { capture: true, passive: true, signal };
    const alive = () => this.#watch.alive();
    for (const name of SIGNS) document.addEventListener(name, alive, options);
    document.addEventListener("keydown", (event) => this.#key(event), options);
    document.addEventListener("pointerdown", (event) => this.#press(event), options);
    document.addEventListener("visibilitychange", () => this.#turn(), { signal });
    window.addEventListener("focus", () => this.#turn(), { signal });
    window.addEventListener("blur", () => this.#turn(), { signal });
    const watcher = new IntersectionObserver((seen) => {
      this.#inView = seen[seen.length - 1].isIntersecting;
      this.#turn();
    });
    watcher.observe(element);
    signal.addEventListener("abort", () => watcher.disconnect());
  }

  /** Start from zero: a sample has come on screen. */
  restart() {
    this.#watch.restart();
    this.#shown += 1;
    this.#awaited = false;
    this.#turn();
  }

  /** What was measured since `restart`. */
  read() {
    return this.#watch.read();
  }

  /** @param {KeyboardEvent} event */
  #key({ key, repeat, target }) {
    this.#alive();
    if (!repeat && !MODIFIERS.has(key) && this.#has(target)) this.#watch.press("keys");
  }

  /** @param {PointerEvent} event */
  #press({ isPrimary, target }) {
    this.#alive();
    if (isPrimary && this.#has(target)) this.#watch.press("clicks");
  }

  #alive() {
    this.#watch.alive();
    this.#turn(); // whoever presses something here has the focus, whether or not the browser said so
  }

  /** @param {EventTarget | null} target */
  #has(target) {
    return target instanceof Node && this.#root.contains(target);
  }

  get #onScreen() {
    return document.visibilityState === "visible" && this.#inView;
  }

  #turn() {
    this.#watch.see(this.#onScreen && document.hasFocus());
    if (this.#watch.painted || this.#awaited || !this.#onScreen) return;
    this.#awaited = true;
    const sample = this.#shown;
    // What is put off in a frame runs once the frame is painted; hidden pages have no frames.
    requestAnimationFrame(() => setTimeout(() => this.#painted(sample)));
  }

  /** @param {number} sample */
  #painted(sample) {
    if (sample !== this.#shown) return;
    this.#awaited = false;
    if (this.#onScreen) this.#watch.paint();
  }
}
