// The foot of the page: undo, what was answered last, what is on its way, skip.

import { alone, button, el, mark, put } from "../dom/dom.js";

/** @import { Engine, KeyTable, Words } from "../types.js" */

export class Foot {
  /** @type {HTMLElement} */
  node;

  /** @type {Words} */
  #words;
  #parts =
    /** @type {Record<"last" | "sending", HTMLElement> & Record<"undo" | "redo" | "skip", HTMLButtonElement>} */ ({});

  /**
   * `on.undo`, `on.redo` and `on.skip` are called by the buttons.
   * @param {Words} words
   * @param {KeyTable} keys
   * @param {Record<"undo" | "redo" | "skip", () => void>} on
   * @param {boolean} reading whether people only look at samples
   */
  constructor(words, keys, on, reading) {
    this.#words = words;
    const parts = this.#parts;
    const { say } = words;
    parts.undo = button("dalt-quiet", "undo", on.undo, say("undo"), el("kbd", "", {}, keys.shown("undo")));
    parts.redo = button("dalt-quiet", "redo", on.redo, say("redo"), el("kbd", "", {}, `⇧${keys.shown("undo")}`));
    parts.skip = button(
      "dalt-quiet",
      "skip",
      on.skip,
      say(reading ? "next" : "skip"),
      el("kbd", "", {}, keys.shown("skip")),
    );
    parts.last = el("span", "dalt-last", { dir: "auto" });
    parts.sending = el("span", "dalt-sending");
    const focus = alone() ? "" : el("span", "dalt-focus", {}, say("focus"));
    this.node = el(
      "footer",
      "dalt-foot",
      {},
      parts.undo,
      parts.redo,
      el("span", "dalt-told", {}, parts.last, parts.sending, focus),
      parts.skip,
    );
  }

  get skip() {
    return this.#parts.skip;
  }

  /** @param {Engine} engine */
  paint({ waiting, timeline, offline, durable }) {
    const { say, number } = this.#words;
    // Its place stays: what is beside it does not move.
    this.#parts.redo.classList.toggle("dalt-absent", !timeline.redoable);
    const last = timeline.history.at(-1);
    put(
      this.#parts.last,
      !last
        ? ""
        : last.page
          ? say("last_page", { n: number(last.page.samples.length), name: last.page.label })
          : last.label === null || last.label === undefined
            ? say("last_skipped")
            : say("last", { name: this.#words.answer(last.label) }),
    );
    mark(this.#parts.last, "title", this.#parts.last.textContent || null);
    const tell = !offline && (waiting > 1 || (waiting && !durable));
    put(this.#parts.sending, tell ? say(waiting === 1 ? "sending_one" : "sending", { n: number(waiting) }) : "");
  }
}
