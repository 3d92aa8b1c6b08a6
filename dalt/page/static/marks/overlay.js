// What is drawn over a picture at once: regions, handles, names, and what is being drawn.
//
// It stands over the whole place of the picture and is painted in pixels of the screen, so
// that lines are as thick at every zoom.

import { el } from "../dom/dom.js";
import { boundsOf, handlesOf, outlineOf } from "./geometry.js";

/** @import { Place, Places, Point, Shape, Size } from "../types.js" */

/** @typedef {Place & { meant: boolean, next: boolean }} Drawn */

/**
 * @typedef {{ toScreen: (point: Point) => Point, draft: [Point, Point] | null, hover: Point | null, label: string,
 *   size: Size }} Looks
 */

const SVG = "http://www.w3.org/2000/svg";
const POINT = 7; // radius, in pixels of the screen
const HANDLE = 5;
const ASIDE = 0.75; // of the width: names of what begins beyond end with it, so that they are seen

/**
 * @param {string} tag
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 */
function drawn(tag, name, attributes) {
  const node = document.createElementNS(SVG, tag);
  node.setAttribute("class", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  return node;
}

/**
 * So far from the border that a handle is seen whole; what is out of sight stays there.
 * @param {number} value
 * @param {number} size
 */
function inside(value, size) {
  return value < -1 || value > size + 1 ? value : Math.max(HANDLE + 1, Math.min(size - HANDLE - 1, value));
}

/**
 * A class, and for each of its looks that holds another one.
 * @param {string} name
 * @param {Record<string, unknown>} looks
 */
function named(name, looks) {
  return [
    name,
    ...Object.keys(looks)
      .filter((look) => looks[look])
      .map((look) => `${name}-${look}`),
  ].join(" ");
}

export class Overlay {
  surface = drawn("svg", "dalt-regions-surface", { "data-draws": "", "aria-hidden": "true", focusable: "false" });
  tags = el("div", "dalt-regions-tags", { "aria-hidden": "true" });

  /** @type {Shape} */
  #shape;
  /** @type {(label: string) => string} */
  #colour;
  /** @type {(label: string) => string} */
  #short;

  /**
   * `colour(label)` gives the colour of a class, `short(label)` its name in little room.
   * @param {Shape} shape
   * @param {(label: string) => string} colour
   * @param {(label: string) => string} short
   */
  constructor(shape, colour, short) {
    this.#shape = shape;
    this.#colour = colour;
    this.#short = short;
  }

  /**
   * `toScreen` converts places in the picture to places on the overlay.
   * @param {Places} marks
   * @param {Looks} looks
   */
  paint(marks, { toScreen, draft, hover, label, size }) {
    const next = marks.next?.id;
    const regions = [...marks.all]
      .sort((a, b) => Number(a.id === marks.current) - Number(b.id === marks.current))
      .map((each) => ({ ...each, meant: each.id === marks.current, next: each.id === next }));
    this.surface.replaceChildren(
      ...regions.map((each) => this.#region(each, toScreen)),
      ...this.#handles(marks, toScreen, size),
      ...(draft
        ? [this.#path("dalt-region dalt-region-new", outlineOf("box", draft), toScreen, this.#colour(label))]
        : []),
      ...this.#open(marks.open, hover, toScreen, label),
    );
    this.tags.replaceChildren(...regions.map((each) => this.#tag(each, toScreen, size)));
  }

  /**
   * @param {Drawn} place
   * @param {(point: Point) => Point} toScreen
   */
  #region({ points, label, proposed, outlined, meant, next }, toScreen) {
    const name = named("dalt-region", { outlined, proposed: proposed && !outlined, meant, next });
    if (this.#shape !== "point") {
      return this.#path(name, outlineOf(this.#shape, points), toScreen, this.#colour(label));
    }
    const [cx, cy] = toScreen(points[0]);
    const circle = drawn("circle", name, { cx, cy, r: POINT });
    circle.style.setProperty("--chip", this.#colour(label));
    return circle;
  }

  /**
   * @param {string} name
   * @param {Point[]} outline
   * @param {(point: Point) => Point} toScreen
   * @param {string} colour
   */
  #path(name, outline, toScreen, colour, closed = true) {
    const d = `M${outline
      .map((point) =>
        toScreen(point)
          .map((value) => value.toFixed(1))
          .join(" "),
      )
      .join("L")}`;
    const path = drawn("path", `${name} dalt-region-${this.#shape}`, { d: closed ? `${d}Z` : d });
    path.style.setProperty("--chip", colour);
    return path;
  }

  /**
   * Those at the border are seen whole, within it.
   * @param {Places} marks
   * @param {(point: Point) => Point} toScreen
   * @param {Size} size
   */
  #handles({ meant, corner }, toScreen, size) {
    if (!meant || this.#shape === "point") return [];
    return handlesOf(this.#shape, meant.points).map(({ place }, at) => {
      const [cx, cy] = toScreen(place).map((value, axis) => inside(value, size[axis]));
      return drawn("circle", `dalt-handle${at === corner ? " dalt-handle-meant" : ""}`, {
        cx,
        cy,
        r: at === corner ? HANDLE + 2 : HANDLE,
      });
    });
  }

  /**
   * A polygon that is not closed yet; its first corner closes it.
   * @param {Point[]} corners
   * @param {Point | null} hover
   * @param {(point: Point) => Point} toScreen
   * @param {string} label
   */
  #open(corners, hover, toScreen, label) {
    if (!corners.length) return [];
    const line = this.#path(
      "dalt-region dalt-region-new dalt-region-open",
      hover ? [...corners, hover] : corners,
      toScreen,
      this.#colour(label),
      false,
    );
    return [
      line,
      ...corners.map((place, at) => {
        const [cx, cy] = toScreen(place);
        return drawn("circle", at === 0 && corners.length > 2 ? "dalt-handle dalt-handle-meant" : "dalt-handle", {
          cx,
          cy,
          r: at === 0 ? HANDLE + 2 : HANDLE,
        });
      }),
    ];
  }

  /**
   * The name of its class: colour alone tells nothing.
   * @param {Drawn} place
   * @param {(point: Point) => Point} toScreen
   * @param {Size} size
   */
  #tag({ points, label, proposed, outlined, meant, next }, toScreen, [width]) {
    const [left, top, right] = boundsOf(points);
    const [x, y] = toScreen([left, top]);
    const end = Math.min(width, toScreen([right, top])[0]);
    const [dx, dy] = this.#shape === "point" ? [POINT + 4, -9] : [-1, -20];
    const name = this.#short(label);
    const tag = el(
      "span",
      named("dalt-region-tag", { meant, outlined, next }),
      { dir: "auto" },
      proposed ? `${name}?` : name,
    );
    tag.style.setProperty("--chip", this.#colour(label));
    const down = Math.round(Math.max(0, y + dy));
    tag.style.transform =
      x > ASIDE * width && end > 0
        ? `translate(${Math.round(end)}px, ${down}px) translateX(-100%)`
        : `translate(${Math.round(Math.max(0, x + dx))}px, ${down}px)`;
    return tag;
  }
}
