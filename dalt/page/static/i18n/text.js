// What the page says, by language.  Numbers are put in where {name} stands.

import { ENGLISH } from "./english.js";
import { KOREAN } from "./korean.js";
import { Names } from "./names.js";

/** @import { ClassSpec, Label, Phrase } from "../types.js" */

/** @typedef {"en" | "ko"} Language */

/** @type {Record<Language, Record<Phrase, string>>} */
const TEXT = { en: ENGLISH, ko: KOREAN };
const KEPT = "dalt:language";

/** The languages by their own names. */
/** @type {Record<Language, string>} */
export const LANGUAGES = { en: "English", ko: "한국어" };

/**
 * The language to offer beside one.
 * @param {Language} language
 * @returns {Language}
 */
export function otherThan(language) {
  return language === "en" ? "ko" : "en";
}

/**
 * Speak a language in this browser from now on.
 * @param {Language} language
 */
export function remember(language) {
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    // A browser that keeps nothing asks again at the next visit.
  }
}

/**
 * Whether the page speaks it.
 * @param {string | null} language
 * @returns {language is Language}
 */
function spoken(language) {
  return language !== null && Object.hasOwn(TEXT, language);
}

/**
 * What this browser was told, what the notebook asks for, or what the browser speaks.
 * @param {string} wanted
 * @returns {Language}
 */
function chosen(wanted) {
  let kept = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {
    // It keeps nothing.
  }
  if (spoken(kept)) return kept;
  if (spoken(wanted)) return wanted;
  return navigator.languages.map((each) => each.slice(0, 2)).find(spoken) ?? "en";
}

/**
 * What is said, in all languages.
 * @param {Phrase} name
 */
export function inEveryLanguage(name) {
  return Object.values(TEXT).map((table) => table[name]);
}

/**
 * The strings of a language; "auto" is the browser's.  `classes` are those that it names.
 * @param {string} language
 * @param {ClassSpec[]} [classes]
 */
export function speak(language, classes = []) {
  const locale = chosen(language);
  const table = TEXT[locale];
  const number = new Intl.NumberFormat(locale);
  const names = new Names(classes);
  return {
    locale,
    /**
     * Put the name of a class into an element, and in so many characters.
     * @param {number} room
     */
    called: (/** @type {HTMLElement} */ node, /** @type {string} */ name, room = 0) => names.put(node, name, room),
    /** @param {number} most */
    short: (/** @type {string} */ name, /** @type {number} */ most) => names.short(name, most),
    /** @param {number} value */
    number: (value) => number.format(value),
    // 0.996 must not read "100 %", nor 0.004 "0 %": both would be certainties.
    /** @param {number} share */
    percent(share) {
      const whole = Math.round(share * 100);
      const sign = share < 1 && whole === 100 ? ">99" : share > 0 && whole === 0 ? "<1" : null;
      return `${sign ?? number.format(whole)}\u202f%`;
    },
    /**
     * Seconds as people say them: "50 min", "2 h 10 min".
     * @param {number} seconds
     */
    duration(seconds) {
      const minutes = Math.max(1, Math.round(seconds / 60));
      /** @type {[number, string][]} */
      const amounts = [
        [Math.floor(minutes / 60), "hour"],
        [minutes % 60, "minute"],
      ];
      const parts = amounts
        .filter(([n]) => n > 0)
        .map(([n, unit]) => new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short" }).format(n));
      return parts.join(" ");
    },
    /** @param {string[]} names */
    list: (names) => new Intl.ListFormat(locale, { type: "unit" }).format(names),
    /**
     * A label of one class, or of several.
     * @param {Label} label
     * @returns {string}
     */
    answer: (label) =>
      !Array.isArray(label)
        ? label
        : label.length
          ? new Intl.ListFormat(locale, { type: "unit" }).format(
              label.map((each) => (typeof each === "string" ? each : each.label)),
            )
          : table.none_of_them,
    /**
     * @param {Phrase} name
     * @param {Record<string, string | number>} [values]
     */
    say(name, values = {}) {
      return table[name].replace(/\{(\w+)\}/g, (_, key) => String(values[key] ?? ""));
    },
  };
}
