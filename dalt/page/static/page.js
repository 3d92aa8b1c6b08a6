// The labelers' page as an anywidget: one engine for each model, one view for each place that shows it.

import { alone, el, followTheme, mark } from "./dom/dom.js";
import { followRoom } from "./dom/room.js";
import { coverSaved } from "./dom/saved.js";
import { Engine } from "./protocol/engine.js";
import { View } from "./views/view.js";

/** @import { Model } from "./types.js" */

/** @param {AbortSignal} signal */
function container(signal) {
  const root = el(alone() ? "main" : "section", "dalt", { "data-dalt": "page", tabindex: "0" });
  followTheme(root, signal);
  followRoom(root, signal);
  return root;
}

export default () => {
  /** @type {Engine | null} */
  let engine = null;
  return {
    /** @param {{ model: Model, signal: AbortSignal }} widget */
    initialize({ model, signal }) {
      if (!model.get("notice")) engine = new Engine(model, signal);
    },
    /** @param {{ model: Model, el: HTMLElement, signal: AbortSignal }} widget */
    render({ model, el: place, signal }) {
      const root = container(signal);
      place.classList.add("dalt-place");
      place.append(root);
      const cover = () => coverSaved(place, model.get("saved"));
      if (engine === null) {
        cover();
        mark(root, "data-state", "failed");
        root.append(
          el(
            "div",
            "dalt-message dalt-stop",
            { role: "alert" },
            el("p", "dalt-message-head", {}, model.get("heading") ?? ""),
            el("p", "", { dir: "auto" }, model.get("notice") ?? ""),
          ),
        );
        return;
      }
      // Where no kernel speaks, the picture says more than this page.
      if (engine.setup) cover();
      else engine.addEventListener("kernel:setup", cover, { signal });
      new View(engine, root, signal);
      engine.start();
    },
  };
};
