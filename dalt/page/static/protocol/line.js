// The line to the kernel: what must arrive is sent until it is settled, silence is noticed.

import { newKey, Outbox } from "./outbox.js";

/** @import { FromKernel, FromPage, Mode, Model, Postable, Posted } from "../types.js" */

const PATIENCE = 8_000; // silence after a question until the kernel counts as gone
const RESEND = 5_000; // first resend of an answer; doubles up to a minute

export class Line {
  page = newKey(); // what the kernel knows this browser's page by
  offline = false;
  heardAt = -Infinity; // when the kernel last said something
  /** @type {Outbox | null} */
  outbox = null; // known when the kernel has said which project it is

  /** @type {(message: FromPage) => void} */
  #send;
  /** @type {() => void} */
  #changed;
  #seq = 0;
  #newest = 0; // the newest event that the kernel has told of
  /** @type {number | null} */
  #asked = null; // when the oldest unanswered question went out
  /** @type {Mode} */
  #mode = "single"; // what the kernel takes the mode for
  #beat = 0; // when the last heartbeat went out
  #ticked = performance.now();

  /**
   * @param {Pick<Model, "send">} model
   * @param {() => void} changed
   */
  constructor(model, changed) {
    this.#changed = changed;
    this.#send = (message) => {
      try {
        model.send({ ...message, page: this.page });
      } catch {
        // The connection is gone for good.  What matters is in the outbox, and silence is
        // noticed.
      }
    };
  }

  /** Whether no question waits for its answer. */
  get idle() {
    return this.#asked === null;
  }

  /**
   * @param {string} project
   * @param {string} annotator
   */
  open(project, annotator) {
    this.outbox ??= new Outbox(project, annotator);
  }

  /**
   * Send a message that may get lost and that the kernel replies to.
   * @param {FromPage} message
   */
  ask(message) {
    this.#asked ??= performance.now();
    if (message.type === "heartbeat") this.#beat = performance.now();
    this.#send(message);
  }

  /**
   * Send what is not replied to.
   * @param {FromPage} message
   */
  tell(message) {
    this.#send(message);
  }

  /**
   * Tell of another mode.
   * @param {Mode} mode
   */
  switched(mode) {
    if (mode === this.#mode) return;
    this.#mode = mode;
    this.tell({ type: "mode", mode });
  }

  /**
   * Send what must not get lost; it is kept until it is settled.
   * @param {Postable} entry
   */
  post(entry, key = newKey()) {
    // Nothing is posted before the kernel has said which project it is.
    /** @type {Outbox} */ (this.outbox).add({ ...entry, key, seq: this.#seq++, made_at: Date.now() });
    this.#changed();
    this.pump();
  }

  /** Send what is due, in order.  An undo waits for all before it and all after it wait. */
  pump() {
    let first = true;
    for (const entry of this.outbox ?? []) {
      const undo = isStep(entry);
      if (undo && !first) return;
      first = false;
      if ((entry.due ?? 0) <= performance.now()) this.#resend(entry);
      if (undo) return;
    }
  }

  /** @param {Posted} entry */
  #resend(entry) {
    if (isStep(entry) && entry.up_to === undefined) {
      // All before it is settled.  What comes later is none of its business, however late
      // it arrives, also after a reload.
      entry.up_to = this.#newest;
      this.outbox?.update(entry);
    }
    entry.tries = (entry.tries ?? 0) + 1;
    entry.due = performance.now() + Math.min(60_000, RESEND * 2 ** (entry.tries - 1));
    const { tries: _, due: __, ...message } = entry;
    // It is of a type that the page sends, or was one when it was kept.
    this.ask(/** @type {FromPage} */ (/** @type {unknown} */ (message)));
  }

  /**
   * The kernel has said something.
   * @param {FromKernel} message
   */
  heard(message) {
    this.#asked = null;
    if (message.type === "setup") this.#mode = "single"; // its kernel may be a new one
    this.heardAt = performance.now();
    this.#newest = Math.max(this.#newest, /** @type {{ newest?: number }} */ (message).newest ?? 0);
    if (!this.offline) return;
    this.offline = false;
    for (const entry of this.outbox ?? []) entry.due = 0;
  }

  /**
   * Each second: whether a heartbeat is due, at most every so many milliseconds.
   * @param {number} every
   */
  tick(every) {
    const now = performance.now();
    // After sleep the clock has jumped: what was asked before says nothing about the kernel.
    if (now - this.#ticked > 5_000 && this.#asked !== null) this.#asked = now;
    this.#ticked = now;
    return now - this.#beat > (this.offline ? 5_000 : every);
  }

  /** Somebody knows that the kernel cannot be reached. */
  lose() {
    if (this.offline) return;
    this.offline = true;
    this.#changed();
  }

  /** Notice silence. */
  listen() {
    if (this.offline || this.#asked === null || performance.now() - this.#asked <= PATIENCE) return;
    this.offline = true;
    this.#changed();
  }
}

/**
 * An undo or a redo, of an answer or of a decision.
 * @param {{ type: string }} message
 */
function isStep({ type }) {
  return type === "undo" || type === "redo" || type === "undo_adjudicate";
}
