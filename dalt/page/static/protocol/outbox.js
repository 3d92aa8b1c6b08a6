// Answers that the kernel has not acknowledged yet, kept in localStorage.
//
// Each answer has an entry of its own, so that two tabs of one person never overwrite each
// other's.  A resend is harmless: the kernel knows answers by their idempotency key.

/** @import { Posted } from "../types.js" */

/** A random id; `crypto.randomUUID` exists only on https and localhost. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Outbox {
  /** @type {string} */
  #prefix;
  /** @type {Posted[]} */
  #entries = [];
  /** False when the browser keeps nothing: then a reload would lose what is in here. */
  durable = true;

  /**
   * @param {string} project
   * @param {string} annotator
   */
  constructor(project, annotator) {
    this.#prefix = `dalt:outbox:${JSON.stringify([project, annotator])}:`;
    this.#load();
  }

  get size() {
    return this.#entries.length;
  }

  [Symbol.iterator]() {
    return [...this.#entries][Symbol.iterator]();
  }

  /** @param {Posted} entry */
  add(entry) {
    this.#entries.push(entry);
    this.update(entry);
  }

  /**
   * Keep what changed in an entry.
   * @param {Posted} entry
   */
  update(entry) {
    try {
      localStorage.setItem(this.#prefix + entry.key, JSON.stringify(entry));
    } catch {
      this.durable = false;
    }
  }

  /** @param {string} key */
  remove(key) {
    const at = this.#entries.findIndex((entry) => entry.key === key);
    if (at < 0) return null;
    const [entry] = this.#entries.splice(at, 1);
    try {
      localStorage.removeItem(this.#prefix + key);
    } catch {
      this.durable = false;
    }
    return entry;
  }

  /** Ids of the samples that have an answer in here which no undo in here takes back. */
  answered() {
    const ids = new Set();
    for (const entry of this.#entries) {
      if (entry.aside) continue;
      const undo = entry.type === "undo";
      const given = entry.sample_ids ?? // of a page that is undone, or of what is redone
        entry.samples?.map((each) => each.sample_id) ?? [entry.sample_id];
      for (const id of given) undo ? ids.delete(id) : ids.add(id);
    }
    return ids;
  }

  #load() {
    try {
      const names = Object.keys(localStorage).filter((name) => name.startsWith(this.#prefix));
      for (const name of names) {
        const kept = localStorage.getItem(name);
        if (kept !== null) this.#entries.push(JSON.parse(kept)); // else another tab has settled it just now
      }
    } catch {
      this.durable = false;
    }
    this.#entries.sort((a, b) => a.made_at - b.made_at || a.seq - b.seq);
  }
}
