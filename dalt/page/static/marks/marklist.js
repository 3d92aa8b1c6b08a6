// What is marked in one sample: a list, of which one may be meant.
//
// A mark has {id, label, proposed, outlined, chosen, ranked}: `proposed` came from the model and was
// not touched, `outlined` is a proposal that does not count until it is taken, `chosen` says that
// the person named its class, `ranked` is what it is likely to be.

import { el } from "../dom/dom.js";

/** @import { ClassSpec, Desk, Drawn, Mark, Point, Shape, Suggestion, Words } from "../types.js" */

const SURE = 0.5;
const AT_ONCE = 300; // ms in which a second Enter is no answer to what the first one brought up

let numbers = 0;

/**
 * In the list: the key that takes a mark, where it is the next of the proposals.
 * @param {{ next: Mark | null }} marks
 * @param {Mark} mark
 * @param {Pick<Desk, "keys">} desk
 */
export function takenBy(marks, { id }, { keys }) {
  const key = marks.next?.id === id ? keys.shown("take") : "";
  return key ? [el("kbd", "", {}, key)] : [];
}

/**
 * Where a shape is and how large, in pixels of the picture.
 * @param {Shape} shape
 * @param {Point[]} points
 * @param {Words} words
 */
export function whereIs(shape, points, { say, number }) {
  const whole = (/** @type {number} */ value) => number(Math.round(value));
  const [[x, y], [right, bottom] = [x, y]] = points;
  if (shape === "point") return `${whole(x)}, ${whole(y)}`;
  if (shape === "box") return `${whole(right - x)} × ${whole(bottom - y)}`;
  return say("corners", { n: number(points.length) });
}

/** @template {Mark} [M=Mark] */
export class MarkList {
  /** @type {M[]} */
  all = [];
  /** @type {number | null} */
  current = null; // the id of the one that is meant
  #warned = Infinity; // when Enter was pressed and nothing was marked
  #first = "[]"; // what was there before the hand did anything

  /** A number that no other mark on this page has. */
  get nextId() {
    return ++numbers;
  }

  /**
   * All that the sample comes with is there: the hand begins, or goes on where it was before a reload.
   * @param {Drawn<M>[]} [draft]
   */
  begin(draft) {
    this.#first = JSON.stringify(this.draft);
    if (draft) this.all = draft.map((each) => /** @type {M} */ ({ ...each, id: this.nextId, ranked: null }));
  }

  /** Whether the hand has changed anything. */
  get begun() {
    return JSON.stringify(this.draft) !== this.#first;
  }

  /** @returns {Drawn<M>[]} All of it, as `begin` takes it again. */
  get draft() {
    return this.all.map(({ id, ranked, ...each }) => each);
  }

  get meant() {
    return this.all.find(({ id }) => id === this.current) ?? null;
  }

  /**
   * Mean one of them, or none.
   * @param {number | null} id
   */
  mean(id) {
    this.current = id;
  }

  /** Those that Enter submits. */
  get counted() {
    return this.all.filter(({ outlined }) => !outlined);
  }

  /** Proposals that were not taken yet. */
  get outlined() {
    return this.all.filter(({ outlined }) => outlined);
  }

  /** The proposal that would be taken next: the one that is meant, else the first one after it. */
  get next() {
    const at = this.all.findIndex(({ id }) => id === this.current);
    const order = at < 0 ? this.all : [...this.all.slice(at), ...this.all.slice(0, at)];
    return order.find(({ outlined }) => outlined) ?? null;
  }

  /**
   * Take a proposal: it counts as if it had been drawn and named.
   * @param {M | null | undefined} mark
   */
  take(mark) {
    if (!mark?.outlined) return;
    Object.assign(mark, { outlined: false, proposed: false, chosen: true });
    this.#warned = Infinity;
  }

  /** Take the next proposal, and mean it: a class key corrects it. */
  takeNext() {
    const { next } = this;
    this.take(next);
    if (next) this.current = next.id;
  }

  takeAll() {
    for (const mark of this.outlined) this.take(mark);
  }

  /** Whether Enter means that nothing is there, though something is proposed: asked twice. */
  get warned() {
    return this.#warned < Infinity;
  }

  /** What the page says of it. */
  get tally() {
    const { counted, outlined, next, warned } = this;
    return {
      counted: counted.length,
      proposed: counted.filter(({ proposed }) => proposed).length,
      outlined: outlined.length,
      next,
      warned,
    };
  }

  /** Enter was pressed: whether what is marked may be submitted. */
  confirm(now = performance.now()) {
    if (this.counted.length || !this.outlined.length) return true;
    if (!this.warned) this.#warned = now;
    return now - this.#warned > AT_ONCE;
  }

  /**
   * Follow classes into a new list; `present` gives a former name's present one.
   * @param {(name: string) => string | undefined} present
   */
  rename(present) {
    for (const each of this.all) each.label = present(each.label) ?? each.label;
  }

  /** @param {string} label */
  relabel(label) {
    const { meant } = this;
    if (meant) Object.assign(meant, { label, proposed: false, outlined: false, chosen: true });
  }

  remove(/** @type {number | null} */ id = this.current) {
    const at = this.all.findIndex((each) => each.id === id);
    if (at < 0) return;
    this.all.splice(at, 1);
    this.current = (this.all[at] ?? this.all[at - 1])?.id ?? null;
  }

  /**
   * The next or former one becomes the one that is meant.
   * @param {number} by
   */
  step(by) {
    if (!this.all.length) return;
    const at = this.all.findIndex(({ id }) => id === this.current);
    const to = at < 0 ? (by > 0 ? 0 : this.all.length - 1) : at + by;
    this.current = this.all[(to + this.all.length) % this.all.length].id;
  }

  /**
   * The kernel says what one is likely to be: a new one is that, unless the person said more.
   * Tells whether it was one of these.
   * @param {number} id
   * @param {ClassSpec[]} classes
   * @param {Suggestion} ranked
   */
  rank(id, classes, ranked) {
    const mark = this.all.find((each) => each.id === id);
    if (!mark) return false;
    mark.ranked = ranked;
    const [best] = ranked.classes;
    const settled = mark.chosen || mark.proposed;
    if (!settled && best !== undefined && ranked.probabilities[0] >= SURE) {
      mark.label = classes[best].name;
    }
    return true;
  }
}
