// Small pictures of samples, kept while a panel that shows them is there.

import { el, put } from "../dom/dom.js";
import { markSliver } from "./sliver.js";

/** @import { Buffers, Small } from "../types.js" */

export class Thumbnails {
  /** @type {Map<string, Small & { url?: string }>} */
  #small = new Map(); // sample id → what its thumbnail shows

  /** Ids of those that need not be sent again. */
  get known() {
    return [...this.#small.keys()];
  }

  /**
   * Keep what came with the entries of a list.
   * @param {{ sample_id: string, small?: Small & { url?: string } }[]} entries
   * @param {Buffers} buffers
   */
  take(entries, buffers) {
    for (const { sample_id: id, small } of entries) {
      if (!small) continue;
      if (small.buffer !== null) {
        small.url = URL.createObjectURL(new Blob([buffers[small.buffer]], { type: small.mime }));
      }
      this.#small.set(id, small);
    }
  }

  /** @param {string} id */
  kind(id) {
    return this.#small.get(id)?.kind ?? "text";
  }

  /**
   * An element that shows a sample small.
   * @param {string} id
   */
  view(id) {
    const small = this.#small.get(id);
    return el("span", "dalt-small-view", {}, small?.url ? pictured(small.url) : written(small));
  }

  close() {
    for (const { url } of this.#small.values()) if (url) URL.revokeObjectURL(url);
  }
}

/**
 * @param {string} url
 */
export function pictured(url) {
  const view = new Image();
  view.addEventListener("load", () => markSliver(view));
  view.src = url;
  view.alt = "";
  view.draggable = false;
  return view;
}

/**
 * @param {Small | undefined} small
 */
function written(small) {
  const view = el("span", "dalt-small-text", { dir: "auto" });
  put(view, small?.kind === "audio" ? "♪" : (small?.text ?? ""));
  return view;
}
