// Swipes of a finger over the sample: to the right accepts, to the left skips.

import { closest, el, find, mark, put } from "../dom/dom.js";
import { Remembered } from "../dom/remembered.js";

/** @import { AddonDesk } from "../types.js" */

const SWIPE_LEAST = 90; // pixels, and
const SWIPE_SHARE = 0.25; // of the stage's width: less is taken back
const SWIPES_TO_LEARN = 3; // after so many the hint has done its work
const SWIPE_START = 12; // pixels until it shows what it is going to be

export class Swipe {
  /** @type {HTMLElement} */
  lines;
  /** @type {HTMLElement} */
  status;

  /** @type {AddonDesk} */
  #desk;
  /** @type {HTMLElement | null} */
  #found = null; // the stage, once the page is painted
  /** @type {{ x: number, y: number, id: string } | null} */
  #from = null; // where the finger came down
  #far = 0;
  /** @type {Set<number>} */
  #fingers = new Set();
  /** @type {HTMLElement} */
  #hint;
  #kept = new Remembered();
  #ended = new AbortController();

  /** @param {AddonDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    this.lines = el("div", "dalt-swipe", { "data-dalt": "swipe", "aria-hidden": "true", hidden: "" });
    this.#hint = el(
      "p",
      "dalt-swipe-hint",
      { "data-dalt": "swipe-hint" },
      desk.words.say(desk.setup.multi_label ? "swipe_hint_several" : "swipe_hint"),
    );
    this.status = this.#hint;
    this.#paintKnown();
  }

  close() {
    this.#ended.abort();
  }

  get #stage() {
    return /** @type {HTMLElement} */ (this.#found);
  }

  paint() {
    if (this.#found) return;
    this.#found = find(this.#desk.root, ".dalt-stage");
    /** @type {(name: string, handler: (event: PointerEvent) => void) => void} */
    const on = (name, handler) =>
      this.#stage.addEventListener(name, /** @type {EventListener} */ (handler), { signal: this.#ended.signal });
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#up(event));
    on("pointercancel", (event) => this.#cancel(event));
  }

  /**
   * Not where a finger pans, seeks, draws or scrolls sideways.
   * @param {PointerEvent} event
   */
  #down(event) {
    if (event.pointerType !== "touch") return;
    this.#fingers.add(event.pointerId);
    const wide = closest(event.target, "[data-scroll]");
    const own = closest(event.target, "audio, button, input, .dalt-regions, [data-draws]");
    const id = this.#stage.dataset.sampleId;
    const free =
      this.#fingers.size === 1 &&
      !own &&
      !this.#stage.classList.contains("dalt-zoomed") &&
      !(wide && wide.scrollWidth > wide.clientWidth);
    this.#from = free && id ? { x: event.clientX, y: event.clientY, id } : null;
    this.#far = 0;
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (!this.#from) return;
    const [dx, dy] = [event.clientX - this.#from.x, event.clientY - this.#from.y];
    this.#far = Math.abs(dx) > 2 * Math.abs(dy) ? dx : 0;
    this.#paintHint();
  }

  #button() {
    const name = this.#far > 0 ? "accept" : "skip";
    return find(this.#desk.root, `[data-dalt="${name}"]:enabled`);
  }

  get #enough() {
    return Math.abs(this.#far) >= Math.max(SWIPE_LEAST, SWIPE_SHARE * this.#stage.clientWidth);
  }

  #paintHint() {
    const button = this.#button();
    const shown = Math.abs(this.#far) > SWIPE_START && button !== null;
    this.lines.hidden = !shown;
    if (!shown) return;
    const { say } = this.#desk.words;
    const taken = this.#desk.setup.multi_label ? say("swipe_submit") : button.dataset.label;
    put(this.lines, this.#far < 0 ? `← ${say("skip")}` : `${taken} →`);
    mark(this.lines, "data-way", this.#far < 0 ? "left" : "right");
    mark(this.lines, "data-enough", this.#enough ? "" : null);
  }

  /** @param {PointerEvent} event */
  #up(event) {
    const [from, enough, button] = [this.#from, this.#enough, this.#button()];
    const far = this.#far;
    this.#cancel(event);
    // The sample that the finger came down on, and no other.
    if (!from || !far || !enough || !button || from.id !== this.#stage.dataset.sampleId) return;
    button.click();
    this.#kept.set("swipes", this.#kept.get("swipes", 0) + 1);
    this.#paintKnown();
  }

  #paintKnown() {
    this.#hint.hidden = this.#kept.get("swipes", 0) >= SWIPES_TO_LEARN;
  }

  /** @param {PointerEvent} event */
  #cancel(event) {
    this.#fingers.delete(event.pointerId);
    this.#from = null;
    this.#far = 0;
    this.lines.hidden = true;
  }
}
