// Names of classes where there is little room: what tells them apart stays in sight.

import { el, mark, put } from "../dom/dom.js";

/** @import { ClassSpec } from "../types.js" */

/** @typedef {[from: number, to: number]} Cut Of a name. */

const SHARED = 12; // characters that names begin with in common: short places show no more
const WORD = 16; // characters at most of what tells them apart
const LONG = 20; // from so many on, pointing at a name shows it whole

export class Names {
  /** @type {Map<string, Cut[]>} */
  #parts = new Map(); // name → where it is cut, [from, to] of each word that stays in sight

  /** @param {ClassSpec[]} classes */
  constructor(classes) {
    /** @type {Map<string, string[]>} */
    const alike = new Map();
    for (const { name } of classes) {
      const start = name.slice(0, SHARED);
      alike.set(start, [...(alike.get(start) ?? []), name]);
    }
    for (const names of alike.values()) {
      for (const name of names) {
        const places = new Set(names.filter((other) => other !== name).map((other) => common(name, other)));
        const words = wordsAt(
          name,
          [...places].sort((a, b) => a - b),
        );
        if (words.length) this.#parts.set(name, words);
      }
    }
  }

  /**
   * Put a name in; of one longer than `room` what tells it apart is never cut off.
   * @param {HTMLElement} node
   * @param {string} name
   */
  put(node, name, room = 0) {
    const words = name.length > room ? this.#parts.get(name) : undefined;
    mark(node, "title", name.length > LONG ? name : null);
    if (node.classList.contains("dalt-parted") !== Boolean(words)) node.classList.toggle("dalt-parted", Boolean(words));
    if (!words) put(node, name);
    else if (node.textContent !== name || !node.firstElementChild) node.replaceChildren(...parted(name, words));
  }

  /**
   * In so many characters, where there is room for no more.
   * @param {string} name
   * @param {number} most
   */
  short(name, most) {
    if (name.length <= most) return name;
    const words = this.#parts.get(name);
    if (!words) return `${name.slice(0, most - 1)}…`;
    const kept = words.map(([from, to]) => name.slice(from, to).trim()).join("…");
    return `${name.slice(0, Math.max(3, most - kept.length - 1)).trimEnd()}…${kept}`;
  }
}

/**
 * How many characters two names begin with in common.
 * @param {string} one
 * @param {string} other
 */
function common(one, other) {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}

/**
 * The words at some places of a name.
 * @param {string} name
 * @param {number[]} places
 */
function wordsAt(name, places) {
  /** @type {Cut[]} */
  const words = [];
  for (const place of places) {
    if (place >= name.length || place < (words.at(-1)?.[1] ?? 0)) continue;
    const begins = name.lastIndexOf(" ", place) + 1;
    const from = Math.max(place - begins < WORD / 2 ? begins : place, words.at(-1)?.[1] ?? 0);
    const ends = name.slice(place).search(/[\s,;()]/);
    const to = Math.min(ends < 0 ? name.length : place + Math.max(1, ends), from + WORD);
    words.push([from, name[to] === " " ? to + 1 : to]);
  }
  return words;
}

/**
 * @param {string} name
 * @param {Cut[]} words
 */
function parted(name, words) {
  let at = 0;
  const parts = words.flatMap(([from, to]) => {
    const both = [el("span", "", {}, name.slice(at, from)), el("b", "", {}, name.slice(from, to))];
    at = to;
    return both;
  });
  return [...parts, el("span", "", {}, name.slice(at))].filter((part) => part.textContent);
}
