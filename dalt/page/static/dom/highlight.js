// Words that are highlighted in every text, without markup: by ranges where the browser can.

import { el } from "./dom.js";

const HIGHLIGHT = "dalt-words";
const MOST_FOUND = 2_000; // ranges in one text

/**
 * The words of a field: separated by commas, else by spaces.
 * @param {string} field
 */
export function wordsOf(field) {
  const parts = field.split(field.includes(",") ? "," : /\s+/);
  return [...new Set(parts.map((word) => word.trim()).filter(Boolean))];
}

/**
 * Highlight words below a node; what was highlighted before by the same name no longer is.
 * @param {Element | null} node
 * @param {string[]} words
 * @param {string} [name]
 */
export function highlight(node, words, name = HIGHLIGHT) {
  for (const mark of node?.querySelectorAll("mark.dalt-found") ?? []) {
    const parent = mark.parentNode;
    mark.replaceWith(...mark.childNodes);
    parent?.normalize();
  }
  const found = node && words.length ? rangesOf(node, words) : [];
  if (globalThis.CSS?.highlights && globalThis.Highlight) {
    if (found.length) CSS.highlights.set(name, new Highlight(...found));
    else CSS.highlights.delete(name);
  } else {
    // From the last, so that the places before it stay what they are.
    for (const range of found.reverse()) range.surroundContents(el("mark", "dalt-found"));
  }
  return found.length;
}

/**
 * Scroll to the first of the words that are highlighted, unless one is in sight.
 * @param {HTMLElement | null} scroller
 */
export function reveal(scroller) {
  if (!scroller) return;
  const found = [...(globalThis.CSS?.highlights?.get(HIGHLIGHT) ?? scroller.querySelectorAll("mark.dalt-found"))];
  const box = scroller.getBoundingClientRect();
  const places = found.map((each) => /** @type {Range | Element} */ (each).getBoundingClientRect());
  if (!places.length || places.some(({ top, bottom }) => top >= box.top && bottom <= box.bottom)) return;
  scroller.scrollTop += places[0].top - box.top - scroller.clientHeight / 3;
}

/**
 * @param {Node} node
 * @param {string[]} words
 */
function rangesOf(node, words) {
  const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(escaped.sort((a, b) => b.length - a.length).join("|"), "giu");
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node && found.length < MOST_FOUND; node = walker.nextNode()) {
    const text = /** @type {Text} */ (node);
    for (const match of text.data.matchAll(pattern)) {
      const range = new Range();
      range.setStart(text, match.index);
      range.setEnd(text, match.index + match[0].length);
      found.push(range);
      if (found.length >= MOST_FOUND) break;
    }
  }
  return found;
}
