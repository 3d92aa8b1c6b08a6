// Small pictures of samples, kept while a panel that shows them is there.

import { el, put } from "../dom/dom.js";

export class Thumbnails {
  #small = new Map(); // sample id → what its thumbnail shows

  /** Ids of those that need not be sent again. */
  get known() {
    return [...this.#small.keys()];
  }

  /** Keep what came with the entries of a list. */
  take(entries, buffers) {
    for (const { sample_id: id, small } of entries) {
      if (!small) continue;
      if (small.buffer !== null) {
        small.url = URL.createObjectURL(new Blob([buffers[small.buffer]], { type: small.mime }));
      }
      this.#small.set(id, small);
    }
  }

  kind(id) {
    return this.#small.get(id)?.kind ?? "text";
  }

  /** An element that shows a sample small. */
  view(id) {
    const small = this.#small.get(id);
    const view = small?.url ? new Image() : el("span", "dalt-small-text", { dir: "auto" });
    if (small?.url) {
      view.src = small.url;
      view.alt = "";
      view.draggable = false;
    } else put(view, small?.kind === "audio" ? "♪" : (small?.text ?? ""));
    return el("span", "dalt-small-view", {}, view);
  }

  close() {
    for (const { url } of this.#small.values()) if (url) URL.revokeObjectURL(url);
  }
}
