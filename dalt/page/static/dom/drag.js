// A drag of the pointer over a text, from its press until what it has selected is known.

/** @import { Timer } from "../types.js" */

export class Drag {
  under = false; // it is under way, and what lies below it must not change

  /** @type {() => void} */
  #done;
  /** @type {Timer | null} */
  #due = null; // it is over, and the browser is about to settle what is selected

  /**
   * `done()` is called when it is over, however it ended.
   * @param {HTMLElement} node
   * @param {() => void} done
   * @param {AbortSignal} signal
   */
  constructor(node, done, signal) {
    this.#done = done;
    /** @type {(target: EventTarget, names: string[], does: (event: PointerEvent) => void) => void} */
    const on = (target, names, does) => {
      const listener = /** @type {EventListener} */ (does);
      for (const name of names) target.addEventListener(name, listener, { signal, capture: true });
    };
    on(node, ["pointerdown"], (event) => this.#begin(event));
    on(document, ["pointerup", "pointercancel", "dragend"], () => this.#release());
    // A button that was let go elsewhere is told by none of these.
    on(document, ["pointermove"], ({ buttons }) => buttons === 0 && this.#release());
    on(window, ["blur"], ({ target }) => target === window && this.#release());
    signal.addEventListener("abort", () => clearTimeout(this.#due ?? undefined));
  }

  /** Where the pointer was let go this very moment, end now and not a moment later. */
  settle() {
    if (this.#due !== null) this.end();
  }

  end() {
    clearTimeout(this.#due ?? undefined);
    this.#due = null;
    this.under = false;
    this.#done();
  }

  /** @param {PointerEvent} event */
  #begin({ button, isPrimary }) {
    this.settle();
    this.under = isPrimary && button === 0;
  }

  #release() {
    if (this.under) this.#due ??= setTimeout(() => this.end());
  }
}
