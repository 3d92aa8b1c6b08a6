// Where chance decides what is verified by the page.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Held } from "../../dalt/page/static/protocol/held.js";
import { modeAfter, nextMode, takesTurns } from "../../dalt/page/static/protocol/turns.js";
import { sample } from "./made.js";

/** @import { Page, Sample, SampleMessage } from "../../dalt/page/static/types.js" */

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

describe("after the end of a study", () => {
  it("a page that it has assigned still has its turn", () => {
    assert.ok(takesTurns(paged(4), { by_turns: false }));
    assert.ok(!takesTurns(paged(), { by_turns: false }) && !takesTurns([], { by_turns: false }));
    assert.ok(takesTurns([], { by_turns: true }) && !takesTurns([], null));
  });

  it("nobody has chosen to go on by the page", () => {
    assert.equal(modeAfter({ turn: 4 }, { by_turns: false }), "single");
    assert.equal(modeAfter({ turn: 4 }, { by_turns: true }), "verify");
    assert.equal(modeAfter({}, { by_turns: false }), "verify");
  });
});

describe("a sample that somebody opens again", () => {
  it("comes before the page whose turn it is", () => {
    const held = new Held();
    held.pages = paged(4);
    held.open(/** @type {SampleMessage[]} */ ([{ ...sample("seven"), turn: 7 }]), [], new Set());
    assert.equal(nextMode(held.queue, held.pages, "verify"), "single");
  });
});
