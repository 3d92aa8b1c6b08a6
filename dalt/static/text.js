// What the page says, by language.  Numbers are put in where {name} stands.

import { ENGLISH } from "./english.js";
import { KOREAN } from "./korean.js";

const TEXT = { en: ENGLISH, ko: KOREAN };

/** The strings of one language; unknown languages speak English. */
export function speak(language) {
  const table = TEXT[language] ?? TEXT.en;
  const locale = TEXT[language] ? language : "en";
  const number = new Intl.NumberFormat(locale);
  return {
    locale,
    number: (value) => number.format(value),
    // 0.996 must not read "100 %", nor 0.004 "0 %": both would be certainties.
    percent(share) {
      const whole = Math.round(share * 100);
      const sign = share < 1 && whole === 100 ? ">99" : share > 0 && whole === 0 ? "<1" : null;
      return `${sign ?? number.format(whole)}\u202f%`;
    },
    list: (names) => new Intl.ListFormat(locale, { type: "unit" }).format(names),
    /** A label of one class, or of several. */
    answer: (label) => !Array.isArray(label) ? label
      : label.length ? new Intl.ListFormat(locale, { type: "unit" }).format(label) : table.none_of_them,
    say(name, values = {}) {
      return table[name].replace(/\{(\w+)\}/g, (_, key) => String(values[key] ?? ""));
    },
  };
}
