// What this browser remembers of how a project is looked at; without storage, until a reload.

/** @type {Map<string, Record<string, any>>} */
const WITHOUT_STORAGE = new Map(); // place → what is kept there

export class Remembered {
  /** @type {string} */
  #place;

  /** Of one project; without one, of the person at this browser, whatever the project. */
  constructor(/** @type {string | null} */ project = null) {
    this.#place = project === null ? "dalt-view" : `dalt-view-${project}`;
  }

  /**
   * What is kept by a name, of the kind of what it is `otherwise`.
   * @template T
   * @param {string} name
   * @param {T} otherwise
   * @returns {T}
   */
  get(name, otherwise) {
    return this.#values[name] ?? otherwise;
  }

  /**
   * @param {string} name
   * @param {unknown} value
   */
  set(name, value) {
    // Read anew: other parts of the page keep things in the same place.
    const values = { ...this.#values, [name]: value };
    try {
      localStorage.setItem(this.#place, JSON.stringify(values));
    } catch {
      WITHOUT_STORAGE.set(this.#place, values);
    }
  }

  /** @returns {Record<string, any>} As JSON has it: whoever asks says of what kind it is. */
  get #values() {
    const here = WITHOUT_STORAGE.get(this.#place);
    try {
      return here ?? JSON.parse(localStorage.getItem(this.#place) ?? "{}");
    } catch {
      return here ?? {};
    }
  }
}
