// What is measured of an answer, by clocks that the test sets; and what a clock tells the stopwatch.

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { ActiveClock } from "../../dalt/page/static/dom/clock.js";
import { Stopwatch } from "../../dalt/page/static/dom/stopwatch.js";

/** @import { Look } from "../../dalt/page/static/types.js" */

const [SECOND, HOUR] = [1_000, 3_600_000];
const START = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Two clocks, of which only one can be set. */
class Time {
  now = 5_000;
  wall = START;

  /** @param {number} milliseconds */
  pass(milliseconds) {
    this.now += milliseconds;
    this.wall += milliseconds;
  }
}

function started() {
  const time = new Time();
  const watch = new Stopwatch(
    () => time.now,
    () => time.wall,
  );
  return { time, watch };
}

/** @param {Look} look */
function parts({ active_ms: active, timing }) {
  const { commit_ms: commit, hidden_ms: hidden, idle_ms: idle } = timing ?? {};
  assert.equal(Number(active) + Number(hidden) + Number(idle), commit, "each moment counts once");
  return { active, hidden, idle };
}

describe("the stopwatch", () => {
  it("counts from shown to committed", () => {
    const { time, watch } = started();
    time.pass(16);
    watch.paint();
    time.pass(800);
    watch.alive();
    watch.press("keys");
    time.pass(184);
    watch.alive();
    watch.press("clicks");
    assert.deepEqual(watch.read(), {
      shown_at: "2026-01-02T03:04:05.000Z",
      active_ms: 1_000,
      timing: {
        paint_ms: 16,
        first_key_ms: 816,
        commit_ms: 1_000,
        hidden_ms: 0,
        idle_ms: 0,
        wall_ms: 1_000,
        n_keys: 1,
        n_clicks: 1,
      },
    });
  });

  it("starts from zero with the next sample", () => {
    const { time, watch } = started();
    time.pass(900);
    watch.paint();
    watch.press("keys");
    watch.restart();
    time.pass(40);
    const { shown_at, active_ms, timing } = watch.read();
    assert.equal(shown_at, "2026-01-02T03:04:05.900Z");
    assert.equal(active_ms, 40);
    assert.deepEqual([timing?.paint_ms, timing?.first_key_ms, timing?.n_keys], [null, null, 0]);
  });

  it("takes coming back for a sign of life", () => {
    const { time, watch } = started();
    time.pass(2 * SECOND);
    watch.see(false); // Alt+Tab
    time.pass(300 * SECOND);
    watch.see(true);
    time.pass(20 * SECOND); // reads before the first key
    watch.alive();
    assert.deepEqual(parts(watch.read()), { active: 22 * SECOND, hidden: 300 * SECOND, idle: 0 });
  });

  it("takes what is beyond 30 s without a sign of life for idle", () => {
    const { time, watch } = started();
    time.pass(29 * SECOND);
    watch.alive(); // a pause to think
    time.pass(100 * SECOND);
    watch.alive(); // a pause for coffee
    time.pass(2 * SECOND);
    assert.deepEqual(parts(watch.read()), { active: 61 * SECOND, hidden: 0, idle: 70 * SECOND });
    time.pass(40 * SECOND);
    assert.deepEqual(parts(watch.read()), { active: 89 * SECOND, hidden: 0, idle: 82 * SECOND });
  });

  it("takes what is not seen for hidden, a night long", () => {
    const { time, watch } = started();
    time.pass(3 * SECOND);
    watch.see(false);
    watch.see(false);
    time.pass(9 * HOUR);
    watch.alive(); // the pointer moves over a window that has not the focus
    watch.see(true);
    time.pass(2 * SECOND);
    assert.deepEqual(parts(watch.read()), { active: 5 * SECOND, hidden: 9 * HOUR, idle: 0 });
  });

  it("counts no key that was meant for something else", () => {
    const { watch } = started();
    watch.see(false);
    watch.press("keys");
    watch.restart();
    watch.press("clicks");
    watch.see(true);
    const { n_keys, n_clicks, first_key_ms } = watch.read().timing ?? {};
    assert.deepEqual([n_keys, n_clicks, first_key_ms], [0, 0, null]);
  });

  it("says what the computer's own clock has made of it", () => {
    const { time, watch } = started();
    time.pass(2 * SECOND);
    time.wall += 8 * HOUR; // it slept, and the other clock rested
    assert.equal(watch.read().timing?.wall_ms, 8 * HOUR + 2 * SECOND);
    assert.equal(watch.read().timing?.commit_ms, 2 * SECOND);
    time.wall -= 10 * HOUR; // somebody set it back
    assert.equal(watch.read().timing?.wall_ms, -2 * HOUR + 2 * SECOND);
    assert.equal(watch.read().active_ms, 2 * SECOND);
  });

  it("tells the first paint and the first key only", () => {
    const { time, watch } = started();
    for (const after of [100, 200, 300]) {
      time.pass(after);
      watch.paint();
      watch.press("keys");
    }
    const { paint_ms, first_key_ms, n_keys } = watch.read().timing ?? {};
    assert.deepEqual([paint_ms, first_key_ms, n_keys], [100, 100, 3]);
  });
});

