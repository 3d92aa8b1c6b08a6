// The language of the page: what the notebook says, else what this browser says.

import { button } from "../dom/dom.js";
import { LANGUAGES, otherThan, remember } from "../i18n/text.js";

export class LanguageSwitch {
  button;

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
