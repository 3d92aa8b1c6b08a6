// What stands in the head beside the mode: all of it in a wide window, behind one button in a narrow one.

import { button, closest, el, mark, within } from "../dom/dom.js";

/** @import { Words } from "../types.js" */

export class MoreMenu {
  /** @type {HTMLElement[]} */
  nodes; // the button, and what it opens

  /** @type {HTMLButtonElement} */
  #button;
  /** @type {HTMLElement} */
  #list;

  /**
   * `items` are buttons.
   * @param {Words} words
   * @param {HTMLElement[]} items
   */
  constructor(words, items) {
    const { say } = words;
    this.#button = button(
      "dalt-quiet dalt-more",
      "more",
      (event) => this.#toggle(event.detail === 0),
      el("span", "", { "aria-hidden": "true" }, "⋯"),
    );
    mark(this.#button, "aria-label", say("more_actions"));
    mark(this.#button, "aria-expanded", "false");
    this.#list = el("div", "dalt-rest-actions", { role: "group", "aria-label": say("more_actions") }, ...items);
    this.nodes = [this.#button, this.#list];
    this.#list.addEventListener("click", ({ target }) => this.#chosen(closest(target, "button")));
    for (const node of this.nodes) {
      node.addEventListener("keydown", (event) => this.#key(event));
      node.addEventListener(
        "focusout",
        ({ relatedTarget: to }) => to && !this.nodes.some((each) => within(each, to)) && this.#show(false),
      );
    }
  }

  get open() {
    return this.#button.getAttribute("aria-expanded") === "true";
  }

  /**
   * A click elsewhere closes it.
   * @param {EventTarget | null} target
   */
  clicked(target) {
    if (this.open && !this.nodes.some((node) => within(node, target))) this.#show(false);
  }

  /**
   * The menu goes, and what was opened far below comes into sight.  In a wide window it is no menu.
   * @param {HTMLElement | null} item
   */
  #chosen(item) {
    if (!this.open) return;
    this.#show(false);
    if (item?.getAttribute("aria-expanded") !== "true") return;
    document.getElementById(item.getAttribute("aria-controls") ?? "")?.scrollIntoView({ block: "nearest" });
  }

  /** @param {boolean} byKey */
  #toggle(byKey) {
    this.#show(!this.open);
    if (this.open && byKey) this.#items[0].focus();
  }

  /** @param {boolean} open */
  #show(open) {
    mark(this.#button, "aria-expanded", String(open));
    mark(this.#list, "data-open", open ? "" : null);
  }

  get #items() {
    return /** @type {HTMLElement[]} */ ([...this.#list.children]);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (!this.open || (event.key !== "Escape" && !step)) return;
    event.preventDefault();
    event.stopPropagation();
    if (step) {
      const items = this.#items;
      const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
      items.at((at + step + items.length) % items.length)?.focus();
    } else {
      this.#show(false);
      this.#button.focus();
    }
  }
}
