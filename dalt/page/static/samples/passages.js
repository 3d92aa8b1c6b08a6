// Where the texts of a page differ: of a long text the passages that it does not share with the others.
//
// Lines and sentences that half of the texts have, the fields of a letter's head and a common
// beginning are passed over.  Places are UTF-16 units and never lie within a character.

/**
 * @typedef {{ from: number, to: number }} Passage
 * @typedef {Passage & { loose: string, exact: string, field: boolean }} Unit
 */

const FIRST_LOOK = 4_000; // characters of each text; where they are too few, more
const MOST_READ = 8_000_000; // characters of all texts
const LONG_LINE = 160; // longer ones are taken sentence by sentence
const ALIKE = 20; // characters of a common beginning that is worth passing over
const BACK = 24; // characters back to the beginning of a word
const AROUND = 40; // characters on either side of a word that is searched for
const MOST_FOUND = 3; // passages around such words, at most
const SHORTEST = 12; // characters of a passage
const FIELD = /^([\p{L}][\p{L}\p{N} _-]{0,30}):(\s|$)/u;
const TELLING = new Set(["subject", "title", "제목"]); // fields that say what it is about
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/;
const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * The passages of each text that its place has room for: `lines` of so many `columns`.
 *
 * Texts that fit are shown whole.  Passages with one of `words` are among those shown.
 * @param {string[]} texts
 * @param {{ columns: number, lines: number, words?: string[] }} room
 * @returns {Passage[][]}
 */
export function passagesOf(texts, { columns, lines, words = [] }) {
  const room = columns * lines;
  const whole = texts.map((text) => rowsOf(text, columns, lines) <= lines);
  if (whole.every(Boolean)) return texts.map((text) => [{ from: 0, to: text.length }]);
  const own = differing(texts, whole, room);
  return texts.map((text, at) => {
    if (whole[at]) return [{ from: 0, to: text.length }];
    const found = around(text, words);
    const left = found.reduce((sum, { from, to }) => sum - (to - from), room);
    const kept = filled(text, own[at].own, Math.max(left, room / 3));
    return joined(text, [...found, ...kept, ...filled(text, own[at].rest, left - sized(text, kept))]);
  });
}

/**
 * The passages as one text, with an ellipsis where something is left out.
 * @param {string} text
 * @param {Passage[]} passages
 */
export function written(text, passages) {
  const parts = passages.map(({ from, to }) => text.slice(from, to).replace(/\s*\n\s*\n\s*/g, "\n"));
  const before = passages[0]?.from > 0 ? "… " : "";
  const after = (passages.at(-1)?.to ?? 0) < text.length ? " …" : "";
  return before + parts.map((part) => part.trim()).join(" … ") + after;
}

/**
 * The place nearest before `at` where one character ends and the next begins.
 * @param {string} text
 * @param {number} at
 */
export function boundary(text, at) {
  if (at <= 0 || at >= text.length) return Math.max(0, Math.min(text.length, at));
  let from = Math.max(0, at - 64);
  if (/[\udc00-\udfff]/.test(text[from])) from += 1;
  const found = GRAPHEMES.segment(text.slice(from, at + 32)).containing(at - from);
  return from + (found?.index ?? at - from);
}

// --- room

/**
 * How many lines a text takes; no more than it needs to know that they are too many.
 * @param {string} text
 * @param {number} columns
 * @param {number} most
 */
function rowsOf(text, columns, most) {
  if (text.length > columns * most) return most + 1;
  let rows = 0;
  for (const line of text.trimEnd().split("\n")) rows += Math.max(1, Math.ceil(cells(line) / columns));
  return rows;
}

/** @param {string} line */
function cells(line) {
  let sum = 0;
  for (const character of line) sum += WIDE.test(character) ? 2 : 1;
  return sum;
}

/**
 * As much of the passages as there is room for.
 * @param {string} text
 * @param {Passage[]} passages
 * @param {number} room
 */
function filled(text, passages, room) {
  const kept = [];
  let left = room;
  for (const { from, to } of passages) {
    if (left < SHORTEST) break;
    const end = fittingEnd(text, from, to, left);
    kept.push({ from, to: end });
    left -= sized(text, [{ from, to: end }]);
  }
  return kept;
}

/**
 * How far a passage goes in so much room; it ends with a word where that is near.
 * @param {string} text
 * @param {number} from
 * @param {number} to
 * @param {number} room
 */
function fittingEnd(text, from, to, room) {
  let end = from;
  for (let left = room; end < to && left > 0; end += 1) left -= WIDE.test(text[end]) ? 2 : 1;
  if (end >= to) return to;
  const space = text.slice(Math.max(from + 1, end - BACK), end).search(/\s\S*$/);
  const word = space < 0 ? boundary(text, end) : Math.max(from + 1, end - BACK) + space;
  return word > from ? word : end;
}

/**
 * What passages take of the room, with what stands between them.
 * @param {string} text
 * @param {Passage[]} passages
 */
function sized(text, passages) {
  return passages.reduce((sum, { from, to }) => sum + cells(text.slice(from, to)) + 3, 0);
}

/**
 * In the text's order, those that touch as one.
 * @param {string} text
 * @param {Passage[]} passages
 */
function joined(text, passages) {
  /** @type {Passage[]} */
  const kept = [];
  for (const { from, to } of [...passages].sort((one, other) => one.from - other.from)) {
    const last = kept.at(-1);
    if (last && !text.slice(last.to, from).trim()) last.to = Math.max(last.to, to);
    else kept.push({ from, to });
  }
  return kept;
}

// --- what is searched for

