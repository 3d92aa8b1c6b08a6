// What was answered last and what of it was taken back: as in an editor, undo and redo.

import { release } from "../samples/content.js";

const HISTORY = 20; // answered samples kept for an undo without the kernel

export class Timeline {
  history = []; // [{sample, label}] or [{page}], newest last
  // Of these, what was undone and can be redone, newest last; empty ones are known to the
  // kernel alone.
  future = [];
  redoable = false;

  /** Something else was answered: nothing that was undone can be redone. */
  answered(entry) {
    this.redoable = false;
    this.future = [];
    this.#remember(entry);
  }

  /** The last answer, taken back; without a sample or page where only the kernel knows it. */
  undo() {
    const last = this.history.pop() ?? {};
    this.redoable = true;
    this.future.push(last);
    return last;
  }

  /** The kernel has said what an undo took back; `page` is what came with that. */
  undone(entry, asExpected, page) {
    if (asExpected || !this.future.includes(entry)) return;
    delete entry.sample;
    delete entry.page;
    if (page) entry.page = page;
  }

  /** The kernel had nothing to take back. */
  forgetUndo(entry) {
    this.future = this.future.filter((each) => each !== entry);
    this.redoable = this.future.length > 0;
  }

  /** What was undone last, as it was answered; without a sample or page as above. */
  redo() {
    const next = this.future.pop() ?? {};
    if (next.sample || next.page) this.#remember(next);
    return next;
  }

  /** The kernel recorded something else again, or nothing. */
  forgetRedo(entry) {
    this.unremember(entry);
    samplesOf(entry).forEach(release);
  }

  /** What seemed to be answered is not, and is held again. */
  unremember(entry) {
    this.history = this.history.filter((each) => each !== entry);
  }

  get samples() {
    return this.history.flatMap(samplesOf);
  }

  get pages() {
    return this.history.flatMap(({ page }) => page ?? []);
  }

  #remember(entry) {
    this.history.push(entry);
    if (this.history.length <= HISTORY) return;
    samplesOf(this.history.shift()).forEach(release);
  }
}

/** The samples of an entry: of a page all, of one that only the kernel knows none. */
export function samplesOf({ sample, page }) {
  return page?.samples ?? (sample ? [sample] : []);
}
