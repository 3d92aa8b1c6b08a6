// Regions marked in a picture: drawn, moved, taken from proposals, taken back.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Places } from "../../dalt/page/static/marks/places.js";
import { box, kernel, sample, spec } from "./made.js";

/** @import { Pictured, Point, Sample, Shape } from "../../dalt/page/static/types.js" */

/**
 * @param {Partial<Sample>} [more]
 * @param {Shape} [shape]
 */
function places(more = {}, shape = "box") {
  const engine = kernel();
  const made = new Places(/** @type {Pictured} */ (sample("s", { size: [100, 80], ...more })), shape, engine);
  return { made, asked: engine.asked };
}

/** @type {Point[]} */
const DRAWN = [
  [30, 40],
  [10, 20],
];

describe("a region that is drawn", () => {
  it("goes from its upper left to its lower right corner, whichever came first", () => {
    const { made } = places();
    made.add(DRAWN, "cat");
    assert.deepEqual(made.answer, [
      {
        shape: "box",
        label: "cat",
        points: [
          [10, 20],
          [30, 40],
        ],
      },
    ]);
  });

  it("ends where the picture ends", () => {
    const { made } = places();
    const drawn = made.add(
      [
        [-5, 70],
        [500, 90],
      ],
      "cat",
    );
    assert.deepEqual(drawn?.points, [
      [0, 70],
      [100, 80],
    ]);
  });

  it("is none where it has no inside, or lies outside", () => {
    const { made, asked } = places();
    assert.equal(made.add([DRAWN[0], DRAWN[0]], "cat"), null);
    assert.equal(
      made.add(
        [
          [120, 10],
          [130, 20],
        ],
        "cat",
      ),
      null,
    );
    assert.deepEqual(made.answer, []);
    assert.deepEqual(asked, []);
  });

  it("is asked about, and gets the class that is likely", () => {
    const { made, asked } = places();
    const drawn = made.add(DRAWN, "cat");
    assert.equal(asked.length, 1);
    assert.equal(asked[0].type, "rank_region");
    assert.equal(asked[0].ask, drawn?.id);
    const classes = [spec("cat"), spec("dog")];
    const told = { snapshot: 3, classes: [1, 0], probabilities: [0.9, 0.1] };
    assert.equal(made.rank(asked[0].ask, classes, told), true);
    assert.equal(made.answer[0].label, "dog");
    assert.equal(made.rank(-1, classes, told), false);
  });

  it("keeps the class that the person chose, whatever is likely", () => {
    const { made, asked } = places();
    made.add(DRAWN, "cat");
    made.relabel("bird");
    made.rank(asked[0].ask, [spec("dog")], { snapshot: 3, classes: [0], probabilities: [1] });
    assert.equal(made.answer[0].label, "bird");
  });
});

describe("proposals", () => {
  const proposals = [
    { region: box("cat", 10, 20, 20), probability: 0.9 },
    { region: box("dog", 60, 20), probability: 0.6 },
  ];

  it("count only once they are taken, unless Enter submits them", () => {
    const outlined = places({ proposals }).made;
    assert.deepEqual(outlined.answer, []);
    assert.equal(outlined.tally.outlined, 2);
    const submitted = places({ proposals, submits_proposals: true }).made;
    assert.equal(submitted.answer.length, 2);
    assert.equal(submitted.tally.proposed, 2);
  });

  it("are taken one after the other", () => {
    const { made } = places({ proposals });
    made.takeNext();
    assert.deepEqual(
      made.answer.map(({ label }) => label),
      ["cat"],
    );
    assert.equal(made.meant?.label, "cat");
    made.takeNext();
    made.takeNext();
    assert.equal(made.answer.length, 2);
  });

  it("go where the person has drawn the same", () => {
    const { made } = places({ proposals });
    made.add(DRAWN, "bird");
    assert.equal(made.tally.outlined, 1);
    assert.equal(made.all.length, 2);
  });

  it("give way to what was answered before, also to nothing", () => {
    const answered = { label: [box("bird", 0, 0)] };
    assert.deepEqual(places({ proposals, answered }).made.answer, answered.label);
    assert.deepEqual(places({ proposals, answered: { label: [] } }).made.all, []);
    assert.deepEqual(places({ proposals, before: answered }).made.proposed, []);
  });

  it("of a picture that was skipped are there again", () => {
    assert.equal(places({ proposals, answered: { label: null } }).made.tally.outlined, 2);
  });

  it("have Enter asked twice where none was taken", () => {
    const { made } = places({ proposals });
    assert.equal(made.confirm(1_000), false);
    assert.equal(made.warned, true);
    assert.equal(made.confirm(1_100), false); // too soon to have been read
    assert.equal(made.confirm(2_000), true);
  });
});