/**
 * Passages around the first of the words, whole words on either side.
 * @param {string} text
 * @param {string[]} words
 */
function around(text, words) {
  if (!words.length) return [];
  const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(escaped.join("|"), "giu");
  const found = [];
  let done = 0;
  for (const { index, 0: word } of text.matchAll(pattern)) {
    if (index < done) continue;
    const to = boundary(text, Math.min(text.length, index + word.length + AROUND));
    found.push({ from: wordStart(text, Math.max(0, index - AROUND)), to });
    done = to;
    if (found.length >= MOST_FOUND) break;
  }
  return found;
}

// --- what is shared

/**
 * What each text does not share with the others, and the rest behind it, which may be shared.
 *
 * `room` is what is looked for at least.
 * @param {string[]} texts
 * @param {boolean[]} whole
 * @param {number} room
 * @returns {{ own: Passage[], rest: Passage[] }[]}
 */
function differing(texts, whole, room) {
  const most = Math.max(FIRST_LOOK, MOST_READ / texts.length);
  for (let look = FIRST_LOOK; ; look *= 8) {
    const units = texts.map((text) => unitsOf(text.slice(0, boundary(text, Math.min(look, most)))));
    const kept = withoutShared(units);
    const enough = kept.every((own, at) => {
      const found = own.reduce((sum, { from, to }) => sum + to - from, 0);
      return whole[at] || texts[at].length <= look || found >= room;
    });
    if (!enough && look < most) continue;
    return kept.map((own, at) => ({
      own: afterBeginning(texts, kept, at, own),
      rest: units[at].filter((unit) => unit.from > (own[0]?.from ?? 0) && !own.includes(unit) && !unit.field),
    }));
  }
}

/**
 * Lines, and of long lines sentences.
 * @param {string} text
 */
function unitsOf(text) {
  /** @type {Unit[]} */
  const units = [];
  let head = true; // fields stand at the beginning, before the first line that is none
  for (const { index, 0: line } of text.matchAll(/[^\n]+/g)) {
    if (!line.trim()) continue;
    /** @type {RegExpExecArray | null} */
    const field = head ? FIELD.exec(line.trim()) : null;
    head = field !== null || /^\s/.test(line); // a field goes on where a line is indented
    for (const [from, to] of line.length > LONG_LINE ? sentences(line) : [[0, line.length]]) {
      const exact = line.slice(from, to).trim();
      if (!exact) continue;
      const named = field && !TELLING.has(field[1].toLowerCase()) ? `${field[1].toLowerCase()}:` : "";
      const loose = named || exact.replace(/\d+/g, "0");
      units.push({ from: index + from, to: index + to, exact, loose, field: named !== "" });
    }
  }
  return units;
}

/**
 * @param {string} line
 * @returns {[from: number, to: number][]}
 */
function sentences(line) {
  /** @type {[number, number][]} */
  const found = [];
  let from = 0;
  for (const { index, 0: end } of line.matchAll(/[.!?…]+["')\]]*\s+|[。！？]+/g)) {
    found.push([from, index + end.length]);
    from = index + end.length;
  }
  if (from < line.length) found.push([from, line.length]);
  return found;
}

/**
 * What half of the texts have is left out: first whatever its numbers, then only word for word.
 * @param {Unit[][]} units
 * @returns {Unit[][]}
 */
function withoutShared(units) {
  const [loose, exact] = /** @type {const} */ (["loose", "exact"]).map((key) => sharedBy(units, key));
  return units.map((own) => {
    const left = own.filter((unit) => !loose.has(unit.loose));
    if (left.length) return left;
    const differs = own.filter((unit) => !exact.has(unit.exact));
    const said = differs.filter((unit) => !unit.field);
    return said.length ? said : differs.length ? differs : own;
  });
}

/**
 * @param {Unit[][]} units
 * @param {"loose" | "exact"} key
 */
function sharedBy(units, key) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const own of units) {
    for (const name of new Set(own.map((unit) => unit[key]))) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const least = Math.max(2, Math.ceil(units.length / 2));
  return new Set([...counts].filter(([, count]) => count >= least).map(([name]) => name));
}

/**
 * Pass over what the first passage begins with as those of half of the others do.
 * @param {string[]} texts
 * @param {Unit[][]} kept
 * @param {number} at
 * @param {Unit[]} own
 * @returns {Passage[]}
 */
function afterBeginning(texts, kept, at, own) {
  const [first, ...rest] = own;
  if (!first) return [{ from: 0, to: texts[at].length }];
  const others = kept.flatMap(([other], place) => (other && place !== at ? [common(first.exact, other.exact)] : []));
  const half = Math.max(1, Math.ceil(kept.length / 2) - 1);
  const shared = others.sort((one, other) => other - one)[half - 1] ?? 0;
  if (shared < ALIKE || shared >= first.exact.length) return own;
  const text = texts[at];
  const start = first.from + text.slice(first.from, first.to).search(/\S/);
  const from = wordStart(text, start + shared);
  return [{ from: Math.max(from, start), to: first.to }, ...rest];
}

/**
 * How many units two texts begin with in common.
 * @param {string} one
 * @param {string} other
 */
function common(one, other) {
  const most = Math.min(one.length, other.length);
  let n = 0;
  while (n < most && one.charCodeAt(n) === other.charCodeAt(n)) n += 1;
  return n;
}

/**
 * Where the word begins that a place is in; of a very long one, where the character does.
 * @param {string} text
 * @param {number} at
 */
function wordStart(text, at) {
  for (let from = at; from > 0 && from > at - BACK; from -= 1) if (/\s/.test(text[from - 1])) return from;
  return at <= BACK ? 0 : boundary(text, at);
}
