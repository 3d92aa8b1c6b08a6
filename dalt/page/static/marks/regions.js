// Marking boxes, polygons or points in a picture: drawn by mouse, finger or keys, listed below,
// sent by Enter.
//
// The marked regions live here, with their sample, and are painted at once.

import { button, el, mark, put } from "../dom/dom.js";
import { crosses, handlesOf, pulledTo, startIn } from "./geometry.js";
import { takenBy, whereIs } from "./marklist.js";
import { Overlay } from "./overlay.js";
import { Pen } from "./pen.js";
import { Places } from "./places.js";

/** @import { Action, Bounds, Desk, Pictured, Place, Point, Sample, Shape, Size } from "../types.js" */

/** @type {Record<string, Point>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const BESIDE = 16; // characters of a class beside a region
const FASTER = 6; // a key that is held down moves by so many pixels of the screen

/**
 * What is drawn for a task, or undefined where it is no picture that is marked.
 * @type {Record<string, Shape>}
 */
export const SHAPE_OF = { boxes: "box", polygons: "polygon", points: "point" };

export class RegionStage {
  /** @type {HTMLElement} */
  node;

  /** @type {Desk} */
  #desk; // {engine, words, setup, repaint}
  /** @type {Shape} */
  #shape;
  /** @type {Pictured | null} */
  #sample = null; // the picture on screen; what is marked in it stays with it
  /** @type {HTMLElement | null} */
  #image = null;
  #active = 0; // index of the class that a new region gets
  #named = false; // the class of the region that is being drawn was said already
  /** @type {Overlay} */
  #overlay;
  /** @type {Pen} */
  #pen;
  #place = el("div", "dalt-regions-place", { "data-frame": "" });
  /** What is marked, in a row below the picture. */
  list = el("ul", "dalt-spans-list dalt-regions-list");
  /** @type {HTMLElement} */
  bar; // what stands above the picture
  #hint = el("p", "dalt-regions-hint", { role: "status" });
  /** @type {HTMLButtonElement} */
  #add;

