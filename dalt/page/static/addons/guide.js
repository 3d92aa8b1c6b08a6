// What a class means, beside its button: its guideline, and samples already labelled as it.
//
// It comes by hovering, by the keyboard's focus and by a long press, and goes by Esc.

import { closest, el, mark, put, within } from "../dom/dom.js";
import { pictured } from "../samples/thumbnails.js";

/** @import { AddonDesk, Examples, Small, Timer, Told } from "../types.js" */

const HOVER = 450; // ms
const PRESS = 500;
const AWAY = 8;
const CLASS = '[data-dalt="class"], [data-dalt="accept"], [data-dalt="candidate"]';

export class ClassGuide {
  /** @type {HTMLElement} */
  node;

  /** @type {AddonDesk} */
  #desk;
  #id = `dalt-guide-${crypto.randomUUID?.() ?? Math.random()}`;
  /** @type {HTMLElement | null} */
  #for = null; // the button it belongs to
  /** @type {string | null} */
  #name = null;
  /** @type {Timer | undefined} */
  #timer;
  /** @type {Map<string, (Small & { url?: string })[]>} */
  #examples = new Map(); // class → what its thumbnails show
  /** @type {string | null} */
  #asOf = null;
  #pressed = false;
  #parts = {
    name: el("strong", "", { dir: "auto" }),
    group: el("span", "dalt-guide-group", { dir: "auto" }),
    text: el("p", "", { dir: "auto" }),
    shown: el("div", "dalt-guide-examples", { "aria-hidden": "true" }),
    note: el("p", "dalt-guide-note"),
  };
  #ended = new AbortController();

  /** @param {AddonDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    const { name, group, text, shown, note } = this.#parts;
    this.node = el(
      "div",
      "dalt-guide",
      { role: "tooltip", id: this.#id, hidden: "", "data-dalt": "class-guide" },
      el("div", "dalt-guide-head", {}, name, group),
      text,
      shown,
      note,
    );
    /** @type {(target: EventTarget, type: string, does: (event: any) => void, more?: AddEventListenerOptions) => void} */
    const on = (target, type, does, more = {}) =>
      target.addEventListener(type, does, { signal: this.#ended.signal, ...more });
    on(desk.root, "pointerover", (event) => this.#over(event));
    on(desk.root, "pointerdown", (event) => this.#down(event));
    for (const type of ["pointerup", "pointercancel", "pointermove"]) {
      on(desk.root, type, (event) => event.pointerType === "touch" && clearTimeout(this.#timer));
    }
    on(desk.root, "click", (event) => this.#click(event), { capture: true });
    on(desk.root, "contextmenu", (event) => this.#pressed && event.preventDefault());
    on(desk.root, "focusin", (event) => this.#focus(event));
    on(desk.root, "focusout", () => this.#hide());
    on(document, "scroll", ({ target }) => this.#for && target !== this.node && this.#place(), { capture: true });
    on(desk.engine, "kernel:examples", ({ detail }) => this.#take(detail));
  }

  close() {
    this.#ended.abort();
    clearTimeout(this.#timer);
    this.#forget();
  }

  /** @param {KeyboardEvent} event */
  actionOf({ key }) {
    return key === "Escape" && !this.node.hidden ? () => this.#hide() : null;
  }

  /** @param {PointerEvent} event */
  #over({ target, pointerType }) {
    if (pointerType === "touch") return;
    clearTimeout(this.#timer);
    if (within(this.node, target)) return; // it can be read with the pointer on it
    const of = closest(target, CLASS);
    if (of && of === this.#for) return;
    this.#timer = setTimeout(() => (of ? this.#show(of) : this.#hide()), of ? HOVER : 150);
  }

  /** @param {PointerEvent} event */
  #down({ target, pointerType }) {
    this.#pressed = false;
    clearTimeout(this.#timer);
    const of = closest(target, CLASS);
    if (pointerType !== "touch" || !of) return;
    this.#timer = setTimeout(() => {
      this.#pressed = true;
      this.#show(of);
    }, PRESS);
  }

  /**
   * The click at the end of a long press is no answer.
   * @param {MouseEvent} event
   */
  #click(event) {
    if (this.#pressed) {
      event.preventDefault();
      event.stopPropagation();
      this.#pressed = false;
    } else if (!within(this.node, event.target)) this.#hide();
  }

  /** @param {FocusEvent} event */
  #focus({ target }) {
    const of = closest(target, CLASS);
    if (of?.matches(":focus-visible")) this.#show(of);
  }

  /** @param {HTMLElement} of */
  #show(of) {
    const name = of.dataset.class ?? of.dataset.label ?? "";
    const spec = this.#desk.setup.classes.find((each) => each.name === name);
    if (!spec || !of.isConnected) return;
    this.#hide();
    [this.#for, this.#name] = [of, name];
    mark(of, "aria-describedby", this.#id);
    put(this.#parts.name, name);
    put(this.#parts.group, spec.group ?? "");
    put(this.#parts.text, spec.description);
    this.#parts.text.hidden = !spec.description;
    this.node.style.setProperty("--chip", spec.colour);
    const asOf = `${this.#desk.engine.acknowledged}:${this.#desk.engine.standing?.n_labelled}`;
    if (asOf !== this.#asOf) this.#forget();
    this.#asOf = asOf;
    if (this.#examples.has(name)) this.#paint();
    else {
      this.#parts.shown.replaceChildren();
      put(this.#parts.note, "");
      this.#desk.engine.ask({ type: "examples", class: name });
    }
    this.node.hidden = false;
    this.#place();
  }

  #hide() {
    clearTimeout(this.#timer);
    this.#for?.removeAttribute("aria-describedby");
    this.#for = null;
    this.node.hidden = true;
  }

  #forget() {
    for (const { url } of [...this.#examples.values()].flat()) if (url) URL.revokeObjectURL(url);
    this.#examples.clear();
  }

  /** @param {Told<Examples>} told */
  #take({ message, buffers }) {
    this.#examples.set(
      message.class,
      message.examples.map((small) =>
        small.buffer === null
          ? small
          : { ...small, url: URL.createObjectURL(new Blob([buffers[small.buffer]], { type: small.mime })) },
      ),
    );
    if (this.#for && message.class === this.#name) this.#paint();
  }

  #paint() {
    const examples = this.#examples.get(this.#name ?? "") ?? [];
    const { words } = this.#desk;
    put(this.#parts.note, words.say(examples.length ? "examples" : "no_examples"));
    this.#parts.shown.replaceChildren(
      ...examples.map((small) => {
        const text = small.kind === "audio" ? "♪" : small.text;
        const view = small.url ? pictured(small.url) : el("span", "dalt-guide-text", { dir: "auto" }, text);
        return el("span", `dalt-guide-example dalt-guide-${small.kind}`, {}, view);
      }),
    );
    this.#place();
  }

  /** Below the button or above it, wherever there is room, and within the window. */
  #place() {
    const { style } = this.node;
    if (!this.#for) return;
    const at = this.#for.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.node;
    const below = at.bottom + AWAY;
    const top = Math.max(AWAY, below + height <= innerHeight - AWAY ? below : at.top - AWAY - height);
    style.top = `${top}px`;
    // Where something around the page makes "fixed" mean another place.
    const shift = top - this.node.getBoundingClientRect().top;
    if (shift) style.top = `${top + shift}px`;
    style.left = `${Math.max(AWAY, Math.min(at.left, innerWidth - width - AWAY))}px`;
  }
}
