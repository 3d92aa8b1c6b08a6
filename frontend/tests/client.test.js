// The page's own line to Jupyter's server: messages as bytes, a socket that breaks, widgets that are asked for.

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";
import { Connection } from "../../dalt/page/static/client/connection.js";
import { Models, WidgetModel } from "../../dalt/page/static/client/models.js";
import { PROTOCOL, packed, unpacked } from "../../dalt/page/static/client/wire.js";

const WANTED = new Set(["comm_msg", "comm_close"]);
const OURS = { _model_module: "anywidget", _anywidget_id: "dalt.widgets.LabelPage" };

/** A socket that does what the test says. */
class FakeSocket extends EventTarget {
  static OPEN = 1;
  /** @type {FakeSocket[]} */
  static all = [];
  readyState = 0;
  binaryType = "";
  /** @type {Uint8Array<ArrayBuffer>[]} */
  sent = [];

  /**
   * @param {string} address
   * @param {string[]} protocols
   */
  constructor(address, protocols) {
    super();
    this.address = address;
    assert.deepEqual(protocols, [PROTOCOL]);
    FakeSocket.all.push(this);
  }

  /** @param {Uint8Array<ArrayBuffer>} message */
  send(message) {
    assert.equal(this.readyState, 1, "nothing is sent over a socket that is not open");
    this.sent.push(message);
  }

  close() {
    this.break();
  }

  open() {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  break(reason = "") {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event("close"), { reason }));
  }

  /**
   * @param {string} id
   * @param {object} data
   * @param {ArrayBufferView[]} [buffers]
   */
  says(id, data, buffers = [], type = "comm_msg") {
    const { buffer } = packed({ msg_type: type, msg_id: "1", session: "s" }, { comm_id: id, data }, buffers);
    this.dispatchEvent(Object.assign(new Event("message"), { data: buffer }));
  }

  /** The contents of what was sent. */
  get heard() {
    return this.sent.map(({ buffer }) => unpacked(buffer, WANTED)?.content);
  }
}

const latest = () => FakeSocket.all[FakeSocket.all.length - 1];
const connect = (address = "https://host/team/api/kernels/k/") => new Connection(new URL(address));

/** What a promise has come to by now. @param {Promise<unknown>} promise */
const settled = (promise) => Promise.race([promise, new Promise((go) => setImmediate(go, "open"))]);

const world = /** @type {any} */ (globalThis);
const before = { window: world.window, WebSocket: world.WebSocket };

beforeEach(() => {
  FakeSocket.all = [];
  Object.assign(world, { window: new EventTarget(), WebSocket: FakeSocket });
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
});

afterEach(() => {
  mock.timers.reset();
  Object.assign(world, before);
});

describe("messages as bytes", () => {
  it("come out as they went in, with buffers cut from larger ones", () => {
    const large = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]);
    const buffers = [large.subarray(2, 5), new DataView(large.buffer, 6, 1), large.buffer, new Uint8Array()];
    const { buffer } = packed({ msg_type: "comm_msg" }, { text: "고양이 🐈" }, buffers);
    const heard = unpacked(buffer, WANTED);
    assert.deepEqual(heard?.content, { text: "고양이 🐈" });
    const bytes = heard?.buffers.map((each) => [...new Uint8Array(each.buffer, each.byteOffset, each.byteLength)]);
    assert.deepEqual(bytes, [[2, 3, 4], [6], [0, 1, 2, 3, 4, 5, 6, 7], []]);
  });

  it("have the places of their parts in front, as Jupyter's server reads them", () => {
    const { buffer } = packed({}, {}, []);
    const numbers = new BigUint64Array(buffer.slice(0, 56));
    assert.deepEqual([...numbers].map(Number), [6, 56, 61, 63, 65, 67, 69]);
    assert.equal(new TextDecoder().decode(buffer.slice(56, 61)), "shell");
  });

  it("are not read where nobody wants them", () => {
    const { buffer } = packed({ msg_type: "status" }, {}, []);
    assert.equal(unpacked(buffer, WANTED), null);
  });
});

describe("the connection", () => {
  it("goes to the kernel below the server's path, safely where the page came safely", () => {
    connect();
    assert.match(latest().address, /^wss:\/\/host\/team\/api\/kernels\/k\/channels\?session_id=[0-9a-f]{32}$/);
    connect("http://host/api/kernels/k/");
    assert.match(latest().address, /^ws:\/\/host\/api/);
  });

  it("sends what was said before it was open, and while it was down, in order and once", () => {
    const connection = connect();
    connection.send("comm_msg", { n: 1 });
    latest().open();
    connection.send("comm_msg", { n: 2 });
    const first = latest();
    first.break();
    connection.send("comm_msg", { n: 3 });
    connection.send("comm_msg", { n: 4 });
    mock.timers.tick(250);
    latest().open();
    assert.deepEqual(first.heard, [{ n: 1 }, { n: 2 }]);
    assert.deepEqual(latest().heard, [{ n: 3 }, { n: 4 }]);
  });

  it("is the same session each time, says when it is back, and not when it first comes", () => {
    const connection = connect();
    let back = 0;
    connection.back = () => {
      back += 1;
    };
    latest().open();
    const { address } = latest();
    assert.equal(back, 0);
    latest().break();
    mock.timers.tick(250);
    assert.equal(latest().address, address);
    latest().open();
    assert.equal(back, 1);
  });

  it("tries less and less often, then waits for somebody to come back", () => {
    connect();
    for (let at = 0; at < 300; at++) {
      latest().break();
      mock.timers.tick(1_000);
    }
    const tried = FakeSocket.all.length;
    assert.ok(tried >= 15 && tried <= 25, String(tried));
    world.window.dispatchEvent(new Event("focus"));
    assert.equal(FakeSocket.all.length, tried + 1);
    world.window.dispatchEvent(new Event("online"));
    assert.equal(FakeSocket.all.length, tried + 1, "it is being opened");
  });

  it("gives up a socket that neither opens nor closes", () => {
    connect();
    mock.timers.tick(15_000);
    mock.timers.tick(250);
    assert.equal(FakeSocket.all.length, 2);
  });

  it("stays down where the server has ended the kernel, and where the page has closed it", () => {
    const ended = connect();
    latest().open();
    latest().break("over");
    ended.send("comm_msg", {});
    const closed = connect();
    latest().open();
    closed.close();
    world.window.dispatchEvent(new Event("focus"));
    mock.timers.tick(100_000);
    assert.equal(FakeSocket.all.length, 2);
  });
});

