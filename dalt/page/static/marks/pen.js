// Drawing, selecting, moving and pulling regions by mouse, finger or pen.

import { handlesOf, holds, inPicture, movedBy, pulledTo } from "./geometry.js";

/** @import { Handle, Kept, Place, Places, Point, Shape, Size } from "../types.js" */

/**
 * @typedef {{ shape: Shape, marks: () => Places | null, placeOf: (event: PointerEvent) => Point, scale: () => number,
 *   label: () => string, made: (region: Place) => void, paint: () => void, drawn: () => void }} PenDesk
 */

/**
 * @typedef {{ kind: "corner" | "new" | "pull" | "move", handle?: Handle, before?: Kept, fresh?: boolean }} Begun
 *
 * @typedef {Begun & { id: number, start: Point, place: Point, from: Point, far: boolean, free: boolean }} Gesture
 */

const BORDER = 3; // pixels of the screen: a box that begins so near the border begins at it
const INSIDE = 6; // and corners at the border can be pulled from so far within
const FAR = 4; // pixels of the screen until a press is a drag
/** @type {Record<string, number>} */
const GRASP = { mouse: 9, pen: 14, touch: 22 }; // and around what is meant
const TWICE = 400; // ms between the presses that close a polygon where they are

/**
 * @param {number} value
 * @param {number} least
 * @param {number} most
 */
function clipped(value, least, most) {
  return Math.max(least, Math.min(most, value));
}

/**
 * The place, or where the border is that near.
 * @param {Point} place
 * @param {Size} size
 * @param {number} near
 * @returns {Point}
 */
function atBorder(place, size, near) {
  const [x, y] = place.map((value, axis) => (value < near ? 0 : value > size[axis] - near ? size[axis] : value));
  return [x, y];
}

export class Pen {
  /** @type {Point | null} */
  hover = null; // where the pointer is while a polygon is open

  /** @type {PenDesk} */
  #desk; // {shape, marks(), placeOf(event), scale(), label(), made(region), paint(), drawn()}
  /** @type {Gesture | null} */
  #gesture = null;
  /** @type {Set<number>} */
  #fingers = new Set();
  #last = -Infinity; // when the last corner was set

