// Commands are found by what people type, in either language.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { matching } from "../../dalt/page/static/addons/commands.js";
import { inEveryLanguage } from "../../dalt/page/static/i18n/text.js";
import { opensPalette } from "../../dalt/page/static/keys/keys.js";
import { folded } from "../../dalt/page/static/views/search.js";

/** @param {string} name */
const entry = (name, stack = name) => ({ name, key: "", stack: folded(stack), run() {} });
const entries = [
  entry("Take back the last answer", inEveryLanguage("key_undo").join("\n")),
  entry("Skip the sample", inEveryLanguage("key_skip").join("\n")),
  entry("Sample rate"),
  entry("café"),
];

/** @param {string} query */
const names = (query) => matching(query, entries).map(({ name }) => name);

describe("commands", () => {
  it("are all listed in their order before anything is typed", () => {
    assert.deepEqual(
      names("  "),
      entries.map(({ name }) => name),
    );
  });

  it("are found by all words, whatever their order, case and accents", () => {
    assert.deepEqual(names("SAMPLE skip"), ["Skip the sample"]);
    assert.deepEqual(names("cafe"), ["café"]);
    assert.deepEqual(names("nothing at all"), []);
  });

  it("come first where their name begins with what is typed", () => {
    assert.deepEqual(names("sample"), ["Sample rate", "Skip the sample"]);
  });

  it("are found in the language that the page does not speak", () => {
    assert.deepEqual(names("건너뛰"), ["Skip the sample"]);
  });
});

describe("the palette", () => {
  const press = { key: "k", code: "KeyK", ctrlKey: true, metaKey: false, altKey: false, shiftKey: false };

  it("opens by Ctrl+K and ⌘K, also where the layout types Hangul", () => {
    assert.ok(opensPalette(press));
    assert.ok(opensPalette({ ...press, ctrlKey: false, metaKey: true }));
    assert.ok(opensPalette({ ...press, key: "ㅏ" }));
  });

  it("does not open by less, by more, or by another letter in that place", () => {
    assert.ok(!opensPalette({ ...press, ctrlKey: false }));
    assert.ok(!opensPalette({ ...press, shiftKey: true }));
    assert.ok(!opensPalette({ ...press, key: "t" }));
  });
});