describe("the widgets", () => {
  /** @param {string} id */
  const whole = (id, more = {}) => latest().says(id, { method: "update", state: { ...OURS, ...more } });

  it("are asked for once each, and hear what is said before they are shown", async () => {
    const models = new Models(connect());
    latest().open();
    const asked = models.states(["a", "b", "a"]);
    assert.equal(latest().sent.length, 2);
    whole("a", { mode: "single" });
    latest().says("a", { method: "update", state: { mode: "verify" } });
    whole("b");
    const states = await asked;
    assert.deepEqual([...(states?.keys() ?? [])].sort(), ["a", "b"]);
    assert.equal(models.model("a", {}).get("mode"), "verify");
  });

  it("are asked for again where an answer was lost, and at once where the connection was", async () => {
    const models = new Models(connect());
    latest().open();
    const asked = models.states(["a"]);
    mock.timers.tick(3_000);
    assert.equal(latest().sent.length, 2);
    latest().break();
    mock.timers.tick(250);
    latest().open();
    assert.equal(latest().sent.length, 1);
    whole("a");
    assert.ok(await asked);
    mock.timers.tick(60_000);
    assert.equal(latest().sent.length, 1);
  });

  it("are left to Voilà where the kernel knows nothing of them, but not while it cannot be reached", async () => {
    const models = new Models(connect());
    const asked = models.states(["a"]);
    for (let at = 0; at < 40; at++) mock.timers.tick(3_000);
    assert.equal(await settled(asked), "open");
    latest().open();
    for (let at = 0; at < 40; at++) mock.timers.tick(3_000);
    assert.equal(await asked, null);
  });

  it("are left to Voilà where one is somebody else's", async () => {
    for (const other of [{ _model_module: "@jupyter-widgets/controls" }, { _anywidget_id: "others.Chart" }]) {
      const models = new Models(connect());
      latest().open();
      const asked = models.states(["a", "b"]);
      whole("a");
      whole("b", other);
      assert.equal(await asked, null);
    }
  });

  it("hear messages with their buffers, and say when the connection is back", () => {
    const connection = connect();
    const models = new Models(connection);
    latest().open();
    /** @type {any[]} */
    const heard = [];
    const model = models.model("a", {});
    model.on("msg:custom", (content, buffers) => heard.push([content.type, buffers[0].getUint8(0)]));
    model.on("comm_live_update", () => heard.push("back"));
    latest().says("a", { method: "custom", content: { type: "samples" } }, [new Uint8Array([7])]);
    latest().says("b", { method: "custom", content: { type: "samples" } });
    latest().break();
    mock.timers.tick(250);
    latest().open();
    assert.deepEqual(heard, [["samples", 7], "back"]);
  });

  it("are over when the kernel closes them", () => {
    const models = new Models(connect());
    latest().open();
    models.model("a", {});
    /** @type {string[]} */
    const closed = [];
    models.closed = (id) => closed.push(id);
    latest().says("a", {}, [], "comm_close");
    assert.deepEqual(closed, ["a"]);
  });

  it("tell of changes, save what was set, and take no echo for news", () => {
    /** @type {any[]} */
    const said = [];
    const model = new WidgetModel({ mode: "single" }, (data) => said.push(data));
    /** @type {unknown[]} */
    const changes = [];
    const follow = (/** @type {unknown} */ _, /** @type {unknown} */ value) => changes.push(value);
    model.on("change:mode", follow);
    model.hear({ method: "update", state: { mode: "verify" } }, []);
    model.hear({ method: "update", state: { mode: "verify" } }, []);
    model.hear({ method: "echo_update", state: { mode: "single" } }, []);
    model.set("mode", "single");
    model.save_changes();
    model.save_changes();
    assert.deepEqual(changes, ["verify", "single"]);
    assert.deepEqual(said, [{ method: "update", state: { mode: "single" }, buffer_paths: [] }]);
    model.off("change:mode", follow);
    model.set("mode", "verify");
    assert.equal(changes.length, 2);
  });

  it("have buffers in the places of their state", () => {
    const model = new WidgetModel({}, () => {});
    const given = new DataView(new ArrayBuffer(2));
    model.hear({ method: "update", state: { a: [{}, {}] }, buffer_paths: [["a", 1, "b"]] }, [given]);
    assert.equal(model.get("a")[1].b, given);
  });
});
