// How the sample on screen is looked at: zoom and contrast of pictures, highlighted words of
// texts, the speed of sounds.  Remembered in this browser for each project.

import { button, closest, controls, el, find, hide, mark, put, takesText } from "../dom/dom.js";
import { highlight, reveal, wordsOf } from "../dom/highlight.js";
import { Remembered } from "../dom/remembered.js";
import { fill } from "../samples/prose.js";
import { Zoom } from "../samples/zoom.js";
import { Peek } from "./peek.js";
import { SoundTools } from "./soundtools.js";

/** @import { Action, AddonDesk, Full, Phrase, Sample, Told } from "../types.js" */

/**
 * @typedef {Record<"image" | "text" | "audio" | "panel" | "found" | "scale" | "adjust" | "more" | "rest" | "size", HTMLElement>
 *   & Record<"words" | "contrast" | "brightness", HTMLInputElement>} Parts
 */

/** @type {Record<string, [number, number]>} */
const PAN = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
const ENOUGH = 1.02; // screen pixels for one of a reduced picture: more of them ask for the full one

export class Viewing {
  /** @type {HTMLElement} */
  tools;

  /** @type {AddonDesk} */
  #desk;
  /** @type {Remembered} */
  #kept;
  /** @type {HTMLElement | null} */
  #found = null; // the stage, once the page is painted
  /** @type {Sample | null} */
  #sample = null;
  /** @type {Zoom | null} */
  #zoom = null;
  /** @type {Set<string>} */
  #taken;
  #parts = /** @type {Parts} */ ({});
  #ended = new AbortController();
  /** @type {Peek} */
  #peek;
  /** @type {SoundTools} */
  #sounds;

  /** @param {AddonDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    this.#kept = new Remembered(desk.setup.project);
    this.#taken = new Set(desk.setup.classes.map(({ key }) => key.toLowerCase()));
    const { signal } = this.#ended;
    this.#peek = new Peek(desk, () => this.#zoom, signal);
    this.#sounds = new SoundTools(
      desk,
      this.#kept,
      {
        button: (dalt, name, onClick, ...children) => this.#button(dalt, name, onClick, ...children),
        toggle: (name, changed) => this.#toggle(name, changed),
      },
      signal,
    );
    this.#parts.audio = this.#sounds.node;
    this.tools = el(
      "div",
      "dalt-tools",
      { "data-dalt": "tools", role: "toolbar", "aria-label": desk.words.say("view") },
      this.#pictureTools(),
      this.#textTools(),
      this.#sounds.node,
    );
    // What is typed into a field here is not for the notebook around the page.
    this.tools.addEventListener("keydown", (event) => this.#typed(event));
    this.#filter();
    desk.engine.addEventListener("kernel:full", ({ detail }) => this.#full(detail), { signal: this.#ended.signal });
  }

  close() {
    this.#ended.abort();
    highlight(null, []);
  }

  // --- building

  /**
   * @param {string} dalt
   * @param {Phrase} name
   * @param {() => void} onClick
   * @param {...(Node | string)} children
   */
  #button(dalt, name, onClick, ...children) {
    const made = button("dalt-quiet dalt-tool", dalt, onClick, ...children);
    made.setAttribute("aria-label", this.#desk.words.say(name));
    made.title = this.#desk.words.say(name);
    return made;
  }

  /**
   * A button that stays pressed and is remembered.
   * @param {"zoom_lock" | "autoplay" | "loop"} name
   * @param {() => void} [changed]
   * @param {string} [text]
   */
  #toggle(name, changed, text) {
    const made = this.#button(
      name,
      name,
      () => {
        this.#kept.set(name, !this.#kept.get(name, false));
        mark(made, "aria-pressed", this.#kept.get(name, false));
        changed?.();
      },
      text ?? this.#desk.words.say(name),
    );
    mark(made, "aria-pressed", this.#kept.get(name, false));
    return made;
  }

