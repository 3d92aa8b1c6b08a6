// One file from the kernel, part by part, saved by the browser.

/** @import { FromOwner } from "../types.js" */
/** @import { OwnerEngine } from "./engine.js" */

const STALLED = 10_000; // ms without a part, until it is asked for again

export class Download {
  #engine;
  #key;
  #size;
  /** @type {Blob[]} */
  #parts = [];
  #got = 0;
  #timer;

  /**
   * @param {OwnerEngine} engine
   * @param {string} key
   * @param {number} size
   */
  constructor(engine, key, size) {
    this.#engine = engine;
    this.#key = key;
    this.#size = size;
    this.#timer = setInterval(() => this.#ask(), STALLED);
    this.#ask();
  }

  /** How much of it is here, from 0 to 1. */
  get share() {
    return this.#size ? this.#got / this.#size : 1;
  }

  /**
   * Take a part; the file once it is whole, else null.
   * @param {{ at: number, last: boolean }} message
   * @param {DataView<ArrayBuffer>[]} buffers
   * @returns {Blob | null}
   */
  take({ at, last }, buffers) {
    if (at !== this.#got) return null; // said twice
    const [part] = buffers;
    if (part) {
      this.#parts.push(new Blob([part]));
      this.#got += part.byteLength;
    }
    if (last) {
      this.close();
      return new Blob(this.#parts, { type: "application/octet-stream" });
    }
    this.#ask();
    return null;
  }

  close() {
    clearInterval(this.#timer);
  }

  #ask() {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#ask(), STALLED);
    this.#engine.ask(/** @type {FromOwner} */ ({ type: "export_part", key: this.#key, at: this.#got }));
  }
}

/**
 * Let the browser save a file.
 * @param {HTMLAnchorElement} link
 * @param {Blob} file
 * @param {string} name
 */
export function save(link, file, name) {
  if (link.href) URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
}
