// Where chance decides what is verified by the page: whose turn it is.

/** @import { Engine, Mode, Page, Sample, Task } from "../types.js" */

/**
 * The mode that is expected to be quicker, where it is not the one in use.
 * @param {Pick<Engine, "mode" | "unsure" | "pages" | "standing">} engine
 */
export function proposed({ mode, unsure, pages, standing }) {
  const quicker = standing?.quicker ?? null;
  if (mode === "verify" && unsure && !pages.length) return "single";
  if (quicker === "verify" && unsure) return null;
  return quicker === mode ? null : quicker;
}

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

/**
 * Whether turns decide: while a study runs, and for a page that one has assigned and that is held after its end.
 * @param {Page[]} pages
 * @param {Pick<Task, "by_turns"> | null} setup
 */
export function takesTurns([page], setup) {
  return Boolean(setup?.by_turns) || page?.turn !== undefined;
}

/**
 * The mode after a page: where the study has ended that assigned it, nobody has chosen to go on by the page.
 * @param {Pick<Page, "turn">} page
 * @param {Pick<Task, "by_turns">} setup
 * @returns {Mode}
 */
export function modeAfter({ turn }, { by_turns }) {
  return turn !== undefined && !by_turns ? "single" : "verify";
}
