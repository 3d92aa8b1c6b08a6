// A drag of the pointer over a text, from its press until what it has selected is known.

export class Drag {
  under = false; // it is under way, and what lies below it must not change

  #done;
  #due = null; // it is over, and the browser is about to settle what is selected

  /** `done()` is called when it is over, however it ended. */
  constructor(node, done, signal) {
    this.#done = done;
    const on = (target, names, does) => {
      for (const name of names) target.addEventListener(name, does, { signal, capture: true });
    };
    on(node, ["pointerdown"], (event) => this.#begin(event));
    on(document, ["pointerup", "pointercancel", "dragend"], () => this.#release());
    // A button that was let go elsewhere is told by none of these.
    on(document, ["pointermove"], ({ buttons }) => buttons === 0 && this.#release());
    on(window, ["blur"], ({ target }) => target === window && this.#release());
    signal.addEventListener("abort", () => clearTimeout(this.#due));
  }

  /** Where the pointer was let go this very moment, end now and not a moment later. */
  settle() {
    if (this.#due !== null) this.end();
  }

  end() {
    clearTimeout(this.#due);
    this.#due = null;
    this.under = false;
    this.#done();
  }

  #begin({ button, isPrimary }) {
    this.settle();
    this.under = isPrimary && button === 0;
  }

  #release() {
    if (this.under) this.#due ??= setTimeout(() => this.end());
  }
}
