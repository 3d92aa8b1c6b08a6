// Whether Enter submits what is set of a sample that can have several classes.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { confirmed, toggle } from "../../dalt/page/static/views/several.js";
import { sample, spec } from "./made.js";

const CLASSES = [spec("even"), spec("round")];
const HIDDEN = { snapshot: null, classes: [], probabilities: [], condition: /** @type {const} */ ("none") };

/** @param {ReturnType<typeof sample>} shown @param {number} now */
const enter = (shown, now) => confirmed(shown, CLASSES, now);

describe("Enter on several classes", () => {
  it("submits none of them at once where nothing was hidden", () => {
    assert.equal(enter(sample("a"), 0), true);
  });

  it("submits none of them at the second time where a suggestion was hidden", () => {
    const shown = sample("a", { suggestion: HIDDEN });
    assert.equal(enter(shown, 1_000), false);
    assert.equal(enter(shown, 1_100), false, "a key that is pressed twice");
    assert.equal(enter(shown, 1_400), true);
  });

  it("submits what is set, and asks anew once it is taken back", () => {
    const shown = sample("a", { suggestion: HIDDEN });
    assert.equal(enter(shown, 1_000), false);
    toggle(shown, CLASSES, 0);
    assert.equal(enter(shown, 2_000), true);
    toggle(shown, CLASSES, 0);
    assert.equal(enter(shown, 3_000), false);
  });

  it("leaves an answer as it was given before", () => {
    assert.equal(enter(sample("a", { suggestion: HIDDEN, answered: { label: [] } }), 0), true);
  });
});