  /**
   * @param {Desk} desk
   * @param {AbortSignal} signal
   */
  constructor(desk, signal) {
    const {
      words: { say },
      setup,
    } = desk;
    this.#desk = desk;
    this.#shape = SHAPE_OF[setup.task];
    this.#overlay = new Overlay(
      this.#shape,
      (label) => this.#colour(label),
      (label) => desk.words.short(label, BESIDE),
    );
    this.#pen = new Pen(
      this.#overlay.surface,
      {
        shape: this.#shape,
        marks: () => this.#sample && this.#here,
        placeOf: (event) => this.#toPicture(event),
        scale: () => this.#frame().scale,
        label: () => setup.classes[this.#active].name,
        paint: () => this.#draw(),
        made: (region) => {
          region.chosen ||= this.#named;
        },
        drawn: () => this.#drawn(),
      },
      signal,
    );
    mark(this.list, "aria-label", say("spans"));
    this.#add = button(
      "dalt-quiet dalt-tool",
      "add-region",
      () => this.#begin(),
      el("span", "dalt-tool-sign", { "aria-hidden": "true" }, "✚"),
      el("span", "dalt-tool-text", {}, say(`add_${this.#shape}`)),
      el("kbd", "", {}, "Ins"),
    );
    this.node = el("div", "dalt-regions", { "data-shape": this.#shape }, this.#place);
    this.bar = el("div", "dalt-regions-bar", {}, this.#add, this.#hint);
    desk.engine.addEventListener(
      "kernel:ranked_region",
      ({ detail: { message } }) => {
        if (this.#sample && this.#here.rank(message.ask, setup.classes, message)) this.#paint();
      },
      { signal },
    );
    this.node.addEventListener("dalt-zoom", () => this.#sample && this.#draw(), { signal });
    const watcher = new ResizeObserver(() => this.#sample && this.#draw());
    watcher.observe(this.#place);
    signal.addEventListener("abort", () => watcher.disconnect());
  }

  /**
   * What cannot be seen, and what is no picture, cannot be marked; `node` shows the sample.
   * @param {Sample} sample
   * @param {HTMLElement} node
   */
  show(sample, node) {
    const seen = !sample.trouble && sample.size && node.tagName === "IMG" ? /** @type {Pictured} */ (sample) : null;
    if (seen === this.#sample && node === this.#image) return;
    if (this.#pen.busy) this.#pen.cancel();
    this.#sample = seen;
    this.#image = node;
    this.#pen.hover = null;
    this.#add.disabled = !seen;
    if (!seen) {
      this.list.replaceChildren();
      this.#tell("");
      return;
    }
    this.#place.replaceChildren(node, this.#overlay.surface, this.#overlay.tags);
    this.#paint();
  }

  get sample() {
    return this.#sample;
  }

  /** The sample on screen, where it is known that there is one. */
  get #pictured() {
    return /** @type {Pictured} */ (this.#sample);
  }

  get #here() {
    const sample = this.#pictured;
    sample.marks ??= new Places(sample, this.#shape, this.#desk.engine);
    return /** @type {Places} */ (sample.marks);
  }

  /** Whether nothing is half done; a polygon that can be closed is, to be looked at first. */
  get settled() {
    if (this.#here.open.length) this.#pen.close();
    else if (!this.#pen.busy) return this.#confirmed;
    return false;
  }

  /** Whether the pointer is drawing, moving or pulling: the picture under it stays where it is. */
  get drawing() {
    return this.#pen.busy;
  }

  /** Leave what is being drawn. */
  cancel() {
    this.#here.open = [];
    this.#pen.hover = null;
    this.#pen.cancel();
  }

  /** Whether there is a region in the making: a polygon is for more than one press. */
  get #making() {
    return this.#sample !== null && (this.#pen.making || this.#here.open.length > 0);
  }

  #drawn() {
    this.#named &&= this.#making;
    this.#paint();
    if (!this.#pen.busy) this.#desk.released();
  }

  get #confirmed() {
    const confirmed = this.#here.confirm();
    if (!confirmed) this.#paint();
    return confirmed;
  }

  /**
   * Take the next of the proposals that are outlined, or all of them.
   * @param {boolean} all
   */
  take(all) {
    if (this.#here.open.length || this.#pen.busy) return;
    this.#change((marks) => (all ? marks.takeAll() : marks.takeNext()));
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

  /** The suggestion of the region that is meant: the classes show it. */
  get ranked() {
    return this.#sample && (this.#here.meant?.ranked ?? null);
  }

  /** Of what is meant its class, else that of the next one. */
  get active() {
    const meant = this.#sample && !this.#making && this.#here.meant;
    const at = meant ? this.#desk.setup.classes.findIndex(({ name }) => name === meant.label) : -1;
    return at < 0 ? this.#active : at;
  }

  /**
   * A class was chosen: of the region being drawn, of the one that is meant, or for the next one.
   * @param {number} index
   */
  choose(index) {
    this.#active = index;
    this.#named = this.#making;
    if (!this.#sample) return;
    if (!this.#named) this.#here.relabel(this.#desk.setup.classes[index].name);
    this.#paint();
  }

  // --- where things are

  /** Where the picture stands in its place, and how many pixels of the screen one of its own takes. */
  #frame() {
    const image = /** @type {HTMLElement} */ (this.#image).getBoundingClientRect();
    const outer = this.#place.getBoundingClientRect();
    const [width, height] = this.#pictured.size;
    const scale = Math.min(image.width / width, image.height / height) || 1;
    return {
      scale,
      left: image.left - outer.left + (image.width - scale * width) / 2,
      top: image.top - outer.top + (image.height - scale * height) / 2,
      width: scale * width,
      height: scale * height,
      room: /** @type {Size} */ ([outer.width, outer.height]),
    };
  }

  /**
   * @param {Pick<PointerEvent, "clientX" | "clientY">} event
   * @returns {Point}
   */
  #toPicture({ clientX, clientY }) {
    const outer = this.#place.getBoundingClientRect();
    const { left, top, scale } = this.#frame();
    return [(clientX - outer.left - left) / scale, (clientY - outer.top - top) / scale];
  }

  // --- keys

  /**
   * @param {KeyboardEvent} event
   * @returns {Action | null}
   */
  actionOf({ key, shiftKey, ctrlKey, metaKey, repeat }) {
    if (!this.#sample) return null;
    const marks = this.#here;
    const back = (ctrlKey || metaKey) && key.toLowerCase() === "z";
    if (marks.open.length || this.#pen.busy) return this.#drawing(back ? "Backspace" : key, marks);
    if (back) {
      // What was changed here comes before the last answer.
      const way = shiftKey ? 1 : -1;
      return marks.has(way) ? () => this.#change(() => marks.go(way)) : null;
    }
    if (key === "[" || key === "]") return () => this.#change(() => marks.step(key === "]" ? 1 : -1));
    if (key === "Insert") return () => this.#begin();
    if (!marks.meant) return key === "Delete" ? () => {} : null;
    if (key in ARROWS) {
      const push = () => this.#push(ARROWS[key], shiftKey, repeat);
      push.repeats = true;
      return push;
    }
    if (key === "," || key === ".") return () => this.#change(() => this.#nextCorner(key === "." ? 1 : -1));
    if (key === "Delete" || key === "Backspace") return () => this.#change(() => this.#remove());
    if (key === "Escape") {
      return () => this.#change(() => (marks.corner === null ? marks.mean(null) : this.#corner(null)));
    }
    return null;
  }

  /**
   * While something is being drawn.
   * @param {string} key
   * @param {Places} marks
   * @returns {Action | null}
   */
  #drawing(key, marks) {
    if (key === "Escape") return () => this.cancel();
    // Half a polygon is not what was meant to be sent.
    if (key === "Enter") return () => this.settled;
    if (key === "Delete" || key === "Backspace") {
      return () =>
        this.#change(() => {
          marks.open = marks.open.slice(0, -1);
        });
    }
    return null;
  }

  /**
   * Arrows move; with Shift, or where a corner was chosen, they pull.
   * @param {Point} step
   * @param {boolean} shiftKey
   * @param {boolean} repeat
   */
  #push([x, y], shiftKey, repeat) {
    const marks = this.#here;
    const { points } = /** @type {Place} */ (marks.meant);
    // At least one of the picture's own pixels, and one of the screen's.
    const step = Math.max(1, Math.round(1 / this.#frame().scale)) * (repeat ? FASTER : 1);
    const handles = handlesOf(this.#shape, points);
    const corner = marks.corner ?? (shiftKey && this.#shape === "box" ? 2 : null);
    const handle = corner === null ? undefined : handles[corner];
    if (!handle) marks.move(step * x, step * y);
    else {
      const to = /** @type {Point} */ ([handle.place[0] + step * x, handle.place[1] + step * y]);
      // A side does not go through the other one: the corner would be another then.
      const through = this.#shape === "box" && crosses(points, handle, to);
      if (!through) marks.put(pulledTo(points, handle, to));
    }
    this.#paint();
    if (!repeat) marks.settle();
  }

  /** @param {number} by */
  #nextCorner(by) {
    const { meant, corner } = this.#here;
    const n = !meant || this.#shape === "point" ? 0 : handlesOf(this.#shape, meant.points).length;
    if (n) this.#corner(corner === null ? (by > 0 ? 0 : n - 1) : (corner + by + n) % n);
  }

  /** @param {number | null} at */
  #corner(at) {
    this.#here.corner = at;
  }

  /** The region; of a polygon with a corner chosen, that corner. */
  #remove() {
    const marks = this.#here;
    const { corner, meant } = marks;
    if (this.#shape === "polygon" && meant && corner !== null && meant.points.length > 3) {
      marks.put(meant.points.filter((_, at) => at !== corner));
      this.#corner(Math.min(corner, meant.points.length - 1));
    } else marks.remove();
  }

  /** A region in the middle of what is seen, to be moved by keys. */
  #begin() {
    if (!this.#sample) return;
    const [width, height] = this.#pictured.size;
    const { scale, left, top, room } = this.#frame();
    /** @type {Bounds} */
    const window = [
      Math.max(0, -left / scale),
      Math.max(0, -top / scale),
      Math.min(width, (room[0] - left) / scale),
      Math.min(height, (room[1] - top) / scale),
    ];
    this.#here.open = [];
    this.#change((marks) => marks.add(startIn(this.#shape, window), this.#desk.setup.classes[this.#active].name));
  }

  /** @param {(marks: Places) => unknown} change */
  #change(change) {
    change(this.#here);
    this.#paint();
  }

  // --- painting

  #paint() {
    const marks = this.#here;
    if (!this.#pen.busy) marks.note();
    this.#draw();
    // What had the focus in the list has it again.
    const focused = [...this.list.querySelectorAll("button")].indexOf(
      /** @type {HTMLButtonElement} */ (document.activeElement),
    );
    this.list.replaceChildren(...marks.all.map((each) => this.#row(each)));
    if (focused >= 0) {
      const buttons = this.list.querySelectorAll("button");
      (buttons[Math.min(focused, buttons.length - 1)] ?? this.#add).focus({ preventScroll: true });
    }
    this.list.querySelector('[aria-pressed="true"]')?.scrollIntoView({ block: "nearest" });
    const { say } = this.#desk.words;
    const hint = marks.open.length ? "open" : marks.meant ? "meant" : marks.next ? "outlined" : this.#shape;
    this.#tell(say(`hint_${hint}`));
    mark(this.node, "data-pulls", marks.meant ? "" : null);
    this.#desk.repaint();
  }

  /** In the row above the picture; where that is narrow, in the list while it is empty. */
  #tell(/** @type {string} */ hint) {
    put(this.#hint, hint);
    this.#hint.title = hint;
    mark(this.list, "data-hint", hint || null);
    mark(this.#hint, "data-listed", this.list.childElementCount ? null : "");
  }

  #draw() {
    const marks = this.#here;
    const frame = this.#frame();
    this.#overlay.paint(marks, {
      /** @param {Point} point */
      toScreen: ([x, y]) => [frame.left + x * frame.scale, frame.top + y * frame.scale],
      draft: this.#pen.draft,
      hover: this.#pen.hover,
      size: frame.room,
      label: this.#desk.setup.classes[this.#active].name,
    });
  }

  /** @param {string} label */
  #colour(label) {
    return this.#desk.setup.classes.find(({ name }) => name === label)?.colour ?? "transparent";
  }

  /** @param {Place} region */
  #row(region) {
    const { say, percent } = this.#desk.words;
    const name = el("span", "dalt-span-class", { dir: "auto" });
    this.#desk.words.called(name, region.label);
    name.style.setProperty("--chip", this.#colour(region.label));
    const text = whereIs(this.#shape, region.points, this.#desk.words);
    const likely = region.proposed ? `${say("proposed")} ${percent(region.probability ?? 0)}` : "";
    const go = button(
      "dalt-span-go",
      "region",
      () =>
        this.#change((marks) => {
          marks.mean(region.id);
          marks.take(region);
        }),
      ...takenBy(this.#here, region, this.#desk),
      name,
      el("span", "dalt-span-quote", likely ? { "data-likely": "" } : {}, text),
      el("span", "dalt-percent", {}, likely),
    );
    mark(go, "data-outlined", region.outlined ? "" : null);
    mark(go, "aria-pressed", String(region.id === this.#here.current));
    go.dataset.class = region.label;
    const remove = button(
      "dalt-quiet dalt-span-remove",
      "remove-region",
      () => this.#change((marks) => marks.remove(region.id)),
      "✕",
    );
    mark(remove, "aria-label", say("remove_span", { name: region.label, text }));
    return el("li", "dalt-span", {}, go, remove);
  }
}
