// Which key means what: the one place that reads the table of keys.

/** @import { Phrase, Task, Words } from "../types.js" */

/**
 * By what it types, or by its place where the layout types something else.
 * @param {Pick<KeyboardEvent, "key" | "code">} press
 * @param {Set<string>} known
 */
export function letterOf({ key, code }, known) {
  const typed = key.toLowerCase();
  if (/^[a-z0-9]$/.test(typed) || known.has(typed)) return typed;
  return /^(?:Key|Digit|Numpad)([A-Z0-9])$/.exec(code)?.[1].toLowerCase() ?? typed;
}

/**
 * How a key is written on the page.
 * @param {string} key
 * @param {Pick<Words, "say">} words
 */
export function keyText(key, words) {
  return key === "Space" ? words.say("space") : key.length === 1 ? key.toUpperCase() : key;
}

/** What opens the palette, as it is written on this machine's keys. */
export const PALETTE = /Mac|iPhone|iPad/.test(navigator.platform ?? "") ? "⌘ K" : "Ctrl K";

/**
 * Ctrl+K, and ⌘K where that is the habit.
 * @param {Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">} event
 */
export function opensPalette({ key, code, ctrlKey, metaKey, altKey, shiftKey }) {
  if (!(ctrlKey || metaKey) || altKey || shiftKey) return false;
  return key.toLowerCase() === "k" || (code === "KeyK" && !/^[a-z]$/i.test(key));
}

/**
 * What the key of accepting does: where several things make one answer, it submits them.
 * @param {Pick<Task, "task" | "several">} setup
 * @returns {Phrase}
 */
export function acceptPhrase({ task, several }) {
  if (task !== "classes") return "key_submit_spans";
  return several ? "key_submit" : "key_accept";
}

export class KeyTable {
  /** @type {Map<string, number>} */
  #classes; // key → index of its class
  /** @type {Map<string, string>} */
  #actions; // key → name of its action
  /** @type {Record<string, string>} */
  #keys;
  /** @type {Pick<Words, "say">} */
  #words;
  /** @type {Set<string>} */
  #known;

  /**
   * @param {Pick<Task, "classes" | "keys">} setup
   * @param {Pick<Words, "say">} words
   */
  constructor({ classes, keys = {} }, words) {
    this.#words = words;
    this.#keys = keys;
    this.#classes = new Map(classes.flatMap(({ key }, index) => (key ? [[key.toLowerCase(), index]] : [])));
    this.#actions = new Map(
      Object.entries(keys)
        .filter(([, key]) => key)
        .map(([action, key]) => [key, action]),
    );
    this.#known = new Set([...this.#classes.keys(), ...this.#actions.keys()]);
  }

  /**
   * The name of the key of an event, as the project's settings write it.
   * @param {Pick<KeyboardEvent, "key" | "code">} event
   */
  nameOf(event) {
    if (event.key === "Enter") return "Enter";
    return event.key === " " ? "Space" : letterOf(event, this.#known);
  }

  /**
   * The index of the class of a key, or undefined.
   * @param {string} name
   */
  classOf(name) {
    return this.#classes.get(name);
  }

  /**
   * What a key does beside choosing a class, or undefined.
   * @param {string} name
   */
  actionOf(name) {
    return this.#classes.has(name) ? undefined : this.#actions.get(name);
  }

  /**
   * The key of an action as the page shows it; empty if it has none.
   * @param {string} action
   */
  shown(action) {
    return keyText(this.#keys[action] ?? "", this.#words);
  }
}
