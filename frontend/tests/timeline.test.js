// Undo and redo, with the kernel and before it has said anything.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { samplesOf, Timeline } from "../../dalt/page/static/protocol/timeline.js";
import { sample } from "./made.js";

/** @import { Page } from "../../dalt/page/static/types.js" */

/** @param {string[]} ids */
function page(...ids) {
  return /** @type {Page} */ ({ id: "p", label: "cat", samples: ids.map((id) => sample(id)), said: new Map() });
}

describe("undo", () => {
  it("gives the last answer, and redo gives it again", () => {
    const timeline = new Timeline();
    const one = { sample: sample("one"), label: "cat" };
    const two = { sample: sample("two"), label: null };
    timeline.answered(one);
    timeline.answered(two);
    assert.equal(timeline.undo(), two);
    assert.deepEqual(timeline.history, [one]);
    assert.equal(timeline.redoable, true);
    assert.equal(timeline.redo(), two);
    assert.deepEqual(timeline.history, [one, two]);
  });

  it("of what only the kernel knows is an empty entry, that redo takes along", () => {
    const timeline = new Timeline();
    const unknown = timeline.undo();
    assert.deepEqual(unknown, {});
    assert.equal(timeline.redoable, true);
    assert.equal(timeline.redo(), unknown);
    assert.deepEqual(timeline.history, []);
  });

  it("that had nothing to take back is forgotten", () => {
    const timeline = new Timeline();
    const real = { sample: sample("one"), label: "cat" };
    timeline.answered(real);
    const first = timeline.undo();
    const second = timeline.undo();
    timeline.forgetUndo(second);
    assert.equal(timeline.redoable, true);
    timeline.forgetUndo(first);
    assert.equal(timeline.redoable, false);
  });

  it("that took back something else keeps what came with it", () => {
    const timeline = new Timeline();
    timeline.answered({ sample: sample("mine"), label: "cat" });
    const entry = timeline.undo();
    const theirs = page("other");
    timeline.undone(entry, false, theirs);
    assert.equal(entry.sample, undefined);
    assert.equal(entry.page, theirs);
    timeline.undone(entry, true, null);
    assert.equal(entry.page, theirs);
  });
});

describe("a new answer", () => {
  it("ends what could be redone", () => {
    const timeline = new Timeline();
    timeline.answered({ sample: sample("one"), label: "cat" });
    timeline.undo();
    timeline.answered({ sample: sample("two"), label: "dog" });
    assert.equal(timeline.redoable, false);
    assert.deepEqual(timeline.redo(), {});
  });

  it("is kept with the newest twenty, and gives back the pictures of the others", () => {
    const timeline = new Timeline();
    const url = URL.createObjectURL(new Blob(["x"]));
    timeline.answered({ sample: sample("first", { url }), label: "cat" });
    for (let n = 0; n < 19; n += 1) timeline.answered({ sample: sample(`${n}`), label: "cat" });
    assert.equal(timeline.history.length, 20);
    timeline.answered({ sample: sample("last"), label: "cat" });
    assert.equal(timeline.history.length, 20);
    assert.equal(timeline.history[0].sample?.id, "0");
    return assert.rejects(fetch(url)); // it was revoked
  });
});

it("pages and samples of what was answered are told", () => {
  const timeline = new Timeline();
  timeline.answered({ sample: sample("one"), label: "cat" });
  timeline.answered({ page: page("two", "three") });
  assert.deepEqual(
    timeline.samples.map(({ id }) => id),
    ["one", "two", "three"],
  );
  assert.equal(timeline.pages.length, 1);
  assert.deepEqual(samplesOf({}), []);
});

it("what was recorded as something else is forgotten", () => {
  const timeline = new Timeline();
  timeline.answered({ sample: sample("one"), label: "cat" });
  timeline.undo();
  const entry = timeline.redo();
  timeline.forgetRedo(entry);
  assert.deepEqual(timeline.history, []);
});
