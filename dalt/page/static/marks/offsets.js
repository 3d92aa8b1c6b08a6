// Places in a text: we count code points, JavaScript counts UTF-16 units.

/**
 * Where each code point begins, in units; one more for the end.
 * @param {string} text
 * @returns {number[]}
 */
export function unitsOf(text) {
  const units = [];
  for (let at = 0; at < text.length; at += /** @type {number} */ (text.codePointAt(at)) > 0xffff ? 2 : 1)
    units.push(at);
  units.push(text.length);
  return units;
}

/**
 * The code point that begins at, or holds, a unit.
 * @param {number[]} units
 * @param {number} unit
 */
export function pointAt(units, unit) {
  let [low, high] = [0, units.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (units[middle] <= unit) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * A range without the blanks at its ends; null if it is all blank.
 * @param {string} text
 * @param {number} from
 * @param {number} to
 * @returns {[number, number] | null}
 */
export function trimmed(text, from, to) {
  while (from < to && /\s/.test(text[from])) from += 1;
  while (to > from && /\s/.test(text[to - 1])) to -= 1;
  return from < to ? [from, to] : null;
}

/**
 * The words of a text as [from, to] in units.
 * @param {string} text
 * @param {string} locale
 * @returns {[number, number][]}
 */
export function wordPlaces(text, locale) {
  /** @type {[number, number][]} */
  const words = [];
  for (const { segment, index, isWordLike } of new Intl.Segmenter(locale, { granularity: "word" }).segment(text)) {
    if (isWordLike) words.push([index, index + segment.length]);
  }
  return words;
}
