// The samples and pages that the kernel has leased for this page and that are not answered.

import { release, show } from "../samples/content.js";

/** @import { Buffers, Entry, FromKernel, Page, PageMessage, Sample, SampleMessage } from "../types.js" */

export class Held {
  /** @type {Sample[]} */
  queue = []; // the first one is on screen
  /** @type {Page[]} */
  pages = []; // to verify, the first one is on screen in verify mode

  /**
   * Hold what has come; what has an answer on its way is not open any more.
   * @param {SampleMessage[]} samples
   * @param {Buffers} buffers
   * @param {Set<string>} answered
   * @param {boolean} front
   */
  take(samples, buffers, answered, front) {
    const known = new Set(this.queue.map((sample) => sample.id));
    const fresh = samples.filter(({ id }) => !known.has(id) && !answered.has(id));
    for (const sample of fresh) show(sample, buffers);
    if (front) this.queue.unshift(...fresh);
    else this.queue.push(...fresh);
  }

  /**
   * Hold samples that somebody wants to see now: before all others, whoever's turn it is.
   * @param {SampleMessage[]} samples
   * @param {Buffers} buffers
   * @param {Set<string>} answered
   */
  open(samples, buffers, answered) {
    for (const sample of samples) {
      this.drop(sample.id);
      delete sample.turn;
    }
    this.take(samples, buffers, answered, true);
  }

  /**
   * @param {PageMessage[]} pages
   * @param {Buffers} buffers
   * @param {Set<string>} answered
   * @param {boolean} [front]
   */
  takePages(pages, buffers, answered, front = false) {
    for (const message of pages) {
      if (this.pages.some(({ id }) => id === message.id)) continue;
      const page = opened(message);
      page.samples = page.samples.filter(({ id }) => !answered.has(id));
      for (const sample of page.samples) show(sample, buffers);
      if (page.samples.length) front ? this.pages.unshift(page) : this.pages.push(page);
    }
  }

  /**
   * Take what the newest snapshot says of samples that are not on screen.
   * @param {Extract<FromKernel, { type: "refresh" }>["suggestions"]} suggestions
   * @param {Set<Sample | null>} onScreen
   */
  refresh(suggestions, onScreen) {
    for (const sample of this.queue) {
      const newer = suggestions[sample.id];
      // One that is open again keeps what it came with: the newest has learned its answer.
      if (!newer || sample.answered || onScreen.has(sample)) continue;
      const { proposals, submits_proposals, ...suggestion } = newer;
      sample.suggestion = suggestion;
      // What was on screen before keeps what is marked in it, and what Enter does with it.
      if (proposals && !sample.marks && !sample.before) Object.assign(sample, { proposals, submits_proposals });
    }
  }

  /**
   * What seemed to be answered is on screen again.
   * @param {Entry} entry
   */
  putBack({ page, sample }) {
    if (page) this.pages.unshift(page);
    else if (sample) this.queue.unshift(sample);
  }

  /** @param {string | null | undefined} id */
  drop(id) {
    for (const sample of this.queue.filter((held) => held.id === id)) release(sample);
    this.queue = this.queue.filter((held) => held.id !== id);
  }

  /** @param {string | null | undefined} id */
  dropPage(id) {
    for (const page of this.pages) if (page.id === id) page.samples.forEach(release);
    this.pages = this.pages.filter((page) => page.id !== id);
  }

  /** Of a page of a class that is gone nothing can be confirmed; the kernel keeps its samples. */
  dropGone(/** @type {{ name: string }[]} */ classes) {
    for (const { id, label } of [...this.pages]) {
      if (!classes.some(({ name }) => name === label)) this.dropPage(id);
    }
  }

  letGo() {
    for (const sample of this.queue.splice(0)) release(sample);
    for (const page of this.pages.splice(0)) page.samples.forEach(release);
  }
}

/**
 * A page as it is held, of the page that came.
 * @param {PageMessage} message
 * @returns {Page}
 */
export function opened(message) {
  const page = /** @type {Page} */ (/** @type {unknown} */ (message));
  if (!(page.said instanceof Map)) page.said = new Map(Object.entries(message.said));
  return page;
}
