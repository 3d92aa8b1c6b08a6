// What stands where there is no sample to show, and what can be done about it.

import { alone, button, el, mayCommand } from "../dom/dom.js";

/** @import { Engine, Phrase, Words } from "../types.js" */

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
  const hint = name === "waiting" ? null : hintOf(name, engine);
  const says = offers ? "done, skipped" : `${name} ${hint}`;
  if (node.dataset.says === says) return; // said again, it would be read out again
  node.dataset.says = says;
  node.replaceChildren(el("p", "dalt-message-head", {}, words.say(name)));
  if (hint) node.append(el("p", "", {}, words.say(hint)));
  if (!offers) return;
  node.append(
    button("dalt-quiet", "open-skipped", () => engine.ask({ type: "open_skipped" }), words.say("open_skipped")),
  );
}

/**
 * What can be done about it, by whoever reads it.
 * @param {"done" | "empty" | "unsure" | "bare"} name
 * @param {Engine} engine
 * @returns {Phrase}
 */
function hintOf(name, { elsewhere, setup }) {
  if (name === "empty" && elsewhere) return "empty_own_hint";
  if (name === "bare" && mayCommand(setup?.owner)) return "bare_owner_hint";
  return `${name}_hint`;
}

/**
 * What stands in the page's place when its kernel is gone.
 * @param {Words} words
 */
export function farewell({ say }) {
  return `${say("offline")} ${say(alone() ? "offline_reload" : "offline_lab")}`;
}
