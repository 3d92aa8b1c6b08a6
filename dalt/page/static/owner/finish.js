// The certified finish: what the model labels with which bound, and what is still to check.

import { el } from "../dom/dom.js";

/** @import { FinishSaid, OwnerDesk, OwnerPhrase, OwnerWords } from "../types.js" */

export class FinishSection {
  static section = "finish";
  /** @type {OwnerPhrase} */
  static title = "finish_title";
  static wide = true;

  #words;
  node = el("div", "dalt-owner-finish", { "data-dalt": "owner-finish" });

  /** @param {OwnerDesk} desk */
  constructor({ engine, words, signal }) {
    this.#words = words;
    engine.hear("owner_finish", ({ said }) => this.#take(said), signal);
  }

  /** @param {FinishSaid | null} said */
  #take(said) {
    const { tell } = this.#words;
    this.node.dataset.state = said ? said.state : "";
    if (!said) {
      this.node.replaceChildren(el("p", "dalt-owner-empty", {}, tell("finish_none")));
      return;
    }
    this.node.replaceChildren(
      el("p", "dalt-help-said", {}, finishSentence(said, this.#words)),
      el("p", "dalt-owner-hint", { dir: "auto" }, finishDetails(said, this.#words)),
    );
  }
}

/**
 * Whether the promise holds.
 * @param {FinishSaid} said
 * @param {Pick<OwnerWords, "count" | "tell" | "limit">} words
 */
export function finishSentence(said, { count, tell, limit }) {
  const sure = limit(said.confidence);
  if (said.state === "running") return count("finish_running", said.model, { most: limit(said.max_error), sure });
  if (said.state === "holds")
    return count("finish_holds", said.model, { most: limit(said.error_bound ?? said.max_error), sure });
  return tell("finish_ended", { why: said.why });
}

/**
 * What was checked, and what is left for people.
 * @param {FinishSaid} said
 * @param {Pick<OwnerWords, "count" | "tell" | "number" | "limit">} words
 */
export function finishDetails(said, { count, tell, number, limit }) {
  const sentences = [];
  if (said.checked) {
    const name = said.wrong ? "finish_checked" : "finish_checked_right";
    sentences.push(count(name, said.checked, { wrong: number(said.wrong) }));
  }
  if (said.state === "running") {
    sentences.push(count("finish_least", said.least));
    if (said.about !== null) sentences.push(tell("finish_about", { n: number(said.about) }));
    if (said.holds) sentences.push(tell("finish_before"));
  }
  if (said.state === "holds" && (said.error_bound ?? 0) > said.max_error)
    sentences.push(tell("finish_grown", { promised: limit(said.max_error) }));
  if (said.holds) sentences.push(tell("finish_exports"));
  sentences.push(said.remaining ? count("finish_remaining", said.remaining) : tell("finish_nothing_remains"));
  return sentences.join(" ");
}
