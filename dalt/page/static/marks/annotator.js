// The canvas of ipyannotations' annotator, embedded in the page: it shows what rests.
//
// The kernel draws on it, so it is a round trip late.  The page tells by a key what shall be
// on it, and knows by the same key what is.  It takes neither pointer nor keys.

import { el } from "../dom/dom.js";
import { newKey } from "../protocol/outbox.js";

/** @import { Engine, Frame, Resting, WidgetView } from "../types.js" */

const AGAIN = 3_000; // ms until a drawing that did not come is asked for again
const MARGIN = 8; // pixels around the picture, for lines on its border

export class AnnotatorCanvas {
  node = el("div", "dalt-annotator", { "data-dalt": "annotator", "aria-hidden": "true", inert: "" });

  /** @type {Engine} */
  #engine;
  #own = newKey(); // other pages of the same kernel have keys of their own
  /** @type {string} */
  #id;
  /** @type {() => void} */
  #changed;
  /** @type {WidgetView | null} */
  #view = null;
  /** @type {string | null} */
  #shown = null; // the key of what is on the canvas
  /** @type {string | null} */
  #foreign = null; // the key of what another page has drawn over
  /** @type {{ key: string, at: number, frame: boolean, drawn: boolean } | null} */
  #asked = null; // {key, message, at, frame, drawn}
  /** @type {{ key: string, message: Resting } | null} */
  #next = null;
  #gone = false;

  /**
   * `changed()` is called when something else is on it.
   * @param {Engine} engine
   * @param {string} id
   * @param {() => void} changed
   * @param {AbortSignal} signal
   */
  constructor(engine, id, changed, signal) {
    this.#engine = engine;
    this.#id = id;
    this.#changed = changed;
    engine.addEventListener("kernel:regions_drawn", ({ detail }) => this.#drawn(detail.message.key), { signal });
    signal.addEventListener("abort", () => {
      this.#gone = true;
      this.#view?.remove();
    });
    // Without it the page goes on alone: it can draw everything itself.
    this.#embed(signal).catch((error) => console.warn("The annotator's canvas cannot be shown.", error));
  }

  /** @param {AbortSignal} signal */
  async #embed(signal) {
    const { manager } = this.#engine;
    const model = await manager.get_model(this.#id);
    const view = await manager.create_view(model);
    if (this.#gone) {
      view.remove();
      return;
    }
    this.#view = view;
    view.el.removeAttribute("tabindex");
    this.node.replaceChildren(view.el);
    const layer = model.get("_canvases")[1];
    const framed = () => this.#framed();
    layer.on("new-frame", framed);
    signal.addEventListener("abort", () => layer.off("new-frame", framed));
    this.#changed();
  }

  /**
   * Whether this very drawing is on it.
   * @param {string} key
   */
  shows(key) {
    return this.#shown === this.#keyOf(key);
  }

  /**
   * Put it over the picture.
   * @param {Frame} frame
   */
  place({ left, top, width, height }) {
    const { style } = this.node;
    style.left = `${left - MARGIN}px`;
    style.top = `${top - MARGIN}px`;
    style.width = `${Math.round(width) + 2 * MARGIN}px`;
    style.height = `${Math.round(height) + 2 * MARGIN}px`;
  }

  /**
   * Have this drawing on it; one after another, and the newest of those that wait.
   * @param {string} wanted
   * @param {Resting} message
   */
  want(wanted, message) {
    const key = this.#keyOf(wanted);
    if (!this.#view || key === this.#shown || key === this.#foreign) return;
    if (this.#asked && performance.now() - this.#asked.at < AGAIN) {
      this.#next = key === this.#asked.key ? null : { key, message };
      return;
    }
    this.#ask(key, message);
  }

  /** @param {string} key */
  #keyOf(key) {
    return `${this.#own}:${key}`;
  }

  /**
   * @param {string} key
   * @param {Resting} message
   */
  #ask(key, message) {
    this.#next = null;
    this.#shown = null;
    this.#asked = { key, at: performance.now(), frame: false, drawn: false };
    this.#engine.ask({ type: "draw_regions", key, margin: MARGIN, ...message });
  }

  #framed() {
    if (this.#asked) this.#asked.frame = true;
    this.#arrived();
  }

  /** @param {string} key */
  #drawn(key) {
    if (key === this.#asked?.key) this.#asked.drawn = true;
    else if (this.#shown !== null) {
      // Another page of the same kernel draws: this one does without until something changes.
      this.#foreign = this.#shown;
      this.#shown = null;
      this.#changed();
    }
    this.#arrived();
  }

  #arrived() {
    if (!this.#asked?.frame || !this.#asked.drawn) return;
    this.#shown = this.#asked.key;
    this.#asked = null;
    if (this.#next) this.#ask(this.#next.key, this.#next.message);
    this.#changed();
  }
}
