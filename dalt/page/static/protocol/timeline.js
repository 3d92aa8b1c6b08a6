// What was answered last and what of it was taken back: as in an editor, undo and redo.

import { release } from "../samples/content.js";

/** @import { Entry, Page, Sample } from "../types.js" */

const HISTORY = 20; // answered samples kept for an undo without the kernel

export class Timeline {
  /** @type {Entry[]} */
  history = []; // [{sample, label}] or [{page}], newest last
  // Of these, what was undone and can be redone, newest last; empty ones are known to the
  // kernel alone.
  /** @type {Entry[]} */
  future = [];
  redoable = false;

  /**
   * Something else was answered: nothing that was undone can be redone.
   * @param {Entry} entry
   */
  answered(entry) {
    this.redoable = false;
    this.future = [];
    this.#remember(entry);
  }

  /**
   * The last answer, taken back; without a sample or page where only the kernel knows it.
   * @returns {Entry}
   */
  undo() {
    const last = this.history.pop() ?? {};
    this.redoable = true;
    this.future.push(last);
    return last;
  }

  /**
   * The kernel has said what an undo took back; `page` is what came with that.
   * @param {Entry} entry
   * @param {boolean} asExpected
   * @param {Page | null} page
   */
  undone(entry, asExpected, page) {
    if (asExpected || !this.future.includes(entry)) return;
    delete entry.sample;
    delete entry.page;
    if (page) entry.page = page;
  }

  /**
   * The kernel had nothing to take back.
   * @param {Entry} entry
   */
  forgetUndo(entry) {
    this.future = this.future.filter((each) => each !== entry);
    this.redoable = this.future.length > 0;
  }

  /**
   * What was undone last, as it was answered; without a sample or page as above.
   * @returns {Entry}
   */
  redo() {
    const next = this.future.pop() ?? {};
    if (next.sample || next.page) this.#remember(next);
    return next;
  }

  /**
   * The kernel recorded something else again, or nothing.
   * @param {Entry} entry
   */
  forgetRedo(entry) {
    this.unremember(entry);
    samplesOf(entry).forEach(release);
  }

  /**
   * What seemed to be answered is not, and is held again.
   * @param {Entry} entry
   */
  unremember(entry) {
    this.history = this.history.filter((each) => each !== entry);
  }

  get samples() {
    return this.history.flatMap(samplesOf);
  }

  get pages() {
    return this.history.flatMap(({ page }) => page ?? []);
  }

  /** @param {Entry} entry */
  #remember(entry) {
    this.history.push(entry);
    if (this.history.length <= HISTORY) return;
    for (const sample of this.history.splice(0, 1).flatMap(samplesOf)) release(sample);
  }
}

/**
 * The samples of an entry: of a page all, of one that only the kernel knows none.
 * @param {Entry} entry
 * @returns {Sample[]}
 */
export function samplesOf({ sample, page }) {
  return page?.samples ?? (sample ? [sample] : []);
}
