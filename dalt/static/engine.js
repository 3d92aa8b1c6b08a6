// The page's side of a session: which samples it holds, which answers are on their way.
//
// One engine belongs to one widget model and is shared by all views of it.  It speaks with
// the kernel in custom messages only (synchronised traits coalesce, labels must not).

import { newKey, Outbox } from "./outbox.js";

const HISTORY = 20; // answered samples kept for an undo without the kernel
const PATIENCE = 8_000; // silence after a question until the kernel counts as gone
const ASK_AGAIN = 3_000; // while nothing is free
const RESEND = 5_000; // first resend of an answer; doubles up to a minute

export class Engine extends EventTarget {
  queue = []; // samples held, the first one is on screen
  history = []; // [{sample, label}], newest last
  setup = null;
  standing = null;
  acknowledged = 0;
  done = false;
  nothing = false; // the kernel has said that it has no sample to give now
  offline = false;
  views = new Set();

  #send;
  #page = newKey();
  #seq = 0;
  #outbox = null;
  #timer = null;
  #asked = null; // when the oldest unanswered question went out
  #beat = 0; // when the last heartbeat went out
  #wanted = 0; // when samples were last asked for
  #ticked = performance.now();

  constructor(model, signal) {
    super();
    this.#send = (message) => {
      try {
        model.send({ ...message, page: this.#page });
      } catch {
        // The connection is gone for good.  What matters is in the outbox, and silence is
        // noticed.
      }
    };
    model.on("msg:custom", (message, buffers) => this.#hear(message, buffers));
    // The kernel went away or came back (JupyterLab says so): find out at once.
    model.on("comm_live_update", () => this.#timer && this.#ask({ type: "heartbeat" }));
    signal.addEventListener("abort", () => this.#stop());
  }

  get waiting() {
    return this.#outbox?.size ?? 0;
  }

  get durable() {
    return this.#outbox?.durable ?? true;
  }

  /** Called by the first view; nothing is leased before. */
  start() {
    if (this.#timer !== null) return;
    this.#timer = setInterval(() => this.#tick(), 1_000);
    // Voilà has let go of its kernel by then, and ends it where its XSRF cookie is set:
    // the kernel gives its samples back as well when it ends.
    window.addEventListener("beforeunload", this.#leave);
    window.addEventListener("pageshow", this.#reappear);
    this.#ask({ type: "ready", held: [] });
  }

  /** Record an answer to the sample on screen; `label` null is a skip. */
  answer(sample, label, shownAt, activeMs) {
    if (this.queue[0] !== sample) return false;
    this.queue.shift();
    this.history.push({ sample, label });
    if (this.history.length > HISTORY) release(this.history.shift().sample);
    const { snapshot, classes, probabilities } = sample.suggestion;
    // Of several classes each counts by itself: what was on screen is all of them.
    const shown = this.setup.multi_label ? classes.length : 3;
    this.#post({
      type: "answer",
      sample_id: sample.id,
      label,
      suggestion: {
        snapshot,
        classes: classes.slice(0, shown).map((index) => this.setup.classes[index].name),
        probabilities: probabilities.slice(0, shown),
      },
      shown_at: shownAt.toISOString(),
      active_ms: activeMs,
      mode: "single",
    });
    return true;
  }

  /** Take back the last answer; the earlier sample is on screen at once if it is known. */
  undo() {
    if (this.setup === null) return;
    const last = this.history.pop();
    if (last) this.queue.unshift(last.sample);
    this.#post({ type: "undo", sample_id: last?.sample.id ?? null });
  }

  // --- to the kernel

  #post(entry) {
    const made = { ...entry, key: newKey(), seq: this.#seq++, made_at: Date.now() };
    this.#outbox.add(made);
    this.#changed();
    this.#pump();
  }

  /** Send what is due, in order.  An undo waits for all before it and all after it wait. */
  #pump() {
    let first = true;
    for (const entry of this.#outbox ?? []) {
      const undo = entry.type === "undo";
      if (undo && !first) return;
      first = false;
      if ((entry.due ?? 0) <= performance.now()) this.#resend(entry);
      if (undo) return;
    }
  }

  #resend(entry) {
    entry.tries = (entry.tries ?? 0) + 1;
    entry.due = performance.now() + Math.min(60_000, RESEND * 2 ** (entry.tries - 1));
    const { tries: _, due: __, ...message } = entry;
    this.#ask(message);
  }

  /** Send a message that the kernel replies to. */
  #ask(message) {
    this.#asked ??= performance.now();
    if (message.type === "heartbeat") this.#beat = performance.now();
    this.#send(message);
  }

  #more() {
    this.#wanted = performance.now();
    this.#ask({ type: "more", held: this.queue.map((sample) => sample.id) });
  }

  #tick() {
    const now = performance.now();
    // After sleep the clock has jumped: what was asked before says nothing about the kernel.
    if (now - this.#ticked > 5_000 && this.#asked !== null) this.#asked = now;
    this.#ticked = now;
    const every = this.offline ? 5_000 : 1_000 * (this.setup?.heartbeat ?? 15);
    if (now - this.#beat > every) {
      if (this.setup === null) this.#ask({ type: "ready", held: [] });
      this.#ask({ type: "heartbeat" });
    }
    this.#pump();
    const wants = this.setup && !this.queue.length && !this.done && this.#asked === null;
    if (wants && now - this.#wanted > ASK_AGAIN) this.#more();
    if (this.#asked !== null && now - this.#asked > PATIENCE && !this.offline) {
      this.offline = true;
      this.#changed();
    }
  }

  #leave = () => {
    this.#send({ type: "bye" });
    // Whoever is still here a moment later has stayed after all.
    setTimeout(() => this.#startAnew(), 2_000);
  };

  #reappear = (event) => {
    if (event.persisted) this.#startAnew();
  };

  /** What was held was given back when the page was left: hold other samples. */
  #startAnew() {
    for (const sample of this.queue.splice(0)) release(sample);
    this.#changed();
    this.#ask({ type: "ready", held: [] });
  }

