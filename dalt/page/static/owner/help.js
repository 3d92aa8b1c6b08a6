// Whether suggestions help: one sentence, and what it rests on.

import { el } from "../dom/dom.js";

/** @import { HelpAccuracy, HelpSaid, OwnerDesk, OwnerHelp, OwnerPhrase, OwnerWords } from "../types.js" */

/** @typedef {Record<HelpSaid["verdict"], OwnerPhrase>} Phrases */

/** @type {Phrases} */
const TIME = { saves: "help_saves", costs: "help_costs", none: "help_none" };
/** @type {Phrases} of two conditions that are named before */
const TIME_OF_TWO = { saves: "help_two_saves", costs: "help_two_costs", none: "help_two_none" };

/** @type {Record<HelpAccuracy["verdict"], OwnerPhrase>} */
const ACCURACY = {
  unchanged: "help_unchanged",
  higher: "help_higher",
  "not lower": "help_not_lower",
  "slightly lower": "help_slightly_lower",
  lower: "help_lower",
  unclear: "help_unclear",
};

/** @type {Record<string, OwnerPhrase>} */
const CONDITION = {
  suggestions: "help_with",
  none: "help_without",
  emphasis: "help_emphasis",
  order: "help_order",
  verify: "help_verify",
};

export class HelpSection {
  static section = "help";
  /** @type {OwnerPhrase} */
  static title = "help_title";
  static wide = true;

  #desk;
  node = el("div", "dalt-owner-help", { "data-dalt": "owner-help" });

  /** @param {OwnerDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    desk.engine.hear("owner_help", (said) => this.#take(said), desk.signal);
  }

  /** @param {OwnerHelp} message */
  #take({ said, conditions, treated, control, needed, hides, study }) {
    const { tell, number } = this.#desk.words;
    this.node.dataset.verdict = said ? said.verdict : "";
    if (!said) {
      const later = isUsual(conditions) ? "help_later" : "help_two_later";
      const name = treated + control || hides || study ? later : "help_off";
      const counts = { treated: number(treated), control: number(control), needed: number(needed) };
      this.node.replaceChildren(el("p", "dalt-owner-empty", {}, tell(name, counts)), ...this.#runs(study));
      return;
    }
    const sentence = helpSentence(said, this.#desk.words, conditions);
    this.node.replaceChildren(
      el("p", "dalt-help-said", {}, sentence),
      el("p", "dalt-owner-hint", {}, this.#rests(said, conditions, treated, control)),
      ...this.#runs(study),
    );
  }

  /** @param {OwnerHelp["study"]} study */
  #runs(study) {
    if (!study) return [];
    const { tell, number } = this.#desk.words;
    const said = tell("help_study", {
      number: number(study.number),
      conditions: study.conditions.map((name) => tell(CONDITION[name])).join(" / "),
      labelled: number(study.labelled),
      planned: number(study.planned),
    });
    return [el("p", "dalt-owner-hint", { "data-dalt": "owner-study" }, said)];
  }

  /**
   * @param {HelpSaid} said
   * @param {string[]} conditions
   * @param {number} treated
   * @param {number} control
   */
  #rests({ claim, annotators }, conditions, treated, control) {
    const { tell, count, number } = this.#desk.words;
    const whom = claim === "general" ? count("help_general", annotators) : count("help_these", annotators);
    return `${whom} ${tell(isUsual(conditions) ? "help_counts" : "help_two_counts", { treated: number(treated), control: number(control) })}`;
  }
}

/** @param {string[]} conditions */
function isUsual([one, other]) {
  return one === "suggestions" && other === "none";
}

/**
 * What suggestions, or what else is compared, do to time and accuracy.
 * @param {HelpSaid} said
 * @param {Pick<OwnerWords, "tell" | "percent" | "number">} words
 * @param {string[]} conditions
 */
export function helpSentence(said, words, conditions = ["suggestions", "none"]) {
  const sentences = [timeSentence(said, words, isUsual(conditions) ? TIME : TIME_OF_TWO)];
  if (!isUsual(conditions)) {
    const [one, other] = conditions.map((name) => words.tell(CONDITION[name]));
    sentences.unshift(words.tell("help_two", { one, other }));
  }
  if (said.accuracy) sentences.push(accuracySentence(said.accuracy, words));
  return sentences.join(" ");
}

/**
 * @param {HelpSaid} said
 * @param {Pick<OwnerWords, "tell" | "percent">} words
 * @param {Phrases} phrases
 */
function timeSentence({ verdict, saved, low, high }, { tell, percent }, phrases) {
  if (verdict === "none")
    return tell(phrases.none, { more: percent(Math.max(0, -low)), less: percent(Math.max(0, high)) });
  const bounds = verdict === "costs" ? [-saved, -high, -low] : [saved, low, high];
  const [value, from, to] = bounds.map((each) => percent(each));
  return tell(phrases[verdict], { value, low: from, high: to });
}

/**
 * @param {HelpAccuracy} accuracy
 * @param {Pick<OwnerWords, "tell" | "percent" | "number">} words
 */
function accuracySentence({ source, verdict, treated, control, margin }, { tell, percent, number }) {
  return tell(ACCURACY[verdict], {
    by: tell(source === "gold" ? "help_gold" : "help_audit"),
    treated: percent(treated),
    control: percent(control),
    margin: number(Math.round(100 * margin)),
  });
}
