// The last answers as thumbnails: a click opens one again, to answer it anew.

import { button, el, mark } from "../dom/dom.js";
import { roving } from "../dom/roving.js";
import { Thumbnails } from "../samples/thumbnails.js";
import { Panel } from "./panel.js";

/** @import { AddonDesk, History, HistoryEntry, Timer, Told } from "../types.js" */

const AT_FIRST = 30;
const SOON = 400; // ms from an acknowledgement to a new list: quick labeling asks once

export class HistoryPanel {
  /** @type {HTMLButtonElement} */
  button;
  /** @type {HTMLElement} */
  panel;

  /** @type {AddonDesk} */
  #desk;
  /** @type {Panel} */
  #panel;
  #limit = AT_FIRST;
  #small = new Thumbnails();
  /** @type {HistoryEntry[]} */
  #entries = [];
  #parts = /** @type {Record<"list" | "more" | "empty", HTMLElement>} */ ({});
  /** @type {Timer | undefined} */
  #timer;
  /** @type {string} */
  #acknowledged = "";
  #ended = new AbortController();
  /** @type {() => void} */
  #refresh;

  /** @param {AddonDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    const { say } = desk.words;
    this.#parts.list = el("ul", "dalt-history-list", { "aria-label": say("history_title") });
    this.#refresh = roving(this.#parts.list);
    this.#parts.more = button("dalt-quiet", "history-more", () => this.#more(), say("history_more"));
    this.#parts.empty = el("p", "dalt-history-empty", {}, say("history_empty"));
    this.#panel = new Panel(
      desk,
      {
        name: "history",
        mark: "history-panel",
        label: say("history"),
        title: say("history_title"),
        look: "dalt-history",
        changed: (shown) => shown && this.#ask(),
      },
      this.#parts.list,
      this.#parts.empty,
      this.#parts.more,
    );
    this.button = this.#panel.button;
    this.panel = this.#panel.node;
    const options = { signal: this.#ended.signal };
    desk.engine.addEventListener("kernel:history", ({ detail }) => this.#take(detail), options);
  }

  /** While it covers the page. */
  get open() {
    return this.#panel.open;
  }

  close() {
    this.#ended.abort();
    this.#panel.close();
    clearTimeout(this.#timer);
    this.#small.close();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {string} letter
   */
  actionOf(event, letter) {
    return this.#panel.actionOf(event, letter);
  }

  paint() {
    this.#panel.begin();
    const { acknowledged, waiting } = this.#desk.engine;
    const state = `${acknowledged}:${waiting}`;
    if (!this.#panel.shown || state === this.#acknowledged) return;
    this.#acknowledged = state;
    if (waiting) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), SOON);
  }

  #more() {
    this.#limit += AT_FIRST;
    this.#ask();
  }

  #ask() {
    this.#desk.engine.ask({ type: "history", limit: this.#limit, known: this.#small.known });
  }

  /** @param {Told<History>} told */
  #take({ message, buffers }) {
    this.#small.take(message.entries, buffers);
    this.#entries = message.entries;
    this.#parts.more.hidden = !message.more;
    this.#parts.empty.hidden = this.#entries.length > 0;
    const listed = /** @type {HTMLElement[]} */ ([...this.#parts.list.children]);
    const made = new Map(listed.map((node) => [node.dataset.state, node]));
    this.#parts.list.replaceChildren(
      ...this.#entries.map((entry) => made.get(stateOf(entry)) ?? this.#thumbnail(entry)),
    );
    const words = this.#entries.some(({ sample_id: id }) => this.#small.kind(id) !== "image");
    mark(this.#parts.list, "data-wide", words ? "" : null);
    this.#refresh();
  }

  /** @param {HistoryEntry} entry */
  #thumbnail(entry) {
    const { sample_id: id, label, flagged } = entry;
    const { words, setup, engine } = this.#desk;
    const name = label === null ? words.say("skipped_one") : words.answer(label);
    const spec = setup.classes.find((each) => each.name === label);
    const chip = el("span", "dalt-chip", { "aria-hidden": "true" });
    chip.style.setProperty("--chip", spec?.colour ?? "transparent");
    const text = el("span", "dalt-name", { dir: "auto" });
    words.called(text, name);
    const open = button(
      `dalt-small dalt-small-${this.#small.kind(id)}`,
      "reopen",
      () => {
        this.#panel.leave();
        engine.ask({ type: "reopen", sample_id: id });
      },
      this.#small.view(id),
      el("span", "dalt-small-said", {}, chip, text),
    );
    mark(open, "aria-label", words.say(flagged ? "reopen_flagged" : "reopen", { name }));
    mark(open, "data-flagged", flagged ? "" : null);
    open.dataset.sampleId = id;
    const node = el("li", "", {}, open);
    node.dataset.state = stateOf(entry);
    return node;
  }
}

/**
 * Entries of the same state look the same.
 * @param {HistoryEntry} entry
 */
function stateOf({ event_id: event, flagged }) {
  return `${event}:${flagged}`;
}
