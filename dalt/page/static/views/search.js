// Finding a class by a few letters of it.

/** @import { ClassSpec } from "../types.js" */

const SEARCHED = 20;

/**
 * Whether there are so many classes that one looks for them.
 * @param {{ classes: Pick<ClassSpec, "key">[] }} setup
 */
export function isMany({ classes }) {
  return classes.length > SEARCHED || classes.some(({ key }) => !key);
}

/**
 * Without accents and case; Hangul by its letters, so that half a syllable is found, too.
 * @param {string} text
 */
export function folded(text) {
  return text
    .normalize("NFKD")
    .replace(/\p{Mn}/gu, "")
    .toLowerCase();
}

/**
 * What is searched of a class.
 * @param {ClassSpec} spec
 */
export function haystack({ name, group = "", description = "", formerly = [] }) {
  return folded([name, group, description, ...formerly].join("\n"));
}

/**
 * The indices of the classes that have all the words, in order; and the best of them.
 * @param {string} query
 * @param {ClassSpec[]} classes
 * @param {string[]} stacks
 */
export function search(query, classes, stacks) {
  const words = folded(query).split(/\s+/).filter(Boolean);
  const found = stacks.flatMap((stack, index) => (words.every((word) => stack.includes(word)) ? [index] : []));
  const whole = folded(query.trim());
  /** @param {number} index */
  const begins = (index) => folded(classes[index].name).startsWith(whole);
  const exact = found.find((index) => folded(classes[index].name) === whole);
  return { found, best: exact ?? found.find(begins) ?? found[0] ?? null };
}
