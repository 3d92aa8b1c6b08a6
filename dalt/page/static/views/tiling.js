// How the samples of a page share the room that the grid has: columns, and the height of rows.

/** @import { Display, Size } from "../types.js" */

/**
 * What a tile of a kind is like: as large as it should be, no smaller than `least`, no higher than `most`.
 * @typedef {{ natural: Size, least: Size, most: number }} Form
 *
 * @typedef {{ columns: number, height: number }} Tiling
 */

export const GAP = 10; // pixels between tiles
export const MOST = 48; // samples on a page
const LEAST = 6; // samples on a page, also where they have to be scrolled
const SAID = 29; // height of what a tile is taken as
const SMALL = 64; // pixels of a side: pictures up to that size show their pixels
const PHONE = 480; // grids narrower than that have narrower pictures
const GIVE = 0.3; // of one more column or row: then all are a little smaller
const LOOSE = 1.2; // the place of a picture is at most so much higher than it

const FORMS = {
  image: { side: 150, leastSide: 92, most: 560 },
  text: /** @type {Form} */ ({ natural: [300, 176], least: [220, 112], most: 420 }),
  table: /** @type {Form} */ ({ natural: [280, 200], least: [220, 124], most: 520 }),
  audio: /** @type {Form} */ ({ natural: [240, 136], least: [200, 120], most: 200 }),
};
const SMALL_PICTURE = { side: 104, leastSide: 72, most: 320 };
const PHONE_SIDE = 106;
const WIDEST = 1.6; // what is wider, or higher, has room on two sides

/**
 * @param {Display[]} displays
 * @param {number} width
 * @returns {Form & { aspect: number }}
 */
function formOf(displays, width) {
  const kind = displays[0]?.kind ?? "image";
  if (kind !== "image") return { ...FORMS[kind], aspect: 0 };
  const sides = displays.filter((each) => each.width && each.height).map(({ width: w = 1, height: h = 1 }) => [w, h]);
  const small = sides.length > 0 && sides.every((side) => Math.max(...side) <= SMALL);
  const form = small ? SMALL_PICTURE : FORMS.image;
  const side = width < PHONE ? Math.min(form.side, PHONE_SIDE) : form.side;
  const ratios = sides.map(([w, h]) => w / h).sort((one, other) => one - other);
  const aspect = Math.min(WIDEST, Math.max(1 / WIDEST, ratios[Math.floor(ratios.length / 2)] ?? 1));
  /** @type {(side: number) => Size} As large a place as a square has, of the pictures' own form. */
  const place = (length) => [length * Math.sqrt(aspect), length / Math.sqrt(aspect) + SAID];
  return { natural: place(side), least: place(form.leastSide), most: form.most, aspect };
}

/**
 * How many fit into a length beside each other; `give` is the share of one that may be missing.
 * @param {number} length
 * @param {number} each
 */
function fitting(length, each, give = 0) {
  return Math.max(1, Math.floor((length + GAP) / (each + GAP) + give));
}

/**
 * What each gets of a length.
 * @param {number} length
 * @param {number} n
 */
function share(length, n) {
  return (length - GAP * (n - 1)) / n;
}

/**
 * How many samples there is room for; at least a few, which may have to be scrolled.
 * @param {Display[]} displays
 * @param {number} width
 * @param {number} height
 */
export function roomFor(displays, width, height) {
  const { natural, least } = formOf(displays, width);
  let [columns, rows] = [fitting(width, natural[0], GIVE), fitting(height, natural[1], GIVE)];
  if (columns * rows < LEAST) [columns, rows] = [fitting(width, least[0]), fitting(height, least[1])];
  if (columns * rows < LEAST) [columns, rows] = [fitting(width, natural[0], GIVE), 0];
  if (rows === 0) return columns * Math.ceil(LEAST / columns);
  return columns * rows <= MOST ? columns * rows : most(columns, rows);
}

/**
 * The most samples of up to so many columns and rows that a page may have, without a gap at its end.
 * @param {number} columns
 * @param {number} rows
 */
function most(columns, rows) {
  let best = 0;
  for (let n = 1; n <= columns; n += 1) best = Math.max(best, n * Math.min(rows, Math.floor(MOST / n)));
  return best;
}

/**
 * How samples share the room: as large as they can be; where they would be too small, higher than the room.
 * @param {Display[]} displays
 * @param {number} width
 * @param {number} height
 * @returns {Tiling}
 */
export function tiled(displays, width, height) {
  const n = displays.length;
  const { natural, least, most: highest, aspect } = formOf(displays, width);
  const picture = aspect > 0;
  const around = picture ? SAID : 0;
  let best = { columns: 1, height: 0, size: 0 };
  for (let columns = 1; columns <= Math.min(n, fitting(width, least[0])); columns += 1) {
    const wide = share(width, columns);
    const limit = picture ? Math.min(highest, (LOOSE * wide) / aspect + SAID) : highest;
    const high = Math.min(limit, share(height, Math.ceil(n / columns)));
    const size = Math.min(wide / natural[0], (high - around) / (natural[1] - around));
    if (high >= Math.floor(least[1]) && size > best.size) best = { columns, height: high, size };
  }
  if (best.size > 0) return { columns: best.columns, height: Math.floor(best.height) };
  const columns = Math.min(n, fitting(width, natural[0], GIVE));
  const wide = share(width, columns);
  return { columns, height: Math.floor(picture ? wide / aspect + SAID : natural[1]) };
}
