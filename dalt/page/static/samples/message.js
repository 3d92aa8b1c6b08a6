// What stands where there is no sample to show, and what can be done about it.

import { button, el } from "../dom/dom.js";

/** @import { Engine, Words } from "../types.js" */

/**
 * Say `name`, one of the page's sentences, with its hint; where all is done, offer what was skipped.
 * @param {HTMLElement} node
 * @param {"done" | "empty" | "waiting" | "unsure" | "bare"} name
 * @param {Words} words
 * @param {Engine} engine
 */
export function putMessage(node, name, words, engine) {
  if (engine.noSamples && name !== "waiting") name = "bare";
  const offers = name === "done" && engine.skipped;
  const says = offers ? "done, skipped" : name;
  if (node.dataset.says === says) return; // said again, it would be read out again
  node.dataset.says = says;
  node.replaceChildren(el("p", "dalt-message-head", {}, words.say(name)));
  if (name !== "waiting") node.append(el("p", "", {}, words.say(`${name}_hint`)));
  if (!offers) return;
  node.append(
    button("dalt-quiet", "open-skipped", () => engine.ask({ type: "open_skipped" }), words.say("open_skipped")),
  );
}
