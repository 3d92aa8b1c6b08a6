// Cards of samples with a thumbnail and what was said of them.

import { el, mark } from "../dom/dom.js";

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

/**
 * Change the cards of a list in place: those that stay keep the focus.
 * @template E
 * @param {HTMLElement} list
 * @param {E[]} entries
 * @param {(entry: E) => string} keyOf
 * @param {(entry: E) => HTMLElement} make
 */
export function keepCards(list, entries, keyOf, make) {
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
