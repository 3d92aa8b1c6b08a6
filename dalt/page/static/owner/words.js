// What the owner's page says beside what both pages say: labelers do not get these sentences.

import { OWNER_ENGLISH } from "../i18n/owner_english.js";
import { OWNER_KOREAN } from "../i18n/owner_korean.js";
import { speak } from "../i18n/text.js";

/** @import { ClassSpec, OwnerPhrase } from "../types.js" */

/** @type {Record<"en" | "ko", Record<OwnerPhrase, string>>} */
const TEXT = { en: OWNER_ENGLISH, ko: OWNER_KOREAN };

/** Stands where there is nothing to say. */
export const NOTHING = "–";

/**
 * The strings of a language, with `tell` for those of this page.
 * @param {string} language
 * @param {ClassSpec[]} [classes]
 */
export function speakToOwner(language, classes = []) {
  const words = speak(language, classes);
  const table = TEXT[words.locale];
  const decimals = new Intl.NumberFormat(words.locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const limits = new Intl.NumberFormat(words.locale, { maximumFractionDigits: 2 });
  const tenths = new Intl.NumberFormat(words.locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  /**
   * @param {OwnerPhrase} name
   * @param {Record<string, string | number>} [values]
   */
  const tell = (name, values = {}) => table[name].replace(/\{(\w+)\}/g, (_, key) => String(values[key] ?? ""));
  return {
    ...words,
    tell,
    /**
     * One sentence for one, another for many.
     * @param {OwnerPhrase} name
     * @param {number} n
     * @param {Record<string, string | number>} [values]
     */
    count(name, n, values = {}) {
      const one = /** @type {OwnerPhrase} */ (`${name}_one`);
      return tell(n === 1 && one in table ? one : name, { n: words.number(n), ...values });
    },
    /** @param {number} value */
    measure: (value) => decimals.format(value),
    /**
     * An upper limit of a share, never rounded down.
     * @param {number} share
     */
    limit: (share) => `${limits.format(Math.ceil(share * 10_000 - 1e-6) / 100)}\u202f%`,
    /** @param {number} value */
    tenth: (value) => tenths.format(value),
    /**
     * A time as one says it of something lately.
     * @param {string} iso
     */
    when(iso) {
      const date = new Date(iso);
      const seconds = (Date.now() - date.getTime()) / 1_000;
      const relative = new Intl.RelativeTimeFormat(words.locale, { numeric: "auto" });
      if (seconds < 60) return table.just_now;
      if (seconds < 3_600) return relative.format(-Math.round(seconds / 60), "minute");
      if (seconds < 86_400) return relative.format(-Math.round(seconds / 3_600), "hour");
      if (seconds < 30 * 86_400) return relative.format(-Math.round(seconds / 86_400), "day");
      return new Intl.DateTimeFormat(words.locale, { dateStyle: "medium" }).format(date);
    },
  };
}
