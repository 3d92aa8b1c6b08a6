// What the page says first of itself.

/** @import { FromPage } from "../types.js" */

const WIDE = 860; // pixels of a window in which classes stand beside the sample, and
const SAMPLE_SHARE = 0.78; // how much of its width the sample has there at most

/** How many pixels of the screen the longer side of a picture may take: so many are sent. */
function screenSide() {
  const width = innerWidth * (innerWidth < WIDE ? 1 : SAMPLE_SHARE);
  return Math.ceil(Math.max(width, innerHeight) * (devicePixelRatio || 1));
}

/**
 * The page is there, and holds nothing.
 * @param {string | null} [former] the sitting that it follows
 * @returns {FromPage}
 */
export function hello(former) {
  return { type: "ready", held: [], screen: screenSide(), ...(former === undefined ? {} : { former }) };
}
