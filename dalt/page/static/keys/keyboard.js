// What a key does on the page, and which keys must not reach JupyterLab.

import { alone, closest, mark, within } from "../dom/dom.js";
import { FocusKeeper, keepsKey, nobody } from "../dom/focus.js";
import { togglePlay } from "../samples/sound.js";
import { opensPalette } from "./keys.js";

/** @import { Action, KeyDesk } from "../types.js" */

/** @type {Record<string, number>} */
const SCROLL = { ArrowDown: 0.15, ArrowUp: -0.15, PageDown: 0.9, PageUp: -0.9, " ": 0.9 };

const COMBINED = new Set(["z", "k"]); // with Ctrl or ⌘: undo, and the palette of commands

export class Keyboard {
  /** @type {HTMLElement} */
  #root;
  /** @type {KeyDesk} */
  #page; // what keys act on, as the view tells it
  /** @type {FocusKeeper} */
  #focus;

  /**
   * @param {HTMLElement} root
   * @param {KeyDesk} page
   * @param {AbortSignal} signal
   */
  constructor(root, page, signal) {
    this.#root = root;
    this.#page = page;
    this.#focus = new FocusKeeper(root, (control) => page.verify?.homeOf(control) ?? root, signal);
    if (!alone()) window.addEventListener("keydown", (event) => this.#shield(event), { signal, capture: true });
    root.addEventListener("keydown", (event) => this.#onKey(event), { signal });
    document.addEventListener(
      "keydown",
      (event) => {
        if (!this.#focus.nobodyElse) return;
        this.#focus.take();
        this.#onKey(event);
      },
      { signal },
    );
    if (alone()) this.#begin(signal);
  }

  /**
   * Alone on its page (Voilà) the keys need no click first.
   * @param {AbortSignal} signal
   */
  #begin(signal) {
    // Voilà shows its cells only after they are made: what is hidden takes no focus.
    const seen = new IntersectionObserver(() => nobody() && this.#focus.take());
    seen.observe(this.#root);
    signal.addEventListener("abort", () => seen.disconnect());
  }

  /**
   * Notebook 7 looks for its shortcuts before a key comes to the page: there "x" would cut the cell
   * that holds it.  Lumino passes over what is marked so; what is no key of ours stays Notebook's.
   * @param {KeyboardEvent} event
   */
  #shield({ key, target, altKey, ctrlKey, metaKey }) {
    const ours = key.length === 1 || key.startsWith("Arrow") || ["Enter", "Backspace", "Delete"].includes(key);
    const combined = altKey || ((ctrlKey || metaKey) && !COMBINED.has(key.toLowerCase()));
    const shielded = ours && !combined && within(this.#root, target);
    mark(this.#root, "data-lm-suppress-shortcuts", shielded ? "true" : null);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.altKey || event.isComposing) return;
    const combined = event.ctrlKey || event.metaKey;
    if (combined && !COMBINED.has(event.key.toLowerCase()) && !opensPalette(event)) return;
    if (keepsKey(event) && !opensPalette(event)) {
      event.stopPropagation(); // neither the page's nor the notebook's
      return;
    }
    const action = this.#actionOf(event);
    if (!action) return;
    event.stopPropagation(); // JupyterLab's own shortcuts must not fire
    if (action === "native") return;
    event.preventDefault();
    // Whatever a key does, the menu no longer lies over it.
    this.#page.menu?.close();
    if (!event.repeat || action.repeats) action();
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {Action | "native" | null}
   */
  #actionOf(event) {
    const page = this.#page;
    const { key } = event;
    if (!page.built) return /^[a-z0-9]$/i.test(key) ? () => {} : null;
    // Opened by a pointer it has no focus, and hears no key itself.
    if (key === "Escape" && page.menu?.open) return () => {};
    const letter = page.keys.nameOf(event);
    const does = page.keys.actionOf(letter);
    if (page.spans?.drawing) return this.#whileDrawing(key, page.keys.classOf(letter));
    // Behind the list of keys nothing is to be seen, and nothing may be done.
    for (const addon of page.helping ? [] : page.addons) {
      const action = addon.actionOf?.(event, letter);
      if (action) return action;
    }
    const open = page.covered;
    if (key === "Escape" && open) return () => page.help(false);
    if (does === "help") return () => page.help();
    if (!open && page.verify) {
      // Confirming has the key of accepting, whichever that is.
      const meant = does === "accept" ? "Enter" : key === "Enter" ? "" : key;
      const { target, shiftKey } = event;
      const action = page.verify.actionOf({ key: meant, target, shiftKey });
      if (action) return action;
    }
    const marking = !open && page.shown ? (page.spans?.actionOf(event) ?? null) : null;
    if (marking) return marking;
    const pressed = closest(event.target, "button");
    if ((key === "Enter" || key === " ") && pressed && !event.repeat) return "native";
    if (open) return key === "Tab" ? () => {} : key.length === 1 || key === "Enter" ? () => {} : null;
    const z = (event.ctrlKey || event.metaKey) && key.toLowerCase() === "z";
    if (z || (does === "undo" && event.shiftKey)) {
      return z && !event.shiftKey ? () => page.undo() : () => page.redo();
    }
    if (key === "Backspace") return () => page.undo();
    if (key === "Escape" && page.shown?.answered) return () => page.keep();
    if (!page.verify) {
      if (does === "accept") return event.shiftKey ? null : () => page.accept();
      if (does === "take" && page.spans) return () => page.take(event.shiftKey);
      const sound = does === "play" ? page.stage.querySelector("audio") : null;
      if (sound) return () => togglePlay(sound);
      if (key in SCROLL) return this.#scroll(SCROLL[key]);
    }
    const index = page.keys.classOf(letter);
    if (index !== undefined) return () => page.choose(index);
    if (does === "search") return () => page.search();
    if (does === "skip") return () => page.choose(null);
    if (does === "undo") return () => page.undo();
    if (does === "mode") return () => page.switchMode();
    // Letters and digits without a meaning here must not reach JupyterLab either: there
    // "x" cuts the cell that holds this page.
    return /^[a-z0-9]$/.test(letter) ? () => {} : null;
  }

  /**
   * What is being drawn is not to be lost: a class is its class, Esc leaves it, all else waits.
   * @param {string} key
   * @param {number | undefined} index
   * @returns {Action | null}
   */
  #whileDrawing(key, index) {
    const page = this.#page;
    if (key === "Escape") return () => page.spans?.cancel();
    if (index !== undefined) return () => page.choose(index);
    return /^F\d/.test(key) ? null : () => {};
  }

  /**
   * @param {number} pages
   * @returns {Action | "native"}
   */
  #scroll(pages) {
    const scroller = this.#page.stage.querySelector("[data-scroll]");
    if (!scroller || scroller.scrollHeight <= scroller.clientHeight) return "native";
    const scroll = () => scroller.scrollBy({ top: pages * scroller.clientHeight });
    scroll.repeats = true;
    return scroll;
  }
}
