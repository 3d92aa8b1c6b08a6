// Marking spans of a text: drawn by mouse, finger or keys, listed below, sent by Enter.
//
// The text stays text: it is cut where spans begin and end, and each part shows what covers
// it.  Names of classes stand in the list and at the beginning of each span, so that nothing
// is told by colour alone.  A long text is laid out in blocks, of which only those are painted
// anew that look different now.

import { button, closest, el, inPlace, mark } from "../dom/dom.js";
import { Drag } from "../dom/drag.js";
import { blocksOf } from "../samples/prose.js";
import { takenBy } from "./marklist.js";
import { Marks } from "./marks.js";
import { wordPlaces } from "./offsets.js";

/** @import { Action, Desk, Sample, Span } from "../types.js" */

/** @typedef {{ from: number, to: number }} Stretch Of a text, in UTF-16 units. */
/** @typedef {Stretch & { node: HTMLElement, looks: string | null }} Block */

const TAG = 16; // characters of a class at the beginning of a span

export class SpanStage {
  /** @type {HTMLElement} */
  node;

  /** @type {Desk} */
  #desk; // {engine, words, setup, repaint}
  /** @type {Sample | null} */
  #sample = null; // the text on screen; what is marked in it stays with it
  #active = 0; // index of the class that a new span gets
  #text = el("div", "dalt-text dalt-spans-text", { dir: "auto", "data-scroll": "", tabindex: "0" });
  /** What is marked, in a row below the text. */
  list = el("ul", "dalt-spans-list");
  bar = null;
  /** @type {Block[]} */
  #blocks = []; // of the text: {from, to, node, looks}
  /** @type {[number, number][] | null} */
  #words = null; // of the text, for the keys
  /** @type {[number, number] | null} */
  #caret = null; // [first, last] word that the keys have selected
  /** @type {Drag} */
  #drag; // of the pointer over the text
  #named = false; // the class of the span that is being drawn was said already
  #stale = false; // what waits until it is drawn is to be painted

