// Zoom and pan of the picture on screen.  No animation: where a finger pulls, the picture is.

import { closest, within } from "../dom/dom.js";

/** @import { Spot, Timer } from "../types.js" */

const MOST_ZOOM = 16;
const ZOOM_STEP = 1.4;
const LARGE_PIXEL = 32; // pixels of the screen that one of a picture takes which is hardly more than a line, at most
const SMALL_PIXEL = 24; // and at least, where a tiny picture is made smaller
const STEPS = 8; // keys from the whole of such a line to as close as it gets
const LINE = 24; // pixels of the screen: what is thinner is hardly seen
const LONG_PRESS = 500; // ms
const NEAR = 30; // pixels between two taps that are one double tap
const TAP_SOON = 300; // ms between them

/** @param {Event} event */
function draws({ target }) {
  return Boolean(closest(target, "[data-draws]"));
}

export class Zoom {
  scale = 1;
  peeking = false; // the whole picture is shown, as long as it is asked for

  /** @type {HTMLElement} */
  #stage;
  /** @type {() => void} */
  #changed;
  /** @type {HTMLImageElement | null} */
  #image = null;
  #x = 0;
  #y = 0;
  /** @type {Map<number, PointerEvent>} */
  #fingers = new Map();
  /** @type {PointerEvent | null} */
  #tap = null; // the last tap of a finger
  #moved = false;
  #drawing = false; // what is pressed draws
  #touched = -Infinity; // when a finger last was on the stage
  /** @type {Timer | undefined} */
  #pressing = undefined; // a finger rests on the picture: soon the whole of it is shown
  /** @type {[number, number]} */
  #room = [0, 0]; // width and height of the stage: known without asking, which would lay the page out

