// What stands in the place of a sample that cannot be shown.

import { el } from "../dom/dom.js";

/** @param {string} message */
export function trouble(message) {
  return el("p", "dalt-broken", { dir: "auto" }, message);
}
