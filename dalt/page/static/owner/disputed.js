// Samples that annotators disagree on, the least certain first; a button decides.

import { button, el, hide, mark, put } from "../dom/dom.js";
import { CardList, said, thumbnail } from "./samples.js";

/** @import { DisputedEntry, OwnerDesk, OwnerDisputed, OwnerPhrase } from "../types.js" */
/** @import { OwnerSetup } from "./engine.js" */

export class DisputedSection {
  static section = "disputed";
  /** @type {OwnerPhrase} */
  static title = "disputed_title";
  static wide = true;

  /** @param {OwnerSetup} setup */
  static fits({ task }) {
    return task === "classes";
  }

  #desk;
  #said = el("p", "dalt-owner-hint", { role: "status", "data-dalt": "owner-disputed-said" });
  #list;
  node;
  actions;

  /** @param {OwnerDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    const { tell } = desk.words;
    const decide = button("dalt-owner-main", "owner-decide", () => desk.decide(null), tell("decide"));
    hide(decide, true);
    this.actions = [decide];
    this.#list = new CardList(desk, tell("disputed_title"));
    this.node = el("div", "", { "data-dalt": "owner-disputed" }, this.#said, this.#list.node);
    desk.engine.hear("owner_disputed", (found) => this.#take(found), desk.signal);
  }

  /** @param {OwnerDisputed} found */
  #take({ comparable, entries, n }) {
    const { words } = this.#desk;
    hide(this.actions[0], !n);
    put(
      this.#said,
      !comparable
        ? words.tell("not_comparable")
        : !n
          ? words.tell("disputed_none")
          : n > entries.length
            ? words.tell("disputed_most", { n: words.number(n), shown: words.number(entries.length) })
            : words.count("disputed_some", n),
    );
    this.#list.put(
      entries,
      ({ sample_id: id, said: answers }) => JSON.stringify([id, answers]),
      (entry) => this.#card(entry),
    );
  }

  /** @param {DisputedEntry} entry */
  #card({ sample_id: id, label, probability, said: answers }) {
    const { words } = this.#desk;
    const lines = answers.map((each) => said(this.#desk, each.label, each.annotators.join(", ")));
    const open = button(
      "dalt-owner-sample",
      "owner-dispute",
      () => this.#desk.decide(id),
      thumbnail(this.#desk, id),
      el("span", "dalt-owner-lines", {}, ...lines),
      el(
        "span",
        "dalt-owner-sure",
        {},
        words.tell("consensus", { name: words.short(words.answer(label), 20), value: words.percent(probability) }),
      ),
    );
    open.dataset.sampleId = id;
    const told = answers.map((each) => `${words.answer(each.label)}: ${each.annotators.join(", ")}`).join("; ");
    mark(open, "aria-label", words.tell("decide_one", { said: told }));
    return el("li", "", {}, open);
  }
}
