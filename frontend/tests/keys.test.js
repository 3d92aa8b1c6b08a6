// Which key means what, and finding classes by their letters.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KeyTable } from "../../dalt/page/static/keys/keys.js";
import { seen } from "../../dalt/page/static/protocol/task.js";
import { pieces } from "../../dalt/page/static/samples/prose.js";
import { haystack, isMany, search } from "../../dalt/page/static/views/search.js";
import { spec } from "./made.js";

const words = { say: (/** @type {string} */ name) => name };
const table = new KeyTable(
  {
    classes: [spec("cat", { key: "C" }), spec("none", { key: "" }), spec("korean", { key: "ㄱ" })],
    keys: { skip: "s", accept: "Enter", undo: "c" },
  },
  words,
);

describe("a key", () => {
  it("is what it types, in small letters", () => {
    assert.equal(table.nameOf({ key: "C", code: "KeyC" }), "c");
    assert.equal(table.classOf("c"), 0);
  });

  it("is told by its place where the layout types something else", () => {
    assert.equal(table.nameOf({ key: "ㄴ", code: "KeyS" }), "s");
    assert.equal(table.nameOf({ key: "&", code: "Digit1" }), "1");
  });

  it("that a class has is what it types, whatever its place", () => {
    assert.equal(table.classOf(table.nameOf({ key: "ㄱ", code: "KeyR" })), 2);
  });

  it("of a class is no action's", () => {
    assert.equal(table.actionOf("c"), undefined);
    assert.equal(table.actionOf("s"), "skip");
    assert.equal(table.actionOf(table.nameOf({ key: "Enter", code: "NumpadEnter" })), "accept");
    assert.equal(table.nameOf({ key: " ", code: "Space" }), "Space");
  });

  it("is shown as people know it", () => {
    assert.equal(table.shown("skip"), "S");
    assert.equal(table.shown("accept"), "Enter");
    assert.equal(table.shown("nothing"), "");
  });
});

describe("classes", () => {
  const classes = [spec("Café", { group: "Places" }), spec("서울"), spec("Cafeteria", { formerly: ["Mensa"] })];
  const stacks = classes.map(haystack);

  it("are found without accents and case, the exact one best", () => {
    assert.deepEqual(search("CAFE", classes, stacks), { found: [0, 2], best: 0 });
    assert.deepEqual(search("cafete", classes, stacks), { found: [2], best: 2 });
  });

  it("are found by half a syllable, their group and their former names", () => {
    assert.deepEqual(search("서우", classes, stacks).found, [1]);
    assert.deepEqual(search("places", classes, stacks).found, [0]);
    assert.deepEqual(search("mensa", classes, stacks).found, [2]);
  });

  it("are all there where nothing is searched, none where nothing is like it", () => {
    assert.deepEqual(search("  ", classes, stacks).found, [0, 1, 2]);
    assert.deepEqual(search("zebra", classes, stacks), { found: [], best: null });
  });

  it("are many where one has no key", () => {
    assert.equal(isMany({ classes }), false);
    assert.equal(isMany({ classes: [...classes, spec("x", { key: "" })] }), true);
  });
});

it("an answer says the three names that were on screen, or of several classes all", () => {
  const classes = ["a", "b", "c", "d"].map((name) => spec(name));
  const suggestion = { snapshot: 2, classes: [3, 2, 1, 0], probabilities: [0.4, 0.3, 0.2, 0.1] };
  assert.deepEqual(seen(suggestion, { classes, multi_label: false }), {
    snapshot: 2,
    classes: ["d", "c", "b"],
    probabilities: [0.4, 0.3, 0.2],
  });
  assert.equal(seen(suggestion, { classes, multi_label: true }).classes.length, 4);
});

it("a long text is cut between characters, and nothing of it is lost", () => {
  for (const text of ["😀".repeat(30_000), "a".repeat(50_001), `${"word ".repeat(9_000)}\n`]) {
    const cut = pieces(text);
    assert.equal(cut.join(""), text);
    assert.equal(
      cut.some((piece) => /^[\udc00-\udfff]/.test(piece)),
      false,
    );
    assert.equal(cut.length > 1, true);
  }
  assert.deepEqual(pieces(""), []);
});
