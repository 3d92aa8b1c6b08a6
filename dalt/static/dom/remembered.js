// What this browser remembers of how a project is looked at; without storage, until a reload.

const WITHOUT_STORAGE = new Map(); // place → what is kept there

export class Remembered {
  #place;

  /** Of one project; without one, of the person at this browser, whatever the project. */
  constructor(project = null) {
    this.#place = project === null ? "dalt-view" : `dalt-view-${project}`;
  }

  get(name, otherwise) {
    return this.#values[name] ?? otherwise;
  }

  set(name, value) {
    // Read anew: other parts of the page keep things in the same place.
    const values = { ...this.#values, [name]: value };
    try {
      localStorage.setItem(this.#place, JSON.stringify(values));
    } catch {
      WITHOUT_STORAGE.set(this.#place, values);
    }
  }

  get #values() {
    const here = WITHOUT_STORAGE.get(this.#place);
    try {
      return here ?? JSON.parse(localStorage.getItem(this.#place)) ?? {};
    } catch {
      return here ?? {};
    }
  }
}
