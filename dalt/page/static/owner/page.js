// The owner's page as an anywidget: one engine for each model, one view for each place that shows it.

import { alone, el, followTheme } from "../dom/dom.js";
import { coverSaved } from "../dom/saved.js";
import { OwnerEngine } from "./engine.js";
import { OwnerView } from "./view.js";

/** @import { Model } from "../types.js" */

export default () => {
  /** @type {OwnerEngine} */
  let engine;
  return {
    /** @param {{ model: Model, signal: AbortSignal }} widget */
    initialize({ model, signal }) {
      engine = new OwnerEngine(model, signal);
    },
    /** @param {{ model: Model, el: HTMLElement, signal: AbortSignal }} widget */
    render({ model, el: place, signal }) {
      const root = el(alone() ? "main" : "section", "dalt dalt-owner", { "data-dalt": "owner", tabindex: "-1" });
      followTheme(root, signal);
      place.classList.add("dalt-place");
      place.append(root);
      // Where no kernel speaks, the picture says more than this page.
      const cover = () => coverSaved(place, model.get("saved"));
      if (engine.setup) cover();
      else engine.hear("owner_setup", cover, signal);
      new OwnerView(engine, root, signal);
      engine.start();
    },
  };
};
