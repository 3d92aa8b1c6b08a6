// The owner's page as an anywidget: one engine for each model, one view for each place that shows it.

import { alone, el, followTheme } from "../dom/dom.js";
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
    render({ el: place, signal }) {
      const root = el(alone() ? "main" : "section", "dalt dalt-owner", { "data-dalt": "owner", tabindex: "-1" });
      followTheme(root, signal);
      place.classList.add("dalt-place");
      place.append(root);
      new OwnerView(engine, root, signal);
      engine.start();
    },
  };
};
