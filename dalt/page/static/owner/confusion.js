// What each annotator mistakes for what: a matrix for each, the consensus against what they said.

import { el } from "../dom/dom.js";
import { matrixTable, scroller } from "./plots.js";

/** @import { ConfusionSaid, OwnerConfusion, OwnerDesk, OwnerPhrase } from "../types.js" */
/** @import { OwnerSetup } from "./engine.js" */

export class ConfusionSection {
  static section = "confusion";
  /** @type {OwnerPhrase} */
  static title = "confusion_title";
  static wide = true;

  /** @param {OwnerSetup} setup */
  static fits({ task, multi_label: several }) {
    return task === "classes" && !several;
  }

  #desk;
  node = el("div", "dalt-owner-confusion", { "data-dalt": "owner-confusion" });

  /** @param {OwnerDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    desk.engine.hear("owner_confusion", (said) => this.#take(said), desk.signal);
  }

  /** @param {OwnerConfusion} said */
  #take({ comparable, classes, n_classes: all, people }) {
    const { words } = this.#desk;
    const { tell } = words;
    if (!comparable || !people.length) {
      const name = comparable ? "confusion_none" : "not_comparable";
      this.node.replaceChildren(el("p", "dalt-owner-empty", {}, tell(name)));
      return;
    }
    this.node.replaceChildren(
      el("p", "dalt-owner-hint", {}, tell("confusion_hint")),
      el("div", "dalt-owner-matrices", {}, ...people.map((each) => this.#matrix(each, classes))),
      ...(all > classes.length ? [el("p", "dalt-owner-hint", {}, words.count("confusion_most", classes.length))] : []),
    );
  }

  /**
   * @param {ConfusionSaid} person
   * @param {string[]} classes
   */
  #matrix({ annotator, counts }, classes) {
    const { words } = this.#desk;
    const { tell, number, percent, short } = words;
    const all = counts.flat().reduce((sum, n) => sum + n, 0);
    const right = counts.reduce((sum, row, i) => sum + row[i], 0);
    const caption = tell("confusion_of", { name: annotator });
    const named = (/** @type {string} */ name) => el("span", "", { dir: "auto", title: name }, short(name, 12));
    const table = matrixTable({
      caption,
      corner: tell("confusion_corner"),
      rows: classes.map(named),
      columns: classes.map(named),
      cell: (i, j) => {
        const n = counts[i][j];
        if (!n) return null;
        const of = counts[i].reduce((sum, each) => sum + each, 0);
        return {
          text: number(n),
          tint: n / of,
          name: i === j ? "dalt-matrix-right" : "dalt-matrix-wrong",
          title: tell("confusion_cell", { n: number(n), said: classes[j], consensus: classes[i] }),
        };
      },
    });
    return el(
      "figure",
      "dalt-owner-matrix",
      {},
      el(
        "figcaption",
        "",
        {},
        el("strong", "", { dir: "auto" }, annotator),
        el(
          "span",
          "dalt-owner-hint",
          {},
          all ? tell("confusion_right", { value: percent(right / all), n: number(all) }) : "",
        ),
      ),
      scroller(caption, table),
    );
  }
}
