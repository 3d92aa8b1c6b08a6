// The page's side of a session: which samples it holds, which answers are on their way.
//
// One engine belongs to one widget model and is shared by all views of it.  It speaks with
// the kernel in custom messages only (synchronised traits coalesce, labels must not).

import { release, show } from "./content.js";
import { newKey, Outbox } from "./outbox.js";
import { renumber } from "./renumber.js";
import { Timeline } from "./timeline.js";

const PAGES = 2; // to verify, the one on screen included
const PATIENCE = 8_000; // silence after a question until the kernel counts as gone
const ASK_AGAIN = 3_000; // while nothing is free
const LATER = 15_000; // while nothing is sure enough; a new snapshot asks sooner
const RESEND = 5_000; // first resend of an answer; doubles up to a minute

export class Engine extends EventTarget {
  queue = []; // samples held, the first one is on screen
  pages = []; // pages to verify that are held, the first one is on screen in verify mode
  timeline = new Timeline(); // what was answered, and what of it taken back
  mode = "single";
  pageSize = 12; // what the screen has room for
  unsure = false; // the kernel has said that nothing is sure enough to verify by the page
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
  #pagesWanted = -Infinity; // when pages were
  #pagesAsked = false; // and no reply has come
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
  answer(sample, label, shownAt, activeMs, proposed = []) {
    if (this.queue[0] !== sample) return false;
    this.queue.shift();
    this.timeline.answered({ sample, label });
    this.#post({
      type: "answer",
      sample_id: sample.id,
      label,
      suggestion: this.#seen(sample.suggestion),
      proposed,
      shown_at: shownAt.toISOString(),
      active_ms: activeMs,
      mode: "single",
    });
    return true;
  }

  /** Confirm the page on screen; `page.said` has what is not of its class, null is a skip. */
  verify(page, shownAt, activeMs) {
    if (this.pages[0] !== page) return false;
    this.pages.shift();
    this.timeline.answered({ page });
    const samples = page.samples.map(({ id, suggestion }) => ({
      sample_id: id,
      label: page.said.has(id) ? page.said.get(id) : page.label,
      suggestion: this.#seen(suggestion),
    }));
    this.#post({
      type: "verify", page_id: page.id, samples, shown_at: shownAt.toISOString(), active_ms: activeMs,
    });
    this.#morePages();
    return true;
  }

  /** Take back the last answer or page; it is on screen at once if it is known. */
  undo() {
    if (this.setup === null) return;
    const last = this.timeline.undo();
    if (last) this.mode = last.page ? "verify" : "single";
    if (last?.page) {
      const { id, label, samples } = last.page;
      this.pages.unshift(last.page);
      this.#post({ type: "undo", page_id: id, label, sample_ids: samples.map((each) => each.id) });
      return;
    }
    if (last) this.queue.unshift(last.sample);
    this.#post({ type: "undo", sample_id: last?.sample.id ?? null });
  }

  /** Answer again what was undone last, as it was answered. */
  redo() {
    if (this.setup === null) return;
    const next = this.timeline.redo();
    const samples = next?.page?.samples ?? (next ? [next.sample] : []);
    if (next) {
      this.mode = next.page ? "verify" : "single";
      this.queue = this.queue.filter((held) => held !== next.sample);
      this.pages = this.pages.filter((held) => held !== next.page);
    }
    this.#post({ type: "redo", sample_ids: samples.map(({ id }) => id) });
    if (this.mode === "verify") this.#morePages();
  }

  /** Leave the answer of a sample that was opened again as it is. */
  keep(sample) {
    if (this.queue[0] !== sample) return;
    this.#ask({ type: "keep", sample_id: sample.id });
    this.dispatchEvent(new CustomEvent("kept", { detail: sample.id }));
    this.#drop(sample.id);
    if (!this.queue.length) this.#more();
    this.#changed();
  }

  /** Send what answers nothing and must not get lost; the kernel says `noted` to its key. */
  post(message) {
    this.#post({ ...message, aside: true });
  }

  /** What is held in the mode that is left, and marked there, stays as it is. */
  setMode(mode) {
    if (this.setup === null || mode === this.mode) return;
    this.mode = mode;
    if (mode === "verify") this.#morePages();
    else if (!this.queue.length) this.#more();
    this.#changed();
  }

  /** The mode that is expected to be quicker, where it is not the one in use. */
  get proposal() {
    const quicker = this.standing?.quicker ?? null;
    if (this.mode === "verify" && this.unsure && !this.pages.length) return "single";
    if (quicker === "verify" && this.unsure) return null;
    return quicker === this.mode ? null : quicker;
  }

  /** A suggestion as an event keeps it: the names that were on screen. */
  #seen({ snapshot, classes, probabilities }) {
    // Of several classes each counts by itself: what was on screen is all of them.
    const shown = this.setup.multi_label ? classes.length : 3;
    return {
      snapshot,
      classes: classes.slice(0, shown).map((index) => this.setup.classes[index].name),
      probabilities: probabilities.slice(0, shown),
    };
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
      const undo = entry.type === "undo" || entry.type === "redo";
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

  /** Send a message that may get lost and that the kernel replies to. */
  ask(message) {
    this.#ask(message);
  }

  #ask(message) {
    this.#asked ??= performance.now();
    if (message.type === "heartbeat") this.#beat = performance.now();
    this.#send(message);
  }

  #more() {
    this.#wanted = performance.now();
    this.#ask({ type: "more", held: this.queue.map((sample) => sample.id) });
  }

  #morePages() {
    if (this.pages.length >= PAGES) return;
    this.#pagesWanted = performance.now();
    this.#pagesAsked = true;
    this.#ask({ type: "pages", held: this.pages.map(({ id }) => id), size: this.pageSize });
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
    const idle = this.setup && !this.done && this.#asked === null;
    if (this.mode === "verify") {
      const soon = this.unsure ? LATER : ASK_AGAIN;
      const due = this.pages.length < (this.#pagesAsked ? PAGES : 1);
      if (idle && due && now - this.#pagesWanted > soon) this.#morePages();
    } else if (idle && !this.queue.length && now - this.#wanted > ASK_AGAIN) this.#more();
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
    for (const page of this.pages.splice(0)) page.samples.forEach(release);
    this.#changed();
    this.#ask({ type: "ready", held: [] });
    if (this.mode === "verify") this.#morePages();
  }

  #stop() {
    clearInterval(this.#timer);
    window.removeEventListener("beforeunload", this.#leave);
    window.removeEventListener("pageshow", this.#reappear);
    for (const sample of this.queue) release(sample);
    for (const page of this.pages) page.samples.forEach(release);
    this.timeline.samples.forEach(release);
  }

  // --- from the kernel

  #hear(message, buffers) {
    const handler = this.#handlers[message.type] ?? (() => {});
    this.#asked = null;
    if (this.offline) {
      this.offline = false;
      for (const entry of this.#outbox ?? []) entry.due = 0;
    }
    handler(message, buffers ?? []);
    // What the page is extended by listens to the types of its own.
    this.dispatchEvent(new CustomEvent(`kernel:${message.type}`, { detail: { message, buffers: buffers ?? [] } }));
    this.#pump();
    this.#changed();
  }

  #handlers = {
    setup: (message) => {
      if (this.setup) {
        const pages = [...this.pages, ...this.timeline.pages];
        const samples = [...this.queue, ...this.pages.flatMap((page) => page.samples), ...this.timeline.samples];
        renumber(this.setup.classes, message.classes, samples, pages);
      }
      // Whether a sample is answered by more than one class: no page of one class then.
      message.several = message.multi_label || message.task !== "classes";
      this.setup = message;
      // A page of a class that is gone cannot be confirmed; the kernel keeps its samples.
      for (const { id, label } of [...this.pages]) {
        if (!message.classes.some(({ name }) => name === label)) this.#dropPage(id);
      }
      this.acknowledged = message.acknowledged;
      this.standing = message.standing;
      this.#outbox ??= new Outbox(message.project, message.annotator);
    },
    samples: (message, buffers) => {
      this.done = message.done;
      this.nothing = message.nothing;
      this.#take(message.samples, buffers, false);
    },
    pages: (message, buffers) => {
      this.#pagesAsked = false;
      this.unsure = message.nothing;
      this.done = message.done;
      this.#takePages(message.pages, buffers);
    },
    // The samples of these pages are among the single ones now: nothing else was left.
    taken: (message) => message.page_ids.forEach((id) => this.#dropPage(id)),
    ack: (message) => {
      this.acknowledged = message.acknowledged;
      // Another page of the same kernel answered it: it is no longer ours to show.
      if (message.page !== this.#page && message.kind === "page") this.#dropPage(message.page_id);
      else if (message.page !== this.#page) this.#drop(message.sample_id);
      this.#settle(message.key);
    },
    undone: (message, buffers) => {
      const entry = this.#settle(message.key);
      this.acknowledged = message.acknowledged;
      if (message.sample_ids.length) this.done = false;
      if (entry?.sample_id && !message.sample_ids.includes(entry.sample_id)) {
        this.#drop(entry.sample_id);
      }
      const reopened = JSON.stringify(message.sample_ids);
      if (entry?.page_id && JSON.stringify(entry.sample_ids) !== reopened) {
        this.#dropPage(entry.page_id);
      }
      if (message.samples.length) this.mode = "single";
      this.#take(message.samples, buffers, true);
      if (!message.sample_ids.length) {
        this.timeline.redoable = this.timeline.future.length > 0;
        this.#notify("nothing_to_undo", "");
      }
    },
    refresh: (message) => {
      const learned = message.standing.snapshot !== this.standing?.snapshot;
      this.standing = message.standing;
      if (learned && this.mode === "verify" && this.unsure && !this.pages.length) this.#morePages();
      for (const sample of this.queue) {
        const newer = message.suggestions[sample.id];
        // One that is open again keeps what it came with: the newest has learned its answer.
        if (newer && !sample.answered && !this.#onScreen(sample)) sample.suggestion = newer;
      }
    },
    redone: (message) => {
      this.#settle(message.key);
      this.acknowledged = message.acknowledged;
      for (const id of message.sample_ids) this.#drop(id);
      for (const page of [...this.pages]) {
        if (page.samples.some(({ id }) => message.sample_ids.includes(id))) this.#dropPage(page.id);
      }
      if (!message.sample_ids.length) {
        this.timeline.redoable = false;
        this.#notify("nothing_to_redo", "");
      }
    },
    noted: (message) => this.#settle(message.key),
    not_opened: () => this.#notify("not_opened", ""),
    // Samples to answer now, also such as were answered before.
    opened: (message, buffers) => {
      this.mode = "single";
      this.done = false;
      for (const { id } of message.samples) this.#drop(id);
      this.#take(message.samples, buffers, true);
    },
    heartbeat: () => {},
    refused: (message) => {
      this.#settle(message.key);
      this.#notify("refused", message.message);
    },
    failed: (message) => this.#notify("trouble", message.message, message.key),
  };

  #settle(key) {
    this.dispatchEvent(new CustomEvent("settled", { detail: key }));
    return this.#outbox?.remove(key) ?? null;
  }

  #take(samples, buffers, front) {
    const known = new Set(this.queue.map((sample) => sample.id));
    const answered = this.#outbox.answered();
    const fresh = samples.filter(({ id }) => !known.has(id) && !answered.has(id));
    for (const sample of fresh) show(sample, buffers);
    if (front) this.queue.unshift(...fresh);
    else this.queue.push(...fresh);
  }

  #takePages(pages, buffers) {
    const answered = this.#outbox.answered();
    for (const page of pages) {
      if (this.pages.some(({ id }) => id === page.id)) continue;
      page.samples = page.samples.filter(({ id }) => !answered.has(id));
      page.said = new Map();
      for (const sample of page.samples) show(sample, buffers);
      if (page.samples.length) this.pages.push(page);
    }
  }

  #dropPage(id) {
    for (const page of this.pages) if (page.id === id) page.samples.forEach(release);
    this.pages = this.pages.filter((page) => page.id !== id);
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