  /**
   * @param {SVGElement} surface
   * @param {PenDesk} desk
   * @param {AbortSignal} signal
   */
  constructor(surface, desk, signal) {
    this.#desk = desk;
    /** @param {string} name */
    /**
     * @template {keyof HTMLElementEventMap} K
     * @param {K} name
     * @param {(event: HTMLElementEventMap[K]) => void} handler
     */
    const on = (name, handler) => surface.addEventListener(name, handler, { signal });
    on("pointerdown", (event) => this.#down(event, surface));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#up(event));
    for (const name of /** @type {const} */ (["pointercancel", "lostpointercapture"]))
      on(name, (event) => this.#lost(event));
    on("pointerleave", (event) => event.pointerType === "mouse" && this.#leave());
  }

  /** The box that is being drawn. */
  get draft() {
    const gesture = this.#gesture;
    const draws = gesture?.kind === "new" && gesture.far && this.#desk.shape === "box";
    return draws ? /** @type {[Point, Point]} */ ([gesture.start, gesture.place]) : null;
  }

  get busy() {
    return this.#gesture !== null;
  }

  /** Whether what is being done makes a region, rather than changing one. */
  get making() {
    return this.#gesture?.kind === "new" || this.#gesture?.kind === "corner";
  }

  /** Leave what is being drawn or pulled as it was. */
  cancel() {
    const gesture = this.#gesture;
    this.#gesture = null;
    const marks = this.#desk.marks();
    if (gesture?.before && marks) marks.restore(gesture.before);
    this.#desk.drawn();
  }

  /** Close the polygon; with fewer than three corners it stays open. */
  close() {
    const marks = this.#desk.marks();
    if (!marks || marks.open.length < 3) return;
    if (this.#add(marks, marks.open)) marks.open = [];
    this.hover = null;
    this.#desk.drawn();
  }

  /**
   * @param {Places} marks
   * @param {Point[]} points
   */
  #add(marks, points) {
    const made = marks.add(points, this.#desk.label());
    if (made) this.#desk.made(made);
    return made;
  }

  // --- pointer

  /** @param {PointerEvent} event */
  #near(event, share = 1) {
    return (share * (GRASP[event.pointerType] ?? GRASP.mouse)) / this.#desk.scale();
  }

  /**
   * @param {PointerEvent} event
   * @param {SVGElement} surface
   */
  #down(event, surface) {
    if (event.pointerType === "touch") this.#fingers.add(event.pointerId);
    const marks = this.#desk.marks();
    if (!marks || event.button > 0) return;
    if (this.#fingers.size > 1) {
      // two fingers look closer, they do not draw
      if (this.#gesture) this.cancel();
      return;
    }
    surface.setPointerCapture(event.pointerId);
    const place = this.#desk.placeOf(event);
    const begun = this.#begun(event, marks, place);
    this.#gesture = {
      ...begun,
      id: event.pointerId,
      start: begun.kind === "new" ? atBorder(place, marks.size, BORDER / this.#desk.scale()) : place,
      place,
      from: [event.clientX, event.clientY],
      far: false,
      free: event.shiftKey,
    };
    this.#desk.paint();
  }

  /**
   * @param {PointerEvent} event
   * @param {Places} marks
   * @param {Point} place
   * @returns {Begun}
   */
  #begun(event, marks, place) {
    const { shape } = this.#desk;
    if (marks.open.length) return { kind: "corner" };
    if (event.shiftKey) return { kind: "new" };
    const near = this.#near(event);
    const { meant } = marks;
    const within = INSIDE / this.#desk.scale();
    /** @param {Handle} handle */
    const apart = ({ place: there }) => {
      const drawn = there.map((value, axis) => clipped(value, within, marks.size[axis] - within));
      return Math.min(...[there, drawn].map(([x, y]) => Math.hypot(x - place[0], y - place[1])));
    };
    const handles = meant ? handlesOf(shape, meant.points).filter((each) => apart(each) <= near) : [];
    if (handles.length && shape !== "point") {
      const [handle] = handles.sort((a, b) => apart(a) - apart(b));
      return { kind: "pull", handle, before: marks.kept };
    }
    if (meant && holds(shape, meant.points, place, near)) return { kind: "move", before: marks.kept };
    const [there] = shape === "point" ? marks.at(place, near) : [];
    if (!there) return { kind: "new" };
    marks.mean(there.id);
    return { kind: "move", before: marks.kept, fresh: true };
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const marks = this.#desk.marks();
    if (!marks) return;
    const gesture = this.#gesture;
    if (!gesture) {
      if (!marks.open.length) return;
      this.hover = this.#desk.placeOf(event);
      this.#desk.paint();
      return;
    }
    if (event.pointerId !== gesture.id) return;
    if (event.buttons === 0) {
      // let go where nobody could tell
      this.#end(gesture, marks, event);
      return;
    }
    gesture.place = inPicture(this.#desk.placeOf(event), marks.size);
    this.hover = gesture.kind === "corner" ? gesture.place : null;
    const [x, y] = gesture.from;
    gesture.far ||= Math.hypot(event.clientX - x, event.clientY - y) >= FAR;
    if (gesture.far) this.#follow(gesture, marks);
    this.#desk.paint();
  }

  /**
   * @param {Gesture} gesture
   * @param {Places} marks
   */
  #follow({ kind, handle, before, start, place }, marks) {
    if (!before) return;
    if (kind === "pull" && handle) marks.put(pulledTo(before.points, handle, place));
    if (kind === "move") {
      marks.put(movedBy(before.points, place[0] - start[0], place[1] - start[1], marks.size));
    }
  }

  /** @param {PointerEvent} event */
  #up(event) {
    this.#fingers.delete(event.pointerId);
    const gesture = this.#gesture;
    const marks = this.#desk.marks();
    if (!gesture || !marks || event.pointerId !== gesture.id) return;
    if (gesture.far && gesture.kind === "new") gesture.place = inPicture(this.#desk.placeOf(event), marks.size);
    this.#end(gesture, marks, event);
  }

  /**
   * @param {Gesture} gesture
   * @param {Places} marks
   * @param {PointerEvent} event
   */
  #end(gesture, marks, event) {
    this.#gesture = null;
    this.#done(gesture, marks, event);
    this.#desk.drawn();
  }

  /**
   * @param {Gesture} gesture
   * @param {Places} marks
   * @param {PointerEvent} event
   */
  #done({ kind, far, start, place, free, fresh }, marks, event) {
    const { shape } = this.#desk;
    if (kind === "corner") this.#corner(marks, place, event);
    else if (kind === "pull" || kind === "move") {
      if (far) marks.settle();
      else if (fresh) marks.take(marks.meant);
      else this.#select(marks, place, event);
    } else if (shape === "box" && far) this.#add(marks, [start, place]);
    else if (!(shape === "point" || free) && this.#select(marks, place, event)) return;
    else if (shape === "point") this.#add(marks, [place]);
    else if (shape === "polygon") {
      marks.mean(null);
      marks.open = [inPicture(start, marks.size)];
      if (far) this.#corner(marks, place, event);
      this.#last = event.timeStamp;
    }
  }

  /**
   * Mean what lies there, and take it if it is proposed; one press after another goes through what overlaps.
   * @param {Places} marks
   * @param {Point} place
   * @param {PointerEvent} event
   */
  #select(marks, place, event) {
    const there = marks.at(place, this.#near(event, 0.5));
    const at = there.findIndex(({ id }) => id === marks.current);
    const next = there[at]?.outlined ? marks.current : there.length ? there[(at + 1) % there.length].id : null;
    if (next !== null || this.#desk.shape === "box") marks.mean(next);
    marks.take(there.find(({ id }) => id === next));
    return next !== null;
  }

  /**
   * @param {Places} marks
   * @param {Point} place
   * @param {PointerEvent} event
   */
  #corner(marks, place, event) {
    const { open } = marks;
    /** @param {Point} corner */
    const apart = ([x, y]) => Math.hypot(x - place[0], y - place[1]);
    const twice = event.timeStamp - this.#last < TWICE && apart(open[open.length - 1]) < this.#near(event, 0.5);
    this.#last = event.timeStamp;
    if (open.length > 2 && (twice || apart(open[0]) <= this.#near(event))) this.close();
    else if (!twice) marks.open = [...open, inPicture(place, marks.size)];
  }

  /** @param {PointerEvent} event */
  #lost(event) {
    this.#fingers.delete(event.pointerId);
    if (this.#gesture?.id === event.pointerId) this.cancel();
  }

  #leave() {
    if (this.hover === null || this.#gesture) return;
    this.hover = null;
    this.#desk.paint();
  }
}
