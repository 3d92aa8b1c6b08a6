// The search for a better head.

import { button, el, hide, put } from "../dom/dom.js";

/** @import { OwnerDesk, OwnerPhrase } from "../types.js" */

export class SearchSection {
  static section = "search";
  /** @type {OwnerPhrase} */
  static title = "search_title";

  #running = false;
  #said = el("p", "dalt-owner-words", { role: "status", dir: "auto", "data-dalt": "owner-search-said" });
  node;

  /** @param {OwnerDesk} desk */
  constructor({ engine, words, signal }) {
    const { tell } = words;
    const toggle = button(
      "dalt-owner-main",
      "owner-search",
      () => engine.ask({ type: "owner_search", run: !this.#running }),
      tell("search_start"),
    );
    this.node = el(
      "div",
      "dalt-owner-search",
      {},
      el("p", "dalt-owner-hint", {}, tell("search_hint")),
      toggle,
      this.#said,
    );
    engine.hear(
      "owner_search",
      ({ running, said }) => {
        this.#running = running;
        put(toggle, tell(running ? "search_stop" : "search_start"));
        put(this.#said, running ? tell("search_running") : said);
        hide(this.#said, !running && !said);
      },
      signal,
    );
  }
}
