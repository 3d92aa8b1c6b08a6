// How sounds are heard: at once, again and again, how fast, how loud.

import { el, put } from "../dom/dom.js";

/** @import { Action, AddonDesk, Phrase, Remembered } from "../types.js" */

const RATES = [0.5, 0.75, 1, 1.25, 1.5, 2];
const SEEK_MOST = 5; // seconds that a key goes on or back, and
const SEEK_SHARE = 0.1; // of a short sound

/**
 * @typedef {{ button: (dalt: string, name: Phrase, onClick: () => void, ...children: (Node | string)[]) => HTMLButtonElement,
 *   toggle: (name: "autoplay" | "loop", changed?: () => void) => HTMLButtonElement }} Makes
 */

export class SoundTools {
  /** @type {HTMLElement} */
  node;

  /** @type {AddonDesk} */
  #desk;
  /** @type {Remembered} */
  #kept;
  /** @type {HTMLElement | null} */
  #stage = null;
  /** @type {HTMLAudioElement | null} */
  #waits = null; // the browser plays nothing before a key or a click
  #hint = el("span", "dalt-tool-hint", { role: "status", "data-dalt": "autoplay-waits" });
  /** @type {HTMLButtonElement} */
  #rate;
  /** @type {AbortSignal} */
  #signal;

  /**
   * @param {AddonDesk} desk
   * @param {Remembered} kept
   * @param {Makes} makes
   * @param {AbortSignal} signal
   */
  constructor(desk, kept, { button, toggle }, signal) {
    this.#desk = desk;
    this.#kept = kept;
    this.#signal = signal;
    this.#rate = button("rate", "rate", () => this.#faster(1, true), "");
    this.node = el(
      "div",
      "dalt-tool-row",
      { hidden: "" },
      this.#hint,
      toggle("autoplay", () => this.#play()),
      toggle("loop", () => this.#tune()),
      this.#rate,
    );
    for (const name of ["keydown", "pointerup"])
      document.addEventListener(name, () => this.#waits && setTimeout(() => this.#again()), { signal, capture: true });
  }

  get #sound() {
    return this.#stage?.querySelector("audio") ?? null;
  }

  /**
   * Another sample is on the stage.
   * @param {HTMLElement} stage
   */
  show(stage) {
    if (!this.#stage) {
      this.#stage = stage;
      // What media tell does not bubble.
      stage.addEventListener("volumechange", () => this.#keepVolume(), { signal: this.#signal, capture: true });
    }
    this.#wait(null);
    this.#tune();
    this.#play();
  }

  // --- playing

  #play() {
    const sound = this.#sound;
    if (!sound || !this.#kept.get("autoplay", false)) {
      this.#wait(null);
      return;
    }
    sound.play().then(
      () => this.#wait(null),
      ({ name }) => this.#sound === sound && this.#wait(name === "NotAllowedError" ? sound : null),
    );
  }

  /** The person has done something: now it may play, unless that was done by the key itself. */
  #again() {
    const sound = this.#waits;
    this.#wait(null);
    if (sound?.paused && sound === this.#sound && sound.currentTime === 0) this.#play();
  }

  /** @param {HTMLAudioElement | null} sound */
  #wait(sound) {
    this.#waits = sound;
    put(this.#hint, sound ? this.#desk.words.say("autoplay_waits") : "");
  }

  // --- how

  #tune() {
    const rate = this.#kept.get("rate", 1);
    put(this.#rate, `${this.#desk.words.number(rate)} ×`);
    const sound = this.#sound;
    if (!sound) return;
    sound.loop = this.#kept.get("loop", false);
    sound.playbackRate = sound.defaultPlaybackRate = rate;
    sound.volume = this.#kept.get("volume", 1);
    sound.muted = this.#kept.get("muted", false);
  }

  #keepVolume() {
    const sound = this.#sound;
    if (!sound) return;
    if (sound.volume !== this.#kept.get("volume", 1)) this.#kept.set("volume", sound.volume);
    if (sound.muted !== this.#kept.get("muted", false)) this.#kept.set("muted", sound.muted);
  }

  /** @param {number} step */
  #faster(step, around = false) {
    const at = RATES.indexOf(this.#kept.get("rate", 1)) + step;
    const to = around ? at % RATES.length : Math.max(0, Math.min(RATES.length - 1, at));
    this.#kept.set("rate", RATES[to]);
    this.#tune();
  }

  /** @param {number} way */
  #seek(way) {
    const sound = this.#sound;
    if (!sound || !Number.isFinite(sound.duration)) return;
    sound.currentTime += way * Math.min(SEEK_MOST, SEEK_SHARE * sound.duration);
  }

  /**
   * @param {string} key
   * @returns {Action | null}
   */
  actionOf(key) {
    if (key === "," || key === ".") return () => this.#faster(key === "," ? -1 : 1);
    if (key !== "ArrowLeft" && key !== "ArrowRight") return null;
    return Object.assign(() => this.#seek(key === "ArrowLeft" ? -1 : 1), { repeats: true });
  }
}
