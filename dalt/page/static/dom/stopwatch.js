// What is measured from the moment in which a sample came on screen to its answer.
//
// Each moment of it is active, hidden or idle: hidden while the sample is not seen, idle beyond the
// first 30 s without a sign of life.  Nothing here asks the browser for anything but the time.

/** @import { Look } from "../types.js" */

const PAUSE = 30_000;

export class Stopwatch {
  keys = 0;
  clicks = 0;
  seen = true;

  /** @type {() => number} */
  #now;
  /** @type {() => number} */
  #wall;
  #shown = 0; // by the clock that nobody sets
  #shownAt = 0; // by the computer's
  #sign = 0; // the last sign of life
  #banked = 0; // up to when all is counted
  #active = 0;
  #hidden = 0;
  #idle = 0;
  /** @type {number | null} */
  #paint = null;
  /** @type {number | null} */
  #first = null;

  /**
   * @param {() => number} now milliseconds of a clock that only goes forward
   * @param {() => number} wall those of the computer's own, since 1970
   */
  constructor(now = () => performance.now(), wall = () => Date.now()) {
    this.#now = now;
    this.#wall = wall;
    this.restart();
  }

  /** Start from zero: a sample has come on screen, which is a sign of life. */
  restart() {
    const now = this.#now();
    this.#shown = now;
    this.#shownAt = this.#wall();
    this.#sign = now;
    this.#banked = now;
    this.#active = 0;
    this.#hidden = 0;
    this.#idle = 0;
    this.#paint = null;
    this.#first = null;
    this.keys = 0;
    this.clicks = 0;
  }

  /**
   * Whether the sample is seen from now on; to come back to it is a sign of life.
   * @param {boolean} seen
   */
  see(seen) {
    if (seen === this.seen) return;
    this.#bank();
    this.seen = seen;
    if (seen) this.#sign = this.#banked;
  }

  /** The person moved, typed, scrolled or touched. */
  alive() {
    this.#bank();
    this.#sign = this.#banked;
  }

  /**
   * They pressed something, while the sample was seen.
   * @param {"keys" | "clicks"} what
   */
  press(what) {
    if (!this.seen) return;
    this[what] += 1;
    this.#first ??= this.#now() - this.#shown;
  }

  get painted() {
    return this.#paint !== null;
  }

  /** The browser has drawn the sample. */
  paint() {
    this.#paint ??= this.#now() - this.#shown;
  }

  /**
   * All of it, up to now.
   * @returns {Look}
   */
  read() {
    this.#bank();
    return {
      shown_at: new Date(this.#shownAt).toISOString(),
      active_ms: Math.round(this.#active),
      timing: {
        paint_ms: rounded(this.#paint),
        first_key_ms: rounded(this.#first),
        commit_ms: Math.round(this.#banked - this.#shown),
        hidden_ms: Math.round(this.#hidden),
        idle_ms: Math.round(this.#idle),
        wall_ms: Math.round(this.#wall() - this.#shownAt),
        n_keys: this.keys,
        n_clicks: this.clicks,
      },
    };
  }

  #bank() {
    const now = this.#now();
    const passed = now - this.#banked;
    if (this.seen) {
      const active = Math.max(0, Math.min(now, this.#sign + PAUSE) - this.#banked);
      this.#active += active;
      this.#idle += passed - active;
    } else this.#hidden += passed;
    this.#banked = now;
  }
}

/** @param {number | null} milliseconds */
function rounded(milliseconds) {
  return milliseconds === null ? null : Math.round(milliseconds);
}