  /**
   * @param {Desk} desk
   * @param {AbortSignal} signal
   */
  constructor(desk, signal) {
    this.#desk = desk;
    const { say } = desk.words;
    mark(this.list, "aria-label", say("spans"));
    mark(this.list, "data-hint", say("coach_spans"));
    this.node = el("div", "dalt-spans", {}, this.#text);
    this.#drag = new Drag(this.#text, () => this.#drawn(), signal);
    this.#text.addEventListener("click", (event) => this.#click(event), { signal });
    desk.engine.addEventListener(
      "kernel:ranked_region",
      ({ detail: { message } }) => {
        if (!this.#sample) return;
        this.#here.rank(message.ask, desk.setup.classes, message);
        this.#paint();
      },
      { signal },
    );
  }

  /**
   * What cannot be read, and what is no text, cannot be marked.
   * @param {Sample} sample
   */
  show(sample) {
    const text = sample.trouble || sample.display.kind !== "text" ? null : sample;
    if (text === this.#sample) return;
    this.#sample = text;
    this.#caret = null;
    this.#words = null;
    this.#text.scrollTop = 0;
    this.#blocks = text ? this.#laidOut(this.#here.text) : [];
    this.#text.replaceChildren(...this.#blocks.map(({ node }) => node));
    if (text) this.#paint();
    else this.list.replaceChildren();
  }

  get sample() {
    return this.#sample;
  }

  get #here() {
    const sample = /** @type {Sample} */ (this.#sample);
    sample.marks ??= new Marks(sample, this.#desk.engine);
    return /** @type {Marks} */ (sample.marks);
  }

  /** Whether nothing is half done. */
  get settled() {
    if (this.drawing) return false;
    const confirmed = this.#here.confirm();
    if (!confirmed) this.#paint();
    return confirmed;
  }

  /** Whether the pointer is drawing: the text under it stays as it is. */
  get drawing() {
    this.#drag.settle();
    return this.#drag.under;
  }

  /** Leave what is being drawn. */
  cancel() {
    getSelection()?.removeAllRanges();
    this.#drag.end();
  }

  /**
   * Take the next of the proposals that are outlined, or all of them.
   * @param {boolean} all
   */
  take(all) {
    if (this.drawing) return;
    this.#caret = null;
    this.#change((marks) => (all ? marks.takeAll() : marks.takeNext()));
    this.#text.querySelector(".dalt-part-meant")?.scrollIntoView({ block: "nearest" });
  }

  /** How many are marked and proposed. */
  get tally() {
    return this.#here.tally;
  }

  /** What Enter sends, and what the model had put forward. */
  get answer() {
    return this.#here.answer;
  }

  get proposed() {
    return this.#here.proposed;
  }

  /** The suggestion of the span that is meant: the classes show it. */
  get ranked() {
    return this.#sample && (this.#here.meant?.ranked ?? null);
  }

  /** Of what is meant its class, else that of the next one. */
  get active() {
    const meant = this.#sample && !this.#drag.under && this.#here.meant;
    const at = meant ? this.#desk.setup.classes.findIndex(({ name }) => name === meant.label) : -1;
    return at < 0 ? this.#active : at;
  }

  /**
   * A class was chosen: of the span being drawn, of the words selected, of what is meant, or for the next one.
   * @param {number} index
   */
  choose(index) {
    this.#named = this.drawing;
    this.#active = index;
    if (!this.#sample) return;
    if (this.#named) {
      this.#desk.repaint();
      return;
    }
    const marks = this.#here;
    const { name } = this.#desk.setup.classes[index];
    if (this.#caret) {
      const words = this.#allWords();
      const made = marks.add(words[this.#caret[0]][0], words[this.#caret[1]][1], name);
      if (made) made.chosen = true;
      this.#caret = null;
    }
    marks.relabel(name);
    this.#paint();
  }

  // --- drawing

  /** The pointer has left the text: what it has selected is a span. */
  #drawn() {
    const place = this.#sample && this.#selected();
    if (place) {
      const { name } = this.#desk.setup.classes[this.#active];
      const span = this.#here.add(...place, name);
      if (span && this.#named) this.#here.relabel(name); // also of one that was there already
    }
    this.#named = false;
    if (place || (this.#sample && this.#stale)) this.#paint();
    this.#desk.released();
  }

  /**
   * Where in the text what is selected begins and ends; it is selected no longer.
   * @returns {[number, number] | null}
   */
  #selected() {
    const selection = getSelection();
    if (!selection || selection.isCollapsed || !selection.rangeCount) return null;
    const range = selection.getRangeAt(0);
    if (!this.#text.contains(range.commonAncestorContainer)) return null;
    /** @type {[number, number]} */
    const place = [
      this.#unitOf(range.startContainer, range.startOffset),
      this.#unitOf(range.endContainer, range.endOffset),
    ];
    selection.removeAllRanges();
    return place;
  }

  /**
   * The place in the text of a place in the document.
   * @param {Node} node
   * @param {number} offset
   */
  #unitOf(node, offset) {
    const part = closest(node.nodeType === Node.TEXT_NODE ? node.parentElement : node, "[data-from]");
    if (node.nodeType === Node.TEXT_NODE && part) {
      const before = document.createRange(); // highlighted words may have cut the text into nodes
      before.setStart(part, 0);
      before.setEnd(node, offset);
      return Number(part.dataset.from) + before.toString().length;
    }
    const range = document.createRange();
    range.setStart(node, offset);
    const parts = [.../** @type {NodeListOf<HTMLElement>} */ (this.#text.querySelectorAll("[data-from]"))];
    const next = parts.find((part) => range.comparePoint(part, 0) >= 0);
    return next ? Number(next.dataset.from) : this.#here.text.length;
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const part = closest(event.target, "[data-spans]");
    if (!part?.dataset.spans || !getSelection()?.isCollapsed) return;
    const ids = part.dataset.spans.split(" ").map(Number);
    const marks = this.#here;
    // Where spans overlap, one click after another goes through them; what is proposed is taken.
    if (!marks.meant?.outlined || !ids.includes(marks.current ?? Number.NaN)) {
      marks.current = ids[(ids.indexOf(marks.current ?? Number.NaN) + 1) % ids.length];
    }
    marks.take(marks.meant);
    this.#caret = null;
    this.#paint();
  }

  // --- keys

  #allWords() {
    this.#words ??= wordPlaces(this.#here.text, this.#desk.words.locale);
    return this.#words;
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {Action | null}
   */
  actionOf({ key, shiftKey }) {
    if (!this.#sample) return null;
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const move = () => this.#moveCaret(key === "ArrowRight" ? 1 : -1, shiftKey);
      move.repeats = true;
      return move;
    }
    if (key === "Delete" || (key === "Backspace" && this.#here.meant)) {
      return this.#here.meant ? () => this.#change((marks) => marks.remove()) : () => {};
    }
    if (key === "[" || key === "]") return () => this.#step(key === "]" ? 1 : -1);
    if (key === "Escape" && (this.#caret || this.#here.meant)) {
      return () =>
        this.#change((marks) => {
          marks.current = null;
          this.#caret = null;
        });
    }
    return null;
  }

  /** @param {number} by */
  #step(by) {
    this.#caret = null;
    this.#change((marks) => marks.step(by));
    this.#text.querySelector(".dalt-part-meant")?.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {number} by
   * @param {boolean} extend
   */
  #moveCaret(by, extend) {
    const words = this.#allWords();
    if (!words.length) return;
    const last = words.length - 1;
    /** @param {number} at */
    const clip = (at) => Math.max(0, Math.min(last, at));
    if (!this.#caret) {
      const meant = this.#here.meant;
      const near = meant ? words.findIndex(([from]) => from >= meant.from) : by > 0 ? 0 : last;
      this.#caret = [clip(near), clip(near)];
    } else if (extend) {
      const [first, end] = this.#caret;
      this.#caret = by > 0 ? [first, clip(end + 1)] : end > first ? [first, end - 1] : [clip(first - 1), end];
    } else {
      const at = clip((by > 0 ? this.#caret[1] : this.#caret[0]) + by);
      this.#caret = [at, at];
    }
    this.#here.current = null;
    this.#paint();
    this.#text.querySelector(".dalt-part-caret")?.scrollIntoView({ block: "nearest" });
  }

  /** @param {(marks: Marks) => unknown} change */
  #change(change) {
    change(this.#here);
    this.#paint();
  }

  // --- painting

  /**
   * @param {string} text
   * @returns {Block[]}
   */
  #laidOut(text) {
    const blocks = blocksOf(text);
    let from = 0;
    return blocks.map((piece) => {
      const node = el("div", blocks.length > 1 ? "dalt-piece" : "");
      const block = { from, to: from + piece.length, node, looks: null };
      from = block.to;
      return block;
    });
  }

  #paint() {
    this.#stale = this.#drag.under;
    if (this.#stale) return; // what is selected would be lost
    const marks = this.#here;
    const scroll = this.#text.scrollTop;
    const caret = this.#caretRange();
    for (const block of this.#blocks) this.#paintBlock(block, marks, caret);
    this.#text.scrollTop = scroll;
    const rows = marks.spans.map((span) => this.#row(span));
    inPlace(this.list, () => this.list.replaceChildren(...rows));
    // What is highlighted in the text was highlighted in nodes that are gone.
    this.#text.dispatchEvent(new Event("dalt:painted", { bubbles: true }));
    this.#desk.repaint();
  }

  #caretRange() {
    if (!this.#caret) return null;
    const words = this.#allWords();
    return { from: words[this.#caret[0]][0], to: words[this.#caret[1]][1] };
  }

  /**
   * @param {Block} block
   * @param {Marks} marks
   * @param {Stretch | null} caret
   */
  #paintBlock(block, { text, spans, current, next }, caret) {
    /** @param {Stretch} range */
    const inside = ({ from, to }) => from < block.to && block.from < to;
    const here = spans.filter(inside);
    const chosen = caret && inside(caret) ? caret : null;
    const looks = JSON.stringify([
      here,
      chosen,
      here.some(({ id }) => id === current) && current,
      here.find((span) => span === next)?.id ?? false,
    ]);
    if (looks === block.looks) return;
    block.looks = looks;
    const ends = [...here, ...(chosen ? [chosen] : [])].flatMap(({ from, to }) => [from, to]);
    const cuts = new Set([block.from, block.to, ...ends.filter((end) => block.from < end && end < block.to)]);
    const places = [...cuts].sort((a, b) => a - b);
    block.node.replaceChildren(
      ...places.slice(0, -1).map((from, at) => {
        const to = places[at + 1];
        const covers = (/** @type {Stretch} */ range) => range.from <= from && to <= range.to;
        const over = here.filter(covers);
        return this.#part(text.slice(from, to), from, over, current, chosen !== null && covers(chosen), next);
      }),
    );
  }

  /**
   * @param {string} text
   * @param {number} from
   * @param {Span[]} over
   * @param {number | null} current
   * @param {boolean} chosen
   * @param {Span | null} next
   */
  #part(text, from, over, current, chosen, next) {
    const begins = over.filter((span) => span.from === from);
    const tags = begins.map((span) => {
      const tag = el("span", `dalt-span-tag${span.outlined ? " dalt-span-tag-outlined" : ""}`, {
        "aria-hidden": "true",
        dir: "auto",
      });
      // Shown by the style sheet: it is no part of the text.
      const name = this.#desk.words.short(span.label, TAG);
      tag.dataset.name = span.proposed ? `${name}?` : name;
      tag.style.setProperty("--chip", this.#colour(span.label));
      return tag;
    });
    const part = el("span", "dalt-part", { "data-from": from }, ...tags, document.createTextNode(text));
    if (over.length) {
      part.dataset.spans = over.map(({ id }) => id).join(" ");
      const outlined = over.every((span) => span.outlined);
      part.classList.add(outlined ? "dalt-part-outlined" : "dalt-part-marked");
      part.classList.toggle("dalt-part-proposed", !outlined && over.every(({ proposed }) => proposed));
      part.classList.toggle(
        "dalt-part-next",
        over.some((span) => span === next),
      );
      part.classList.toggle(
        "dalt-part-meant",
        over.some(({ id }) => id === current),
      );
      part.style.setProperty("--chip", this.#colour(over[over.length - 1].label));
    }
    if (chosen) part.classList.add("dalt-part-caret");
    return part;
  }

  /** @param {string} label */
  #colour(label) {
    return this.#desk.setup.classes.find(({ name }) => name === label)?.colour ?? "transparent";
  }

  /** @param {Span} span */
  #row(span) {
    const { say } = this.#desk.words;
    const { text } = this.#here;
    const name = el("span", "dalt-span-class", { dir: "auto" });
    this.#desk.words.called(name, span.label);
    name.style.setProperty("--chip", this.#colour(span.label));
    const quote = el("span", "dalt-span-quote", { dir: "auto" }, text.slice(span.from, span.to));
    const go = button(
      "dalt-span-go",
      "span",
      () => {
        this.#caret = null;
        this.#change((marks) => {
          marks.current = span.id;
          marks.take(span);
        });
      },
      ...takenBy(this.#here, span, this.#desk),
      name,
      quote,
      el("span", "dalt-percent", {}, span.proposed ? say("proposed") : ""),
    );
    mark(go, "aria-pressed", String(span.id === this.#here.current));
    mark(go, "data-outlined", span.outlined ? "" : null);
    go.dataset.class = span.label;
    const remove = button(
      "dalt-quiet dalt-span-remove",
      "remove-span",
      () => this.#change((marks) => marks.remove(span.id)),
      "✕",
    );
    mark(remove, "aria-label", say("remove_span", { name: span.label, text: text.slice(span.from, span.to) }));
    return el("li", "dalt-span", {}, go, remove);
  }
}
