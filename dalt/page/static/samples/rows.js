// A row of a table: the names of its columns beside what stands in them.

import { button, el, mark } from "../dom/dom.js";
import { scrolls } from "./prose.js";

/** @import { Words } from "../types.js" */

const FIELDS = [8, 22, 48, 120]; // up to so many fields stand in one column, in two, three, four
const MOST_COLUMNS = FIELDS.length + 1;
const LONG_VALUE = 400; // characters of a value that is shown in part at first
const NUMBER = /^[-+]?\d+(\.\d+)?(e[-+]?\d+)?$/i;
const MOST_DIGITS = 12;

/**
 * @param {[string, string][]} rows
 * @param {Words} words
 */
export function table(rows, words) {
  // The style sheet lays it out in as many columns as there is room for: the roles stay what they are.
  const grid = el("table", "", { role: "table" });
  const top = grid.createTHead();
  const head = top.insertRow();
  mark(top, "role", "rowgroup");
  mark(head, "role", "row");
  for (const name of /** @type {const} */ (["field", "value"]))
    head.append(el("th", "", { scope: "col", role: "columnheader" }, words.say(name)));
  const body = grid.createTBody();
  mark(body, "role", "rowgroup");
  const widest = Math.min(MOST_DIGITS, Math.max(0, ...rows.map(([, value]) => whole(value))));
  for (const [name, value] of rows) {
    const label = el("th", "", { scope: "row", role: "rowheader", dir: "auto" }, name);
    body.append(el("tr", "", { role: "row" }, label, cell(value, widest, words)));
  }
  const node = scrolls(el("div", "dalt-rows", {}, grid));
  spread(node, rows.length);
  return node;
}

/**
 * Fields go down one column after the other, and stand at the same place in every sample.
 * @param {HTMLElement} node
 * @param {number} n
 */
function spread(node, n) {
  const most = FIELDS.filter((fewer) => n > fewer).length + 1;
  mark(node, "data-columns", most);
  for (let columns = 1; columns <= MOST_COLUMNS; columns += 1)
    node.style.setProperty(`--in-${columns}`, String(Math.max(1, Math.ceil(n / columns))));
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
  const node = el("td", "", { dir: "auto", role: "cell" });
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
    const number = el("span", "dalt-number", {}, value);
    // Not by an attribute: the page's policy lets none through.
    number.style.paddingInlineStart = `${Math.max(0, widest - whole(value))}ch`;
    node.append(number);
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
