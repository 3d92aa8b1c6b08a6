// Where the texts and the rows of a page differ.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { differingFirst } from "../../dalt/page/static/samples/columns.js";
import { boundary, passagesOf, written } from "../../dalt/page/static/samples/passages.js";

const ROOM = { columns: 40, lines: 4 };

/**
 * @param {string[]} texts
 * @param {string[]} [words]
 */
function shown(texts, words = []) {
  const passages = passagesOf(texts, { ...ROOM, words });
  return texts.map((text, at) => written(text, passages[at]));
}

/** @param {number} n */
const header = (n) =>
  [
    "Received: from mx1.example.org by mail.example.net with ESMTPS",
    "Received: from mx2.example.org by mail.example.net with ESMTPS",
    `From: customer${n}@example.com`,
    `Date: Mon, ${n} Mar 2026 10:00:00 +0100`,
    `Message-ID: <${n * 7919}@example.com>`,
    "Content-Type: text/plain; charset=utf-8",
  ].join("\n");
const BODIES = [
  "The invoice is unpaid.",
  "My parcel is broken.",
  "The app closes by itself.",
  "배송이 아직 도착하지 않았습니다.",
];
const MAILS = BODIES.map(
  (body, n) => `${header(n + 1)}\nSubject: ${body.slice(0, 8)}\n\nHello,\n\n${body}\n\nBest regards`,
);

describe("the texts of a page", () => {
  it("are shown whole where they fit", () => {
    assert.deepEqual(shown(["one", "two\nlines"]), ["one", "two\nlines"]);
    assert.deepEqual(shown([""]), [""]);
    assert.deepEqual(passagesOf([], ROOM), []);
  });

  it("show what mails say, not their heads", () => {
    shown(MAILS).forEach((text, n) => {
      assert.ok(text.startsWith(`… Subject: ${BODIES[n].slice(0, 8).trim()}`), text);
      assert.ok(text.includes(BODIES[n]), text);
      assert.doesNotMatch(text, /Received|From:|Date:|Message-ID/);
    });
  });

  it("show where texts that begin alike go on, from the beginning of a word", () => {
    const start = "The customer reported on the phone that, after the change of the contract announced last year, ";
    const texts = ["the delivery was late", "the parcel was broken", "nobody called back"].map(
      (end) => `${start}${end}, and asks for an answer. ${"More of it, again and again. ".repeat(9)}`,
    );
    const [late, broken, called] = shown(texts);
    assert.match(late, /^… (the )?delivery was late/);
    assert.match(broken, /^… (the )?parcel was broken/);
    assert.match(called, /^… nobody called back/);
  });

  it("show what mails say, not their heads, also where they say the same but for a number", () => {
    const mails = [1, 2, 3].map((n) => `${header(n)}\n\nNumber ${n} is broken. ${"Please call me back. ".repeat(20)}`);
    for (const [n, text] of shown(mails).entries()) assert.match(text, new RegExp(`^… Number ${n + 1} is broken`));
  });

  it("show differing numbers where all else is the same", () => {
    const texts = [1, 2, 3].map((n) => `${"All of this is the same. ".repeat(12)}\nTemperature: ${n}0 degrees.`);
    for (const [n, text] of shown(texts).entries()) assert.match(text, new RegExp(`^… Temperature: ${n + 1}0 degrees`));
  });

  it("are shown from their beginning where they are the same, or there is only one", () => {
    const text = "Nothing tells this one apart. ".repeat(20);
    for (const texts of [[text], [text, text, text]]) {
      for (const each of shown(texts)) assert.ok(each.startsWith("Nothing tells this one apart."), each);
    }
  });

  it("show the passages with the words that are searched for", () => {
    const filler = "Something quite long that says nothing at all. ".repeat(40);
    const [one, other] = shown(
      [`Apples. ${filler} The needle is here. ${filler}`, `Pears. ${filler}`],
      ["NEEDLE", "("],
    );
    assert.match(one, /… .*needle is here.* …/);
    assert.match(other, /^Pears/);
  });

  it("are never cut within a character", () => {
    const family = "👩‍👧";
    const texts = ["a", "b"].map((end) => `${family.repeat(200)}${end}${"각한글".repeat(200)}`);
    for (const passages of passagesOf(texts, ROOM)) {
      for (const { from, to } of passages) {
        assert.equal(boundary(texts[0], from), from);
        assert.equal(boundary(texts[0], to), to);
      }
    }
    assert.equal(boundary(family.repeat(3), 6), 5);
    assert.equal(boundary("ab", 9), 2);
  });

  it("are compared in a moment, also 48 of a megabyte that begin alike", () => {
    const start = "The same beginning, over and over. ".repeat(2_000);
    const texts = Array.from({ length: 48 }, (_, n) =>
      (start + `Number ${n} of them. `.repeat(60_000)).slice(0, 1_000_000),
    );
    const before = performance.now();
    const passages = passagesOf(texts, { columns: 40, lines: 8, words: ["nowhere"] });
    assert.ok(performance.now() - before < 5_000);
    assert.equal(passages.length, 48);
    for (const own of passages) assert.ok(own.reduce((sum, { from, to }) => sum + to - from, 0) <= 400);
  });
});

describe("the columns of a page's rows", () => {
  it("come first where the rows differ", () => {
    /** @type {[string, string][][]} */
    const rows = ["a", "b"].map((value) => [
      ["same", "1"],
      ["other", value],
      ["too", "2"],
    ]);
    assert.deepEqual(differingFirst(rows), ["other", "same", "too"]);
    assert.deepEqual(differingFirst(rows.slice(1)), ["same", "other", "too"]);
    assert.deepEqual(differingFirst([]), []);
  });

  it("differ where some rows do not have them", () => {
    assert.deepEqual(
      differingFirst([
        [
          ["a", "1"],
          ["b", "1"],
        ],
        [["a", "1"]],
      ]),
      ["b", "a"],
    );
  });
});
