// A flag and a comment for the sample at hand.

import { button, el, hide, mark } from "../dom/dom.js";

/** @import { AddonDesk, Note, Sample } from "../types.js" */

const LONGEST_COMMENT = 2_000; // characters; the kernel takes more

export class NotesBar {
  /** @type {HTMLElement} */
  tools;
  /** @type {HTMLElement} */
  lines;

  /** @type {AddonDesk} */
  #desk;
  /** @type {Sample | null} */
  #sample = null;
  #writing = false; // the field is open though nothing stands in it
  #parts =
    /** @type {Record<"flag" | "open" | "bar" | "comment", HTMLElement> & { field: HTMLTextAreaElement }} */ ({});
  #ended = new AbortController();

  /** @param {AddonDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    this.tools = this.#buildBar();
    this.lines = this.#buildField();
    // What is being written is kept also when the page goes away.
    addEventListener("pagehide", () => this.#save(), { signal: this.#ended.signal });
  }

  close() {
    this.#save();
    this.#ended.abort();
  }

  #buildBar() {
    const { say } = this.#desk.words;
    const parts = this.#parts;
    /**
     * @param {"flag" | "comment"} dalt
     * @param {string} icon
     * @param {() => void} onClick
     */
    const make = (dalt, icon, onClick) => {
      const made = button(
        "dalt-quiet dalt-tool",
        dalt,
        onClick,
        el("span", "", { "aria-hidden": "true" }, icon),
        el("span", "dalt-tool-text", {}, say(dalt)),
        el("kbd", "", {}, this.#desk.keys.shown(dalt)),
      );
      made.title = say(`${dalt}_title`);
      return made;
    };
    parts.flag = make("flag", "⚑", () => this.#flag());
    parts.open = make("comment", "✎", () => this.#toggle());
    parts.bar = el(
      "div",
      "dalt-notes",
      { role: "group", "aria-label": say("notes"), hidden: "" },
      el("div", "dalt-tool-row", {}, parts.flag, parts.open),
    );
    return parts.bar;
  }

  #buildField() {
    const { say } = this.#desk.words;
    const parts = this.#parts;
    parts.field = el("textarea", "", {
      rows: "2",
      maxlength: LONGEST_COMMENT,
      dir: "auto",
      "aria-label": say("comment_field"),
      placeholder: say("comment_hint"),
      "data-dalt": "comment-field",
    });
    parts.field.addEventListener("change", () => this.#save());
    parts.field.addEventListener("keydown", (event) => this.#typed(event));
    parts.comment = el(
      "div",
      "dalt-comment",
      { hidden: "" },
      parts.field,
      button("dalt-quiet", "comment-done", () => this.#leave(), say("comment_done")),
    );
    return parts.comment;
  }

  // --- painting

  paint() {
    const sample = this.#desk.current();
    if (sample !== this.#sample) {
      this.#save();
      this.#sample = sample;
      this.#writing = false;
      this.#parts.field.value = sample?.note?.comment ?? "";
    }
    const { bar, flag, open, comment } = this.#parts;
    hide(bar, !sample);
    mark(flag, "aria-pressed", String(sample?.note?.flagged ?? false));
    const shown = sample !== null && (this.#writing || Boolean(sample.note?.comment));
    hide(comment, !shown);
    mark(open, "aria-expanded", String(shown));
  }

  // --- noting

  #flag() {
    if (!this.#sample) return;
    const { flagged = false, comment = "" } = this.#sample.note ?? {};
    this.#note({ flagged: !flagged, comment });
  }

  #save() {
    const sample = this.#sample;
    if (!sample) return;
    const { flagged = false, comment: former = "" } = sample.note ?? {};
    const comment = this.#parts.field.value.trim();
    if (comment !== former) this.#note({ flagged, comment });
  }

  /** @param {Note} note */
  #note(note) {
    const sample = this.#sample;
    if (!sample) return;
    sample.note = note;
    this.#desk.engine.post({ type: "note", sample_id: sample.id, ...note });
    this.#desk.repaint();
  }

  /**
   * Somebody is about to type into a field: show it if it is this one.
   * @param {string} field
   */
  expect(field) {
    if (field !== "comment-field") return;
    this.#writing = true;
    this.paint();
  }

  #toggle() {
    if (!this.#sample) return;
    if (this.#writing && document.activeElement === this.#parts.field) {
      this.#leave();
      return;
    }
    this.#writing = true;
    this.paint();
    this.#parts.field.focus();
  }

  /** Back to the keys of the page. */
  #leave() {
    this.#save();
    this.#writing = false;
    this.paint();
    this.#desk.root.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  #typed(event) {
    event.stopPropagation(); // a notebook around the page has keys of its own
    if (event.isComposing) return;
    if (event.key === "Escape") this.#parts.field.value = this.#sample?.note?.comment ?? "";
    else if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    this.#leave();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {string} letter
   */
  actionOf({ ctrlKey, metaKey }, letter) {
    if (ctrlKey || metaKey || !this.#sample) return null;
    const does = this.#desk.keys.actionOf(letter);
    if (does === "flag") return () => this.#flag();
    return does === "comment" ? () => this.#toggle() : null;
  }
}
