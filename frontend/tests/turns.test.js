// Where chance decides what is verified by the page.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nextMode } from "../../dalt/page/static/protocol/turns.js";
import { sample } from "./made.js";

/** @import { Page, Sample } from "../../dalt/page/static/types.js" */

/**
 * @param {number} [turn]
 * @returns {Sample[]}
 */
function single(turn) {
  return [{ ...sample("one"), turn }];
}

/**
 * @param {number} [turn]
 * @returns {Page[]}
 */
function paged(turn) {
  return [{ id: "p", label: "cat", samples: [sample("two")], said: new Map(), turn }];
}

describe("whose turn it is", () => {
  it("is that of the smaller number", () => {
    assert.equal(nextMode(single(3), paged(4), "verify"), "single");
    assert.equal(nextMode(single(7), paged(4), "single"), "verify");
  });

  it("is that of the only one there is", () => {
    assert.equal(nextMode([], paged(4), "single"), "verify");
    assert.equal(nextMode(single(7), [], "verify"), "single");
    assert.equal(nextMode([], [], "verify"), "single");
  });

  it("is that of what was opened again, which has no number", () => {
    assert.equal(nextMode(single(), paged(0), "verify"), "single");
    assert.equal(nextMode(single(0), paged(), "single"), "verify");
  });

  it("stays where both were opened again", () => {
    assert.equal(nextMode(single(), paged(), "verify"), "verify");
    assert.equal(nextMode(single(), paged(), "single"), "single");
  });
});
