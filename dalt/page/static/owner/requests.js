// What an owner changes: each request has a key, by which the kernel's reply is known.

/** @import { FromOwner, OwnerDesk, ToOwner } from "../types.js" */

/** @typedef {Extract<ToOwner, { type: "edited" }>} Edited */
/** @typedef {Extract<ToOwner, { type: "edit_refused" }>} EditRefused */
/** @typedef {FromOwner extends infer M ? M extends { key: string, type: Editing } ? Omit<M, "key"> : never : never} Request */
/** @typedef {"edit_guideline" | "edit_class" | "new_class" | "drop_class" | "order_classes" | "add_account" | "renew_account" | "drop_account"} Editing */

const WITHIN = 20_000; // ms, until a reply that does not come counts as lost

/** A key that nobody else uses. */
export function newKey() {
  return crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
}

export class Requests {
  #engine;
  #lost;
  /** @type {Map<string, (reply: Edited | EditRefused) => void>} */
  #waiting = new Map();

  /** @param {OwnerDesk} desk */
  constructor({ engine, words, signal }) {
    this.#engine = engine;
    this.#lost = words.tell("not_answered");
    engine.hear("edited", (reply) => this.#hear(reply), signal);
    engine.hear("edit_refused", (reply) => this.#hear(reply), signal);
  }

  /**
   * Ask for a change; what comes of it, a refusal too.
   * @param {Request} request
   * @returns {Promise<Edited | EditRefused>}
   */
  make(request) {
    const key = newKey();
    return new Promise((settle) => {
      const late = setTimeout(
        () => this.#hear({ type: "edit_refused", key, message: this.#lost, changed: false }),
        WITHIN,
      );
      this.#waiting.set(key, (reply) => {
        clearTimeout(late);
        settle(reply);
      });
      this.#engine.ask(/** @type {FromOwner} */ ({ ...request, key }));
    });
  }

  /** @param {Edited | EditRefused} reply */
  #hear(reply) {
    const settle = this.#waiting.get(reply.key);
    this.#waiting.delete(reply.key);
    settle?.(reply);
  }
}
