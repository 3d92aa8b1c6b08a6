// Classes are added, renamed and removed under what is on screen.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Places } from "../../dalt/page/static/marks/places.js";
import { renumber } from "../../dalt/page/static/protocol/renumber.js";
import { box, kernel, sample, spec } from "./made.js";

/** @import { Page, Pictured } from "../../dalt/page/static/types.js" */

const FORMER = [spec("cat"), spec("dog"), spec("bird")];

/**
 * @param {number[]} classes
 * @param {number[]} probabilities
 */
const suggested = (classes, probabilities) => sample("s", { suggestion: { snapshot: 4, classes, probabilities } });

describe("a suggestion", () => {
  it("follows its classes to their new places", () => {
    const held = suggested([2, 0, 1], [0.7, 0.2, 0.1]);
    renumber(FORMER, [spec("ant"), ...FORMER], [held], []);
    assert.deepEqual(held.suggestion, { snapshot: 4, classes: [3, 1, 2], probabilities: [0.7, 0.2, 0.1] });
  });

  it("follows a class into its new name", () => {
    const held = suggested([0], [1]);
    renumber(FORMER, [spec("dog"), spec("bird"), spec("feline", { formerly: ["cat"] })], [held], []);
    assert.deepEqual(held.suggestion.classes, [2]);
  });

  it("loses a class that is gone, with its share", () => {
    const held = suggested([0, 1, 2], [0.5, 0.3, 0.2]);
    renumber(FORMER, [spec("dog"), spec("bird")], [held], []);
    assert.deepEqual(held.suggestion.classes, [0, 1]);
    assert.deepEqual(held.suggestion.probabilities, [0.3, 0.2]);
  });

  it("of two classes that became one has the likelier", () => {
    const held = suggested([1, 0, 2], [0.5, 0.3, 0.2]);
    renumber(FORMER, [spec("pet", { formerly: ["cat", "dog"] }), spec("bird")], [held], []);
    assert.deepEqual(held.suggestion.classes, [0, 1]);
    assert.deepEqual(held.suggestion.probabilities, [0.5, 0.2]);
  });

  it("that is empty stays so, also of no classes at all", () => {
    const held = suggested([], []);
    renumber([], [spec("cat")], [held], []);
    assert.deepEqual(held.suggestion, { snapshot: 4, classes: [], probabilities: [] });
  });
});

describe("what the person has said", () => {
  it("is called by the present names", () => {
    const held = sample("s", { set: new Set(["cat", "dog"]), size: [50, 50] });
    held.marks = new Places(/** @type {Pictured} */ (held), "box", kernel());
    held.marks.add(
      [
        [1, 1],
        [9, 9],
      ],
      "cat",
    );
    renumber(FORMER, [spec("feline", { formerly: ["cat"] }), spec("bird")], [held], []);
    assert.deepEqual([...(held.set ?? [])], ["feline"]); // the dog is gone
    assert.equal(held.marks.answer[0].label, "feline");
  });

  it("of a page is renamed with it; what became nothing is left out", () => {
    const page = /** @type {Page} */ ({
      id: "p",
      label: "cat",
      samples: [],
      said: new Map([
        ["a", "dog"],
        ["b", null],
        ["c", "bird"],
      ]),
    });
    renumber(FORMER, [spec("feline", { formerly: ["cat"] }), spec("bird")], [], [page]);
    assert.equal(page.label, "feline");
    assert.deepEqual(
      [...page.said],
      [
        ["a", null],
        ["b", null],
        ["c", "bird"],
      ],
    );
  });

  it("of a page whose class is gone keeps its name, for the engine to drop it", () => {
    const page = /** @type {Page} */ ({ id: "p", label: "cat", samples: [], said: new Map() });
    renumber(FORMER, [spec("dog")], [], [page]);
    assert.equal(page.label, "cat");
  });

  it("marked where a class is gone keeps its label", () => {
    const held = sample("s", { size: [50, 50], answered: { label: [box("dog", 1, 1)] } });
    held.marks = new Places(/** @type {Pictured} */ (held), "box", kernel());
    renumber(FORMER, [spec("cat")], [held], []);
    assert.equal(held.marks.answer[0].label, "dog");
  });
});