  /**
   * `changed()` is called after each change of the scale.
   * @param {HTMLElement} stage
   * @param {() => void} changed
   * @param {AbortSignal} signal
   */
  constructor(stage, changed, signal) {
    this.#stage = stage;
    this.#changed = changed;
    /**
     * @template {keyof HTMLElementEventMap} K
     * @param {K} name
     * @param {(event: HTMLElementEventMap[K]) => void} handler
     */
    const on = (name, handler) => stage.addEventListener(name, handler, { signal, passive: false });
    on("wheel", (event) => this.#wheel(event));
    // Some browsers tell of a double tap by themselves, too.
    on("dblclick", (event) => this.#image && event.timeStamp - this.#touched > 2 * TAP_SOON && this.#double(event));
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    for (const name of /** @type {const} */ (["pointerup", "pointercancel", "pointerleave"]))
      on(name, (event) => this.#up(event));
    const watcher = new ResizeObserver(([{ contentRect }]) => this.#resized(contentRect));
    watcher.observe(stage);
    signal.addEventListener("abort", () => {
      watcher.disconnect();
      clearTimeout(this.#pressing);
    });
    // A finger that rests on a picture looks at the whole of it, and wants no menu.
    on("contextmenu", (event) => this.#fingers.size > 0 && this.scale > 1 && event.preventDefault());
  }

  /** What a picture is looked at through; a picture that is drawn on has a frame of its own. */
  get #frame() {
    return this.#image?.closest("[data-frame]") ?? this.#stage;
  }

  /**
   * Look at another picture, or at none; a locked zoom stays where it was.
   * @param {HTMLImageElement | null} image
   * @param {boolean} locked
   */
  show(image, locked) {
    this.#image = image;
    this.peeking = false;
    this.#fingers.clear();
    if (!locked) [this.scale, this.#x, this.#y] = [1, 0, 0];
    this.#place();
  }

  reset() {
    this.peeking = false;
    [this.scale, this.#x, this.#y] = [1, 0, 0];
    this.#place();
  }

  /**
   * By steps, around a point of the window; without one, around the middle.
   * @param {number} steps
   * @param {Spot | null} [point]
   */
  by(steps, point = null) {
    const step = this.#most > MOST_ZOOM ? this.#most ** (1 / STEPS) : ZOOM_STEP;
    this.#to(this.scale * step ** steps, point);
  }

  /**
   * @param {number} dx
   * @param {number} dy
   */
  pan(dx, dy) {
    this.#x += dx;
    this.#y += dy;
    this.#place();
  }

  /**
   * Show the whole picture, or what was seen before.
   * @param {boolean} whole
   */
  peek(whole) {
    if (this.peeking === whole || (whole && (!this.#image || this.scale <= 1))) return;
    this.peeking = whole;
    this.#place();
  }

  /** How many pixels of the screen one pixel of the picture takes. */
  get magnification() {
    return this.scale * devicePixelRatio * this.#fit;
  }

  /** The same of the whole picture, in pixels of the style sheet; 0 while it is not known. */
  get #fit() {
    const { naturalWidth = 0, naturalHeight = 0 } = this.#image ?? {};
    return naturalWidth ? Math.min(this.#room[0] / naturalWidth, this.#room[1] / naturalHeight) : 0;
  }

  /** Whether the whole of it is a line of which little is seen. */
  get line() {
    const { naturalWidth = 0, naturalHeight = 0 } = this.#image ?? {};
    return this.#fit > 0 && this.#fit * Math.min(naturalWidth, naturalHeight) < LINE;
  }

  /** How close it gets: of a line, until there is something to be seen. */
  get #most() {
    return this.line ? Math.max(MOST_ZOOM, Math.min(this.#filled, LARGE_PIXEL / this.#fit)) : MOST_ZOOM;
  }

  /** How small: a tiny picture is easier to read where its pixels are not huge. */
  get #least() {
    return this.#image?.classList.contains("dalt-pixels") && this.#fit ? Math.min(1, SMALL_PIXEL / this.#fit) : 1;
  }

  /** Where the picture fills its place in both directions. */
  get #filled() {
    const { naturalWidth = 1, naturalHeight = 1 } = this.#image ?? {};
    const [x, y] = [this.#room[0] / naturalWidth, this.#room[1] / naturalHeight];
    return Math.max(x, y) / (Math.min(x, y) || 1);
  }

  /** What is in the middle stays there. */
  #resized(/** @type {{ width: number, height: number }} */ { width, height }) {
    const before = this.#fit;
    this.#room = [width, height];
    const grown = before ? this.#fit / before : 1;
    this.#x *= grown;
    this.#y *= grown;
    this.#place();
  }

  /**
   * @param {number} wanted
   * @param {Spot | null} point
   */
  #to(wanted, point) {
    if (!this.#image) return;
    this.peeking = false;
    const scale = Math.min(this.#most, Math.max(this.#least, wanted));
    const box = this.#frame.getBoundingClientRect();
    // The image stands in the middle of the frame: points are told from there.
    const px = point ? point.clientX - box.left - box.width / 2 : 0;
    const py = point ? point.clientY - box.top - box.height / 2 : 0;
    const grown = scale / this.scale;
    this.#x = px - (px - this.#x) * grown;
    this.#y = py - (py - this.#y) * grown;
    this.scale = Math.abs(scale - 1) < 0.01 ? 1 : scale;
    this.#place();
  }

  /** No edge of the picture comes further in than it has to. */
  #place() {
    const image = this.#image;
    if (image && (this.scale === 1 || this.peeking)) {
      if (this.scale === 1) [this.#x, this.#y] = [0, 0];
      if (image.style.transform) image.style.transform = "";
    } else if (image) {
      const pixel = this.#fit * this.scale;
      /**
       * @param {number} side
       * @param {number} size
       */
      const room = (side, size) => Math.max(0, (side * pixel - size) / 2);
      const [rx, ry] = [room(image.naturalWidth, this.#room[0]), room(image.naturalHeight, this.#room[1])];
      this.#x = Math.max(-rx, Math.min(rx, this.#x));
      this.#y = Math.max(-ry, Math.min(ry, this.#y));
      image.style.transform = `translate(${this.#x}px, ${this.#y}px) scale(${this.scale})`;
    }
    this.#stage.classList.toggle("dalt-zoomed", image !== null && this.scale > 1);
    this.#changed();
  }

  // --- pointer

  /**
   * Touchpads tell a pinch as a wheel with Ctrl.
   * @param {WheelEvent} event
   */
  #wheel(event) {
    if (!this.#image) return;
    const drawn = this.scale > 1 && draws(event);
    if ((!event.ctrlKey && !drawn) || this.peeking) return;
    event.preventDefault();
    if (!event.ctrlKey) {
      this.pan(-event.deltaX, -event.deltaY);
      return;
    }
    this.#to(this.scale * Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / 100), event);
  }

  /** @param {MouseEvent} event */
  #double(event) {
    if (draws(event)) return; // there it is two presses
    if (this.scale > 1) this.reset();
    else this.#to(this.line ? this.#most : 3, event);
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (!within(this.#frame, event.target)) return; // buttons beside the picture
    // Where one finger or the mouse draws, the middle button and two fingers pull.
    if (!this.#image || (event.button > 0 && !(draws(event) && event.button === 1))) return;
    this.#fingers.set(event.pointerId, event);
    this.#moved = this.#fingers.size > 1;
    clearTimeout(this.#pressing);
    if (event.pointerType === "touch" && !this.#moved && !draws(event)) {
      this.#pressing = setTimeout(() => this.peek(true), LONG_PRESS);
    }
    this.#drawing = draws(event) && event.button !== 1;
    if (event.button === 1) event.preventDefault();
    if (this.scale > 1 && !this.#drawing) this.#stage.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const before = this.#fingers.get(event.pointerId);
    if (!before) return;
    const [a, b] = this.#fingers.values();
    this.#fingers.set(event.pointerId, event);
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    if (b || Math.hypot(dx, dy) > 3) clearTimeout(this.#pressing);
    if (b) {
      const other = before === a ? b : a;
      /** @param {Spot} one */
      const far = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
      const middle = { clientX: (event.clientX + other.clientX) / 2, clientY: (event.clientY + other.clientY) / 2 };
      this.#to((this.scale * far(event)) / Math.max(1, far(before)), middle);
    }
    if (b || (this.scale > 1 && !this.#drawing && !this.peeking)) {
      this.#moved ||= Math.hypot(dx, dy) > 3;
      this.pan(b ? dx / 2 : dx, b ? dy / 2 : dy);
    }
  }

  /** @param {PointerEvent} event */
  #up(event) {
    if (!this.#fingers.delete(event.pointerId) || event.pointerType === "mouse") return;
    clearTimeout(this.#pressing);
    if (this.peeking && event.pointerType === "touch") {
      this.peek(false);
      return;
    }
    this.#touched = event.timeStamp;
    if (event.type !== "pointerup" || this.#moved) return;
    const last = this.#tap;
    this.#tap = event;
    if (
      last &&
      event.timeStamp - last.timeStamp < TAP_SOON &&
      Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY) < NEAR
    ) {
      this.#tap = null;
      this.#double(event);
    }
  }
}
