// The focus, and with it the keys: what is clicked may be replaced, the page's own element stays.
//
// An element that is taken away or hidden while it has the focus leaves it to the document, where
// nobody hears the keys.  The page takes it back.  Of several pages the one last touched has the keys.

import { alone, closest, focused, takesText, within } from "./dom.js";

/** @import { Timer } from "../types.js" */

const CHANGES = { childList: true, subtree: true, attributeFilter: ["hidden", "inert", "disabled"] };
const CONTROLS = "audio, video"; // their buttons let no key out

export class FocusKeeper {
  /** @type {HTMLElement} */
  #root;
  /** @type {(control: HTMLElement) => HTMLElement} */
  #homeOf;
  #held = false; // the page was touched last
  /** @type {Timer | null} */
  #due = null; // a look at what has the focus

  /**
   * `homeOf(control)` is what has the keys once a player's own buttons were pressed.
   * @param {HTMLElement} root
   * @param {(control: HTMLElement) => HTMLElement} homeOf
   * @param {AbortSignal} signal
   */
  constructor(root, homeOf, signal) {
    this.#root = root;
    this.#homeOf = homeOf;
    /** @type {(name: string, does: (event: Event) => void) => void} */
    const on = (name, does) => document.addEventListener(name, does, { signal, capture: true });
    on("pointerdown", ({ target }) => this.#touched(target));
    on("focusin", ({ target }) => this.#focused(target));
    // Not at once: between two elements that hand it on nothing has the focus.
    const watcher = new MutationObserver(() => {
      this.#due ??= setTimeout(() => this.#keep());
    });
    watcher.observe(root, CHANGES);
    signal.addEventListener("abort", () => watcher.disconnect());
  }

  /** Whether a key that nothing on the document hears is this page's. */
  get nobodyElse() {
    if (!nobody() || !this.#root.isConnected) return false;
    return this.#held || (alone() && document.querySelectorAll(".dalt").length === 1);
  }

  take() {
    this.#root.focus({ preventScroll: true });
  }

  /** @param {EventTarget | null} target */
  #touched(target) {
    // A page of its own has the window to itself: beside it there is nothing to click.
    const other = closest(target, ".dalt");
    if (other || !alone()) this.#held = other === this.#root;
  }

  /** @param {EventTarget | null} target */
  #focused(target) {
    if (closest(target, "[role=menu]")) return; // it gives the focus back when it is closed
    this.#held = within(this.#root, target);
    const control = this.#held ? closest(target, CONTROLS) : null;
    if (control && control === target) setTimeout(() => this.#leave(control));
  }

  /**
   * What was pressed there goes on: it needs no focus for that.
   * @param {HTMLElement} control
   */
  #leave(control) {
    if (document.activeElement === control) this.#homeOf(control).focus({ preventScroll: true });
  }

  /** Something on the page has changed, maybe what had the focus. */
  #keep() {
    this.#due = null;
    const active = focused();
    if (active === this.#root || !this.#held) return;
    const gone = nobody() || (within(this.#root, active) && closest(active, ":disabled, [hidden], [inert]"));
    if (gone) this.take();
  }
}

/** Whether nothing on the document has the focus. */
export function nobody() {
  const { activeElement: active, body, documentElement } = document;
  return !active || active === body || active === documentElement;
}

/**
 * Whether what has the focus needs a key itself: text fields every one, a slider those that move it.
 * @param {KeyboardEvent} event
 */
export function keepsKey({ target, key }) {
  if (takesText(target)) return true;
  return closest(target, "input[type=range]") !== null && /^(Arrow|Page|Home|End)/.test(key);
}
