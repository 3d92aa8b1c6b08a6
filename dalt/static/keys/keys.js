// Which key means what: the one place that reads the table of keys.

/** By what it types, or by its place where the layout types something else. */
export function letterOf({ key, code }, known) {
  const typed = key.toLowerCase();
  if (/^[a-z0-9]$/.test(typed) || known.has(typed)) return typed;
  return /^(?:Key|Digit|Numpad)([A-Z0-9])$/.exec(code)?.[1].toLowerCase() ?? typed;
}

/** How a key is written on the page. */
export function keyText(key, words) {
  return key === "Space" ? words.say("space") : key.length === 1 ? key.toUpperCase() : key;
}

export class KeyTable {
  #classes; // key → index of its class
  #actions; // key → name of its action
  #keys;
  #words;
  #known;

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

  /** The name of the key of an event, as the project's settings write it. */
  nameOf(event) {
    if (event.key === "Enter") return "Enter";
    return event.key === " " ? "Space" : letterOf(event, this.#known);
  }

  /** The index of the class of a key, or undefined. */
  classOf(name) {
    return this.#classes.get(name);
  }

  /** What a key does beside choosing a class, or undefined. */
  actionOf(name) {
    return this.#classes.has(name) ? undefined : this.#actions.get(name);
  }

  /** The key of an action as the page shows it; empty if it has none. */
  shown(action) {
    return keyText(this.#keys[action] ?? "", this.#words);
  }
}
