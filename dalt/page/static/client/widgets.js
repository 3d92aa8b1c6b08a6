// DALT's widgets on a page: their scripts, begun once for each model and shown in each place.

import { el } from "../dom/dom.js";

/** @import { Models, State } from "./models.js" */

/** @typedef {{ initialize?: (given: object) => unknown, render?: (given: object) => unknown }} Script */
/** @typedef {{ default: Script | (() => Script | Promise<Script>) }} Module */

export class Widgets {
  /** @type {Models} */
  #models;
  /** @type {Map<string, Promise<Module>>} */
  #modules = new Map(); // by their texts
  /** @type {Map<string, Promise<Script>>} */
  #begun = new Map(); // by the ids of models: one that is shown twice is begun once
  /** @type {Map<string, AbortController>} */
  #lives = new Map();

  /** @param {Models} models */
  constructor(models) {
    this.#models = models;
    models.closed = (id) => this.#lives.get(id)?.abort();
  }

  /**
   * @param {string} id
   * @param {State} state
   * @param {HTMLElement} place
   */
  async show(id, state, place) {
    const model = this.#models.model(id, state);
    const { signal } = this.#life(id);
    signal.addEventListener("abort", () => place.remove());
    const begun = this.#begun.get(id) ?? this.#begin(state, { model, signal });
    this.#begun.set(id, begun);
    await (await begun).render?.({ model, el: place, signal });
  }

  /** All of them are over. */
  close() {
    for (const life of this.#lives.values()) life.abort();
  }

  /** @param {string} id */
  #life(id) {
    const life = this.#lives.get(id) ?? new AbortController();
    this.#lives.set(id, life);
    return life;
  }

  /**
   * @param {State} state
   * @param {object} given
   */
  async #begin(state, given) {
    if (state._css) document.head.append(el("style", "", {}, state._css));
    const { default: made } = await this.#module(state._esm);
    const widget = typeof made === "function" ? await made() : made;
    await widget.initialize?.(given);
    return widget;
  }

  /** @param {string} text */
  #module(text) {
    const known = this.#modules.get(text);
    if (known) return known;
    const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const module = import(address).finally(() => URL.revokeObjectURL(address));
    this.#modules.set(text, module);
    return module;
  }
}