// --- the browser, as far as a clock asks it -------------------------------------------------------

class FakeNode extends EventTarget {
  /** @type {FakeNode[]} */
  children = [];

  /** @param {unknown} other */
  contains(other) {
    return other === this || this.children.includes(/** @type {FakeNode} */ (other));
  }
}

class FakeDocument extends EventTarget {
  visibilityState = "visible";
  focus = true;

  hasFocus() {
    return this.focus;
  }
}

/** @type {any} */
const world = globalThis;
const NAMES = ["document", "window", "Node", "IntersectionObserver", "requestAnimationFrame", "setTimeout"];
const before = Object.fromEntries(NAMES.map((name) => [name, world[name]]));

describe("the clock", () => {
  /** @type {FakeDocument} */
  let document;
  /** @type {EventTarget} */
  let window;
  /** @type {(() => void)[]} */
  let frames;
  /** @type {(() => void)[]} */
  let afterwards;
  /** @type {(inView: boolean) => void} */
  let scroll;
  const root = new FakeNode();
  const inside = new FakeNode();
  root.children = [inside];

  beforeEach(() => {
    document = new FakeDocument();
    window = new EventTarget();
    frames = [];
    afterwards = [];
    class Observer {
      /** @param {(seen: { isIntersecting: boolean }[]) => void} told */
      constructor(told) {
        scroll = (isIntersecting) => told([{ isIntersecting }]);
      }
      observe() {}
      disconnect() {}
    }
    Object.assign(world, {
      document,
      window,
      Node: FakeNode,
      IntersectionObserver: Observer,
      requestAnimationFrame: (/** @type {() => void} */ does) => frames.push(does),
      setTimeout: (/** @type {() => void} */ does) => afterwards.push(does),
    });
  });
  afterEach(() => Object.assign(world, before));

  function clock() {
    const made = new ActiveClock(/** @type {any} */ (inside), /** @type {any} */ (root), new AbortController().signal);
    made.restart();
    return made;
  }

  /**
   * @param {string} type
   * @param {object} [more]
   */
  function press(type, more, target = inside) {
    const event = new Event(type);
    Object.defineProperty(event, "target", { value: target });
    document.dispatchEvent(Object.assign(event, { key: "1", repeat: false, isPrimary: true }, more));
  }

  function paint() {
    for (const does of frames.splice(0)) does();
    for (const does of afterwards.splice(0)) does();
  }

  /** @param {ActiveClock} made */
  function counted(made) {
    const { n_keys, n_clicks } = made.read().timing ?? {};
    return [n_keys, n_clicks];
  }

  it("counts keys and clicks of the page alone", () => {
    const made = clock();
    press("keydown");
    press("keydown", { repeat: true }); // it is held down
    press("keydown", { key: "Shift" });
    press("keydown", {}, new FakeNode()); // another cell of the notebook
    press("pointerdown");
    press("pointerdown", { isPrimary: false }); // a second finger
    press("pointerdown", {}, new FakeNode());
    press("pointermove");
    assert.deepEqual(counted(made), [1, 1]);
    made.restart();
    assert.deepEqual(counted(made), [0, 0]);
  });

  it("counts nothing while the sample is out of sight", () => {
    const made = clock();
    scroll(false);
    press("keydown");
    assert.deepEqual(counted(made), [0, 0]);
    scroll(true);
    press("keydown");
    assert.deepEqual(counted(made), [1, 0]);
  });

  it("waits for the frame that has the sample", () => {
    const made = clock();
    assert.equal(made.read().timing?.paint_ms, null);
    for (const does of frames.splice(0)) does(); // the frame begins: nothing is painted yet
    assert.equal(made.read().timing?.paint_ms, null);
    paint();
    assert.notEqual(made.read().timing?.paint_ms, null);
    assert.equal(frames.length, 0, "one frame for each sample");
  });

  it("takes no frame of the sample before", () => {
    const made = clock();
    const [former] = frames.splice(0);
    made.restart();
    former();
    for (const does of afterwards.splice(0)) does();
    assert.equal(made.read().timing?.paint_ms, null);
    paint();
    assert.notEqual(made.read().timing?.paint_ms, null);
  });

  it("has painted nothing while the page is hidden", () => {
    document.visibilityState = "hidden";
    const made = clock();
    assert.equal(frames.length, 0);
    document.visibilityState = "visible";
    document.dispatchEvent(new Event("visibilitychange"));
    paint();
    assert.notEqual(made.read().timing?.paint_ms, null);
  });

  it("has painted what lies in a window without the focus, and nobody looks at it", () => {
    document.focus = false;
    const made = clock();
    paint();
    assert.notEqual(made.read().timing?.paint_ms, null);
    press("keydown");
    assert.deepEqual(counted(made), [0, 0]);
  });

  it("goes on where the page is built anew around the sample", () => {
    const former = clock();
    press("keydown");
    const signal = new AbortController().signal;
    const made = new ActiveClock(/** @type {any} */ (inside), /** @type {any} */ (root), signal, former);
    assert.deepEqual(counted(made), [1, 0]);
  });
});
