// Labels that the model finds unlikely: they are confirmed, or decided anew.

import { button, el, hide, mark, put } from "../dom/dom.js";
import { CardList, said, thumbnail } from "./samples.js";

/** @import { DoubtfulEntry, OwnerDesk, OwnerDoubtful, OwnerPhrase } from "../types.js" */
/** @import { OwnerSetup } from "./engine.js" */

export class DoubtfulSection {
  static section = "doubtful";
  /** @type {OwnerPhrase} */
  static title = "doubtful_title";
  static wide = true;

  /** @param {OwnerSetup} setup */
  static fits({ task }) {
    return task === "classes";
  }

  #desk;
  /** @type {OwnerDoubtful | null} */
  #found = null;
  /** @type {Set<number>} */
  #settled = new Set(); // events that are confirmed here
  #said = el("p", "dalt-owner-hint", { role: "status", "data-dalt": "owner-doubtful-said" });
  #list;
  #again;
  node;
  actions;

  /** @param {OwnerDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    const { tell, say } = desk.words;
    const ask = () => desk.engine.ask({ type: "owner_review" });
    this.#again = button("dalt-quiet", "owner-review", ask, say("review_again"));
    this.actions = [this.#again];
    this.#list = new CardList(desk, tell("doubtful_title"));
    this.node = el("div", "", { "data-dalt": "owner-doubtful" }, this.#said, this.#list.node);
    put(this.#said, tell("doubtful_waiting"));
    const { engine, signal } = desk;
    engine.hear("owner_doubtful", (found) => this.#take(found), signal);
    engine.hear(
      "owner_busy",
      ({ section, busy }) => {
        if (section === "doubtful") this.#again.disabled = busy;
      },
      signal,
    );
  }

  /** @param {OwnerDoubtful} found */
  #take(found) {
    this.#found = found;
    hide(this.#again, !found.comparable);
    this.#paint();
  }

  #paint() {
    const found = this.#found;
    if (!found) return;
    const entries = found.entries.filter(({ event_id: id }) => !this.#settled.has(id));
    const n = found.n - (found.entries.length - entries.length);
    put(this.#said, this.#sentence(n, entries.length, found));
    this.#list.put(
      entries,
      ({ event_id: id }) => String(id),
      (entry) => this.#card(entry),
    );
  }

  /**
   * @param {number} n
   * @param {number} shown
   * @param {OwnerDoubtful} found
   */
  #sentence(n, shown, { comparable, judged }) {
    const { words } = this.#desk;
    const values = { judged: words.number(judged), shown: words.number(shown), n: words.number(n) };
    if (!comparable) return words.tell("not_comparable");
    if (!judged) return words.say("review_few");
    if (!n) return words.tell("doubtful_none", values);
    return n > shown ? words.tell("doubtful_most", values) : words.count("doubtful_some", n, values);
  }

  /** @param {DoubtfulEntry} entry */
  #card(entry) {
    const { words } = this.#desk;
    const { sample_id: id, annotator, label, suggested, probability } = entry;
    const share = probability === null ? "" : words.percent(probability);
    const open = button(
      "dalt-owner-sample",
      "owner-doubt",
      () => this.#desk.decide(id),
      thumbnail(this.#desk, id),
      el(
        "span",
        "dalt-owner-lines",
        {},
        said(this.#desk, label, annotator),
        said(this.#desk, suggested, words.say("model_says"), share),
      ),
    );
    open.dataset.sampleId = id;
    const names = { name: words.answer(label), who: annotator, suggested: words.answer(suggested) };
    mark(open, "aria-label", words.tell("doubtful_open", names));
    const right = button(
      "dalt-quiet dalt-right",
      "owner-confirm",
      () => this.#confirm(entry),
      el("span", "", { "aria-hidden": "true" }, "✓"),
      el("span", "", {}, words.tell("label_right")),
    );
    mark(right, "aria-label", words.tell("doubtful_right", names));
    return el("li", "", {}, open, right);
  }

  /** @param {DoubtfulEntry} entry */
  #confirm({ event_id: id }) {
    this.#desk.engine.post({ type: "confirm", event_id: id });
    this.#settled.add(id);
    this.#paint();
  }
}
