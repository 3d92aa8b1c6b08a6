// What is marked or set in the sample on screen, and not submitted yet: a reload of the page loses none of it.
//
// It is kept in sessionStorage, of this tab alone, while the page goes; the next page takes it out.

/** @import { Drafted, Sample, Task } from "../types.js" */

export class Drafts {
  /** @type {() => Sample | null} */
  #shown;
  #place = ""; // in the storage; empty until the project is known
  /** @type {Drafted | null} */
  #left = null; // by the page before this one, until its sample is on screen

  /**
   * `shown()` is the sample on screen.
   * @param {() => Sample | null} shown
   * @param {AbortSignal} signal
   */
  constructor(shown, signal) {
    this.#shown = shown;
    window.addEventListener("pagehide", () => this.#keep(), { signal });
  }

  /**
   * A sample comes on screen: what was begun in it goes on, as far as its classes are still there.
   * @param {Sample} sample
   * @param {Task} setup
   */
  resume(sample, { project, annotator, classes }) {
    if (!this.#place) {
      this.#place = `dalt:draft:${JSON.stringify([project, annotator])}`;
      this.#left = taken(this.#place);
    }
    const left = this.#left;
    if (left?.sample_id !== sample.id || sample.answered || sample.marks || sample.set) return;
    this.#left = null;
    const named = new Set(classes.map(({ name }) => name));
    sample.draft = left.marks?.filter(({ label }) => named.has(label));
    if (left.set) Object.assign(sample, { set: new Set(left.set.filter((name) => named.has(name))), begun: true });
  }

  #keep() {
    const draft = draftOf(this.#shown()) ?? this.#left;
    if (!draft || !this.#place) return;
    try {
      sessionStorage.setItem(this.#place, JSON.stringify(draft));
    } catch {
      // Without storage, or in too little of it, a reload begins the sample anew.
    }
  }
}

/**
 * @param {Sample | null} sample
 * @returns {Drafted | null}
 */
function draftOf(sample) {
  if (!sample || sample.answered) return null;
  const { id: sample_id, marks, set, begun } = sample;
  if (set) return begun ? { sample_id, set: [...set] } : null;
  return marks?.begun ? { sample_id, marks: marks.draft } : null;
}

/**
 * Take out what is kept: it is told once.
 * @param {string} place
 * @returns {Drafted | null}
 */
function taken(place) {
  try {
    const kept = sessionStorage.getItem(place);
    sessionStorage.removeItem(place);
    return kept === null ? null : JSON.parse(kept);
  } catch {
    return null;
  }
}