  #stop() {
    clearInterval(this.#timer);
    window.removeEventListener("beforeunload", this.#leave);
    window.removeEventListener("pageshow", this.#reappear);
    for (const sample of this.queue) release(sample);
    for (const { sample } of this.history) release(sample);
  }

  // --- from the kernel

  #hear(message, buffers) {
    const handler = this.#handlers[message.type];
    if (!handler) return;
    this.#asked = null;
    if (this.offline) {
      this.offline = false;
      for (const entry of this.#outbox ?? []) entry.due = 0;
    }
    handler(message, buffers ?? []);
    this.#pump();
    this.#changed();
  }

  #handlers = {
    setup: (message) => {
      if (this.setup) this.#renumber(this.setup.classes, message.classes);
      this.setup = message;
      this.acknowledged = message.acknowledged;
      this.standing = message.standing;
      this.#outbox ??= new Outbox(message.project, message.annotator);
    },
    samples: (message, buffers) => {
      this.done = message.done;
      this.nothing = message.nothing;
      this.#take(message.samples, buffers, false);
    },
    ack: (message) => {
      this.acknowledged = message.acknowledged;
      // Another page of the same kernel answered it: it is no longer ours to show.
      if (message.page !== this.#page) this.#drop(message.sample_id);
      this.#settle(message.key);
    },
    undone: (message, buffers) => {
      const entry = this.#settle(message.key);
      this.acknowledged = message.acknowledged;
      if (message.sample_ids.length) this.done = false;
      if (entry?.sample_id && !message.sample_ids.includes(entry.sample_id)) {
        this.#drop(entry.sample_id);
      }
      this.#take(message.samples, buffers, true);
      if (!message.sample_ids.length) this.#notify("nothing_to_undo", "");
    },
    refresh: (message) => {
      this.standing = message.standing;
      for (const sample of this.queue) {
        const newer = message.suggestions[sample.id];
        if (newer && !this.#onScreen(sample)) sample.suggestion = newer;
      }
    },
    heartbeat: () => {},
    refused: (message) => {
      this.#settle(message.key);
      this.#notify("refused", message.message);
    },
    failed: (message) => this.#notify("trouble", message.message, message.key),
  };

  /** Suggestions name classes by their places in the list: follow them into a new list. */
  #renumber(former, classes) {
    const places = former.map(({ name }) =>
      classes.findIndex((each) => each.name === name || each.formerly.includes(name)));
    for (const sample of [...this.queue, ...this.history.map((each) => each.sample)]) {
      const { classes: old, probabilities } = sample.suggestion;
      const moved = old.map((index, rank) => [places[index], probabilities[rank]]);
      // Without those that are gone; of two that became one, the likelier.
      const kept = moved.filter(([place], rank) =>
        place >= 0 && moved.findIndex(([other]) => other === place) === rank);
      sample.suggestion = {
        ...sample.suggestion,
        classes: kept.map(([place]) => place),
        probabilities: kept.map(([, share]) => share),
      };
    }
  }

  #settle(key) {
    this.dispatchEvent(new CustomEvent("settled", { detail: key }));
    return this.#outbox?.remove(key) ?? null;
  }

  #take(samples, buffers, front) {
    const known = new Set(this.queue.map((sample) => sample.id));
    const answered = this.#outbox.answered();
    const fresh = samples.filter(({ id }) => !known.has(id) && !answered.has(id));
    for (const sample of fresh) {
      const { buffer, mime } = sample.display;
      if (buffer === null) continue;
      sample.url = URL.createObjectURL(new Blob([buffers[buffer]], { type: mime }));
    }
    if (front) this.queue.unshift(...fresh);
    else this.queue.push(...fresh);
  }

  #drop(id) {
    for (const sample of this.queue.filter((held) => held.id === id)) release(sample);
    this.queue = this.queue.filter((held) => held.id !== id);
  }

  #onScreen(sample) {
    return [...this.views].some((view) => view.shown === sample);
  }

  #notify(name, message, key = null) {
    this.dispatchEvent(new CustomEvent("notice", { detail: { name, message, key } }));
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

function release(sample) {
  if (sample.url) URL.revokeObjectURL(sample.url);
}
