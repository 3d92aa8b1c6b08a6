// Boxes, polygons and points in a picture, in pixels of the raw picture.  Nothing here paints.

/** @import { Bounds, Handle, Point, Shape, Size } from "../types.js" */

/**
 * Left, top, right and bottom of points.
 * @param {Point[]} points
 * @returns {Bounds}
 */
export function boundsOf(points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/** @param {Point[]} points */
export function areaOf(points) {
  const [left, top, right, bottom] = boundsOf(points);
  return (right - left) * (bottom - top);
}

/**
 * How much the bounds of two shapes are the same: their intersection over their union; of points, whether.
 * @param {Shape} shape
 * @param {Point[]} one
 * @param {Point[]} other
 */
export function likeness(shape, one, other) {
  if (shape === "point") return String(one) === String(other) ? 1 : 0;
  const [a, b] = [boundsOf(one), boundsOf(other)];
  const [left, top, right, bottom] = a.map((value, at) => (at < 2 ? Math.max : Math.min)(value, b[at]));
  const both = Math.max(0, right - left) * Math.max(0, bottom - top);
  return both / (areaOf(one) + areaOf(other) - both);
}

/**
 * The corners of the outline, in order.
 * @param {Shape} shape
 * @param {Point[]} points
 * @returns {Point[]}
 */
export function outlineOf(shape, points) {
  if (shape !== "box") return points;
  const [left, top, right, bottom] = boundsOf(points);
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
}

/**
 * Whether a place lies in a shape, or nearer to it than `near`.
 * @param {Shape} shape
 * @param {Point[]} points
 * @param {Point} place
 * @param {number} near
 */
export function holds(shape, points, [x, y], near) {
  const outline = outlineOf(shape, points);
  if (shape === "point") return Math.hypot(points[0][0] - x, points[0][1] - y) <= near;
  let inside = false;
  for (let at = 0, before = outline.length - 1; at < outline.length; before = at, at += 1) {
    const [[x1, y1], [x2, y2]] = [outline[at], outline[before]];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
    if (farFrom([x, y], [x1, y1], [x2, y2]) <= near) return true;
  }
  return inside;
}

/**
 * @param {Point} place
 * @param {Point} one
 * @param {Point} other
 */
function farFrom([x, y], [x1, y1], [x2, y2]) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const along = ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1);
  const at = Math.max(0, Math.min(1, along));
  return Math.hypot(x - x1 - at * dx, y - y1 - at * dy);
}

/**
 * What can be pulled of a shape: `{place, xs, ys}`, where `xs` and `ys` are the numbers of the
 * points whose x or y follows.
 * @param {Shape} shape
 * @param {Point[]} points
 * @returns {Handle[]}
 */
export function handlesOf(shape, points) {
  if (shape !== "box") return points.map((place, at) => ({ place, xs: [at], ys: [at] }));
  const [[left, top], [right, bottom]] = points;
  const [middle, half] = [(left + right) / 2, (top + bottom) / 2];
  return [
    { place: [left, top], xs: [0], ys: [0] },
    { place: [right, top], xs: [1], ys: [0] },
    { place: [right, bottom], xs: [1], ys: [1] },
    { place: [left, bottom], xs: [0], ys: [1] },
    { place: [middle, top], xs: [], ys: [0] },
    { place: [right, half], xs: [1], ys: [] },
    { place: [middle, bottom], xs: [], ys: [1] },
    { place: [left, half], xs: [0], ys: [] },
  ];
}

/**
 * A shape after one of its handles was pulled to a place.
 * @param {Point[]} points
 * @param {Pick<Handle, "xs" | "ys">} handle
 * @param {Point} place
 * @returns {Point[]}
 */
export function pulledTo(points, { xs, ys }, [x, y]) {
  return points.map(([px, py], at) => [xs.includes(at) ? x : px, ys.includes(at) ? y : py]);
}

/**
 * Whether a handle of a box, pulled to a place, would go through the side across from it.
 * @param {Point[]} points
 * @param {Pick<Handle, "xs" | "ys">} handle
 * @param {Point} place
 */
export function crosses([[left, top], [right, bottom]], { xs: [x], ys: [y] }, [toX, toY]) {
  return (x === 1 && toX <= left) || (x === 0 && toX >= right) || (y === 1 && toY <= top) || (y === 0 && toY >= bottom);
}

/**
 * A shape moved as far as the picture allows.
 * @param {Point[]} points
 * @param {number} dx
 * @param {number} dy
 * @param {Size} size
 * @returns {Point[]}
 */
export function movedBy(points, dx, dy, [width, height]) {
  const [left, top, right, bottom] = boundsOf(points);
  const x = Math.max(-left, Math.min(width - right, dx));
  const y = Math.max(-top, Math.min(height - bottom, dy));
  return points.map(([px, py]) => /** @type {Point} */ ([px + x, py + y]));
}

/**
 * @param {Point} place
 * @param {Size} size
 * @returns {Point}
 */
export function inPicture([x, y], [width, height]) {
  return [Math.max(0, Math.min(width, x)), Math.max(0, Math.min(height, y))];
}

/**
 * To a hundredth of a pixel: what is recorded is what is compared.
 * @param {Point[]} points
 * @returns {Point[]}
 */
export function rounded(points) {
  const hundredth = (/** @type {number} */ value) => Math.round(value * 100) / 100;
  return points.map(([x, y]) => [hundredth(x), hundredth(y)]);
}

/**
 * Whether it is a shape at all: a box has two sides, a polygon three corners.
 * @param {Shape} shape
 * @param {Point[]} points
 */
export function isShape(shape, points) {
  if (shape === "point") return points.length === 1;
  if (shape === "polygon") return new Set(points.map(String)).size >= 3;
  const [left, top, right, bottom] = boundsOf(points);
  return points.length === 2 && right > left && bottom > top;
}

/**
 * A shape to begin with, where there is no hand to draw one: a third of a window, in its middle.
 * @param {Shape} shape
 * @param {Bounds} window
 * @returns {Point[]}
 */
export function startIn(shape, [left, top, right, bottom]) {
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  const [dx, dy] = [(right - left) / 6, (bottom - top) / 6];
  if (shape === "point") return [[x, y]];
  /** @type {Point[]} */
  const box = [
    [x - dx, y - dy],
    [x + dx, y + dy],
  ];
  return shape === "box" ? box : outlineOf("box", box);
}
