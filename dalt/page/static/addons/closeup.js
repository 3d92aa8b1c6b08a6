// A sample of a page to verify, looked at large: tiles show it reduced, or in part; the whole one comes then.

import { button, closest, cover, el, find, focused, mark, put } from "../dom/dom.js";
import { highlight, wordsOf } from "../dom/highlight.js";
import { Remembered } from "../dom/remembered.js";
import { picture } from "../samples/picture.js";
import { fill } from "../samples/prose.js";
import { buildSample } from "../samples/sample.js";
import { markSliver } from "../samples/sliver.js";
import { togglePlay } from "../samples/sound.js";

/** @import { Action, AddonDesk, Full, Sample, Timer, Told } from "../types.js" */

const LONG_PRESS = 500; // ms
const SWIPE = 60; // pixels that a finger goes sideways, to the neighbour
const HIGHLIGHT = "dalt-words-looked-at";
/** @type {Record<string, number>} */
const WAYS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 };
/** @type {Record<string, number>} */
const SCROLL = { ArrowUp: -0.15, ArrowDown: 0.15, PageUp: -0.9, PageDown: 0.9, Home: -1e6, End: 1e6 };

export class CloseUp {
  /** @type {HTMLElement} */
  node;
  open = false;

  /** @type {AddonDesk} */
  #desk;
  /** @type {Sample | null} */
  #sample = null;
  /** @type {string | null} */
  #url = null; // of the whole picture
  /** @type {HTMLElement | null} */
  #from = null; // what had the focus
  #moved = false; // a neighbour is looked at
  /** @type {Timer | undefined} */
  #timer;
  #pressed = false;
  /** @type {{ x: number, y: number } | null} */
  #finger = null; // where one came down
  #place = el("div", "dalt-closeup-place");
  #said = el("p", "dalt-closeup-said", { role: "status" });
  /** @type {Record<"close" | "before" | "after", HTMLButtonElement>} */
  #buttons;
  #ended = new AbortController();

