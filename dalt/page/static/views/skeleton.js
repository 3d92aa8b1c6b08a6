// What stands where the page will be, while the kernel starts.

import { el } from "../dom/dom.js";

/** @param {HTMLElement} waiting */
export function skeleton(waiting) {
  /** @param {string} name */
  const bone = (name) => el("div", `dalt-bone ${name}`);
  return el(
    "div",
    "dalt-skeleton",
    { role: "status" },
    waiting,
    bone("dalt-bone-sample"),
    bone("dalt-bone-strip"),
    bone("dalt-bone-classes"),
  );
}
