// Pictures of which next to nothing would be seen: one pixel wide, and thousands high.

import { mark } from "../dom/dom.js";

const SLIVER = 16; // times as long as wide

/**
 * Mark a picture that is far longer than wide, so that the style can give it some width.
 * @param {Element | null} image
 */
export function markSliver(image) {
  if (!(image instanceof HTMLImageElement) || !image.naturalHeight) return;
  const ratio = image.naturalWidth / image.naturalHeight;
  mark(image, "data-sliver", ratio > SLIVER ? "wide" : ratio < 1 / SLIVER ? "tall" : null);
}
