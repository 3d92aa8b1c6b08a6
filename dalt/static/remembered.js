// What this browser remembers of how a project is looked at; without storage, until a reload.

export class Remembered {
  #place;
  #values = {};

  constructor(project) {
    this.#place = `dalt-view-${project}`;
    try {
      this.#values = JSON.parse(localStorage.getItem(this.#place)) ?? {};
    } catch { /* nothing is remembered then */ }
  }

  get(name, otherwise) {
    return this.#values[name] ?? otherwise;
  }

  set(name, value) {
    this.#values[name] = value;
    try {
      localStorage.setItem(this.#place, JSON.stringify(this.#values));
    } catch { /* no storage, or none left */ }
  }
}
