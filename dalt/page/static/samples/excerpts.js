// The samples of a page, each in a tile: texts and rows show what tells them apart from the others.

import { el } from "../dom/dom.js";
import { differingFirst } from "./columns.js";
import { passagesOf, written } from "./passages.js";
import { table } from "./rows.js";

/** @import { Sample, Size, Words } from "../types.js" */

const LETTER = 7.4; // pixels, of the text of a tile
const LINE = 20;
const AROUND = [26, 46]; // pixels of a tile that its text does not have: sides, and what it is taken as
const ROW = 24; // height of a row of a table
const MOST_ROWS = 40;
const VALUE = { columns: 22, lines: 2 }; // of a table

/**
 * What stands in the tiles of texts and rows, by sample; other kinds are shown as they are.
 * @param {Sample[]} samples
 * @param {Size} tile
 * @param {string[]} search
 * @param {Words} words
 * @returns {Map<Sample, HTMLElement>}
 */
export function excerptsOf(samples, [width, height], search, words) {
  const shown = samples.filter(({ trouble }) => !trouble);
  const texts = shown.filter(({ display }) => display.kind === "text");
  const rows = shown.filter(({ display }) => display.kind === "table");
  const lines = Math.max(2, Math.floor((height - AROUND[1]) / LINE));
  const columns = Math.max(16, Math.floor((width - AROUND[0]) / LETTER));
  return new Map([
    ...textsOf(texts, { columns, lines, words: search }),
    ...tablesOf(rows, Math.max(2, Math.ceil((height - AROUND[1]) / ROW) + 1), search, words),
  ]);
}

/**
 * @param {Sample[]} samples
 * @param {{ columns: number, lines: number, words: string[] }} room
 * @returns {[Sample, HTMLElement][]}
 */
function textsOf(samples, room) {
  const texts = samples.map(({ display }) => display.text ?? "");
  const passages = passagesOf(texts, room);
  return samples.map((sample, at) => [
    sample,
    el("div", "dalt-text", { dir: "auto", "data-excerpt": "" }, written(texts[at], passages[at])),
  ]);
}

/**
 * @param {Sample[]} samples
 * @param {number} most
 * @param {string[]} search
 * @param {Words} words
 * @returns {[Sample, HTMLElement][]}
 */
function tablesOf(samples, most, search, words) {
  const rows = samples.map(({ display }) => display.rows ?? []);
  const names = differingFirst(rows).slice(0, Math.min(most, MOST_ROWS));
  const maps = rows.map((row) => new Map(row));
  /** @type {[string, string][][]} */
  const shown = rows.map(() => []);
  for (const name of names) {
    const having = [...maps.entries()].filter(([, row]) => row.has(name));
    const values = having.map(([, row]) => row.get(name) ?? "");
    const passages = passagesOf(values, { ...VALUE, words: search });
    having.forEach(([at], place) => {
      shown[at].push([name, written(values[place], passages[place])]);
    });
  }
  return samples.map((sample, at) => [sample, table(shown[at], words)]);
}
