// The spans marked in one text: where they are, what they are, which one is meant.

import { MarkList } from "./marklist.js";
import { pointAt, trimmed, unitsOf } from "./offsets.js";

/** @import { Asker, Drawn, Sample, Span, SpanRegion } from "../types.js" */

/** @extends {MarkList<Span>} */
export class Marks extends MarkList {
  /** @type {SpanRegion[]} */
  proposed; // what the model put forward, as it was on screen

  /**
   * Begins with the former answer of a sample, also one that was taken back, else with what is
   * proposed: as outlines, unless Enter submits proposals.
   * @param {Sample} sample
   * @param {Asker} engine
   */
  constructor(sample, engine) {
    super();
    this.text = sample.display.text ?? "";
    this.units = unitsOf(this.text);
    const former = /** @type {SpanRegion[] | null | undefined} */ ((sample.answered ?? sample.before)?.label);
    const proposals = /** @type {{ region: SpanRegion }[]} */ (sample.proposals ?? []);
    this.proposed = former ? [] : proposals.map(({ region }) => region);
    const outlined = !sample.submits_proposals;
    this.all = former
      ? former.map((region) => this.#spanOf(region, false, false))
      : this.proposed.map((region) => this.#spanOf(region, true, outlined));
    this.sample = sample;
    this.engine = engine;
    this.begin(/** @type {Drawn<Span>[] | undefined} */ (sample.draft));
  }

  /** Each has also `from` and `to`, in UTF-16 units. */
  get spans() {
    return this.all;
  }

  /**
   * @param {SpanRegion} region
   * @param {boolean} proposed
   * @param {boolean} outlined
   * @returns {Span}
   */
  #spanOf({ start, end, label }, proposed, outlined) {
    const [from, to] = [this.units[start], this.units[end]];
    return { id: this.nextId, from, to, label, proposed, outlined, ranked: null };
  }

  /** What is recorded: places in code points. */
  get answer() {
    return this.counted.sort((a, b) => a.from - b.from || b.to - a.to).map((span) => this.#region(span));
  }

  /**
   * @param {Span} span
   * @returns {SpanRegion}
   */
  #region({ from, to, label }) {
    return { shape: "span", label, start: pointAt(this.units, from), end: pointAt(this.units, to) };
  }

  /**
   * Mark a place; the same place twice is one span.  Null where it is blank.
   * @param {number} from
   * @param {number} to
   * @param {string} label
   */
  add(from, to, label) {
    const place = trimmed(this.text, from, to);
    if (!place) return null;
    const there = this.spans.find((span) => span.from === place[0] && span.to === place[1]);
    if (there) {
      this.current = there.id;
      this.take(there);
      return there;
    }
    /** @type {Span} */
    const span = {
      id: this.nextId,
      from: place[0],
      to: place[1],
      label,
      proposed: false,
      outlined: false,
      ranked: null,
    };
    // Where the person has marked, nothing is proposed any more.
    this.all = this.all.filter((each) => !each.outlined || each.to <= span.from || span.to <= each.from);
    this.all.push(span);
    this.all.sort((a, b) => a.from - b.from || b.to - a.to);
    this.current = span.id;
    this.engine.ask({
      type: "rank_region",
      sample_id: this.sample.id,
      region: this.#region(span),
      ask: span.id,
    });
    return span;
  }
}
