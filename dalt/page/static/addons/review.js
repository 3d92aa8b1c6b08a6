// The labels that the model disagrees with, judged by fits that never saw them.
//
// They are opened again one by one or all in a row: an answer relabels, keeping one says that
// it is right, and what is right is not listed again.

import { button, el, inPlace, mark, put } from "../dom/dom.js";
import { roving } from "../dom/roving.js";
import { Thumbnails } from "../samples/thumbnails.js";
import { Panel } from "./panel.js";

/** @import { AddonDesk, EngineOn, Phrase, Review, ReviewEntry, Told } from "../types.js" */

export class ReviewPanel {
  /** @type {HTMLButtonElement | undefined} */
  button;
  /** @type {HTMLElement | undefined} */
  panel;

  /** @type {AddonDesk} */
  #desk;
  /** @type {Panel | null} */
  #panel = null;
  #small = new Thumbnails();
  /** @type {ReviewEntry[]} */
  #entries = [];
  /** @type {Review | null} */
  #found = null; // what the kernel has said last, but for the entries
  #parts = /** @type {Record<"said" | "all" | "again" | "list", HTMLElement>} */ ({});
  #ended = new AbortController();
  #refresh = () => {};

  /** @param {AddonDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    if (desk.setup.task !== "classes") return; // what is marked has no class as a whole
    if (desk.setup.blind) return; // what the model says would no longer be unknown
    const { say } = desk.words;
    const parts = this.#parts;
    parts.said = el("p", "dalt-review-said", { role: "status", "data-dalt": "review-said" });
    parts.all = button("dalt-review-all", "review-all", () => this.#open(this.#entries), say("review_all"));
    parts.again = button("dalt-quiet", "review-again", () => this.#ask(), say("review_again"));
    parts.list = el("ul", "dalt-history-list", { "aria-label": say("review_title") });
    this.#refresh = roving(parts.list);
    this.#panel = new Panel(
      desk,
      {
        name: "review",
        mark: "review-panel",
        label: say("review"),
        title: say("review_title"),
        look: "dalt-review",
        changed: (shown) => shown && this.#ask(),
      },
      el("div", "dalt-review-head", {}, parts.said, parts.all, parts.again),
      parts.list,
    );
    this.button = this.#panel.button;
    this.panel = this.#panel.node;
    /** @type {EngineOn} */
    const on = (name, handler) => desk.engine.addEventListener(name, handler, { signal: this.#ended.signal });
    on("kernel:review", ({ detail }) => this.#take(detail));
    on("kernel:ack", ({ detail }) => this.#gone(detail.message.sample_id));
    on("kept", ({ detail }) => {
      const entry = this.#entries.find(({ sample_id: id }) => id === detail);
      if (entry) this.#confirm(entry);
    });
  }

  /** While it covers the page. */
  get open() {
    return this.#panel?.open ?? false;
  }

  close() {
    this.#ended.abort();
    this.#panel?.close();
    this.#small.close();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {string} letter
   */
  actionOf(event, letter) {
    return this.#panel?.actionOf(event, letter) ?? null;
  }

  paint() {
    this.#panel?.begin();
  }

  #ask() {
    this.#found = null;
    this.#paintHead();
    this.#desk.engine.ask({ type: "review", known: this.#small.known });
  }

  /** @param {Told<Review>} told */
  #take({ message, buffers }) {
    this.#small.take(message.entries, buffers);
    this.#entries = message.entries;
    this.#found = message;
    this.#paintHead();
    const cards = this.#entries.map((entry) => this.#card(entry));
    inPlace(this.#parts.list, () => this.#parts.list.replaceChildren(...cards));
    this.#refresh();
  }

  #paintHead() {
    const { say, number } = this.#desk.words;
    const { said, all, again } = this.#parts;
    const found = this.#found;
    all.hidden = !found || this.#entries.length === 0;
    again.hidden = !found;
    if (!found) put(said, say("review_busy"));
    else if (found.trouble) put(said, found.trouble);
    else if (!found.judged) put(said, say("review_few"));
    else {
      const [n, shown] = [found.n, this.#entries.length];
      const which = n === 0 ? "review_none" : n === 1 ? "review_one" : n > shown ? "review_most" : "review_some";
      put(said, say(which, { n: number(n), judged: number(found.judged), shown: number(shown) }));
    }
  }

  /** @param {ReviewEntry} entry */
  #card(entry) {
    const { say, answer, percent, called } = this.#desk.words;
    const { sample_id: id, label, suggested, probability } = entry;
    const [given, model] = [answer(label), answer(suggested)];
    /**
     * @param {Phrase} who
     * @param {string} name
     * @param {string} share
     */
    const line = (who, name, share) => {
      const text = el("span", "dalt-name", { dir: "auto" });
      called(text, name);
      return el(
        "span",
        "dalt-review-line",
        {},
        el("span", "dalt-review-who", {}, say(who)),
        text,
        el("span", "dalt-percent", {}, share),
      );
    };
    const open = button(
      `dalt-small dalt-small-${this.#small.kind(id)}`,
      "review-open",
      () => this.#open([entry]),
      this.#small.view(id),
      el(
        "span",
        "dalt-review-lines",
        {},
        line("you_said", given, ""),
        line("model_says", model, probability === null ? "" : percent(probability)),
      ),
    );
    mark(open, "aria-label", say("review_open", { name: given, suggested: model }));
    open.dataset.sampleId = id;
    const right = button(
      "dalt-quiet dalt-right",
      "review-confirm",
      () => this.#confirm(entry),
      el("span", "", { "aria-hidden": "true" }, "✓"),
      el("span", "", {}, say("confirm_label")),
    );
    mark(right, "aria-label", say("confirm_label_of", { name: given }));
    const node = el("li", "dalt-review-card", {}, open, right);
    node.dataset.sampleId = id;
    return node;
  }

  /** @param {ReviewEntry[]} entries */
  #open(entries) {
    this.#panel?.leave();
    this.#desk.engine.ask({ type: "open_review", sample_ids: entries.map(({ sample_id: id }) => id) });
  }

  /** @param {ReviewEntry} entry */
  #confirm(entry) {
    this.#desk.engine.post({ type: "confirm", event_id: entry.event_id });
    this.#gone(entry.sample_id);
  }

  /**
   * An entry is settled: relabelled, or right.
   * @param {string | undefined} id
   */
  #gone(id) {
    const at = this.#entries.findIndex(({ sample_id: listed }) => listed === id);
    if (at < 0) return;
    this.#entries.splice(at, 1);
    if (this.#found) this.#found.n -= 1;
    inPlace(this.#parts.list, () => this.#parts.list.children[at]?.remove());
    this.#refresh();
    this.#paintHead();
  }
}
