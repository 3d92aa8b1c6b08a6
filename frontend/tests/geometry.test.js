// Shapes in a picture: what they cover, how they are pulled and moved.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  areaOf,
  boundsOf,
  crosses,
  handlesOf,
  holds,
  inPicture,
  isShape,
  likeness,
  movedBy,
  outlineOf,
  pulledTo,
  rounded,
  startIn,
} from "../../dalt/page/static/marks/geometry.js";

/** @import { Bounds, Point, Size } from "../../dalt/page/static/types.js" */

/** @type {Point[]} */
const BOX = [
  [10, 20],
  [30, 60],
];
/** @type {Point[]} */
const REVERSED = [
  [30, 60],
  [10, 20],
];
/** An L: its notch is the upper right quarter. @type {Point[]} */
const NOTCHED = [
  [0, 0],
  [10, 0],
  [10, 10],
  [20, 10],
  [20, 20],
  [0, 20],
];
/** @type {Size} */
const PICTURE = [100, 80];

describe("bounds and area", () => {
  it("do not depend on the corner that a box was begun at", () => {
    assert.deepEqual(boundsOf(REVERSED), boundsOf(BOX));
    assert.deepEqual(boundsOf(BOX), [10, 20, 30, 60]);
    assert.equal(areaOf(REVERSED), 800);
  });

  it("of a polygon are those of its outermost corners", () => {
    assert.deepEqual(boundsOf(NOTCHED), [0, 0, 20, 20]);
  });

  it("of one point are the point", () => {
    assert.deepEqual(boundsOf([[3, 4]]), [3, 4, 3, 4]);
    assert.equal(areaOf([[3, 4]]), 0);
  });
});

describe("likeness", () => {
  it("is one of the same box, however it was drawn", () => {
    assert.equal(likeness("box", BOX, REVERSED), 1);
  });

  it("is the intersection over the union", () => {
    const shifted = movedBy(BOX, 10, 0, PICTURE);
    assert.equal(likeness("box", BOX, shifted), 400 / (800 + 800 - 400));
  });

  it("is nothing of shapes that only touch or lie apart", () => {
    assert.equal(likeness("box", BOX, movedBy(BOX, 20, 0, PICTURE)), 0);
    assert.equal(likeness("box", BOX, movedBy(BOX, 60, 0, PICTURE)), 0);
  });

  it("of points is whether they are the same", () => {
    assert.equal(likeness("point", [[1, 2]], [[1, 2]]), 1);
    assert.equal(likeness("point", [[1, 2]], [[1, 2.01]]), 0);
  });
});

describe("outlines", () => {
  it("of a box begin at its upper left corner, wherever it was begun", () => {
    const corners = [
      [10, 20],
      [30, 20],
      [30, 60],
      [10, 60],
    ];
    assert.deepEqual(outlineOf("box", BOX), corners);
    assert.deepEqual(outlineOf("box", REVERSED), corners);
  });

  it("of a polygon are its corners", () => {
    assert.equal(outlineOf("polygon", NOTCHED), NOTCHED);
  });
});

describe("what holds a place", () => {
  it("is a box around it", () => {
    assert.equal(holds("box", BOX, [20, 40], 0), true);
    assert.equal(holds("box", BOX, [31, 40], 0), false);
  });

  it("is a shape whose border is near", () => {
    assert.equal(holds("box", BOX, [33, 40], 3), true);
    assert.equal(holds("box", BOX, [33.1, 40], 3), false);
    assert.equal(holds("box", BOX, [33, 63], 3), false); // the corner is further than its sides
  });

  it("is no polygon whose notch it lies in", () => {
    assert.equal(holds("polygon", NOTCHED, [15, 5], 0), false);
    assert.equal(holds("polygon", NOTCHED, [5, 5], 0), true);
    assert.equal(holds("polygon", NOTCHED, [15, 15], 0), true);
  });

  it("is a point within reach", () => {
    assert.equal(holds("point", [[10, 10]], [13, 14], 5), true);
    assert.equal(holds("point", [[10, 10]], [13, 14], 4.9), false);
  });

  it("may have two corners in the same place", () => {
    assert.equal(holds("polygon", [NOTCHED[0], ...NOTCHED], [5, 5], 0), true);
  });
});

