// Answers on their way, in a real localStorage (Node's, of this process alone), and the line that sends them.

import assert from "node:assert/strict";
import { beforeEach, describe, it, mock } from "node:test";
import { Line } from "../../dalt/page/static/protocol/line.js";
import { newKey, Outbox } from "../../dalt/page/static/protocol/outbox.js";

/** @import { Postable, Posted } from "../../dalt/page/static/types.js" */

/**
 * @param {string} key
 * @param {Partial<Posted>} [more]
 * @returns {Posted}
 */
function entry(key, more = {}) {
  return { type: "answer", sample_id: key, key, seq: 0, made_at: 0, ...more };
}

/** @param {string} id */
function answer(id) {
  return /** @type {Postable} */ ({ type: "answer", sample_id: id, label: "cat" });
}

/** A line to a kernel that only listens. */
function line() {
  /** @type {any[]} */
  const sent = [];
  const made = new Line({ send: (message) => sent.push(message) }, () => {});
  made.open("project", "ana");
  return { made, sent };
}

beforeEach(() => localStorage.clear());

describe("the outbox", () => {
  it("has after a reload what was not settled, in the order it was made", () => {
    const before = new Outbox("project", "ana");
    before.add(entry("late", { made_at: 20 }));
    before.add(entry("second", { made_at: 10, seq: 2 }));
    before.add(entry("first", { made_at: 10, seq: 1 }));
    before.add(entry("settled", { made_at: 5 }));
    assert.equal(before.remove("settled")?.key, "settled");
    const after = new Outbox("project", "ana");
    assert.deepEqual(
      [...after].map(({ key }) => key),
      ["first", "second", "late"],
    );
    assert.equal(after.durable, true);
  });

  it("is one project's and one person's", () => {
    new Outbox("project", "ana").add(entry("k"));
    assert.equal(new Outbox("project", "ben").size, 0);
    assert.equal(new Outbox("project:", "ana").size, 0);
    assert.equal(new Outbox("project", "ana").size, 1);
  });

  it("keeps what changed in an entry", () => {
    const outbox = new Outbox("project", "ana");
    outbox.add(entry("k", { type: "undo" }));
    const [undo] = outbox;
    undo.up_to = 7;
    outbox.update(undo);
    assert.equal([...new Outbox("project", "ana")][0].up_to, 7);
  });

  it("removes what is there, once", () => {
    const outbox = new Outbox("project", "ana");
    outbox.add(entry("k"));
    assert.equal(outbox.remove("other"), null);
    assert.notEqual(outbox.remove("k"), null);
    assert.equal(outbox.remove("k"), null);
  });

  it("works without storage, and says that a reload would lose what is in it", () => {
    const full = mock.method(Storage.prototype, "setItem", () => {
      throw new DOMException("full", "QuotaExceededError");
    });
    const outbox = new Outbox("project", "ana");
    outbox.add(entry("k"));
    full.mock.restore();
    assert.equal(outbox.size, 1);
    assert.equal(outbox.durable, false);
  });

  it("passes over what another tab settles while it is read", () => {
    new Outbox("project", "ana").add(entry("gone"));
    new Outbox("project", "ana").add(entry("there", { made_at: 1 }));
    const read = Storage.prototype.getItem;
    /**
     * @this {Storage}
     * @param {string} name
     */
    function settled(name) {
      return name.endsWith("gone") ? null : read.call(this, name);
    }
    const raced = mock.method(Storage.prototype, "getItem", settled);
    const outbox = new Outbox("project", "ana");
    raced.mock.restore();
    assert.deepEqual(
      [...outbox].map(({ key }) => key),
      ["there"],
    );
  });

  it("tells the samples that have an answer in it", () => {
    const outbox = new Outbox("project", "ana");
    outbox.add(entry("a"));
    outbox.add(entry("p", { type: "verify", sample_id: undefined, samples: [{ sample_id: "b" }, { sample_id: "c" }] }));
    outbox.add(entry("n", { type: "note", aside: true, sample_id: "d" }));
    assert.deepEqual([...outbox.answered()], ["a", "b", "c"]);
    outbox.add(entry("u", { type: "undo", sample_id: "a" }));
    outbox.add(entry("v", { type: "undo", sample_id: undefined, sample_ids: ["b", "c"] }));
    assert.deepEqual([...outbox.answered()], []);
    outbox.add(entry("r", { type: "redo", sample_id: undefined, sample_ids: ["b"] }));
    assert.deepEqual([...outbox.answered()], ["b"]);
  });
});

describe("the line", () => {
  it("sends an answer with a key of its own and the number of the page", () => {
    const { made, sent } = line();
    made.post(answer("one"));
    made.post(answer("two"));
    assert.deepEqual(
      sent.map(({ sample_id }) => sample_id),
      ["one", "two"],
    );
    assert.notEqual(sent[0].key, sent[1].key);
    assert.equal(sent[0].page, made.page);
    assert.deepEqual([sent[0].seq, sent[1].seq], [0, 1]);
    assert.equal("due" in sent[0] || "tries" in sent[0], false);
  });

  it("sends after a reload what the former page could not settle, by the same key", () => {
    const before = line();
    before.made.post(answer("one"));
    const after = line();
    after.made.pump();
    assert.deepEqual(
      after.sent.map(({ sample_id, key }) => [sample_id, key]),
      [["one", before.sent[0].key]],
    );
    assert.notEqual(after.sent[0].page, before.sent[0].page);
  });

  it("sends all that waits at once when the kernel is back", () => {
    const { made, sent } = line();
    made.post(answer("one"));
    made.lose();
    made.pump();
    assert.equal(sent.length, 1);
    made.heard({ type: "heartbeat" });
    made.pump();
    assert.equal(sent.length, 2);
    assert.equal(sent[1].key, sent[0].key);
  });

  it("holds an undo until all before it is settled, and all after it until it is", () => {
    const { made, sent } = line();
    made.post(answer("one"));
    made.post({ type: "undo", sample_id: "one" });
    made.post(answer("two"));
    assert.deepEqual(
      sent.map(({ type }) => type),
      ["answer"],
    );
    made.heard({ type: "noted", key: "x", newest: 41 });
    made.outbox?.remove(sent[0].key);
    made.pump();
    assert.deepEqual(
      sent.map(({ type }) => type),
      ["answer", "undo"],
    );
    assert.equal(sent[1].up_to, 41); // what comes later is none of its business
    made.outbox?.remove(sent[1].key);
    made.pump();
    assert.equal(sent[2].sample_id, "two");
  });

  it("does not send again what is not due", () => {
    const { made, sent } = line();
    made.post(answer("one"));
    made.pump();
    made.pump();
    assert.equal(sent.length, 1);
  });

  it("keeps the answer where the connection is gone for good", () => {
    const made = new Line(
      {
        send: () => {
          throw new Error("the comm is closed");
        },
      },
      () => {},
    );
    made.open("project", "ana");
    made.post(answer("one"));
    assert.equal(made.outbox?.size, 1);
    assert.equal(made.idle, false);
  });
});

it("keys differ, also where there is no secure context", () => {
  const { randomUUID } = crypto;
  assert.notEqual(newKey(), newKey());
  Object.defineProperty(crypto, "randomUUID", { value: undefined, configurable: true });
  try {
    assert.match(newKey(), /^[0-9a-f]{32}$/);
    assert.notEqual(newKey(), newKey());
  } finally {
    Object.defineProperty(crypto, "randomUUID", { value: randomUUID, configurable: true });
  }
});
