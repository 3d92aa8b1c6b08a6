// What follows from the kernel's setup: how samples are answered, and how an answer says what was on screen.

/** @import { Seen, Setup, Suggestion, Task } from "../types.js" */

const SHOWN = 3; // suggestions of which one is the class

/**
 * @param {Setup} setup
 * @returns {Task}
 */
export function taskOf(setup) {
  // Whether a sample is answered by more than one class: no page of one class then.
  const several = setup.multi_label || setup.task !== "classes";
  // A page to verify is a suggestion, too: who labels blind sees none, and in a study nobody does.
  return { ...setup, several, pages: !several && setup.by_page && !setup.read_only };
}

/**
 * A suggestion as an event keeps it: the names that were on screen.
 * @param {Suggestion} suggestion
 * @param {Pick<Task, "multi_label" | "classes">} task
 * @returns {Seen}
 */
export function seen({ snapshot, classes, probabilities, suggesters }, task) {
  // Of several classes each counts by itself: what was on screen is all of them.
  const shown = task.multi_label ? classes.length : SHOWN;
  return {
    snapshot,
    classes: classes.slice(0, shown).map((index) => task.classes[index].name),
    probabilities: probabilities.slice(0, shown),
    ...(suggesters?.length ? { suggesters } : {}),
  };
}
