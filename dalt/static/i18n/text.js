// What the page says, by language.  Numbers are put in where {name} stands.

import { ENGLISH } from "./english.js";
import { KOREAN } from "./korean.js";
import { Names } from "./names.js";

const TEXT = { en: ENGLISH, ko: KOREAN };
const KEPT = "dalt:language";

/** The languages by their own names. */
export const LANGUAGES = { en: "English", ko: "한국어" };

/** The language to offer beside one. */
export function otherThan(language) {
  return language === "en" ? "ko" : "en";
}

/** Speak a language in this browser from now on. */
export function remember(language) {
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    // A browser that keeps nothing asks again at the next visit.
  }
}

/** What this browser was told, what the notebook asks for, or what the browser speaks. */
function chosen(wanted) {
  let kept = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {
    // It keeps nothing.
  }
  if (kept in TEXT) return kept;
  if (wanted in TEXT) return wanted;
  return navigator.languages.map((each) => each.slice(0, 2)).find((each) => each in TEXT) ?? "en";
}

/** The strings of a language; "auto" is the browser's.  `classes` are those that it names. */
export function speak(language, classes = []) {
  const locale = chosen(language);
  const table = TEXT[locale];
  const number = new Intl.NumberFormat(locale);
  const names = new Names(classes);
  return {
    locale,
    /** Put the name of a class into an element, and in so many characters. */
    called: (node, name, room) => names.put(node, name, room),
    short: (name, most) => names.short(name, most),
    number: (value) => number.format(value),
    // 0.996 must not read "100 %", nor 0.004 "0 %": both would be certainties.
    percent(share) {
      const whole = Math.round(share * 100);
      const sign = share < 1 && whole === 100 ? ">99" : share > 0 && whole === 0 ? "<1" : null;
      return `${sign ?? number.format(whole)}\u202f%`;
    },
    /** Seconds as people say them: "50 min", "2 h 10 min". */
    duration(seconds) {
      const minutes = Math.max(1, Math.round(seconds / 60));
      const parts = [
        [Math.floor(minutes / 60), "hour"],
        [minutes % 60, "minute"],
      ]
        .filter(([n]) => n > 0)
        .map(([n, unit]) => new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short" }).format(n));
      return parts.join(" ");
    },
    list: (names) => new Intl.ListFormat(locale, { type: "unit" }).format(names),
    /** A label of one class, or of several. */
    answer: (label) =>
      !Array.isArray(label)
        ? label
        : label.length
          ? new Intl.ListFormat(locale, { type: "unit" }).format(label.map((each) => each.label ?? each))
          : table.none_of_them,
    say(name, values = {}) {
      return table[name].replace(/\{(\w+)\}/g, (_, key) => String(values[key] ?? ""));
    },
  };
}
