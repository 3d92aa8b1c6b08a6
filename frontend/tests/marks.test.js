// Spans marked in a text.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Marks } from "../../dalt/page/static/marks/marks.js";
import { kernel, sample } from "./made.js";

/** @import { Region, Sample } from "../../dalt/page/static/types.js" */

const TEXT = "😀 Ana met Bob";

/** @param {Partial<Sample>} [more] */
function marks(more = {}) {
  const engine = kernel();
  const display = /** @type {const} */ ({ kind: "text", buffer: null, text: TEXT });
  return { made: new Marks(sample("s", { display, ...more }), engine), asked: engine.asked };
}

/**
 * @param {string} label
 * @param {number} start
 * @param {number} end
 * @returns {Region}
 */
const span = (label, start, end) => ({ shape: "span", label, start, end });

describe("a span", () => {
  it("is recorded in code points, without blanks at its ends", () => {
    const { made } = marks();
    made.add(2, 7, "person"); // " Ana "
    assert.deepEqual(made.answer, [span("person", 2, 5)]);
  });

  it("marked twice is one, and meant", () => {
    const { made, asked } = marks();
    const first = made.add(3, 6, "person");
    const again = made.add(2, 6, "place");
    assert.equal(again, first);
    assert.equal(made.answer[0].label, "person");
    assert.equal(made.current, first?.id);
    assert.equal(asked.length, 1);
  });

  it("of blanks is none", () => {
    assert.equal(marks().made.add(2, 3, "person"), null);
  });

  it("that overlaps another stands beside it, in the order of the text", () => {
    const { made } = marks();
    made.add(7, 14, "late");
    made.add(3, 10, "early");
    made.add(3, 14, "around");
    assert.deepEqual(
      made.answer.map(({ label }) => label),
      ["around", "early", "late"],
    );
  });

  it("drawn over a proposal takes its place", () => {
    const proposals = [
      { region: span("person", 2, 5), probability: 0.9 },
      { region: span("person", 10, 13), probability: 0.9 },
    ];
    const { made } = marks({ proposals });
    assert.deepEqual(made.answer, []);
    made.add(3, 10, "group");
    assert.deepEqual(
      made.spans.map(({ label }) => label),
      ["group", "person"],
    );
  });

  it("answered before is there again", () => {
    const label = [span("person", 2, 5), span("person", 10, 13)];
    assert.deepEqual(marks({ answered: { label } }).made.answer, label);
  });
});
