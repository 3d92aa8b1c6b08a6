// A panel that a button in the head opens: beside the classes, over a narrow page, or above the sample.
//
// One is open at a time.  Where there is room it stands beside what answers, and labeling goes on; in a narrow
// page it is a sheet that covers the page.  Esc closes it, unless the sample has a use for it.

import { alone, button, controls, cover, el, mark, within } from "../dom/dom.js";

/** @import { Action, AddonDesk } from "../types.js" */

/** @typedef {"beside" | "sheet" | "inline"} PanelLayout */

const BESIDE_FROM = 860; // pixels of the page's place: styles/frame.css has the same
const OPENED = "dalt-panel"; // one panel tells the others

export class Panel {
  /** @type {HTMLButtonElement} */
  button;
  /** @type {HTMLElement} */
  node;
  /** @type {HTMLElement} */
  box; // what scrolls in it
  /** @type {PanelLayout | null} */
  layout = null;
  shown = false;

  /** @type {AddonDesk} */
  #desk;
  /** @type {string} */
  #name;
  /** @type {string} */
  #title;
  /** @type {boolean} */
  #inline; // in a narrow cell of a notebook it stands above the sample
  /** @type {(shown: boolean, asked: boolean) => void} */
  #changed;
  #wanted = false; // it was open before the page got so narrow that it would cover it
  /** @type {HTMLElement | null} */
  #from = null; // what had the focus when it opened
  #ended = new AbortController();

  /**
   * `name` is that of its key; `changed(shown, asked)` is called when it opens and closes:
   * asked to by a person, or because the page got narrower or wider.
   * @param {AddonDesk} desk
   * @param {{ name: string, dalt?: string, mark?: string, label: string, title: string, look: string,
   *   inline?: boolean, badge?: HTMLElement, changed: (shown: boolean, asked: boolean) => void }} about
   * @param {...HTMLElement} body
   */
  constructor(desk, { name, dalt = name, mark: part, label, title, look, inline = false, badge, changed }, ...body) {
    this.#desk = desk;
    this.#name = name;
    this.#title = title;
    this.#inline = inline;
    this.#changed = changed;
    const { say } = desk.words;
    this.button = button(
      "dalt-quiet",
      dalt,
      () => this.toggle(),
      el("span", "", {}, label),
      el("kbd", "", {}, desk.keys.shown(name)),
    );
    mark(this.button, "aria-expanded", "false");
    const head = el(
      "div",
      "dalt-panel-head",
      {},
      el(alone() ? "h2" : "h3", "", {}, title),
      ...(badge ? [badge] : []),
      button("dalt-quiet", `${name}-close`, () => this.show(false), say("close")),
    );
    this.box = el("div", `dalt-panel-box ${look}-box`, {}, head, ...body);
    this.node = el("section", `dalt-panel ${look}`, { hidden: "" }, this.box);
    if (part) mark(this.node, "data-dalt", part);
    this.node.addEventListener("click", (event) => event.target === this.node && this.show(false));
    controls(this.button, this.node);
    /** @param {Event} event */
    const other = (event) => {
      if (/** @type {CustomEvent} */ (event).detail === this) return;
      this.#wanted = false;
      if (this.shown) this.#display(false, true);
    };
    desk.root.addEventListener(OPENED, other, { signal: this.#ended.signal });
  }

  close() {
    this.#ended.abort();
    if (this.open) this.#cover(false);
    mark(this.#desk.root, "data-aside", null); // its name stays: what is built next opens it again
  }

  /** While it covers the page. */
  get open() {
    return this.shown && this.layout === "sheet";
  }

  /** Once it is on the page it is known how much room there is. */
  begin() {
    if (this.layout) return;
    const { root } = this.#desk;
    const place = /** @type {HTMLElement} */ (root.parentElement);
    const narrow = !alone() && this.#inline ? "inline" : "sheet";
    const arrange = () => this.#arrange(place.clientWidth >= BESIDE_FROM ? "beside" : narrow);
    arrange();
    if (root.dataset.panel === this.#name) this.show(true);
    const watcher = new ResizeObserver(arrange);
    watcher.observe(place);
    this.#ended.signal.addEventListener("abort", () => watcher.disconnect());
  }

  /**
   * @param {KeyboardEvent} event
   * @param {string} letter
   * @returns {Action | null}
   */
  actionOf({ key, target, ctrlKey, metaKey }, letter) {
    if (ctrlKey || metaKey) return null;
    const does = this.#desk.keys.actionOf(letter);
    if (does === this.#name) return () => this.toggle();
    if (key === "Escape" && this.shown && this.#mayClose(target)) return () => this.show(false);
    return this.open && does === "help" ? () => {} : null;
  }

  /**
   * Esc leaves the answer of a sample that was opened again as it is: that comes first.
   * @param {EventTarget | null} target
   */
  #mayClose(target) {
    return this.open || within(this.node, target) || !this.#desk.current()?.answered;
  }

  toggle() {
    this.show(!this.shown);
  }

  /** What is chosen in it is seen on the page: it covers it no longer. */
  leave() {
    if (this.open) this.show(false);
  }

  /** @param {boolean} shown */
  show(shown) {
    const { root } = this.#desk;
    const inside = within(this.node, document.activeElement);
    const covered = this.open;
    if (shown) {
      this.#from = /** @type {HTMLElement | null} */ (document.activeElement);
      root.dispatchEvent(new CustomEvent(OPENED, { detail: this }));
    }
    this.#wanted = shown;
    this.#display(shown, true);
    if (this.open) this.box.focus({ preventScroll: true });
    else if (!shown && (inside || covered)) this.#giveBack();
  }

  #giveBack() {
    const { root } = this.#desk;
    const from = this.#from;
    const stands = from && root.contains(from) && !within(this.node, from) && from.checkVisibility();
    (stands ? from : root).focus({ preventScroll: true });
  }

  /** @param {PanelLayout} layout */
  #arrange(layout) {
    if (layout === this.layout) return;
    const before = this.layout;
    const wanted = this.#wanted;
    if (this.shown) this.#display(false, false);
    this.layout = layout;
    mark(this.node, "data-layout", layout);
    const modal = layout === "sheet";
    const scrolls = {
      role: modal ? "dialog" : "region",
      "aria-modal": modal ? "true" : null,
      "aria-label": this.#title,
      tabindex: "0",
    };
    for (const [name, value] of Object.entries(scrolls)) mark(this.box, name, value);
    // What would cover the page all of a sudden waits until it is asked for, or until there is room.
    if (before && wanted && !modal) this.#display(true, false);
  }

  /**
   * @param {boolean} shown
   * @param {boolean} asked
   */
  #display(shown, asked) {
    const { root } = this.#desk;
    if (this.open && !shown) this.#cover(false);
    this.shown = shown;
    this.node.hidden = !shown;
    mark(this.button, "aria-expanded", String(shown));
    mark(root, "data-panel", shown ? this.#name : null);
    mark(root, "data-aside", shown ? this.layout : null);
    if (this.open) this.#cover(true);
    this.#changed(shown, asked);
  }

  /**
   * What lies behind a sheet is out of reach, also for Tab and screen readers.
   * @param {boolean} covers
   */
  #cover(covers) {
    cover(this.#desk.root, covers, this.node.parentElement);
  }
}
