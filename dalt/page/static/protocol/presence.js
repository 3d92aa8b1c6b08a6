// Whether somebody looks at the page; where nobody does, what it holds is given back.

/** @import { Timer } from "../types.js" */

const UNSEEN = 3; // seconds without a view until what is held is given back

/**
 * @typedef {{
 *   tick: () => void,
 *   looked: () => boolean,
 *   busy: () => boolean,
 *   leave: () => void,
 *   rest: () => void,
 *   anew: () => void,
 * }} Sitting
 */

export class Presence {
  /** @type {Sitting} */
  #on;
  /** @type {Timer | null} */
  #timer = null;
  #unseen = 0; // seconds without a view

  /**
   * `on.tick()` is called each second, `on.leave()` when the page goes away, `on.rest()` when no view is
   * left and nothing is `busy()`, `on.anew()` where what was held was given back and the page stayed.
   * @param {Sitting} on
   */
  constructor(on) {
    this.#on = on;
  }

  get begun() {
    return this.#timer !== null;
  }

  begin() {
    this.#timer = setInterval(() => this.#tick(), 1_000);
    // Voilà has let go of its kernel by then, and ends it where its XSRF cookie is set:
    // the kernel gives its samples back as well when it ends.
    window.addEventListener("beforeunload", this.#leave);
    window.addEventListener("pageshow", this.#reappear);
  }

  stop() {
    clearInterval(this.#timer ?? undefined);
    window.removeEventListener("beforeunload", this.#leave);
    window.removeEventListener("pageshow", this.#reappear);
  }

  #tick() {
    if (this.#on.looked()) this.#unseen = 0;
    else if (++this.#unseen > UNSEEN && !this.#on.busy()) return this.#rest();
    this.#on.tick();
  }

  #leave = () => {
    this.#on.leave();
    // Whoever is still here a moment later has stayed after all.
    setTimeout(() => this.#on.anew(), 2_000);
  };

  /** No view is left, as where a cell is run again: give back what is held until one comes. */
  #rest() {
    clearInterval(this.#timer ?? undefined);
    this.#timer = null;
    this.#unseen = 0;
    this.#on.rest();
  }

  #reappear = (/** @type {PageTransitionEvent} */ event) => {
    if (event.persisted) this.#on.anew();
  };
}
