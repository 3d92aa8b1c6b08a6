// The whole of a picture that is looked at closely, as long as a key or a button is held.

import { button, el, mark } from "../dom/dom.js";

/** @import { AddonDesk } from "../types.js" */
/** @import { Zoom } from "../samples/zoom.js" */

const HELD = 350; // ms: a button that was pressed for less stays pressed

export class Peek {
  /** @type {HTMLButtonElement} */
  node;

  /** @type {() => Zoom | null} */
  #zoom;
  /** @type {string | null} */
  #key = null; // the place of the key that is held
  #since = Infinity; // when the button was pressed

  /**
   * @param {AddonDesk} desk
   * @param {() => Zoom | null} zoom
   * @param {AbortSignal} signal
   */
  constructor({ words: { say }, keys }, zoom, signal) {
    this.#zoom = zoom;
    this.node = button(
      "dalt-quiet dalt-tool",
      "peek",
      // A pointer has done what it does by being pressed.
      ({ detail }) => detail === 0 && this.#show(!zoom()?.peeking),
      el("span", "", {}, say("peek_short")),
      el("kbd", "", {}, keys.shown("peek")),
    );
    this.node.title = say("peek");
    mark(this.node, "aria-label", say("peek"));
    const node = this.node;
    node.addEventListener("pointerdown", (event) => this.#press(event));
    for (const name of /** @type {const} */ (["pointerup", "pointercancel"]))
      node.addEventListener(name, ({ timeStamp }) => timeStamp - this.#since > HELD && this.#show(false));
    node.addEventListener("contextmenu", (event) => event.preventDefault());
    document.addEventListener("keyup", ({ code }) => code === this.#key && this.#release(), { signal, capture: true });
    window.addEventListener("blur", () => this.#release(), { signal });
    this.paint();
  }

  /** What its key does; letting go of it ends that. */
  hold(/** @type {KeyboardEvent} */ { code }) {
    return () => {
      this.#key = code;
      this.#show(true);
    };
  }

  paint() {
    const zoom = this.#zoom();
    mark(this.node, "aria-pressed", zoom?.peeking ?? false);
    mark(this.node, "aria-disabled", zoom && zoom.scale > 1 ? null : "true");
  }

  /** @param {PointerEvent} event */
  #press({ button, pointerId, timeStamp }) {
    if (button > 0) return;
    this.node.setPointerCapture(pointerId);
    const whole = !this.#zoom()?.peeking;
    this.#since = whole ? timeStamp : Infinity;
    this.#show(whole);
  }

  #release() {
    if (this.#key === null) return;
    this.#key = null;
    this.#show(false);
  }

  /** @param {boolean} whole */
  #show(whole) {
    this.#zoom()?.peek(whole);
  }
}
