// A picture of a page to verify, looked at large: tiles have it reduced, the whole one comes then.

import { button, closest, cover, el, find, focused, mark, within } from "../dom/dom.js";
import { picture } from "../samples/picture.js";

/** @import { Action, AddonDesk, Full, Sample, Timer, Told } from "../types.js" */

const LONG_PRESS = 500; // ms

export class CloseUp {
  /** @type {HTMLElement} */
  node;
  open = false;

  /** @type {AddonDesk} */
  #desk;
  /** @type {Sample | null} */
  #sample = null;
  /** @type {string | null} */
  #url = null; // of the whole picture
  /** @type {HTMLElement | null} */
  #from = null; // what had the focus
  /** @type {Timer | undefined} */
  #timer;
  #pressed = false;
  #place = el("div", "dalt-closeup-place");
  /** @type {HTMLButtonElement} */
  #close;
  #ended = new AbortController();

  /** @param {AddonDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    const { say } = desk.words;
    this.#close = button("dalt-quiet", "closeup-close", () => this.#hide(), say("close"), el("kbd", "", {}, "Esc"));
    this.node = el(
      "div",
      "dalt-closeup",
      { hidden: "", role: "dialog", "aria-modal": "true", "aria-label": say("closeup"), "data-dalt": "closeup" },
      this.#place,
      this.#close,
    );
    this.node.addEventListener("click", ({ target }) => within(this.#close, target) || this.#hide());
    /**
     * @template {keyof HTMLElementEventMap} K
     * @param {K} name
     * @param {(event: HTMLElementEventMap[K]) => void} handler
     * @param {AddEventListenerOptions} [more]
     */
    const on = (name, handler, more = {}) =>
      desk.root.addEventListener(name, handler, { signal: this.#ended.signal, ...more });
    on("click", (event) => this.#clicked(event), { capture: true });
    on("pointerdown", (event) => this.#down(event));
    for (const name of /** @type {const} */ (["pointerup", "pointercancel", "pointermove"]))
      on(name, () => clearTimeout(this.#timer));
    on("contextmenu", (event) => this.#pressed && event.preventDefault());
    desk.engine.addEventListener("kernel:full", ({ detail }) => this.#full(detail), { signal: this.#ended.signal });
  }

  close() {
    this.#ended.abort();
    clearTimeout(this.#timer);
    if (this.open) this.#hide();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {string} letter
   * @returns {Action | null}
   */
  actionOf({ key }, letter) {
    const { engine, keys, taken, root } = this.#desk;
    if (this.open) {
      if (["Escape", "+", "=", "-", " "].includes(key)) return () => this.#hide();
      return keys.actionOf(letter) === "help" ? () => {} : null;
    }
    if (engine.mode !== "verify" || (key !== "+" && key !== "=") || taken(letter)) return null;
    if (root.querySelector(":scope > [inert]")) return null; // something covers the page
    const id = this.#desk.current()?.id ?? find(root, ".dalt-tile:hover")?.dataset.sampleId;
    return id === undefined ? null : () => this.#show(id);
  }

  // --- pointer

  /** @param {MouseEvent} event */
  #clicked(event) {
    const look = closest(event.target, '[data-dalt="look"]');
    // The click at the end of a long press says nothing of the sample.
    if (!look && !this.#pressed) return;
    event.stopPropagation();
    event.preventDefault();
    if (look && !this.#pressed) this.#show(closest(look, ".dalt-tile")?.dataset.sampleId);
    this.#pressed = false;
  }

  /** @param {PointerEvent} event */
  #down({ target, pointerType }) {
    this.#pressed = false;
    clearTimeout(this.#timer);
    const tile = closest(target, ".dalt-tile-image");
    if (pointerType !== "touch" || !tile) return;
    this.#timer = setTimeout(() => {
      this.#pressed = true;
      this.#show(tile.dataset.sampleId);
    }, LONG_PRESS);
  }

  // --- looking

  /** @param {string | undefined} id */
  #show(id) {
    const { engine, root, words } = this.#desk;
    const sample = engine.pages[0]?.samples.find((each) => each.id === id);
    if (sample?.display.kind !== "image" || sample.trouble) return;
    this.#from = focused();
    this.#sample = sample;
    const made = picture(sample, words, () => {
      if (this.#sample === sample) this.#place.replaceChildren(made.node);
    });
    this.#place.replaceChildren(made.node);
    mark(this.node, "data-full", sample.display.reduced ? null : "");
    this.open = true;
    this.node.hidden = false;
    cover(root, true, this.node);
    this.#close.focus({ preventScroll: true });
    if (sample.display.reduced) engine.ask({ type: "full", sample_id: sample.id });
  }

  /** @param {Told<Full>} told */
  #full({ message, buffers }) {
    if (this.#sample?.id !== message.sample_id || !buffers.length || this.#url) return;
    const sample = this.#sample;
    const url = URL.createObjectURL(new Blob([buffers[0]], { type: message.mime }));
    const image = this.#place.querySelector("img");
    const whole = new Image();
    whole.src = url;
    whole
      .decode()
      .then(() => {
        if (this.#sample !== sample || !image) throw new Error("closed");
        image.src = this.#url = url;
        mark(this.node, "data-full", "");
      })
      .catch(() => URL.revokeObjectURL(url));
  }

  #hide() {
    cover(this.#desk.root, false);
    this.open = false;
    this.node.hidden = true;
    this.#sample = null;
    this.#place.replaceChildren();
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = null;
    const back = this.#from?.isConnected ? this.#from : this.#desk.root;
    back.focus({ preventScroll: true });
  }
}