  /** @param {AddonDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    const { say } = desk.words;
    this.#buttons = {
      before: button("dalt-quiet", "closeup-before", () => this.#go(-1), "←"),
      after: button("dalt-quiet", "closeup-after", () => this.#go(1), "→"),
      close: button("dalt-quiet", "closeup-close", () => this.#hide(), say("close"), el("kbd", "", {}, "Esc")),
    };
    const { before, after, close } = this.#buttons;
    mark(before, "aria-label", say("closeup_before"));
    mark(after, "aria-label", say("closeup_after"));
    this.node = el(
      "div",
      "dalt-closeup",
      { hidden: "", role: "dialog", "aria-modal": "true", "aria-label": say("closeup"), "data-dalt": "closeup" },
      this.#place,
      el("div", "dalt-closeup-bar", {}, before, this.#said, after, close),
    );
    this.#listen();
  }

  #listen() {
    const { root, engine } = this.#desk;
    const { signal } = this.#ended;
    this.node.addEventListener("click", ({ target }) => {
      // What is read, or played, is not left by a click into it.
      if (!closest(target, ".dalt-closeup-bar, .dalt-text, .dalt-rows, .dalt-audio")) this.#hide();
    });
    this.node.addEventListener("pointerdown", ({ pointerType, isPrimary, clientX: x, clientY: y }) => {
      this.#finger = pointerType === "touch" && isPrimary ? { x, y } : null;
    });
    this.node.addEventListener("pointerup", (event) => this.#swiped(event));
    /**
     * @template {keyof HTMLElementEventMap} K
     * @param {K} name
     * @param {(event: HTMLElementEventMap[K]) => void} handler
     * @param {AddEventListenerOptions} [more]
     */
    const on = (name, handler, more = {}) => root.addEventListener(name, handler, { signal, ...more });
    on("click", (event) => this.#clicked(event), { capture: true });
    on("pointerdown", (event) => this.#down(event));
    for (const name of /** @type {const} */ (["pointerup", "pointercancel", "pointermove"]))
      on(name, () => clearTimeout(this.#timer));
    on("contextmenu", (event) => this.#pressed && event.preventDefault());
    engine.addEventListener("kernel:full", ({ detail }) => this.#full(detail), { signal });
  }

  close() {
    this.#ended.abort();
    clearTimeout(this.#timer);
    if (this.open) this.#hide();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {string} letter
   * @returns {Action | null}
   */
  actionOf({ key, target }, letter) {
    const { engine, keys, taken, root } = this.#desk;
    if (this.open) return this.#whileOpen(key, target) ?? (keys.actionOf(letter) === "help" ? () => {} : null);
    if (engine.mode !== "verify" || (key !== "+" && key !== "=") || taken(letter)) return null;
    if (root.querySelector(":scope > [inert]")) return null; // something covers the page
    const id = this.#desk.current()?.id ?? find(root, ".dalt-tile:hover")?.dataset.sampleId;
    return id === undefined ? null : () => this.#show(id);
  }

  /**
   * @param {string} key
   * @param {EventTarget | null} target
   * @returns {Action | null}
   */
  #whileOpen(key, target) {
    /** @param {Action} action */
    const again = (action) => Object.assign(action, { repeats: true });
    const sound = this.#place.querySelector("audio");
    if (key === " " && sound) return () => togglePlay(sound);
    if (["Escape", "+", "=", "-"].includes(key)) return () => this.#hide();
    if (key === " " && !closest(target, "button:not([data-dalt=closeup-close])")) return () => this.#hide();
    const scroller = find(this.#place, "[data-scroll]");
    const scrolls = scroller && scroller.scrollHeight > scroller.clientHeight;
    if (scrolls && key in SCROLL) {
      return again(() => scroller.scrollBy({ top: SCROLL[key] * scroller.clientHeight }));
    }
    return key in WAYS ? again(() => this.#go(WAYS[key])) : null;
  }

  // --- pointer

  /** @param {MouseEvent} event */
  #clicked(event) {
    const look = closest(event.target, '[data-dalt="look"]');
    // The click at the end of a long press says nothing of the sample.
    if (!look && !this.#pressed) return;
    event.stopPropagation();
    event.preventDefault();
    if (look && !this.#pressed) this.#show(closest(look, ".dalt-tile")?.dataset.sampleId);
    this.#pressed = false;
  }

  /** @param {PointerEvent} event */
  #down({ target, pointerType }) {
    this.#pressed = false;
    clearTimeout(this.#timer);
    const tile = closest(target, ".dalt-tile");
    if (pointerType !== "touch" || !tile || closest(target, "audio")) return;
    this.#timer = setTimeout(() => {
      this.#pressed = true;
      this.#show(tile.dataset.sampleId);
    }, LONG_PRESS);
  }

  /** @param {PointerEvent} event */
  #swiped({ clientX, clientY }) {
    const from = this.#finger;
    this.#finger = null;
    if (!from || this.#pressed) return;
    const [x, y] = [clientX - from.x, clientY - from.y];
    if (Math.abs(x) > SWIPE && Math.abs(x) > 2 * Math.abs(y)) this.#go(x < 0 ? 1 : -1);
  }

  // --- looking

  /** Those that can be looked at, in their order on the page. */
  get #samples() {
    return (this.#desk.engine.pages[0]?.samples ?? []).filter(({ trouble }) => !trouble);
  }

  /** @param {string | undefined} id */
  #show(id) {
    const { root } = this.#desk;
    const sample = this.#samples.find((each) => each.id === id);
    if (!sample) return;
    this.#from = focused();
    this.#moved = false;
    this.open = true;
    this.node.hidden = false;
    cover(root, true, this.node);
    this.#buttons.close.focus({ preventScroll: true });
    this.#look(sample);
  }

  /**
   * To the neighbour; at either end nothing happens.
   * @param {number} way
   */
  #go(way) {
    const samples = this.#samples;
    const at = this.#sample ? samples.indexOf(this.#sample) : -1;
    const next = at < 0 ? undefined : samples[at + way];
    if (!next) return;
    this.#moved = true;
    this.#look(next);
  }

  /** @param {Sample} sample */
  #look(sample) {
    const { engine, words } = this.#desk;
    this.#forget();
    this.#sample = sample;
    const { kind, reduced } = sample.display;
    const made =
      kind === "image"
        ? picture(sample, words, () => this.#sample === sample && this.#put(made.node))
        : buildSample(sample, words, () => {});
    this.#put(made.node);
    mark(this.node, "data-kind", kind);
    mark(this.node, "data-full", reduced ? null : "");
    if (reduced) engine.ask({ type: "full", sample_id: sample.id });
    this.#tell(sample);
  }

  /** @param {HTMLElement} node */
  #put(node) {
    this.#place.replaceChildren(node);
    markSliver(node);
    if (this.#sample?.display.kind !== "image") this.#highlight();
  }

  #highlight() {
    const words = wordsOf(new Remembered(this.#desk.setup.project).get("words", ""));
    highlight(this.#place, words, HIGHLIGHT);
  }

  /** @param {Sample} sample */
  #tell(sample) {
    const { engine, words, root } = this.#desk;
    const samples = this.#samples;
    const at = samples.indexOf(sample);
    const tile = find(root, `.dalt-tile[data-sample-id="${CSS.escape(sample.id)}"]`);
    const said = tile?.dataset.class ?? (tile?.dataset.said === "out" ? null : engine.pages[0]?.label);
    put(
      this.#said,
      words.say("closeup_at", {
        at: words.number(at + 1),
        n: words.number(samples.length),
        said: said ?? words.say("tile_out"),
      }),
    );
    this.#buttons.before.disabled = at <= 0;
    this.#buttons.after.disabled = at >= samples.length - 1;
  }

  /** @param {Told<Full>} told */
  #full({ message, buffers }) {
    const sample = this.#sample;
    if (sample?.id !== message.sample_id) return;
    if (sample.display.kind === "text") {
      Object.assign(sample.display, { text: message.text, reduced: false });
      const text = find(this.#place, ".dalt-text");
      if (text) fill(text, message.text);
      this.#highlight();
      mark(this.node, "data-full", "");
    } else if (buffers.length && !this.#url) this.#whole(sample, new Blob([buffers[0]], { type: message.mime }));
  }

  /**
   * Put the whole picture in the place of the reduced one, once it is decoded.
   * @param {Sample} sample
   * @param {Blob} blob
   */
  #whole(sample, blob) {
    const url = URL.createObjectURL(blob);
    const image = this.#place.querySelector("img");
    const whole = new Image();
    whole.src = url;
    whole
      .decode()
      .then(() => {
        if (this.#sample !== sample || !image) throw new Error("closed");
        image.src = this.#url = url;
        mark(this.node, "data-full", "");
      })
      .catch(() => URL.revokeObjectURL(url));
  }

  #forget() {
    this.#place.replaceChildren();
    highlight(null, [], HIGHLIGHT);
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = null;
  }

  #hide() {
    const { root } = this.#desk;
    const id = this.#moved ? this.#sample?.id : undefined;
    cover(root, false);
    this.open = false;
    this.node.hidden = true;
    this.#sample = null;
    this.#forget();
    // The keys speak of what was looked at last.
    const seen = id && find(root, `.dalt-tile[data-sample-id="${CSS.escape(id)}"] .dalt-tile-said`);
    const back = seen || (this.#from?.isConnected ? this.#from : root);
    back.focus({ preventScroll: !seen });
  }
}
