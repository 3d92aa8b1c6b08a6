// What the owner's page says and how it orders people.

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { OWNER_ENGLISH } from "../../dalt/page/static/i18n/owner_english.js";
import { OWNER_KOREAN } from "../../dalt/page/static/i18n/owner_korean.js";
import { meaning } from "../../dalt/page/static/owner/agreement.js";
import { finishDetails, finishSentence } from "../../dalt/page/static/owner/finish.js";
import { helpSentence } from "../../dalt/page/static/owner/help.js";
import { sorted } from "../../dalt/page/static/owner/people.js";
import { speakToOwner } from "../../dalt/page/static/owner/words.js";

/** @import { FinishSaid, HelpSaid, OwnerPhrase, PersonSaid } from "../../dalt/page/static/types.js" */

/** @param {string} text */
const holes = (text) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort();
const NAMES = /** @type {OwnerPhrase[]} */ (Object.keys(OWNER_ENGLISH));

beforeEach(() => localStorage.clear());

describe("the owner's languages", () => {
  it("say the same things, with the same values", () => {
    assert.deepEqual(Object.keys(OWNER_KOREAN).sort(), [...NAMES].sort());
    for (const name of NAMES) assert.deepEqual(holes(OWNER_KOREAN[name]), holes(OWNER_ENGLISH[name]), name);
  });

  it("leave nothing empty", () => {
    for (const name of NAMES)
      assert.equal(Boolean(OWNER_ENGLISH[name].trim() && OWNER_KOREAN[name].trim()), true, name);
  });

  it("have a sentence for one beside that for many", () => {
    const { count } = speakToOwner("en");
    assert.equal(count("on_samples", 1), "on 1 sample");
    assert.equal(count("on_samples", 1_200), "on 1,200 samples");
  });

  it("say of a time how long ago it was", () => {
    const { when } = speakToOwner("en");
    const ago = (/** @type {number} */ seconds) => when(new Date(Date.now() - 1_000 * seconds).toISOString());
    assert.deepEqual([5, 120, 7_200, 86_400].map(ago), ["just now", "2 minutes ago", "2 hours ago", "yesterday"]);
  });
});

/**
 * @param {string} annotator
 * @param {Partial<PersonSaid>} [more]
 * @returns {PersonSaid}
 */
function person(annotator, more = {}) {
  return { annotator, labels: 0, skips: 0, seconds: null, agreement: null, gold: null, last_seen: null, ...more };
}

/** @param {number} value */
const estimate = (value) => ({ value, low: 0, high: 1, n: 9 });

describe("people", () => {
  const ana = person("ana", { labels: 3, agreement: estimate(0.5) });
  const ben = person("ben", { labels: 10, agreement: estimate(0.9) });
  const cem = person("cem", { labels: 3 });
  /** @param {PersonSaid[]} people */
  const names = (people) => people.map(({ annotator }) => annotator);

  it("stand in the order of a column, by name where they are equal", () => {
    assert.deepEqual(names(sorted([cem, ben, ana], "labels", true)), ["ben", "ana", "cem"]);
    assert.deepEqual(names(sorted([cem, ben, ana], "labels", false)), ["ana", "cem", "ben"]);
    assert.deepEqual(names(sorted([cem, ben, ana], "annotator", true)), ["cem", "ben", "ana"]);
  });

  it("of whom nothing is known come last, whatever the order", () => {
    assert.deepEqual(names(sorted([cem, ana, ben], "agreement", true)), ["ben", "ana", "cem"]);
    assert.deepEqual(names(sorted([cem, ana, ben], "agreement", false)), ["ana", "ben", "cem"]);
  });
});

describe("Krippendorff's alpha", () => {
  it("means what he says of it", () => {
    assert.deepEqual([0.95, 0.8, 0.7, 0.3, -0.2].map(meaning), [
      "alpha_reliable",
      "alpha_reliable",
      "alpha_tentative",
      "alpha_poor",
      "alpha_poor",
    ]);
  });
});

