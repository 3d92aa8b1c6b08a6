// The list of keys that "?" opens; where the project allows it, keys are changed in it.

import { button, el, mark, put } from "../dom/dom.js";
import { acceptPhrase, keyText, PALETTE } from "../keys/keys.js";
import { SHAPE_OF } from "../marks/regions.js";

/** @import { Engine, KeyTable, Phrase, Shape, Task, Words } from "../types.js" */

const MODIFIERS = new Set(["Shift", "Control", "Alt", "Meta", "CapsLock", "HangulMode", "Process"]);

export class Help {
  /** @type {HTMLElement} */
  node;

  /** @type {Words} */
  #words;
  /** @type {KeyTable} */
  #keys;
  /** @type {Engine} */
  #engine;
  /** @type {() => void} */
  #onClose;
  /** @type {string | null} */
  #wanted = null; // the row whose new key is awaited
  #status = el("p", "dalt-remap-status", { role: "status" });
  /** @type {Map<string, HTMLButtonElement>} */
  #rows = new Map(); // "action:skip" or "class:cat" → its button
  #ended = new AbortController();

  /**
   * `onClose` is called by the button of the list and by a click beside it.
   * @param {Task} setup
   * @param {Words} words
   * @param {KeyTable} keys
   * @param {Engine} engine
   * @param {() => void} onClose
   */
  constructor(setup, words, keys, engine, onClose) {
    this.#words = words;
    this.#keys = keys;
    this.#engine = engine;
    this.#onClose = onClose;
    const { say } = words;
    const { remap_keys: may } = setup;
    const sheet = el(
      "div",
      "dalt-sheet",
      { role: "dialog", "aria-modal": "true", "aria-label": say("keys_title") },
      el("h2", "", {}, say("keys_title")),
      ...(may ? [el("p", "dalt-remap-hint", {}, say("remap_hint"))] : []),
      ...(setup.hides_some ? [el("p", "dalt-remap-hint", { "data-dalt": "hides-some" }, say("hides_some"))] : []),
      ...(setup.by_turns ? [el("p", "dalt-remap-hint", { "data-dalt": "by-turns" }, say("by_turns"))] : []),
      this.#status,
      el("dl", "", {}, ...this.#list(setup)),
      el(
        "div",
        "dalt-sheet-foot",
        {},
        button("dalt-quiet", "close", onClose, say("close"), el("kbd", "", {}, "Esc")),
        button("dalt-quiet dalt-with-keys", "coach-again", () => this.#coach(), say("coach_again")),
      ),
    );
    this.node = el("div", "dalt-help", { hidden: "" }, sheet);
    this.node.addEventListener("click", (event) => {
      if (event.target === this.node) onClose();
    });
    this.node.addEventListener("keydown", (event) => this.#onKey(event), { capture: true });
    const { signal } = this.#ended;
    engine.addEventListener("kernel:key_refused", ({ detail }) => this.#told(detail.message.message), { signal });
    engine.addEventListener(
      "kernel:key_changed",
      ({ detail: { message } }) => {
        const row = this.#rows.get(message.class ? `class:${message.class}` : `action:${message.action}`);
        this.#told(this.#words.say("remapped"));
        if (!this.node.hidden) row?.focus();
      },
      { signal },
    );
  }

  close() {
    this.#ended.abort();
  }

  /** Go through the first steps again. */
  #coach() {
    this.#onClose();
    this.#engine.dispatchEvent(new Event("coach"));
  }

  /** @param {Task} setup */
  #list({ classes, several, pages, by_turns, task, remap_keys: may }) {
    /** @param {Phrase} name */
    const say = (name) => this.#words.say(name);
    /**
     * @param {string} name
     * @param {Phrase} text
     */
    const action = (name, text) => this.#row(`action:${name}`, this.#keys.shown(name), say(text), may);
    /**
     * @param {string} key
     * @param {Phrase} text
     */
    const fixed = (key, text) => this.#row(null, key, say(text), false);
    return [
      action("accept", acceptPhrase({ task, several })),
      action("skip", "key_skip"),
      ...(task === "classes"
        ? []
        : [action("take", "key_take"), fixed(`⇧ ${this.#keys.shown("take")}`, "key_take_all")]),
      action("undo", "key_undo"),
      fixed(`⇧ ${this.#keys.shown("undo")}`, "key_redo"),
      action("guideline", "key_guideline"),
      action("search", "key_search"),
      action("history", "key_history"),
      action("progress", "key_progress"),
      ...(task === "classes" ? [action("review", "key_review")] : []),
      action("flag", "key_flag"),
      action("comment", "key_comment"),
      ...(task in SHAPE_OF ? [] : [fixed("↑ ↓", "key_scroll"), action("play", "key_play")]),
      ...(task !== "spans"
        ? []
        : [
            fixed("← →", "key_word"),
            fixed("⇧ ← →", "key_more_words"),
            fixed("[ ]", "key_span"),
            fixed("Del", "key_remove"),
          ]),
      ...(task in SHAPE_OF ? this.#marking(SHAPE_OF[task]) : []),
      fixed("+ −", "key_zoom"),
      action("peek", "key_peek"),
      // Where a class has the digit, it is the class's.
      fixed(classes.some(({ key }) => key === "0") ? "Home" : "0", "key_zoom_reset"),
      ...(task in SHAPE_OF ? [] : [fixed(", .", "key_rate")]),
      ...(task === "classes" ? [fixed("← →", "key_seek")] : []),
      ...(pages ? [action("mode", "key_mode")] : []),
      ...(!pages && !by_turns
        ? []
        : [
            fixed(this.#keys.shown("accept"), "key_confirm"),
            fixed("← →", "key_move"),
            fixed(say("space"), "key_toggle"),
            fixed("+", "key_look"),
          ]),
      action("help", "key_help"),
      fixed(PALETTE, "key_palette"),
      ...classes
        .filter(({ key }) => key)
        .map(({ key, name }) => this.#row(`class:${name}`, keyText(key, this.#words), name, may)),
    ];
  }

  /** @param {Shape} shape */
  #marking(shape) {
    /**
     * @param {string} key
     * @param {Phrase} text
     */
    const fixed = (key, text) => this.#row(null, key, this.#words.say(text), false);
    return [
      fixed("Ins", `add_${shape}`),
      fixed("[ ]", "key_region"),
      fixed("←↑↓→", "key_move_region"),
      ...(shape === "box" ? [fixed("⇧ ←↑↓→", "key_resize_region")] : []),
      ...(shape === "point" ? [] : [fixed(", .", "key_corner")]),
      ...(shape === "polygon" ? [fixed("Enter", "key_close_polygon")] : []),
      fixed("Del", "key_remove_region"),
      fixed("Ctrl Z", "key_back"),
      fixed("Esc", "key_leave_region"),
    ];
  }

  /**
   * @param {string | null} id
   * @param {string} key
   * @param {string} text
   * @param {boolean} may
   */
  #row(id, key, text, may) {
    const shown = el("kbd", "", {}, key || "–");
    let cell = shown;
    if (may && id) {
      const remap = button("dalt-remap", "remap", () => this.#want(id), shown);
      remap.dataset.of = id;
      mark(remap, "aria-label", this.#words.say("remap", { name: text, key: key || "–" }));
      this.#rows.set(id, remap);
      cell = remap;
    }
    return el("div", "", {}, el("dt", "", {}, cell), el("dd", "", { dir: "auto" }, text));
  }

  /** @param {string} id */
  #want(id) {
    this.#told("");
    this.#wanted = id;
    const row = this.#rows.get(id);
    row?.classList.add("dalt-wanted");
    row?.focus();
    put(this.#status, this.#words.say("press_key"));
  }

  /** @param {string} message */
  #told(message) {
    this.#rows.get(this.#wanted ?? "")?.classList.remove("dalt-wanted");
    this.#wanted = null;
    put(this.#status, message);
  }

  /**
   * The next key after a click is the new one; Esc and Tab leave it as it was.
   * @param {KeyboardEvent} event
   */
  #onKey(event) {
    if (this.#wanted === null || MODIFIERS.has(event.key)) return;
    const id = this.#wanted;
    if (event.key !== "Tab") {
      event.preventDefault();
      event.stopPropagation();
    }
    if (event.repeat) return;
    this.#told("");
    if (event.key === "Escape" || event.key === "Tab") return;
    const [kind, name] = [id.slice(0, id.indexOf(":")), id.slice(id.indexOf(":") + 1)];
    this.#engine.ask({ type: "change_key", key: this.#keys.nameOf(event), [kind]: name });
  }
}
