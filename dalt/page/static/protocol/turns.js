// Where chance decides what is verified by the page: whose turn it is.

/** @import { Mode, Page, Sample } from "../types.js" */

/**
 * The mode of what comes next: single samples and pages take turns, as the kernel has numbered them.  What has
 * no number was opened again, and comes before the rest.
 * @param {Sample[]} queue
 * @param {Page[]} pages
 * @param {Mode} mode
 * @returns {Mode}
 */
export function nextMode([sample], [page], mode) {
  if (!sample || !page) return page ? "verify" : "single";
  const [one, other] = [sample.turn ?? -1, page.turn ?? -1];
  if (one === other) return mode;
  return one < other ? "single" : "verify";
}
