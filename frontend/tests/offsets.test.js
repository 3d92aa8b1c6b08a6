// Places in a text: code points outside, UTF-16 units inside.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pointAt, trimmed, unitsOf, wordPlaces } from "../../dalt/page/static/marks/offsets.js";

const EMOJI = "a😀b"; // one code point, two units
const FAMILY = "👩‍👧!"; // one character of three code points, five units

describe("units of code points", () => {
  it("are those of plain text", () => {
    assert.deepEqual(unitsOf("abc"), [0, 1, 2, 3]);
  });

  it("are twice as many where a character is a pair", () => {
    assert.deepEqual(unitsOf(EMOJI), [0, 1, 3, 4]);
    assert.deepEqual(unitsOf(FAMILY), [0, 2, 3, 5, 6]);
  });

  it("of no text are its end", () => {
    assert.deepEqual(unitsOf(""), [0]);
  });

  it("count half a pair as what it is: one unit", () => {
    assert.deepEqual(unitsOf("\ud83dx"), [0, 1, 2]);
    assert.deepEqual(unitsOf("x\ude00"), [0, 1, 2]);
  });

  it("agree with Python's counting of every text", () => {
    for (const text of [EMOJI, FAMILY, "한국어", "e\u0301", "𝒳𝒴", ""]) {
      assert.equal(unitsOf(text).length - 1, [...text].length);
    }
  });
});

describe("the code point at a unit", () => {
  it("is the one that begins there", () => {
    const units = unitsOf(EMOJI);
    assert.deepEqual(
      units.map((unit) => pointAt(units, unit)),
      [0, 1, 2, 3],
    );
  });

  it("is the one that holds it, within a pair", () => {
    assert.equal(pointAt(unitsOf(EMOJI), 2), 1);
    assert.equal(pointAt(unitsOf(FAMILY), 4), 2);
  });

  it("of no text is its beginning", () => {
    assert.equal(pointAt(unitsOf(""), 0), 0);
  });

  it("is the end for whatever lies behind it", () => {
    assert.equal(pointAt(unitsOf(EMOJI), 99), 3);
  });
});

describe("a range without blanks at its ends", () => {
  it("keeps those within", () => {
    assert.deepEqual(trimmed("  a b\n", 0, 6), [2, 5]);
  });

  it("is none where all is blank", () => {
    assert.equal(trimmed(" \t\n ", 0, 4), null);
    assert.equal(trimmed("abc", 1, 1), null);
    assert.equal(trimmed("", 0, 0), null);
  });

  it("of a selection from right to left is none", () => {
    assert.equal(trimmed("abc", 3, 0), null);
  });

  it("takes a no-break space for a blank, and a pair whole", () => {
    assert.deepEqual(trimmed("\u00a0😀\u00a0", 0, 4), [1, 3]);
  });
});

describe("words", () => {
  it("are told by their places, without what is between", () => {
    assert.deepEqual(wordPlaces("Ana, in Oslo.", "en"), [
      [0, 3],
      [5, 7],
      [8, 12],
    ]);
  });

  it("of Korean are found", () => {
    assert.deepEqual(wordPlaces("서울에 갔다", "ko"), [
      [0, 3],
      [4, 6],
    ]);
  });

  it("of a text with none are none", () => {
    assert.deepEqual(wordPlaces("… !", "en"), []);
    assert.deepEqual(wordPlaces("", "en"), []);
  });
});
