// What was answered last and what of it was taken back: as in an editor, undo and redo.

import { release } from "./content.js";

const HISTORY = 20; // answered samples kept for an undo without the kernel

export class Timeline {
  history = []; // [{sample, label}] or [{page}], newest last
  future = []; // of these, what was undone and can be redone, newest last
  redoable = false;

  /** Something else was answered: nothing that was undone can be redone. */
  answered(entry) {
    this.redoable = false;
    this.future = [];
    this.#remember(entry);
  }

  /** The last answer, taken back; undefined where only the kernel knows it. */
  undo() {
    const last = this.history.pop();
    this.redoable = true;
    if (last) this.future.push(last);
    return last;
  }

  /** What was undone last, as it was answered; undefined where only the kernel knows it. */
  redo() {
    const next = this.future.pop();
    if (next) this.#remember(next);
    return next;
  }

  get samples() {
    return this.history.flatMap(({ sample, page }) => page?.samples ?? [sample]);
  }

  get pages() {
    return this.history.flatMap(({ page }) => page ?? []);
  }

  #remember(entry) {
    this.history.push(entry);
    if (this.history.length <= HISTORY) return;
    const { sample, page } = this.history.shift();
    (page?.samples ?? [sample]).forEach(release);
  }
}