  #pictureTools() {
    const { say } = this.#desk.words;
    const parts = this.#parts;
    parts.scale = this.#button("zoom-reset", "zoom_reset", () => this.#zoom?.reset(), "");
    /** @param {"contrast" | "brightness"} name */
    const slider = (name) => {
      const input = el("input", "", { type: "range", min: "20", max: "300", step: "10", "data-dalt": name });
      input.value = String(this.#kept.get(name, 100));
      input.addEventListener("input", () => {
        this.#kept.set(name, Number(input.value));
        this.#filter();
      });
      parts[name] = input;
      return el("label", "", {}, say(name), input);
    };
    parts.panel = el(
      "div",
      "dalt-adjust",
      { hidden: "" },
      slider("contrast"),
      slider("brightness"),
      this.#button(
        "adjust-reset",
        "adjust_reset",
        () => {
          for (const name of /** @type {const} */ (["contrast", "brightness"])) {
            parts[name].value = "100";
            this.#kept.set(name, 100);
          }
          this.#filter();
        },
        say("adjust_reset"),
      ),
    );
    parts.adjust = this.#button("adjust", "adjust", () => this.#fold(parts.panel.hidden !== false), "◐");
    controls(parts.adjust, parts.panel);
    mark(parts.adjust, "aria-expanded", false);
    parts.size = el("span", "dalt-hidden", { role: "status", "data-dalt": "picture-size" });
    parts.rest = el(
      "div",
      "dalt-view-rest",
      {},
      this.#button("zoom-out", "zoom_out", () => this.#zoom?.by(-1), "−"),
      parts.scale,
      this.#button("zoom-in", "zoom_in", () => this.#zoom?.by(1), "+"),
      this.#peek.node,
      this.#toggle("zoom_lock", undefined, say("zoom_keep")),
      parts.adjust,
      parts.panel,
    );
    parts.more = this.#button("view-menu", "view", () => this.#unfold(!parts.rest.hasAttribute("data-open")), "⌕");
    controls(parts.more, parts.rest);
    mark(parts.more, "aria-expanded", false);
    parts.image = el("div", "dalt-tool-row", { hidden: "" }, parts.size, parts.more, parts.rest);
    return parts.image;
  }

  #textTools() {
    const { say } = this.#desk.words;
    const field = el("input", "dalt-words", {
      type: "text",
      "data-dalt": "words",
      placeholder: say("words"),
      "aria-label": say("words"),
      autocomplete: "off",
      spellcheck: "false",
    });
    field.value = this.#kept.get("words", "");
    field.addEventListener("input", () => {
      this.#kept.set("words", field.value);
      this.#highlight();
    });
    this.#parts.words = field;
    this.#parts.found = el("span", "dalt-found-count", { role: "status" });
    this.#parts.text = el("div", "dalt-tool-row", { hidden: "" }, this.#parts.found, field);
    return this.#parts.text;
  }

  /** Show the sliders, or put them away. */
  #fold(/** @type {boolean} */ open) {
    hide(this.#parts.panel, !open);
    mark(this.#parts.adjust, "aria-expanded", open);
  }

  /** In a narrow window: show the tools of a picture, or put them away. */
  #unfold(/** @type {boolean} */ open) {
    mark(this.#parts.rest, "data-open", open ? "" : null);
    mark(this.#parts.more, "aria-expanded", open);
  }

  // --- painting

  get #stage() {
    return /** @type {HTMLElement} */ (this.#found);
  }

  paint() {
    const { root, engine } = this.#desk;
    if (!this.#found) {
      this.#found = find(root, ".dalt-stage");
      this.#stage.addEventListener("dalt:painted", () => this.#highlight(), { signal: this.#ended.signal });
      this.#zoom = new Zoom(this.#stage, () => this.#zoomed(), this.#ended.signal);
      // What lies over the picture is put away by whoever goes on with it.
      this.#stage.addEventListener("pointerdown", () => this.#putAway(), { signal: this.#ended.signal });
    }
    const id = this.#stage.dataset.sampleId;
    const sample = id ? (engine.queue.find((each) => each.id === id) ?? null) : null;
    if (sample !== this.#sample) this.#show(sample);
  }

  /** @param {Sample | null} sample */
  #show(sample) {
    this.#sample = sample;
    const kind = sample && !sample.trouble ? sample.display.kind : null;
    const parts = this.#parts;
    for (const each of /** @type {const} */ (["image", "text", "audio"])) {
      hide(parts[each], each !== kind && !(each === "text" && kind === "table"));
    }
    mark(this.#stage, "data-kind", kind);
    const picture = /** @type {HTMLImageElement | null} */ (this.#stage.querySelector(".dalt-image"));
    this.#zoom?.show(picture, this.#kept.get("zoom_lock", false));
    this.#scrolled();
    if (kind === "text") this.#offerRest();
    if (kind === "text" || kind === "table") this.#highlight();
    this.#sounds.show(this.#stage);
  }

  /** A sample that comes back is where it was left. */
  #scrolled() {
    const sample = this.#sample;
    const scroller = find(this.#stage, "[data-scroll]");
    if (!scroller || !sample) return;
    if (sample.scrolled) scroller.scrollTop = sample.scrolled;
    scroller.onscroll = () => {
      sample.scrolled = scroller.scrollTop;
    };
  }

  /** Of a very long text the beginning came: the rest comes when it is asked for. */
  #offerRest() {
    const sample = this.#sample;
    const scroller = this.#stage.querySelector(".dalt-text");
    if (!scroller || !sample?.display.reduced || scroller.querySelector("button")) return;
    const rest = button(
      "dalt-quiet dalt-rest",
      "rest",
      () => {
        rest.disabled = true;
        this.#desk.engine.ask({ type: "full", sample_id: sample.id });
      },
      this.#desk.words.say("rest"),
    );
    scroller.append(rest);
  }

  get #unfolded() {
    return this.#parts.panel.hidden === false || this.#parts.rest.hasAttribute("data-open");
  }

  #putAway() {
    if (!this.#unfolded) return;
    this.#fold(false);
    this.#unfold(false);
    if (this.tools.contains(document.activeElement)) this.#desk.root.focus({ preventScroll: true });
  }

  // --- pictures

  #zoomed() {
    const { percent } = this.#desk.words;
    const zoom = this.#zoom;
    if (!zoom) return;
    put(this.#parts.scale, percent(zoom.scale));
    mark(this.#stage, "data-zoom", zoom.scale.toFixed(2));
    mark(this.#stage, "data-peek", zoom.peeking ? "" : null);
    this.#peek.paint();
    this.#sized(zoom.line && (zoom.scale === 1 || zoom.peeking));
    this.#stage.firstElementChild?.dispatchEvent(new Event("dalt-zoom"));
    const sample = this.#sample;
    if (sample?.display.reduced && !sample.asked && zoom.magnification > ENOUGH) {
      sample.asked = true;
      this.#desk.engine.ask({ type: "full", sample_id: sample.id });
    }
  }

  /** Of a picture that is hardly more than a line: what it is. */
  #sized(/** @type {boolean} */ line) {
    const { say, number } = this.#desk.words;
    const { size, display } = this.#sample ?? {};
    const [width, height] = size ?? [display?.width ?? 0, display?.height ?? 0];
    const told = line ? say("line", { width: number(width), height: number(height) }) : "";
    put(this.#parts.size, told); // read out there, and seen beside the picture, which leaves room
    mark(this.#stage, "data-line", told || null);
  }

  /** @param {Told<Full>} told */
  #full({ message, buffers }) {
    const sample = this.#sample;
    if (sample?.id !== message.sample_id) return;
    if (sample.display.kind === "text") {
      Object.assign(sample.display, { text: message.text, reduced: false });
      const scroller = find(this.#stage, ".dalt-text");
      if (!scroller) return;
      const at = scroller.scrollTop;
      this.#desk.root.focus({ preventScroll: true });
      fill(scroller, message.text);
      scroller.scrollTop = at;
      this.#highlight();
      return;
    }
    const image = /** @type {HTMLImageElement | null} */ (this.#stage.querySelector(".dalt-image"));
    if (!image || !buffers.length) return;
    const url = URL.createObjectURL(new Blob([buffers[0]], { type: message.mime }));
    const full = new Image();
    full.src = url;
    full
      .decode()
      .then(() => {
        URL.revokeObjectURL(sample.url ?? "");
        sample.url = url;
        image.src = url;
        return image.decode().then(() => mark(image, "data-full", ""));
      })
      .catch(() => {
        if (sample.url !== url) URL.revokeObjectURL(url);
      });
  }

  #filter() {
    const [contrast, brightness] = ["contrast", "brightness"].map((name) => this.#kept.get(name, 100));
    const changed = contrast !== 100 || brightness !== 100;
    const { style } = this.#desk.root;
    if (changed) style.setProperty("--picture-filter", `contrast(${contrast}%) brightness(${brightness}%)`);
    else style.removeProperty("--picture-filter");
    const { say } = this.#desk.words;
    put(this.#parts.adjust, changed ? `◐ ${contrast} · ${brightness}` : "◐");
    mark(this.#parts.adjust, "data-on", changed ? "" : null);
    mark(this.#parts.adjust, "aria-label", changed ? say("adjusted", { contrast, brightness }) : say("adjust"));
  }

  // --- texts

  #highlight() {
    const words = wordsOf(this.#parts.words.value);
    const n = highlight(this.#stage.querySelector("[data-scroll]"), words);
    put(this.#parts.found, words.length ? this.#desk.words.say("found", { n: this.#desk.words.number(n) }) : "");
  }

  /** @param {KeyboardEvent} event */
  #typed(event) {
    if (!closest(event.target, "input")) return;
    if (takesText(event.target)) event.stopPropagation();
    else if (event.key === "Enter") return; // of a slider the page's keys are the page's
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    if (event.key === "Enter") reveal(find(this.#stage, "[data-scroll]"));
    this.#desk.root.focus({ preventScroll: true });
  }

  // --- keys

  /**
   * @param {KeyboardEvent} event
   * @param {string} letter
   * @returns {Action | null}
   */
  actionOf(event, letter) {
    const { key, target } = event;
    const { root, engine } = this.#desk;
    // Class keys win, and what has the focus keeps its own.
    if (!this.#sample || engine.mode === "verify" || this.#taken.has(letter) || this.#taken.has(key)) return null;
    if (root.querySelector(".dalt-help:not([hidden])") || closest(target, "dialog, [role=dialog]")) return null;
    const kind = this.#stage.dataset.kind;
    if (key === "Escape" && this.#unfolded) return () => this.#putAway();
    /** @param {Action} action */
    const again = (/** @type {Action} */ action) => Object.assign(action, { repeats: true });
    if (kind === "image") {
      if (this.#desk.keys.actionOf(letter) === "peek") return this.#peek.hold(event);
      if (key === "+" || key === "=") return again(() => this.#zoom?.by(1));
      if (key === "-") return again(() => this.#zoom?.by(-1));
      if (key === "0" || key === "Home") return () => this.#zoom?.reset();
      const pulls = this.#stage.querySelector("[data-pulls]"); // what is marked in it moves then
      if (key in PAN && this.#zoom && this.#zoom.scale > 1 && !pulls) return again(() => this.#zoom?.pan(...PAN[key]));
    }
    return kind === "audio" ? this.#sounds.actionOf(key) : null;
  }
}
