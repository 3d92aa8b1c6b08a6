// Sources of suggestions beside the model: how often each is right, by class, and what it counts.

import { el } from "../dom/dom.js";
import { shareBar } from "./plots.js";
import { NOTHING } from "./words.js";

/** @import { Estimate, OwnerDesk, OwnerPhrase, OwnerSetup, SuggesterSaid } from "../types.js" */

/** @type {OwnerPhrase[]} */
const COLUMNS = ["source_column", "source_votes", "source_right", "source_weight", "source_state"];

export class SuggestersSection {
  static section = "suggesters";
  /** @type {OwnerPhrase} */
  static title = "suggesters_title";
  static wide = true;

  /** @param {OwnerSetup} setup */
  static fits({ task, multi_label }) {
    return task === "classes" && !multi_label;
  }

  #words;
  node = el("div", "dalt-owner-suggesters", { "data-dalt": "owner-suggesters" });

  /** @param {OwnerDesk} desk */
  constructor({ engine, words, signal }) {
    this.#words = words;
    engine.hear("owner_suggesters", ({ suggesters }) => this.#take(suggesters), signal);
  }

  /** @param {SuggesterSaid[]} suggesters */
  #take(suggesters) {
    const { tell } = this.#words;
    if (!suggesters.length) {
      this.node.replaceChildren(el("p", "dalt-owner-empty", {}, tell("suggesters_none")));
      return;
    }
    const heads = COLUMNS.map((title) => el("th", "dalt-owner-unsorted", { scope: "col" }, tell(title)));
    const table = el(
      "table",
      "dalt-owner-table",
      {},
      el("caption", "dalt-hidden", {}, tell("suggesters_title")),
      el("thead", "", {}, el("tr", "", {}, ...heads)),
      el("tbody", "", {}, ...suggesters.map((each) => this.#row(each))),
    );
    this.node.replaceChildren(
      table,
      ...suggesters.filter((each) => each.by_class.length).map((each) => this.#byClass(each)),
      ...suggesters
        .filter((each) => each.trouble)
        .map(({ trouble }) => el("p", "dalt-owner-hint dalt-owner-troubled", {}, trouble)),
      el("p", "dalt-owner-hint", {}, tell("suggesters_hint")),
    );
  }

  /** @param {SuggesterSaid} source */
  #row(source) {
    const { number, measure, tell } = this.#words;
    const state = /** @type {OwnerPhrase} */ (`source_${source.state}`);
    const row = el(
      "tr",
      "",
      { "data-dalt": "owner-suggester" },
      el("th", "", { scope: "row", dir: "auto" }, source.name),
      el("td", "", {}, number(source.votes)),
      el("td", "", {}, ...this.#share(source.right)),
      el("td", "", {}, source.weight === null ? NOTHING : measure(source.weight)),
      el("td", "", {}, tell(source.trouble ? "source_trouble" : state)),
    );
    row.dataset.source = source.name;
    row.dataset.state = source.state;
    return row;
  }

  /** @param {SuggesterSaid} source */
  #byClass({ name, by_class }) {
    const { percent, number, tell } = this.#words;
    const said = by_class.map(([label, { value, n }]) =>
      tell("source_class", { name: label, share: percent(value), n: number(n) }),
    );
    return el("p", "dalt-owner-hint", { dir: "auto" }, tell("source_by_class", { name, said: said.join(", ") }));
  }

  /** @param {Estimate | null} share */
  #share(share) {
    const { percent, tell, number } = this.#words;
    if (!share) return [NOTHING];
    const { value, low, high, n } = share;
    const interval = tell("interval_of", { low: percent(low), high: percent(high), n: number(n) });
    return [
      el("span", "dalt-valued", {}, percent(value)),
      " ",
      el("span", "dalt-valued-more", {}, interval),
      shareBar(share),
    ];
  }
}
