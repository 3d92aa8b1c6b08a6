// The owner's page's side of the line: what its kernel has said last, and what is on its way to it.

import { Comeback } from "../protocol/comeback.js";
import { Line } from "../protocol/line.js";
import { Thumbnails } from "../samples/thumbnails.js";

/** @import { Buffers, Engine, EngineTarget, FromOwner, FromPage, FromKernel, Model, Phrase, Postable, Small, ToOwner } from "../types.js" */

/** @typedef {Extract<ToOwner, { type: "owner_setup" }>} OwnerSetup */

/** Messages that show something which stays: who comes later hears the last one of each. */
const STAYS = /^owner_(?!setup|opened)/;

export class OwnerEngine extends /** @type {new () => EngineTarget} */ (/** @type {unknown} */ (EventTarget)) {
  /** @type {OwnerSetup | null} */
  setup = null;
  adjudicating = false; // whether disputes are being decided
  /** @type {"lost" | "rests" | null} */
  trouble = null;
  thumbnails = new Thumbnails();
  /** @type {Map<string, Record<string, string>>} */
  drafts = new Map(); // what is written and not saved yet, also while the page is built anew

  /** @type {Line} */
  #line;
  /** @type {Map<string, { message: ToOwner, buffers: Buffers }>} */
  #last = new Map(); // what was said last, by type and section
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /**
   * @param {Model} model
   * @param {AbortSignal} signal
   */
  constructor(model, signal) {
    super();
    this.#line = new Line(model, () => this.#changed());
    model.on("msg:custom", (message, buffers) =>
      this.#hear(/** @type {ToOwner} */ (/** @type {unknown} */ (message)), buffers ?? []),
    );
    model.on("comm_live_update", () => this.#timer && this.ask({ type: "heartbeat" }));
    new Comeback(/** @type {Engine} */ (/** @type {unknown} */ (this)), signal);
    const leave = () => this.#line.tell({ type: "bye" });
    const back = (/** @type {PageTransitionEvent} */ { persisted }) => persisted && this.ask({ type: "ready" });
    window.addEventListener("beforeunload", leave, { signal });
    window.addEventListener("pageshow", back, { signal });
    signal.addEventListener("abort", () => {
      leave();
      clearInterval(this.#timer);
      this.thumbnails.close();
    });
  }

  get offline() {
    return this.#line.offline;
  }

  /** When the kernel was last heard, by `performance.now()`. */
  get heardAt() {
    return this.#line.heardAt;
  }

  /** How much is not recorded yet. */
  get waiting() {
    return this.#line.outbox?.size ?? 0;
  }

  /** Called by the first view. */
  start() {
    if (this.#timer) return;
    this.#timer = setInterval(() => this.#tick(), 1_000);
    this.ask({ type: "ready" });
  }

  /**
   * Hear messages of one type, from the last one on; of sections that say one type each.
   * @template {ToOwner["type"]} T
   * @param {T} type
   * @param {(message: Extract<ToOwner, { type: T }>, buffers: Buffers) => void} does
   * @param {AbortSignal} signal
   */
  hear(type, does, signal) {
    const heard = /** @type {(message: ToOwner, buffers: Buffers) => void} */ (/** @type {unknown} */ (does));
    const listener = (/** @type {Event} */ event) => {
      const { message, buffers } = /** @type {CustomEvent} */ (event).detail;
      heard(message, buffers);
    };
    /** @type {EventTarget} */ (/** @type {unknown} */ (this)).addEventListener(`kernel:${type}`, listener, { signal });
    for (const { message, buffers } of this.#last.values()) if (message.type === type) heard(message, buffers);
  }

  /**
   * Send a message that may get lost.
   * @param {FromOwner} message
   */
  ask(message) {
    this.#line.ask(/** @type {FromPage} */ (message));
  }

  /**
   * Send what must not get lost; the kernel says `noted` to its key.
   * @param {Postable} message
   */
  post(message) {
    this.#line.post({ ...message, aside: true });
  }

  /** @param {"lost" | "rests"} trouble */
  lose(trouble) {
    this.trouble = trouble;
    this.#line.lose();
  }

  #tick() {
    if (this.#line.tick(1_000 * (this.setup?.heartbeat ?? 15))) {
      this.ask(this.setup === null || this.offline ? { type: "ready" } : { type: "heartbeat" });
    }
    this.#line.pump();
    this.#line.listen();
  }

  /**
   * @param {ToOwner} message
   * @param {Buffers} buffers
   */
  #hear(message, buffers) {
    this.#line.heard(/** @type {FromKernel} */ (message));
    this.trouble = null;
    if (message.type === "owner_setup") {
      this.setup = message;
      // Of its own: what the same person answers on a labeling page is not this kernel's.
      this.#line.open(`${message.project}:owner`, message.annotator);
    } else if (message.type === "noted") this.#settle(message.key);
    else if (message.type === "refused") {
      this.#settle(message.key);
      this.notify("refused", message.message);
    } else if (message.type === "failed") this.notify(message.key === null ? "mishap" : "trouble", message.message);
    const { entries } = /** @type {{ entries?: { sample_id: string, small?: Small }[] }} */ (message);
    if (entries && message.type.startsWith("owner_")) this.thumbnails.take(entries, buffers);
    if (STAYS.test(message.type)) {
      const { section = "" } = /** @type {{ section?: string }} */ (message);
      this.#last.set(`${message.type} ${section}`, { message, buffers });
    }
    this.dispatchEvent(new CustomEvent(`kernel:${message.type}`, { detail: { message, buffers } }));
    this.#line.pump();
    this.#changed();
  }

  /** @param {string | null} key */
  #settle(key) {
    if (key !== null) this.#line.outbox?.remove(key);
  }

  /**
   * Tell the person what went wrong.
   * @param {Phrase} name
   * @param {string} message
   */
  notify(name, message) {
    this.dispatchEvent(new CustomEvent("notice", { detail: { name, message, key: null } }));
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
