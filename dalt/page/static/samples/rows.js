// A row of a table: the names of its columns beside what stands in them.

import { button, el } from "../dom/dom.js";
import { scrolls } from "./prose.js";

/** @import { Words } from "../types.js" */

const LONG_VALUE = 400; // characters of a value that is shown in part at first
const NUMBER = /^[-+]?\d+(\.\d+)?(e[-+]?\d+)?$/i;
const MOST_DIGITS = 12;

/**
 * @param {[string, string][]} rows
 * @param {Words} words
 */
export function table(rows, words) {
  const grid = el("table", "");
  const head = grid.createTHead().insertRow();
  for (const name of /** @type {const} */ (["field", "value"]))
    head.append(el("th", "", { scope: "col" }, words.say(name)));
  const body = grid.createTBody();
  const widest = Math.min(MOST_DIGITS, Math.max(0, ...rows.map(([, value]) => whole(value))));
  for (const [name, value] of rows) {
    body.append(el("tr", "", {}, el("th", "", { scope: "row", dir: "auto" }, name), cell(value, widest, words)));
  }
  return scrolls(el("div", "dalt-rows", {}, grid));
}

/**
 * How many characters a number has before its point.
 * @param {string} value
 */
function whole(value) {
  return NUMBER.test(value) ? value.split(/[.e]/i)[0].length : 0;
}

/**
 * @param {string} value
 * @param {number} widest
 * @param {Words} words
 */
function cell(value, widest, words) {
  const node = el("td", "", { dir: "auto" });
  if (value === "") {
    node.append(
      el(
        "span",
        "dalt-missing",
        { title: words.say("missing") },
        "–",
        el("span", "dalt-hidden", {}, words.say("missing")),
      ),
    );
  } else if (NUMBER.test(value)) {
    // Their points stand below each other.
    node.dir = "ltr";
    node.append(
      el("span", "dalt-number", { style: `padding-inline-start: ${Math.max(0, widest - whole(value))}ch` }, value),
    );
  } else if (value.length > LONG_VALUE) node.append(...shortened(value, words));
  else node.textContent = value;
  return node;
}

/**
 * @param {string} value
 * @param {Words} words
 */
function shortened(value, words) {
  const text = el("div", "dalt-clamped", {}, value);
  const more = button(
    "dalt-quiet dalt-more",
    "more",
    () => {
      const clamped = text.classList.toggle("dalt-clamped");
      more.textContent = words.say(clamped ? "more" : "less");
      more.setAttribute("aria-expanded", String(!clamped));
    },
    words.say("more"),
  );
  more.setAttribute("aria-expanded", "false");
  return [text, more];
}