describe("changes", () => {
  it("are taken back and done again, in order", () => {
    const { made } = places();
    made.add(DRAWN, "cat");
    made.note();
    made.move(5, 5);
    made.note();
    assert.equal(made.has(-1), true);
    assert.equal(made.has(1), false);
    made.go(-1);
    assert.deepEqual(made.all[0].points[0], [10, 20]);
    made.go(-1);
    assert.deepEqual(made.all, []);
    assert.equal(made.has(-1), false);
    made.go(1);
    made.go(1);
    assert.deepEqual(made.answer, [box("cat", 15, 25, 20)]);
  });

  it("there are none to take back of a picture just opened", () => {
    const { made } = places({ answered: { label: [box("cat", 1, 1)] } });
    made.note();
    assert.equal(made.has(-1), false);
    made.go(-1);
    assert.equal(made.all.length, 1);
  });

  it("that a new list of classes makes are no change of the hand", () => {
    const { made } = places({ answered: { label: [box("cat", 1, 1)] } });
    made.rename((name) => (name === "cat" ? "feline" : undefined));
    assert.equal(made.answer[0].label, "feline");
    assert.equal(made.has(-1), false);
  });

  it("do not make a region no shape", () => {
    const { made } = places();
    made.add(DRAWN, "cat");
    made.put([
      [50, 50],
      [50, 70],
    ]);
    assert.deepEqual(made.all[0].points[0], [10, 20]);
  });

  it("remove the one that is meant, and mean its neighbour", () => {
    const { made } = places({ answered: { label: [box("a", 1, 1), box("b", 30, 1), box("c", 60, 1)] } });
    made.mean(made.all[1].id);
    made.remove();
    assert.equal(made.meant?.label, "c");
    made.remove();
    assert.equal(made.meant?.label, "a");
    made.remove();
    assert.equal(made.meant, null);
    made.remove();
    assert.deepEqual(made.all, []);
  });
});

it("the smallest of those at a place comes first", () => {
  const { made } = places({ answered: { label: [box("large", 0, 0, 60), box("small", 10, 10)] } });
  assert.deepEqual(
    made.at([15, 15], 0).map(({ label }) => label),
    ["small", "large"],
  );
  assert.deepEqual(made.at([90, 70], 0), []);
});

it("a polygon needs three corners", () => {
  const { made } = places({}, "polygon");
  assert.equal(made.add(DRAWN, "cat"), null);
  assert.notEqual(made.add([...DRAWN, [30, 20]], "cat"), null);
});

describe("what was begun before a reload", () => {
  it("goes on as it was, with what is only proposed", () => {
    const proposals = [{ region: { shape: "box", label: "dog", points: DRAWN }, probability: 0.6 }];
    const { made } = places(/** @type {any} */ ({ proposals, submits_proposals: false }));
    assert.equal(made.begun, false);
    made.add(
      [
        [50, 50],
        [70, 70],
      ],
      "cat",
    );
    assert.equal(made.begun, true);
    const again = places(/** @type {any} */ ({ draft: JSON.parse(JSON.stringify(made.draft)) })).made;
    assert.deepEqual(again.answer, made.answer);
    assert.deepEqual(again.tally, { ...made.tally, next: again.next });
    assert.equal(again.begun, true);
    assert.equal(new Set(again.all.map(({ id }) => id)).size, again.all.length);
  });
});
