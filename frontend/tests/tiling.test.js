// How many samples a page has, and how they share the room.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GAP, MOST, roomFor, tiled } from "../../dalt/page/static/views/tiling.js";

/** @import { Display } from "../../dalt/page/static/types.js" */

/** @type {[number, number][]} Of the grid, in windows from a phone to a large screen. */
const ROOMS = [
  [366, 400],
  [640, 330],
  [736, 420],
  [1072, 547],
  [1500, 880],
  [2130, 1240],
];
/** @type {Record<string, Partial<Display>>} */
const KINDS = {
  photo: { kind: "image", width: 256, height: 171 },
  upright: { kind: "image", width: 171, height: 256 },
  digit: { kind: "image", width: 8, height: 8 },
  sliver: { kind: "image", width: 1, height: 256 },
  text: { kind: "text" },
  table: { kind: "table" },
  audio: { kind: "audio" },
};

/**
 * @param {Partial<Display>} display
 * @param {number} n
 * @returns {Display[]}
 */
const samples = (display, n) => Array.from({ length: n }, () => ({ buffer: null, kind: "image", ...display }));

describe("a page of the grid", () => {
  for (const [name, display] of Object.entries(KINDS)) {
    for (const [width, height] of ROOMS) {
      it(`has as many samples as fit: ${name} in ${width} × ${height}`, () => {
        const n = roomFor(samples(display, 1), width, height);
        assert.ok(n >= 6 && n <= MOST, String(n));
        const { columns, height: row } = tiled(samples(display, n), width, height);
        const rows = Math.ceil(n / columns);
        const needed = rows * row + (rows - 1) * GAP;
        const wide = (width - GAP * (columns - 1)) / columns;
        assert.ok(wide >= Math.min(60, width), `${wide} wide`);
        // Only where a few of its kind do not fit they are scrolled.
        if (needed > height + 1) assert.ok(n <= 8, `${needed} of ${height} for ${n}`);
        else assert.ok(needed >= 0.6 * height || n === MOST || name === "audio", `${needed} of ${height} for ${n}`);
      });
    }
  }

  it("has larger tiles where there are few samples", () => {
    const few = tiled(samples(KINDS.photo, 4), 1072, 547);
    const many = tiled(samples(KINDS.photo, 24), 1072, 547);
    assert.ok(few.height > many.height && few.columns < many.columns);
  });

  it("has tiles of the form of its pictures", () => {
    const [wide, upright] = [KINDS.photo, KINDS.upright].map((kind) => tiled(samples(kind, 24), 1072, 547));
    assert.ok(wide.columns < upright.columns || wide.height < upright.height);
  });

  it("needs no room that is known yet", () => {
    assert.deepEqual(tiled(samples(KINDS.text, 3), 0, 0).columns, 1);
    assert.ok(roomFor([], 0, 0) >= 6);
  });
});
