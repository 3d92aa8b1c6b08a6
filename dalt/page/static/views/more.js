// What stands in the head beside the mode: as much as there is room for, the rest behind one button.

import { button, closest, el, hide, mark, within } from "../dom/dom.js";

/** @import { Words } from "../types.js" */

const NARROW = 700; // pixels: a head so narrow has none of it in its row
const FIGURES = 420; // pixels that title and figures keep
const GAP = 4;
const MORE = 44; // the button

export class MoreMenu {
  /** @type {HTMLElement[]} */
  nodes; // what is in the row, the button, and what it opens

  /** @type {HTMLElement[]} */
  #items;
  #row = el("div", "dalt-row-actions");
  /** @type {HTMLButtonElement} */
  #button;
  /** @type {HTMLElement} */
  #list;

  /**
   * `items` are buttons; the first ones stay in the row longest.
   * @param {Words} words
   * @param {HTMLElement[]} items
   */
  constructor(words, items) {
    const { say } = words;
    this.#items = items;
    this.#row.append(...items);
    this.#button = button(
      "dalt-quiet dalt-more",
      "more",
      (event) => this.#toggle(event.detail === 0),
      el("span", "", { "aria-hidden": "true" }, "⋯"),
    );
    mark(this.#button, "aria-label", say("more_actions"));
    mark(this.#button, "aria-expanded", "false");
    this.#list = el("div", "dalt-rest-actions", { role: "group", "aria-label": say("more_actions") });
    this.nodes = [this.#row, this.#button, this.#list];
    this.#list.addEventListener("click", ({ target }) => closest(target, "button") && this.#show(false));
    for (const node of [this.#button, this.#list]) {
      node.addEventListener("keydown", (event) => this.#key(event));
      node.addEventListener("focusout", ({ relatedTarget: to }) => to && !this.#holds(to) && this.#left(to));
    }
  }

  get open() {
    return this.#button.getAttribute("aria-expanded") === "true";
  }

  /**
   * The focus goes elsewhere; where a press gives it to the page, the click is still to come.
   * @param {EventTarget} to
   */
  #left(to) {
    if (!(to instanceof Node && to.contains(this.#button))) this.#show(false);
  }

  /** @param {EventTarget | null} target */
  #holds(target) {
    return within(this.#button, target) || within(this.#list, target);
  }

  /**
   * Called when the head has another width, and never by an answer: it asks for sizes.
   * @param {number} width
   * @param {HTMLElement} mode
   */
  fit(width, mode) {
    const items = this.#items;
    this.#row.append(...items);
    const wide = items.map((item) => item.offsetWidth + GAP);
    const room = width - FIGURES - mode.offsetWidth - GAP;
    /** @param {number[]} each */
    const sum = (each) => each.reduce((all, one) => all + one, 0);
    let n = width < NARROW ? 0 : items.length;
    while (n > 0 && sum(wide.slice(0, n)) + (n < items.length ? MORE : 0) > room) n -= 1;
    this.#list.append(...items.slice(n));
    hide(this.#button, n === items.length);
    if (n === items.length) this.#show(false);
  }

  /**
   * A click elsewhere closes it.
   * @param {EventTarget | null} target
   */
  clicked(target) {
    if (this.open && !this.#holds(target)) this.#show(false);
  }

  close() {
    this.#show(false);
  }

  /** @param {boolean} byKey */
  #toggle(byKey) {
    this.#show(!this.open);
    if (this.open && byKey) this.#listed[0].focus();
  }

  /** @param {boolean} open */
  #show(open) {
    mark(this.#button, "aria-expanded", String(open));
    mark(this.#list, "data-open", open ? "" : null);
  }

  get #listed() {
    return /** @type {HTMLElement[]} */ ([...this.#list.children]);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (!this.open || (event.key !== "Escape" && !step)) return;
    event.preventDefault();
    event.stopPropagation();
    if (step) {
      const items = this.#listed;
      const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
      items.at((at + step + items.length) % items.length)?.focus();
    } else {
      this.#show(false);
      this.#button.focus();
    }
  }
}
