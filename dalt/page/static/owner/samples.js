// Cards of samples with a thumbnail and what was said of them.

import { button, el, hide, inPlace, mark, put } from "../dom/dom.js";

/** @import { Label, OwnerDesk } from "../types.js" */

/**
 * The thumbnail of a sample.
 * @param {OwnerDesk} desk
 * @param {string} id
 */
export function thumbnail({ engine }, id) {
  const kind = engine.thumbnails.kind(id);
  return el("span", `dalt-owner-thumbnail dalt-small-${kind}`, {}, engine.thumbnails.view(id));
}

/**
 * A line of a sample's card: a class, who it is of, and a number.
 * @param {OwnerDesk} desk
 * @param {Label} label
 * @param {string} who
 * @param {string} [share]
 */
export function said({ words, setup }, label, who, share = "") {
  const name = words.answer(label);
  const chip = el("span", "dalt-chip", { "aria-hidden": "true" });
  chip.style.setProperty("--chip", setup.classes.find((spec) => spec.name === label)?.colour ?? "var(--muted)");
  const text = el("span", "dalt-name", { dir: "auto" });
  words.called(text, name);
  const line = el(
    "span",
    "dalt-owner-said",
    {},
    chip,
    text,
    el("span", "dalt-owner-who", { dir: "auto", title: who }, who),
    ...(share ? [el("span", "dalt-percent", {}, share)] : []),
  );
  mark(line, "data-label", name);
  return line;
}

const FEW = 12; // cards in sight until all are wanted

/** A list of cards, the first few of which are in sight. */
export class CardList {
  #list = el("ul", "dalt-owner-samples");
  #more;
  #all = false;
  node;

  /**
   * @param {OwnerDesk} desk
   * @param {string} label
   */
  constructor({ words }, label) {
    mark(this.#list, "aria-label", label);
    this.words = words;
    this.#more = button("dalt-quiet dalt-owner-more", "owner-more", () => this.#showAll(), "");
    hide(this.#more, true);
    this.node = el("div", "", {}, this.#list, this.#more);
  }

  /**
   * Show entries; cards that stay keep the focus.
   * @template E
   * @param {E[]} entries
   * @param {(entry: E) => string} keyOf
   * @param {(entry: E) => HTMLElement} make
   */
  put(entries, keyOf, make) {
    inPlace(this.#list, () => keepCards(this.#list, entries, keyOf, make));
    this.#paint();
  }

  #showAll() {
    this.#all = true;
    this.#paint();
    this.#list.children[FEW]?.querySelector("button")?.focus();
  }

  #paint() {
    const cards = /** @type {HTMLElement[]} */ ([...this.#list.children]);
    cards.forEach((card, at) => {
      hide(card, !this.#all && at >= FEW);
    });
    hide(this.#list, !cards.length);
    hide(this.#more, this.#all || cards.length <= FEW);
    put(this.#more, this.words.tell("show_all", { n: this.words.number(cards.length) }));
  }
}

/**
 * Change the cards of a list in place: those that stay keep the focus.
 * @template E
 * @param {HTMLElement} list
 * @param {E[]} entries
 * @param {(entry: E) => string} keyOf
 * @param {(entry: E) => HTMLElement} make
 */
function keepCards(list, entries, keyOf, make) {
  const there = new Map([...list.children].map((node) => [/** @type {HTMLElement} */ (node).dataset.key, node]));
  const nodes = entries.map((entry) => {
    const key = keyOf(entry);
    const node = there.get(key) ?? make(entry);
    /** @type {HTMLElement} */ (node).dataset.key = key;
    return node;
  });
  const stay = new Set(nodes);
  for (const node of there.values()) if (!stay.has(node)) node.remove();
  nodes.forEach((node, at) => {
    if (list.children[at] !== node) list.insertBefore(node, list.children[at] ?? null);
  });
}
