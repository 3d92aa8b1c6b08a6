// The palette of commands, which Ctrl+K (⌘K) opens: every action and every class, found by a few letters.

import { button, cover, el, find, mark, put } from "../dom/dom.js";
import { opensPalette, PALETTE } from "../keys/keys.js";
import { matching, offered } from "./commands.js";

/** @import { AddonDesk } from "../types.js" */
/** @import { Entry } from "./commands.js" */

const MOST = 60; // entries listed at once

export class Palette {
  /** @type {HTMLButtonElement} */
  button;
  /** @type {HTMLElement} */
  node;

  /** @type {AddonDesk} */
  #desk;
  /** @type {Entry[]} */
  #offered = [];
  /** @type {Entry[]} */
  #listed = [];
  #at = 0;
  /** @type {HTMLInputElement} */
  #field;
  #list = el("ul", "dalt-palette-list", { role: "listbox" });
  #told = el("p", "dalt-palette-told", { role: "status" });

  /** @param {AddonDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    const { say } = desk.words;
    this.button = button(
      "dalt-quiet",
      "palette-button",
      () => this.#show(),
      say("palette"),
      el("kbd", "", {}, PALETTE),
    );
    mark(this.button, "aria-haspopup", "dialog");
    this.#list.id = `dalt-palette-${crypto.randomUUID?.() ?? Math.random()}`;
    mark(this.#list, "aria-label", say("palette"));
    this.#field = this.#input();
    const box = el(
      "div",
      "dalt-palette-box",
      { role: "dialog", "aria-modal": "true", "aria-label": say("palette") },
      this.#field,
      this.#list,
      this.#told,
    );
    this.node = el("div", "dalt-palette", { "data-dalt": "palette", hidden: "" }, box);
    this.node.addEventListener("click", ({ target }) => target === this.node && this.#hide());
    this.node.addEventListener("keydown", (event) => this.#key(event));
  }

  #input() {
    const label = this.#desk.words.say("palette_field");
    const field = el("input", "dalt-palette-field", {
      type: "text",
      role: "combobox",
      autocomplete: "off",
      spellcheck: "false",
      "aria-expanded": "true",
      "aria-autocomplete": "list",
      "aria-controls": this.#list.id,
      "aria-label": label,
      placeholder: label,
      "data-dalt": "palette-field",
    });
    field.addEventListener("input", () => this.#fill());
    return field;
  }

  get open() {
    return !this.node.hidden;
  }

  /** @param {KeyboardEvent} event */
  actionOf(event) {
    if (opensPalette(event)) return () => (this.open ? this.#hide() : this.#show());
    return this.open ? () => {} : null;
  }

  close() {
    if (this.open) this.#hide();
  }

  /** Not over what covers the page already: that has keys of its own. */
  #show() {
    const { root } = this.#desk;
    if (find(root, ":scope > [inert]")) return;
    this.#offered = offered(this.#desk);
    this.#field.value = "";
    this.node.hidden = false;
    cover(root, true, this.node);
    this.#field.focus({ preventScroll: true });
    this.#fill();
  }

  #hide() {
    const { root } = this.#desk;
    this.node.hidden = true;
    this.#list.replaceChildren();
    this.#offered = [];
    cover(root, false);
    root.focus({ preventScroll: true });
  }

  // --- the list

  #fill() {
    const { say, number } = this.#desk.words;
    const found = matching(this.#field.value, this.#offered);
    this.#listed = found.slice(0, MOST);
    this.#list.replaceChildren(...this.#listed.map((entry, index) => this.#option(entry, index)));
    this.#list.scrollTop = 0;
    const more = found.length - this.#listed.length;
    put(this.#told, !found.length ? say("palette_none") : more ? say("palette_more", { n: number(more) }) : "");
    this.#point(0);
  }

  /**
   * @param {Entry} entry
   * @param {number} index
   */
  #option({ name, key, command, colour }, index) {
    const chip = el("span", "dalt-chip", { "aria-hidden": "true" });
    chip.style.setProperty("--chip", colour ?? "transparent");
    const node = el(
      "li",
      "dalt-palette-option",
      { role: "option", id: `${this.#list.id}-${index}`, "aria-selected": "false" },
      chip,
      el("span", "dalt-palette-name", { dir: "auto" }, name),
      el("kbd", "", {}, key),
    );
    mark(node, command ? "data-command" : "data-class", command ?? name);
    node.addEventListener("click", () => this.#run(index));
    return node;
  }

  /** @param {number} index */
  #point(index) {
    this.#list.children[this.#at]?.setAttribute("aria-selected", "false");
    this.#at = Math.max(0, Math.min(index, this.#listed.length - 1));
    const node = this.#list.children[this.#at] ?? null;
    mark(this.#field, "aria-activedescendant", node?.id ?? null);
    if (!node) return;
    node.setAttribute("aria-selected", "true");
    node.scrollIntoView({ block: "nearest" });
  }

  /**
   * The page comes back first: what it opens then has the focus, and a class answers what is in sight.
   * @param {number} index
   */
  #run(index) {
    const entry = this.#listed[index];
    if (!entry) return;
    this.#hide();
    entry.run();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    event.stopPropagation();
    if (event.isComposing) return; // its Enter ends a syllable
    const does = this.#does(event);
    if (!does) return;
    event.preventDefault();
    does();
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {(() => void) | null}
   */
  #does(event) {
    const { key, repeat } = event;
    const last = this.#listed.length - 1;
    if (key === "Escape" || opensPalette(event)) return () => this.#hide();
    if (key === "Enter") return () => repeat || this.#run(this.#at);
    if (key === "ArrowDown") return () => this.#point(this.#at === last ? 0 : this.#at + 1);
    if (key === "ArrowUp") return () => this.#point(this.#at === 0 ? last : this.#at - 1);
    if (key === "PageDown") return () => this.#point(this.#at + 8);
    if (key === "PageUp") return () => this.#point(this.#at - 8);
    return key === "Tab" ? () => {} : null;
  }
}
