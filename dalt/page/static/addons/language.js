// The language of the page: what the notebook says, else what this browser says.

import { button } from "../dom/dom.js";
import { LANGUAGES, otherThan, remember } from "../i18n/text.js";

/** @import { AddonDesk } from "../types.js" */

export class LanguageSwitch {
  /** @type {HTMLButtonElement} */
  button;

  /** @param {Pick<AddonDesk, "words" | "rebuild">} desk */
  constructor({ words, rebuild }) {
    const other = otherThan(words.locale);
    this.button = button(
      "dalt-quiet dalt-language",
      "language",
      () => {
        remember(other);
        rebuild();
      },
      LANGUAGES[other],
    );
    this.button.lang = other;
  }
}