describe("a certified finish", () => {
  /** @type {FinishSaid} */
  const holds = {
    state: "holds",
    holds: true,
    max_error: 0.02,
    confidence: 0.95,
    error_bound: 0.018341,
    model: 1_480,
    remaining: 1,
    checked: 190,
    wrong: 1,
    least: 0,
    about: null,
    why: "",
  };
  const plain = (/** @type {string} */ text) => text.replace(/\s/g, " ");
  const words = speakToOwner("en");

  it("says its bound, which is never rounded down", () => {
    assert.match(
      plain(finishSentence(holds, words)),
      /^The model labels 1,480 samples; at most 1\.84 ?% of these labels are wrong \(95 ?% confidence\)\.$/,
    );
    assert.equal(words.limit(0.02), words.percent(0.02));
  });

  it("says what an audit still asks for, and that an earlier certificate stays", () => {
    /** @type {FinishSaid} */
    const running = { ...holds, state: "running", least: 1, about: 40 };
    assert.match(plain(finishSentence(running, words)), /may label 1,480 samples, with at most 2 ?% errors/);
    assert.equal(
      plain(finishDetails(running, words)),
      "People have checked 190 samples without suggestions; the model was wrong on 1. At least 1 more has to be checked; " +
        "everybody who labels gets it first. At the present error rate it takes about 40 more. Until this audit " +
        "ends, the earlier certificate stays in force. Files that cannot say where a label comes from leave the model's " +
        "labels out. 1 sample remains for people.",
    );
  });

  it("explains a bound that has grown", () => {
    const grown = { ...holds, error_bound: 0.024 };
    assert.match(plain(finishDetails(grown, words)), /That is more than the 2 ?% promised: people have labelled/);
    assert.doesNotMatch(finishDetails(holds, words), /promised/);
    assert.doesNotMatch(finishDetails({ ...holds, state: "ended", holds: false }, words), /leave the model/);
  });

  it("says why nothing is certified any more", () => {
    /** @type {FinishSaid} */
    const ended = { ...holds, state: "ended", holds: false, why: "The classes were changed." };
    assert.equal(finishSentence(ended, words), "The model labels nothing. The classes were changed.");
  });
});

describe("whether suggestions help", () => {
  /** @type {HelpSaid} */
  const saves = { verdict: "saves", saved: 0.31, low: 0.24, high: 0.37, claim: "these", annotators: 3, accuracy: null };
  const plain = (/** @type {HelpSaid} */ said) => helpSentence(said, speakToOwner("en")).replace(/\s/g, " ");

  it("is said with its interval", () => {
    assert.match(plain(saves), /^Suggestions save 31 ?% of the time \(24 ?% to 37 ?%\)\.$/);
  });

  it("names two conditions of a study", () => {
    const said = helpSentence(saves, speakToOwner("en"), ["verify", "suggestions"]).replace(/\s/g, " ");
    assert.match(said, /^Compared: pages to verify, with suggestions as “without”\. That saves 31 ?% of the time/);
  });

  it("turns a loss round, so that nothing is less than nothing", () => {
    const said = plain({ ...saves, verdict: "costs", saved: -0.12, low: -0.2, high: -0.03 });
    assert.match(said, /^Suggestions cost 12 ?% more time \(3 ?% to 20 ?%\)\.$/);
  });

  it("says plainly that no effect is shown", () => {
    const said = plain({ ...saves, verdict: "none", saved: 0.02, low: -0.05, high: 0.09 });
    assert.match(said, /No effect .* is shown \(between 5 ?% more and 9 ?% less time\)/);
  });

  it("has a sentence for each outcome of accuracy, in both languages", () => {
    const accuracy = {
      source: /** @type {const} */ ("gold"),
      treated: 0.95,
      control: 0.94,
      low: -0.02,
      high: 0.04,
      margin: 0.05,
    };
    const verdicts = /** @type {const} */ (["unchanged", "higher", "not lower", "slightly lower", "lower", "unclear"]);
    for (const language of ["en", "ko"]) {
      const said = verdicts.map((verdict) =>
        helpSentence({ ...saves, accuracy: { ...accuracy, verdict } }, speakToOwner(language)),
      );
      assert.equal(new Set(said).size, verdicts.length);
      for (const each of said) assert.doesNotMatch(each, /[{}]|undefined|NaN/);
    }
  });
});
