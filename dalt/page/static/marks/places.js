// The regions marked in one picture: where they are, what they are, which one is meant.

import { areaOf, boundsOf, holds, inPicture, isShape, likeness, movedBy, rounded } from "./geometry.js";
import { MarkList } from "./marklist.js";

/** @import { Asker, ClassSpec, Drawn, Kept, Pictured, Place, Point, Proposed, Shape, ShapeRegion, Size, Suggestion } from "../types.js" */

const SAME = 0.5;

/** @extends {MarkList<Place>} */
export class Places extends MarkList {
  /** @type {number | null} */
  corner = null; // the number of the handle that the keys pull
  /** @type {Point[]} */
  open = []; // the corners of a polygon that is not closed yet
  /** @type {ShapeRegion[]} */
  proposed; // what the model put forward, as it was on screen
  /** @type {Size} */
  size; // width and height of the raw picture

  /** @type {string[]} */
  #past = []; // how it was before each change, newest last
  /** @type {string[]} */
  #future = []; // what of these was taken back
  /** @type {string} */
  #now;
  /** @type {Shape} */
  #shape;
  /** @type {Pictured} */
  #sample;
  /** @type {Asker} */
  #engine;

  /**
   * Begins with the former answer of a sample, also one that was taken back, else with what is
   * proposed: as outlines, unless Enter submits proposals.
   * @param {Pictured} sample
   * @param {Shape} shape
   * @param {Asker} engine
   */
  constructor(sample, shape, engine) {
    super();
    this.#sample = sample;
    this.#shape = shape;
    this.#engine = engine;
    this.size = sample.size;
    const former = /** @type {ShapeRegion[] | null | undefined} */ ((sample.answered ?? sample.before)?.label);
    const proposals = former ? [] : /** @type {Proposed[]} */ (sample.proposals ?? []);
    this.proposed = proposals.map(({ region }) => region);
    this.all = former
      ? former.map((region) => this.#placed(region))
      : proposals.map(({ region, probability }) => this.#placed(region, probability, !sample.submits_proposals));
    this.begin(/** @type {Drawn<Place>[] | undefined} */ (sample.draft));
    this.#now = this.#written();
  }

  /**
   * @param {ShapeRegion} region
   * @param {number | null} [probability]
   * @returns {Place}
   */
  #placed({ points, label }, probability = null, outlined = false) {
    const proposed = probability !== null;
    return { id: this.nextId, points, label, proposed, outlined, probability, chosen: !proposed, ranked: null };
  }

  /** What is recorded. */
  get answer() {
    return this.counted.map((each) => this.#region(each));
  }

  /**
   * @param {Pick<Place, "label" | "points">} place
   * @returns {ShapeRegion}
   */
  #region({ label, points }) {
    return { shape: this.#shape, label, points };
  }

  // --- what the hand did can be taken back

  #written() {
    return JSON.stringify(this.all.map((each) => ({ ...each, ranked: null })));
  }

  /** The hand has done something; `amend` where it was not the hand. */
  note(amend = false) {
    const now = this.#written();
    if (now === this.#now) return;
    if (!amend) {
      this.#past.push(this.#now);
      this.#future = [];
    }
    this.#now = now;
  }

  /**
   * Whether there is a change to take back (-1), or to do again (1).
   * @param {number} way
   */
  has(way) {
    return (way < 0 ? this.#past : this.#future).length > 0;
  }

  /** @param {number} way */
  go(way) {
    const [from, to] = way < 0 ? [this.#past, this.#future] : [this.#future, this.#past];
    const then = from.pop();
    if (then === undefined) return;
    to.push(this.#now);
    this.#now = then;
    this.all = JSON.parse(this.#now);
    this.corner = null;
    this.mean(this.meant ? this.current : null);
  }

  /**
   * Mean one of them, or none.
   * @param {number | null} id
   */
  mean(id) {
    if (id !== this.current) this.corner = null;
    super.mean(id);
    const { meant } = this;
    if (meant && !meant.ranked) this.#ask(meant);
  }

  /** @param {number} by */
  step(by) {
    super.step(by);
    this.corner = null;
    this.mean(this.current);
  }

  /** @param {number | null} [id] */
  remove(id) {
    super.remove(id);
    this.corner = null;
    this.mean(this.current);
  }

  /** @param {string} label */
  relabel(label) {
    super.relabel(label);
  }

  /** @param {Place | null | undefined} region */
  take(region) {
    super.take(region);
  }

  takeNext() {
    super.takeNext();
    this.corner = null;
    this.mean(this.current);
  }

  /** @param {(name: string) => string | undefined} present */
  rename(present) {
    super.rename(present);
    this.note(true);
  }

  /**
   * @param {number} id
   * @param {ClassSpec[]} classes
   * @param {Suggestion} ranked
   */
  rank(id, classes, ranked) {
    const mine = super.rank(id, classes, ranked);
    if (mine) {
      this.note(true);
    }
    return mine;
  }

  /**
   * Cut at the borders of the picture; a box from its upper left to its lower right corner.
   * @param {Point[]} points
   * @returns {Point[]}
   */
  #within(points) {
    const place = rounded(points.map((point) => inPicture(point, this.size)));
    if (this.#shape !== "box") return place;
    const [left, top, right, bottom] = boundsOf(place);
    return [
      [left, top],
      [right, bottom],
    ];
  }

  /**
   * Mark a place as a class; null where it is no shape, or lies outside the picture.
   * @param {Point[]} points
   * @param {string} label
   * @returns {Place | null}
   */
  add(points, label) {
    const place = this.#within(points);
    if (!isShape(this.#shape, place)) return null;
    const made = {
      id: this.nextId,
      points: place,
      label,
      proposed: false,
      outlined: false,
      probability: null,
      chosen: false,
      ranked: null,
    };
    // Where the person has drawn, nothing is proposed any more.
    this.all = this.all.filter(
      ({ outlined, points: there }) => !outlined || likeness(this.#shape, there, place) < SAME,
    );
    this.all.push(made);
    this.mean(made.id);
    return made;
  }

  /**
   * The one that is meant is somewhere else now; what makes it no shape is passed over.
   * @param {Point[]} points
   */
  put(points) {
    const { meant } = this;
    const place = this.#within(points);
    if (!meant || !isShape(this.#shape, place) || String(place) === String(meant.points)) return;
    Object.assign(meant, { points: place, proposed: false, outlined: false });
    if (meant.probability !== null) meant.chosen = true; // only its place was wrong
  }

  /** The one that is meant as it is now, to come back to. */
  get kept() {
    const { id, points, proposed, outlined, chosen } = /** @type {Place} */ (this.meant);
    return { id, points, proposed, outlined, chosen };
  }

  /** @param {Kept} kept */
  restore({ id, ...before }) {
    Object.assign(this.all.find((each) => each.id === id) ?? {}, before);
  }

  /**
   * @param {number} dx
   * @param {number} dy
   */
  move(dx, dy) {
    if (this.meant) this.put(movedBy(this.meant.points, dx, dy, this.size));
  }

  /** It is where it shall be: what is it? */
  settle() {
    if (this.meant) this.#ask(this.meant);
  }

  /** @param {Place} one */
  #ask(one) {
    const region = this.#region(one);
    this.#engine.ask({ type: "rank_region", sample_id: this.#sample.id, region, ask: one.id });
  }

  /**
   * Those at a place, the smallest first.
   * @param {Point} place
   * @param {number} near
   */
  at(place, near) {
    return this.all
      .filter(({ points }) => holds(this.#shape, points, place, near))
      .sort((a, b) => areaOf(a.points) - areaOf(b.points));
  }
}
