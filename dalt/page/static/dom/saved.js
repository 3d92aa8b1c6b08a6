// The picture of the page that is saved with a notebook, below the page: the kernel puts it there.

import { el } from "./dom.js";

/**
 * Hide the picture while the page itself is there; without the page there is no such style.
 * @param {HTMLElement} place
 * @param {string} [name] the class of the picture
 */
export function coverSaved(place, name) {
  if (!name || place.querySelector(":scope > style")) return;
  place.append(el("style", "", {}, `.${CSS.escape(name)} { display: none !important; }`));
}
