// A text.  A long one is laid out in pieces, so that only those in sight cost time.

import { el } from "../dom/dom.js";

const SHORT_TEXT = 300; // characters of a text that is shown large,
const MEDIUM_TEXT = 1_200; // or at least larger
const LONG_TEXT = 20_000; // characters of a text that is cut into pieces
const PIECE = 4_000;
const REACH = 4 * PIECE; // how far a piece goes to end with its line

/** @param {string} text */
export function prose(text) {
  const node = scrolls(el("div", "dalt-text", { dir: "auto" }));
  if (text.length <= MEDIUM_TEXT) node.classList.add("dalt-text-few");
  if (text.length <= SHORT_TEXT) node.classList.add("dalt-text-short");
  fill(node, text);
  return node;
}

/**
 * Put a text in, whatever its length.
 * @param {HTMLElement} node
 * @param {string} text
 */
export function fill(node, text) {
  const blocks = blocksOf(text);
  if (blocks.length === 1) node.textContent = text;
  else node.replaceChildren(...blocks.map((piece) => el("div", "dalt-piece", {}, piece)));
}

/**
 * The text in as many parts as it is laid out in.
 * @param {string} text
 */
export function blocksOf(text) {
  return text.length <= LONG_TEXT ? [text] : pieces(text);
}

/**
 * What may be longer than its place: reachable by Tab, and the arrow keys scroll it.
 * @param {HTMLElement} node
 */
export function scrolls(node) {
  node.dataset.scroll = "";
  node.tabIndex = 0;
  return node;
}

/**
 * Cut at ends of lines; only what has none for long is cut at a space.
 * @param {string} text
 * @returns {string[]}
 */
export function pieces(text) {
  const cut = [];
  for (let from = 0; from < text.length; ) {
    let to = from + PIECE;
    const line = text.indexOf("\n", to);
    if (line >= 0 && line < from + REACH) to = line + 1;
    else if (to < text.length) {
      const space = text.indexOf(" ", to);
      to = space >= 0 && space < from + REACH ? space + 1 : from + REACH;
      // Never between the halves of one character.
      if (/[\uDC00-\uDFFF]/.test(text[to] ?? "")) to += 1;
    }
    cut.push(text.slice(from, to));
    from = to;
  }
  return cut;
}
