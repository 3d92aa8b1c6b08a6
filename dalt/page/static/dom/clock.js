// Honest time per label.
//
// A clock counts the milliseconds in which a sample was being looked at: the document is
// visible, its window has the focus, the sample lies in the viewport, and the person moved,
// typed, scrolled or touched within the last 30 s (of a longer pause the first 30 s count).

const PAUSE = 30_000;
const SIGNS = ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"];

export class ActiveClock {
  #total = 0;
  /** @type {number | null} */
  #from = null;
  #sign = performance.now();
  #inView = true;

  /**
   * @param {Element} element
   * @param {AbortSignal} signal
   */
  constructor(element, signal) {
    const options = { capture: true, passive: true, signal };
    for (const name of SIGNS) document.addEventListener(name, () => this.#alive(), options);
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
    this.#total = 0;
    this.#from = null;
    this.#sign = performance.now();
    this.#turn();
  }

  /** Milliseconds counted since `restart`. */
  read() {
    this.#bank();
    return Math.round(this.#total);
  }

  #alive() {
    this.#bank();
    this.#sign = performance.now();
    this.#turn();
  }

  #turn() {
    this.#bank();
    const counts = document.visibilityState === "visible" && document.hasFocus() && this.#inView;
    this.#from = counts ? performance.now() : null;
  }

  #bank() {
    if (this.#from === null) return;
    const now = performance.now();
    this.#total += Math.max(0, Math.min(now, this.#sign + PAUSE) - this.#from);
    this.#from = now;
  }
}
