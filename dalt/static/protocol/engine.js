// The page's side of a session: which samples it holds, which answers are on their way.
//
// One engine belongs to one widget model and is shared by all views of it.  It speaks with
// the kernel in custom messages only (synchronised traits coalesce, labels must not).

import { release, show } from "../samples/content.js";
import { Comeback, former } from "./comeback.js";
import { Line } from "./line.js";
import { newKey } from "./outbox.js";
import { renumber } from "./renumber.js";
import { samplesOf, Timeline } from "./timeline.js";

const PAGES = 2; // to verify, the one on screen included
const ASK_AGAIN = 3_000; // while nothing is free
const UNSEEN = 3; // seconds without a view until what is held is given back
const LATER = 15_000; // while nothing is sure enough; a new snapshot asks sooner

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
  noSamples = false; // whether the project has none yet
  skipped = false; // whether some of what is done was skipped, and is open to be seen again
  adjudicating = false; // whether the owner decides where annotators disagree
  nothing = false; // the kernel has said that it has no sample to give now
  views = new Set();
  manager; // of the widgets in this browser
  trouble = null; // what is known of being offline: "lost", or "rests" where nobody used the page

  #line;
  #steps = new Map(); // key of an undo or redo on its way → its entry of the timeline
  #timer = null;
  #unseen = 0; // seconds without a view
  #wanted = 0; // when samples were last asked for
  #pagesWanted = -Infinity; // when pages were
  #pagesAsked = false; // and no reply has come

  constructor(model, signal) {
    super();
    this.manager = model.widget_manager;
    this.#line = new Line(model, () => this.#changed());
    model.on("msg:custom", (message, buffers) => this.#hear(message, buffers));
    // The kernel went away or came back (JupyterLab says so): find out at once.
    model.on("comm_live_update", () => this.#timer && this.#ask({ type: "heartbeat" }));
    signal.addEventListener("abort", () => this.#stop());
    new Comeback(this, signal);
  }

  get waiting() {
    return this.#line.outbox?.size ?? 0;
  }

  get durable() {
    return this.#line.outbox?.durable ?? true;
  }

  get offline() {
    return this.#line.offline;
  }

  /** When the kernel was last heard, by `performance.now()`. */
  get heardAt() {
    return this.#line.heardAt;
  }

  /** Called by the first view; nothing is leased before. */
  start() {
    if (this.#timer !== null) return;
    this.#timer = setInterval(() => this.#tick(), 1_000);
    // Voilà has let go of its kernel by then, and ends it where its XSRF cookie is set:
    // the kernel gives its samples back as well when it ends.
    window.addEventListener("beforeunload", this.#leave);
    window.addEventListener("pageshow", this.#reappear);
    this.#ask({ type: "ready", held: [], former: former() });
  }

  /** The server, or the kernel behind it, cannot be reached. */
  lose(trouble) {
    this.trouble = trouble;
    this.#line.lose();
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
      type: "verify",
      page_id: page.id,
      samples,
      shown_at: shownAt.toISOString(),
      active_ms: activeMs,
    });
    this.#morePages();
    return true;
  }

  /** Take back the last answer or page; it is on screen at once if it is known. */
  undo() {
    if (this.setup === null) return;
    const last = this.timeline.undo();
    const { page, sample } = last;
    if (page) {
      this.mode = "verify";
      this.pages.unshift(page);
      const ids = page.samples.map(({ id }) => id);
      this.#step(last, { type: "undo", page_id: page.id, label: page.label, sample_ids: ids });
      return;
    }
    if (sample) {
      this.mode = "single";
      this.queue.unshift(sample);
    }
    this.#step(last, { type: "undo", sample_id: sample?.id ?? null });
  }

  /** Answer again what was undone last, as it was answered. */
  redo() {
    if (this.setup === null) return;
    const next = this.timeline.redo();
    const samples = samplesOf(next);
    if (samples.length) {
      this.mode = next.page ? "verify" : "single";
      this.queue = this.queue.filter((held) => held !== next.sample);
      this.pages = this.pages.filter((held) => held !== next.page);
    }
    this.#step(next, { type: "redo", sample_ids: samples.map(({ id }) => id) });
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

  /** Post an undo or a redo, and remember what it is expected to do. */
  #step(entry, message) {
    const key = newKey();
    this.#steps.set(key, entry);
    this.#line.post(message, key);
  }

  #post(message) {
    this.#line.post(message);
  }

  /** Send a message that may get lost and that the kernel replies to. */
  ask(message) {
    this.#ask(message);
  }

  #ask(message) {
    this.#line.ask(message);
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
    if (this.views.size) this.#unseen = 0;
    else if (++this.#unseen > UNSEEN && !this.waiting) return this.#rest();
    const now = performance.now();
    if (this.#line.tick(1_000 * (this.setup?.heartbeat ?? 15))) {
      if (this.setup === null) this.#ask({ type: "ready", held: [] });
      this.#ask({ type: "heartbeat" });
    }
    this.#line.pump();
    const idle = this.setup && !this.done && this.#line.idle;
    if (this.mode === "verify") {
      const soon = this.unsure ? LATER : ASK_AGAIN;
      const due = this.pages.length < (this.#pagesAsked ? PAGES : 1);
      if (idle && due && now - this.#pagesWanted > soon) this.#morePages();
    } else if (idle && !this.queue.length && now - this.#wanted > ASK_AGAIN) this.#more();
    this.#line.listen();
  }

  #leave = () => {
    this.#line.tell({ type: "bye" });
    // Whoever is still here a moment later has stayed after all.
    setTimeout(() => this.#startAnew(), 2_000);
  };

  /** No view is left, as where a cell is run again: give back what is held until one comes. */
  #rest() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.#unseen = 0;
    this.#letGo();
    this.#line.tell({ type: "bye" });
  }

  #reappear = (event) => {
    if (event.persisted) this.#startAnew();
  };

  /** What was held was given back when the page was left: hold other samples. */
  #startAnew() {
    this.#letGo();
    this.#changed();
    this.#ask({ type: "ready", held: [] });
    if (this.mode === "verify") this.#morePages();
  }

  #letGo() {
    for (const sample of this.queue.splice(0)) release(sample);
    for (const page of this.pages.splice(0)) page.samples.forEach(release);
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
    this.#line.heard(message);
    this.trouble = null;
    handler(message, buffers ?? []);
    // What the page is extended by listens to the types of its own.
    this.dispatchEvent(new CustomEvent(`kernel:${message.type}`, { detail: { message, buffers: buffers ?? [] } }));
    this.#line.pump();
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
      // A page to verify is a suggestion, too: who labels blind sees none.
      message.pages = !message.several && !message.blind;
      this.setup = message;
      // A page of a class that is gone cannot be confirmed; the kernel keeps its samples.
      for (const { id, label } of [...this.pages]) {
        if (!message.classes.some(({ name }) => name === label)) this.#dropPage(id);
      }
      this.acknowledged = message.acknowledged;
      this.standing = message.standing;
      this.#line.open(message.project, message.annotator);
    },
    samples: (message, buffers) => {
      this.done = message.done;
      this.skipped = message.skipped;
      this.noSamples = message.no_samples;
      this.nothing = message.nothing;
      this.#take(message.samples, buffers, false);
    },
    pages: (message, buffers) => {
      this.#pagesAsked = false;
      this.unsure = message.nothing;
      this.done = message.done;
      this.skipped = message.skipped;
      this.noSamples = message.no_samples;
      this.#takePages(message.pages, buffers);
    },
    // The samples of these pages are among the single ones now: nothing else was left.
    taken: (message) => {
      for (const id of message.page_ids) this.#dropPage(id);
    },
    ack: (message) => {
      this.acknowledged = message.acknowledged;
      // Another page of the same kernel answered it: it is no longer ours to show.
      if (message.page !== this.#line.page && message.kind === "page") this.#dropPage(message.page_id);
      else if (message.page !== this.#line.page) this.#drop(message.sample_id);
      this.#settle(message.key);
    },
    undone: (message, buffers) => this.#undone(message, buffers),
    refresh: (message) => {
      const learned = message.standing.snapshot !== this.standing?.snapshot;
      this.standing = message.standing;
      if (learned && this.mode === "verify" && this.unsure && !this.pages.length) this.#morePages();
      for (const sample of this.queue) {
        const newer = message.suggestions[sample.id];
        // One that is open again keeps what it came with: the newest has learned its answer.
        if (!newer || sample.answered || this.#onScreen(sample)) continue;
        const { proposals, submits_proposals, ...suggestion } = newer;
        sample.suggestion = suggestion;
        // What was on screen before keeps what is marked in it, and what Enter does with it.
        if (proposals && !sample.marks && !sample.before) Object.assign(sample, { proposals, submits_proposals });
      }
    },
    redone: (message) => this.#redone(message),
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
    // Without a key it is not about an answer: none of them is sent again.
    failed: ({ message, key }) => this.#notify(key == null ? "mishap" : "trouble", message, key),
  };

  #undone(message, buffers) {
    const asked = this.#settle(message.key);
    const entry = this.#stepOf(message.key);
    const { sample_ids: ids, samples, reopened } = message;
    this.acknowledged = message.acknowledged;
    if (asked?.sample_id && !ids.includes(asked.sample_id)) this.#drop(asked.sample_id);
    const known = asked?.sample_ids ?? [asked?.sample_id];
    const asExpected = JSON.stringify(known) === JSON.stringify(ids);
    if (asked?.page_id && !asExpected) this.#dropPage(asked.page_id);
    if (ids.length) {
      this.done = false;
      if (reopened) this.mode = "verify";
      else if (samples.length) this.mode = "single";
      this.#take(samples, buffers, true);
      for (const { id } of reopened?.samples ?? []) this.#drop(id); // one was expected singly
      if (reopened) this.#takePages([reopened], buffers, true);
      this.timeline.undone(entry, asExpected, reopened);
    } else {
      this.timeline.forgetUndo(entry);
      if (asked) this.#notify("nothing_to_undo", "");
    }
  }

  #redone(message) {
    const asked = this.#settle(message.key);
    const entry = this.#stepOf(message.key);
    const { sample_ids: ids } = message;
    this.acknowledged = message.acknowledged;
    const expected = asked?.sample_ids ?? [];
    if (expected.length && !ids.length && samplesOf(entry).length) this.#putBack(entry);
    else if (expected.length && JSON.stringify(expected) !== JSON.stringify(ids)) {
      // What was taken off the screen is open still: the kernel sends it again.
      this.timeline.forgetRedo(entry);
      this.mode === "verify" ? this.#morePages() : this.#more();
    } else if (asked && ids.length && !expected.length) this.mode = message.paged ? "verify" : "single";
    // What an undo on its way has put on screen again meanwhile stays there.
    const held = new Set([...this.#steps.values()].flatMap(samplesOf).map(({ id }) => id));
    const gone = ids.filter((id) => !held.has(id));
    for (const id of gone) this.#drop(id);
    for (const page of [...this.pages]) {
      if (page.samples.some(({ id }) => gone.includes(id))) this.#dropPage(page.id);
    }
    if (ids.length) return;
    this.timeline.redoable = false;
    if (asked) this.#notify("nothing_to_redo", "");
  }

  /** Nothing was recorded again: what the redo took off the screen is as open as before. */
  #putBack(entry) {
    this.timeline.unremember(entry);
    if (entry.page) this.pages.unshift(entry.page);
    else this.queue.unshift(entry.sample);
  }

  #stepOf(key) {
    const entry = this.#steps.get(key) ?? {};
    this.#steps.delete(key);
    return entry;
  }

  #settle(key) {
    this.dispatchEvent(new CustomEvent("settled", { detail: key }));
    return this.#line.outbox?.remove(key) ?? null;
  }

  #take(samples, buffers, front) {
    const known = new Set(this.queue.map((sample) => sample.id));
    const answered = this.#line.outbox.answered();
    const fresh = samples.filter(({ id }) => !known.has(id) && !answered.has(id));
    for (const sample of fresh) show(sample, buffers);
    if (front) this.queue.unshift(...fresh);
    else this.queue.push(...fresh);
  }

  #takePages(pages, buffers, front = false) {
    const answered = this.#line.outbox.answered();
    for (const page of pages) {
      if (this.pages.some(({ id }) => id === page.id)) continue;
      page.samples = page.samples.filter(({ id }) => !answered.has(id));
      page.said = new Map(Object.entries(page.said));
      for (const sample of page.samples) show(sample, buffers);
      if (page.samples.length) front ? this.pages.unshift(page) : this.pages.push(page);
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
