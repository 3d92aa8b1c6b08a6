// What each annotator did, as a table that can be sorted.

import { button, el, mark } from "../dom/dom.js";
import { scroller, shareBar } from "./plots.js";
import { NOTHING } from "./words.js";

/** @import { Estimate, OwnerDesk, OwnerPhrase, PersonSaid } from "../types.js" */

/** @typedef {"annotator" | "labels" | "skips" | "seconds" | "agreement" | "gold" | "last_seen"} Column */

/** @type {[Column, OwnerPhrase][]} */
const COLUMNS = [
  ["annotator", "annotator"],
  ["labels", "labels"],
  ["skips", "skips"],
  ["seconds", "seconds"],
  ["agreement", "agreement_column"],
  ["gold", "gold_column"],
  ["last_seen", "last_seen"],
];

export class PeopleSection {
  static section = "people";
  /** @type {OwnerPhrase} */
  static title = "people_title";
  static wide = true;

  #desk;
  /** @type {PersonSaid[]} */
  #people = [];
  /** @type {Column} */
  #by = "labels";
  #falling = true;
  /** @type {Map<Column, HTMLTableCellElement>} */
  #heads = new Map();
  #rows = el("tbody", "");
  #none = el("p", "dalt-owner-empty", { hidden: "" });
  #hint = el("p", "dalt-owner-hint");
  #table;
  node = el("div", "dalt-owner-people", { "data-dalt": "owner-people" });

  /** @param {OwnerDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    const { tell } = desk.words;
    const head = el("tr", "");
    for (const [column, title] of COLUMNS) {
      const sort = button("dalt-quiet", "owner-sort", () => this.#sort(column), tell(title));
      sort.dataset.column = column;
      const cell = el("th", "", { scope: "col" }, sort);
      this.#heads.set(column, cell);
      head.append(cell);
    }
    const table = el(
      "table",
      "dalt-owner-table",
      {},
      el("caption", "dalt-hidden", {}, tell("people_title")),
      el("thead", "", {}, head),
      this.#rows,
    );
    this.#table = scroller(tell("people_title"), table);
    this.#none.textContent = tell("people_none");
    this.#hint.textContent = tell("people_hint");
    this.node.append(this.#none, this.#table, this.#hint);
    desk.engine.hear(
      "owner_people",
      ({ people }) => {
        this.#people = people;
        this.#paint();
      },
      desk.signal,
    );
    this.#paint();
    // How long ago somebody was seen goes on by itself.
    const timer = setInterval(() => this.#paint(), 60_000);
    desk.signal.addEventListener("abort", () => clearInterval(timer));
  }

  /** @param {Column} column */
  #sort(column) {
    this.#falling = column === this.#by ? !this.#falling : column !== "annotator";
    this.#by = column;
    this.#paint();
  }

  #paint() {
    for (const [column, cell] of this.#heads) {
      mark(cell, "aria-sort", column === this.#by ? (this.#falling ? "descending" : "ascending") : null);
    }
    this.#none.hidden = this.#people.length > 0;
    this.#table.hidden = this.#hint.hidden = this.#people.length === 0;
    this.#rows.replaceChildren(...sorted(this.#people, this.#by, this.#falling).map((each) => this.#row(each)));
  }

  /** @param {PersonSaid} person */
  #row(person) {
    const { number, tenth, when } = this.#desk.words;
    const { seconds, last_seen: seen } = person;
    const row = el(
      "tr",
      "",
      {},
      el("th", "", { scope: "row", dir: "auto" }, person.annotator),
      el("td", "", {}, number(person.labels)),
      el("td", "", {}, number(person.skips)),
      el(
        "td",
        "",
        {},
        ...(seconds ? valued(tenth(seconds.value), `${tenth(seconds.low)}–${tenth(seconds.high)}`) : [NOTHING]),
      ),
      this.#share(person.agreement),
      this.#share(person.gold),
      el(
        "td",
        "",
        seen ? { title: new Date(seen).toLocaleString(this.#desk.words.locale) } : {},
        seen ? when(seen) : NOTHING,
      ),
    );
    row.dataset.annotator = person.annotator;
    return row;
  }

  /** @param {Estimate | null} share */
  #share(share) {
    const { percent, tell, number } = this.#desk.words;
    if (!share) return el("td", "", {}, NOTHING);
    const interval = tell("interval_of", { low: percent(share.low), high: percent(share.high), n: number(share.n) });
    return el("td", "", {}, ...valued(percent(share.value), interval), shareBar(share));
  }
}

/**
 * @param {string} value
 * @param {string} more
 */
function valued(value, more) {
  return [el("span", "dalt-valued", {}, value), " ", el("span", "dalt-valued-more", {}, more)];
}

/**
 * People by a column; who has nothing there comes last, whatever the order.
 * @param {PersonSaid[]} people
 * @param {Column} by
 * @param {boolean} falling
 */
export function sorted(people, by, falling) {
  /** @param {PersonSaid} person */
  const figureOf = (person) => {
    const value = person[by];
    return value !== null && typeof value === "object" ? value.value : value;
  };
  return [...people].sort((one, other) => {
    const [a, b] = [figureOf(one), figureOf(other)];
    const byName = one.annotator.localeCompare(other.annotator);
    if (a === null || b === null) return a === b ? byName : a === null ? 1 : -1;
    const order = typeof a === "string" ? a.localeCompare(String(b)) : a - Number(b);
    return (falling ? -order : order) || byName;
  });
}