describe("handles", () => {
  it("of a box are its corners and the middles of its sides", () => {
    const places = handlesOf("box", BOX).map(({ place }) => place);
    assert.equal(places.length, 8);
    assert.deepEqual(places[2], [30, 60]);
    assert.deepEqual(places[5], [30, 40]);
  });

  it("of a polygon are its corners", () => {
    assert.deepEqual(
      handlesOf("polygon", NOTCHED).map(({ place }) => place),
      NOTCHED,
    );
  });

  it("pull what belongs to them", () => {
    const [corner, , , , , side] = handlesOf("box", BOX);
    assert.deepEqual(pulledTo(BOX, corner, [0, 5]), [
      [0, 5],
      [30, 60],
    ]);
    assert.deepEqual(pulledTo(BOX, side, [90, 5]), [
      [10, 20],
      [90, 60],
    ]);
    const third = handlesOf("polygon", NOTCHED)[2];
    const pulled = pulledTo(NOTCHED, third, [12, 9]);
    assert.deepEqual(pulled[2], [12, 9]);
    assert.deepEqual(pulled.toSpliced(2, 1), NOTCHED.toSpliced(2, 1));
  });

  it("of a box do not go through the other side", () => {
    const lowerRight = handlesOf("box", BOX)[2];
    assert.equal(crosses(BOX, lowerRight, [11, 21]), false);
    assert.equal(crosses(BOX, lowerRight, [10, 40]), true);
    assert.equal(crosses(BOX, lowerRight, [40, 20]), true);
    const left = handlesOf("box", BOX)[7];
    assert.equal(crosses(BOX, left, [29, -100]), false); // of its y nothing follows
    assert.equal(crosses(BOX, left, [30, 40]), true);
  });
});

describe("moving", () => {
  it("goes as far as the picture allows, and keeps the shape", () => {
    assert.deepEqual(movedBy(BOX, -50, 5, PICTURE), [
      [0, 25],
      [20, 65],
    ]);
    assert.deepEqual(movedBy(NOTCHED, 500, 500, PICTURE), [
      [80, 60],
      [90, 60],
      [90, 70],
      [100, 70],
      [100, 80],
      [80, 80],
    ]);
  });

  it("stays in the picture by the point", () => {
    assert.deepEqual(inPicture([-3, 90], PICTURE), [0, 80]);
    assert.deepEqual(inPicture([50, 40], PICTURE), [50, 40]);
  });

  it("is told to a hundredth of a pixel", () => {
    assert.deepEqual(rounded([[1.005, 2.994999]]), [[1, 2.99]]);
    assert.deepEqual(rounded([[0.1 + 0.2, -0.004]]), [[0.3, -0]]);
  });
});

describe("what is a shape", () => {
  it("is a box with two sides", () => {
    assert.equal(isShape("box", BOX), true);
    const flat = /** @type {Point[]} */ ([BOX[0], [30, 20]]);
    assert.equal(isShape("box", flat), false);
    assert.equal(isShape("box", [BOX[0], BOX[0]]), false);
    assert.equal(isShape("box", [BOX[0]]), false);
  });

  it("is a polygon with three different corners", () => {
    assert.equal(isShape("polygon", NOTCHED), true);
    assert.equal(isShape("polygon", [...BOX, ...BOX]), false);
  });

  it("is one point", () => {
    assert.equal(isShape("point", [[0, 0]]), true);
    assert.equal(isShape("point", BOX), false);
  });

  it("is whatever the keys begin with", () => {
    /** @type {Bounds} */
    const seen = [0, 0, 90, 60];
    assert.deepEqual(startIn("point", seen), [[45, 30]]);
    assert.deepEqual(startIn("box", seen), [
      [30, 20],
      [60, 40],
    ]);
    for (const shape of /** @type {const} */ (["box", "polygon", "point"])) {
      assert.equal(isShape(shape, startIn(shape, seen)), true);
    }
    assert.equal(isShape("box", startIn("box", [5, 5, 5, 5])), false); // nothing is in sight
  });
});
