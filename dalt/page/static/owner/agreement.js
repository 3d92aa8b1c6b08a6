// How far annotators agree beyond chance.

import { alone, el } from "../dom/dom.js";
import { matrixTable, scroller } from "./plots.js";

/** @import { AgreementSaid, OwnerAgreement, OwnerDesk, OwnerPhrase } from "../types.js" */

/** Krippendorff's own bounds: reliable, tentative, neither. */
const RELIABLE = 0.8;
const TENTATIVE = 0.667;

export class AgreementSection {
  static section = "agreement";
  /** @type {OwnerPhrase} */
  static title = "agreement_title";
  static wide = true;

  #desk;
  node = el("div", "dalt-owner-agreement", { "data-dalt": "owner-agreement" });

  /** @param {OwnerDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    desk.engine.hear("owner_agreement", (said) => this.#take(said), desk.signal);
  }

  /** @param {OwnerAgreement} said */
  #take({ comparable, alpha, blind, pairs, annotators }) {
    const { tell } = this.#desk.words;
    if (!comparable) this.#empty("not_comparable");
    else if (!alpha) this.#empty("agreement_none");
    else {
      const means = alpha.value ? tell(meaning(alpha.value.value)) : tell("agreement_undefined");
      this.node.replaceChildren(
        el(
          "div",
          "dalt-owner-alphas",
          {},
          this.#alpha("alpha", alpha, means),
          ...(blind ? [this.#alpha("alpha_blind", blind, tell("alpha_blind_hint"))] : []),
        ),
        ...(pairs.length ? [this.#kappas(pairs, annotators)] : []),
      );
    }
  }

  /** @param {OwnerPhrase} name */
  #empty(name) {
    this.node.replaceChildren(el("p", "dalt-owner-empty", {}, this.#desk.words.tell(name)));
  }

  /**
   * @param {OwnerPhrase} name
   * @param {AgreementSaid} found
   * @param {string} means
   */
  #alpha(name, { value, percent: same, n }, means) {
    const { tell, measure, percent, count } = this.#desk.words;
    return el(
      "div",
      "dalt-figure",
      { "data-figure": name },
      el("p", "dalt-figure-title", {}, tell(name)),
      el("p", "dalt-figure-value", {}, value ? measure(value.value) : "–"),
      el(
        "p",
        "dalt-figure-more",
        {},
        [
          value ? `${measure(value.low)} – ${measure(value.high)}` : "",
          same === null ? "" : tell("same_answers", { value: percent(same) }),
          count("on_samples", n),
        ]
          .filter(Boolean)
          .join(", "),
      ),
      el("p", "dalt-owner-means", {}, means),
    );
  }

  /**
   * @param {AgreementSaid[]} pairs
   * @param {string[]} names
   */
  #kappas(pairs, names) {
    const { tell, measure, count, short } = this.#desk.words;
    const by = new Map(pairs.map((each) => [JSON.stringify(each.annotators), each]));
    const named = (/** @type {string} */ name) => el("span", "", { dir: "auto", title: name }, short(name, 14));
    const table = matrixTable({
      caption: tell("kappa_title"),
      rows: names.map(named),
      columns: names.map(named),
      cell: (i, j) => {
        if (i === j) return null;
        const found = by.get(JSON.stringify([names[Math.min(i, j)], names[Math.max(i, j)]]));
        if (!found) return null;
        const { value, n } = found;
        const of = count("on_samples", n);
        if (!value) return { text: "–", tint: 0, title: `${tell("agreement_undefined")} (${of})` };
        return {
          text: measure(value.value),
          tint: value.value,
          title: `${measure(value.low)} – ${measure(value.high)}, ${of}`,
        };
      },
    });
    return el(
      "div",
      "dalt-owner-kappas",
      {},
      el(alone() ? "h3" : "h4", "dalt-owner-sub", {}, tell("kappa_title")),
      scroller(tell("kappa_title"), table),
      el("p", "dalt-owner-hint", {}, tell("kappa_hint")),
    );
  }
}

/**
 * What a value of Krippendorff's alpha means.
 * @param {number} value
 * @returns {OwnerPhrase}
 */
export function meaning(value) {
  if (value >= RELIABLE) return "alpha_reliable";
  return value >= TENTATIVE ? "alpha_tentative" : "alpha_poor";
}
