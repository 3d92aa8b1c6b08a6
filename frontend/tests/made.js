// Samples, classes and tasks as the kernel would send them, for tests.

/** @import { ClassSpec, Region, Sample } from "../../dalt/page/static/types.js" */

/**
 * @param {string} id
 * @param {Partial<Sample>} [more]
 * @returns {Sample}
 */
export function sample(id, more = {}) {
  return {
    id,
    suggestion: { snapshot: null, classes: [], probabilities: [] },
    trouble: null,
    display: { kind: "text", buffer: null, text: "" },
    ...more,
  };
}

/**
 * @param {string} name
 * @param {Partial<ClassSpec>} [more]
 * @returns {ClassSpec}
 */
export function spec(name, more = {}) {
  return { name, description: "", key: name[0], colour: "#000000", group: null, formerly: [], ...more };
}

/**
 * A box in a picture.
 * @param {string} label
 * @param {number} left
 * @param {number} top
 * @returns {Region}
 */
export function box(label, left, top, side = 10) {
  return {
    shape: "box",
    label,
    points: [
      [left, top],
      [left + side, top + side],
    ],
  };
}

/**
 * What is asked of the kernel.
 * @returns {{ asked: any[], ask: (message: object) => void }}
 */
export function kernel() {
  /** @type {object[]} */
  const asked = [];
  return { asked, ask: (message) => asked.push(message) };
}
