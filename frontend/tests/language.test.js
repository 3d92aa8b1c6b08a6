// What the page says, in every language that it speaks.

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { ENGLISH } from "../../dalt/page/static/i18n/english.js";
import { KOREAN } from "../../dalt/page/static/i18n/korean.js";
import { LANGUAGES, otherThan, remember, speak } from "../../dalt/page/static/i18n/text.js";
import { spec } from "./made.js";

/** @import { Phrase } from "../../dalt/page/static/types.js" */

/** @type {[string, Record<string, string>][]} */
const TABLES = [
  ["English", ENGLISH],
  ["Korean", KOREAN],
];

/** @param {string} text */
const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

beforeEach(() => localStorage.clear());

describe("the languages", () => {
  it("say the same things", () => {
    assert.deepEqual(Object.keys(KOREAN).sort(), Object.keys(ENGLISH).sort());
  });

  it("put in the same values", () => {
    for (const name of /** @type {Phrase[]} */ (Object.keys(ENGLISH))) {
      assert.deepEqual([...new Set(holes(KOREAN[name]))], [...new Set(holes(ENGLISH[name]))], name);
    }
  });

  for (const [language, table] of TABLES) {
    it(`have a sentence for one wherever there is one for many: ${language}`, () => {
      const ones = Object.keys(table).filter((name) => name.endsWith("_one") && name !== "skipped_one");
      const many = (/** @type {string} */ one) => [one.slice(0, -4), `${one.slice(0, -4)}s`];
      const alone = ones.filter((one) => !many(one).some((name) => name in table) && one !== "review_one");
      assert.deepEqual(alone, []);
      assert.equal(ones.length > 5, true);
    });

    it(`leave nothing empty: ${language}`, () => {
      assert.deepEqual(
        Object.entries(table).filter(([, text]) => !text.trim()),
        [],
      );
    });
  }

  it("in Korean are Korean", () => {
    const same = Object.entries(KOREAN).filter(([name, text]) => text === ENGLISH[/** @type {Phrase} */ (name)]);
    assert.deepEqual(
      same.filter(([, text]) => /[a-z]{4}/i.test(text.replace(/\{\w+\}/g, ""))),
      [],
    );
  });
});

describe("a sentence", () => {
  it("has its numbers put in, and nothing where one is missing", () => {
    const { say } = speak("en");
    assert.equal(say("sending", { n: 3 }), ENGLISH.sending.replace("{n}", "3"));
    assert.equal(say("sending"), ENGLISH.sending.replace("{n}", ""));
  });

  it("takes what is put in as it is", () => {
    assert.equal(speak("en").say("last", { name: "$& {n} <b>" }).includes("$& {n} <b>"), true);
  });

  it("of several classes is a list", () => {
    assert.equal(speak("en").answer(["cat", "dog"]), "cat, dog");
    assert.equal(speak("en").answer([]), ENGLISH.none_of_them);
    assert.equal(speak("ko").answer([]), KOREAN.none_of_them);
    assert.equal(speak("en").answer("cat"), "cat");
    assert.equal(speak("en").answer([{ shape: "span", label: "person", start: 0, end: 3 }]), "person");
  });
});

describe("numbers", () => {
  it("are never a certainty that they are not", () => {
    const { percent } = speak("en");
    assert.deepEqual(
      [0, 0.004, 0.5, 0.996, 1].map(percent),
      ["0", "<1", "50", ">99", "100"].map((n) => `${n}\u202f%`),
    );
  });

  it("are grouped", () => {
    assert.equal(speak("en").number(12_345), "12,345");
  });

  it("of seconds are minutes and hours", () => {
    const { duration } = speak("en");
    assert.equal(duration(0), "1 min");
    assert.equal(duration(3_000), "50 min");
    assert.equal(duration(7_800), "2 hr 10 min");
    assert.equal(duration(7_200), "2 hr");
    assert.equal(speak("ko").duration(7_800), "2시간 10분");
  });
});

describe("which language it is", () => {
  it("is what the notebook asks for, else the browser's", () => {
    assert.equal(speak("ko").locale, "ko");
    assert.equal(speak("auto").locale, navigator.languages[0].slice(0, 2) === "ko" ? "ko" : "en");
    assert.equal(speak("tlh").locale, speak("auto").locale);
  });

  it("is what this browser was told before all", () => {
    remember("ko");
    assert.equal(speak("en").locale, "ko");
    assert.equal(otherThan("ko"), "en");
    assert.deepEqual(Object.keys(LANGUAGES), ["en", "ko"]);
  });

  it("is not what somebody else has left there", () => {
    localStorage.setItem("dalt:language", "constructor");
    assert.equal(speak("en").locale, "en");
  });
});

describe("names where there is little room", () => {
  it("keep what tells them apart", () => {
    const names = ["Corporate bankruptcy, 2024", "Corporate bankruptcy, 2025"];
    const { short } = speak(
      "en",
      names.map((name) => spec(name)),
    );
    const shown = names.map((name) => short(name, 16));
    assert.notEqual(shown[0], shown[1]);
    assert.deepEqual(
      shown.map((name) => name.length <= 17),
      [true, true],
    );
  });

  it("are cut where nothing is like them, and left where they fit", () => {
    const { short } = speak("en", [spec("cat"), spec("antidisestablishmentarianism")]);
    assert.equal(short("cat", 5), "cat");
    assert.equal(short("antidisestablishmentarianism", 8), "antidis…");
  });
});
