// The spans marked in one text: where they are, what they are, which one is meant.

import { pointAt, trimmed, unitsOf } from "./offsets.js";

let numbers = 0;

export class Marks {
  spans = []; // {id, from, to, label, proposed, ranked}; from and to in UTF-16 units
  current = null;
  proposed; // what the model put forward, as it was on screen

  /** Begins with the former answer of a sample, else with what is proposed. */
  constructor(sample, engine) {
    this.text = sample.display.text ?? "";
    this.units = unitsOf(this.text);
    this.proposed = (sample.proposals ?? []).map(({ region }) => region);
    const former = sample.answered?.label;
    const given = former ?? this.proposed;
    this.spans = given.map((region) => this.#spanOf(region, !former));
    this.sample = sample;
    this.engine = engine;
  }

  #spanOf({ start, end, label }, proposed) {
    const [from, to] = [this.units[start], this.units[end]];
    return { id: ++numbers, from, to, label, proposed, ranked: null };
  }

  /** What is recorded: places in code points. */
  get answer() {
    return [...this.spans].sort((a, b) => a.from - b.from || b.to - a.to).map((span) => this.#region(span));
  }

  #region({ from, to, label }) {
    return { shape: "span", label, start: pointAt(this.units, from), end: pointAt(this.units, to) };
  }

  /** Mark a place; the same place twice is one span. */
  add(from, to, label) {
    const place = trimmed(this.text, from, to);
    if (!place) return null;
    const there = this.spans.find((span) => span.from === place[0] && span.to === place[1]);
    if (there) {
      this.current = there.id;
      return null;
    }
    const span = { id: ++numbers, from: place[0], to: place[1], label, proposed: false, ranked: null };
    this.spans.push(span);
    this.spans.sort((a, b) => a.from - b.from || b.to - a.to);
    this.current = span.id;
    this.engine.ask({
      type: "rank_region", sample_id: this.sample.id, region: this.#region(span), ask: span.id,
    });
    return span;
  }

  get meant() {
    return this.spans.find(({ id }) => id === this.current) ?? null;
  }

  /** Follow classes into a new list; `present` gives a former name's present one. */
  rename(present) {
    for (const span of this.spans) span.label = present(span.label) ?? span.label;
  }

  relabel(label) {
    const span = this.meant;
    if (!span) return;
    Object.assign(span, { label, proposed: false, chosen: true });
  }

  remove(id = this.current) {
    const at = this.spans.findIndex((span) => span.id === id);
    if (at < 0) return;
    this.spans.splice(at, 1);
    this.current = (this.spans[at] ?? this.spans[at - 1])?.id ?? null;
  }

  /** The next or former span becomes the one that is meant. */
  step(by) {
    if (!this.spans.length) return;
    const at = this.spans.findIndex(({ id }) => id === this.current);
    const to = at < 0 ? (by > 0 ? 0 : this.spans.length - 1) : at + by;
    this.current = this.spans[(to + this.spans.length) % this.spans.length].id;
  }

  /** The kernel says what a new span is likely to be: it is that, unless the person said more. */
  rank(id, classes, ranked) {
    const span = this.spans.find((each) => each.id === id);
    if (!span) return;
    span.ranked = ranked;
    const [best] = ranked.classes;
    if (!span.chosen && best !== undefined && ranked.probabilities[0] >= 0.5) {
      span.label = classes[best].name;
    }
  }
}
