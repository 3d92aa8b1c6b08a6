// The page's side of a session: which samples it holds, which answers are on their way.
//
// One engine belongs to one widget model and is shared by all views of it.  It speaks with
// the kernel in custom messages only (synchronised traits coalesce, labels must not).

import { release } from "../samples/content.js";
import { Comeback, former } from "./comeback.js";
import { Held, opened } from "./held.js";
import { hello } from "./hello.js";
import { Line } from "./line.js";
import { newKey } from "./outbox.js";
import { Presence } from "./presence.js";
import { renumber } from "./renumber.js";
import { seen, taskOf } from "./task.js";
import { samplesOf, Timeline } from "./timeline.js";
import { modeAfter, nextMode, proposed, takesTurns } from "./turns.js";

/** @import { Buffers, EngineTarget, Entry, FromKernel, FromPage, Label, Look, Mode, Model, Page, Phrase, Postable, Redone, Region, Sample, Standing, Step, Task, Undone } from "../types.js" */

/**
 * @template {FromKernel} M
 * @typedef {(message: M, buffers: Buffers) => void} Hear
 */

const PAGES = 2; // to verify, the one on screen included
const ASK_AGAIN = 3_000; // while nothing is free
const LATER = 15_000; // while nothing is sure enough; a new snapshot asks sooner

export class Engine extends /** @type {new () => EngineTarget} */ (/** @type {unknown} */ (EventTarget)) {
  timeline = new Timeline(); // what was answered, and what of it taken back
  /** @type {Mode} */
  mode = "single";
  pageSize = 12; // what the screen has room for
  unsure = false; // the kernel has said that nothing is sure enough to verify by the page
  /** @type {Task | null} */
  setup = null;
  /** @type {Standing | null} */
  standing = null;
  acknowledged = 0;
  done = false;
  noSamples = false; // whether the project has none yet
  skipped = false; // whether some of what is done was skipped, and is open to be seen again
  adjudicating = false; // whether the owner decides where annotators disagree
  elsewhere = false; // whether this person has the last samples open in another window
  nothing = false; // the kernel has said that it has no sample to give now
  /** @type {Set<{ shown: Sample | null }>} */
  views = new Set();
  /** @type {"lost" | "rests" | null} */
  trouble = null; // what is known of being offline: "lost", or "rests" where nobody used the page

  #held = new Held();
  /** @type {Line} */
  #line;
  /** @type {Map<string, Entry>} */
  #steps = new Map(); // key of an undo or redo on its way → its entry of the timeline
  #presence = new Presence({
    tick: () => this.#tick(),
    looked: () => this.views.size > 0,
    busy: () => this.waiting > 0,
    leave: () => this.#line.tell({ type: "bye" }),
    rest: () => {
      this.#held.letGo();
      this.#line.tell({ type: "bye" });
    },
    anew: () => this.#startAnew(),
  });
  #wanted = 0; // when samples were last asked for
  #pagesWanted = -Infinity; // when pages were
  #pagesAsked = false; // and no reply has come

  /**
   * @param {Model} model
   * @param {AbortSignal} signal
   */
  constructor(model, signal) {
    super();
    this.#line = new Line(model, () => this.#changed());
    model.on("msg:custom", (message, buffers) => this.#hear(message, buffers));
    // The kernel went away or came back (JupyterLab says so): find out at once.
    model.on("comm_live_update", () => this.#presence.begun && this.ask({ type: "heartbeat" }));
    signal.addEventListener("abort", () => this.#stop());
    new Comeback(this, signal);
  }

  /** Samples held, the first one is on screen. */
  get queue() {
    return this.#held.queue;
  }

  /** Pages to verify that are held, the first one is on screen in verify mode. */
  get pages() {
    return this.#held.pages;
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
    if (this.#presence.begun) return;
    this.#presence.begin();
    this.ask(hello(former()));
  }

  /**
   * The server, or the kernel behind it, cannot be reached.
   * @param {"lost" | "rests"} trouble
   */
  lose(trouble) {
    this.trouble = trouble;
    this.#line.lose();
  }

  /**
   * Record an answer to the sample on screen; `label` null is a skip.
   * @param {Sample} sample
   * @param {Label | null} label
   * @param {Look} look
   * @param {Region[]} [proposed]
   */
  answer(sample, label, look, proposed = []) {
    const { setup } = this;
    if (setup === null || this.queue[0] !== sample) return false;
    if (setup.read_only) return label === null ? this.#pass() : this.#unsaved();
    this.queue.shift();
    this.timeline.answered({ sample, label });
    this.#line.post({
      type: "answer",
      sample_id: sample.id,
      label,
      suggestion: seen(sample.suggestion, setup),
      proposed,
      ...look,
      mode: "single",
    });
    return true;
  }

  /**
   * Confirm the page on screen; `page.said` has what is not of its class, null is a skip.
   * @param {Page} page
   * @param {Look} look
   */
  verify(page, look) {
    const { setup } = this;
    if (setup === null || this.pages[0] !== page) return false;
    this.pages.shift();
    this.timeline.answered({ page });
    const samples = page.samples.map(({ id, suggestion }) => ({
      sample_id: id,
      label: page.said.has(id) ? (page.said.get(id) ?? null) : page.label,
      suggestion: seen(suggestion, setup),
    }));
    this.#line.post({ type: "verify", page_id: page.id, samples, ...look });
    this.mode = modeAfter(page, setup);
    this.#morePages();
    return true;
  }

  /** Take back the last answer or page; it is on screen at once if it is known. */
  undo() {
    if (this.setup === null || this.#unsaved()) return;
    const last = this.timeline.undo();
    this.#held.putBack(last);
    const { page, sample } = last;
    if (page) {
      this.mode = "verify";
      const ids = page.samples.map(({ id }) => id);
      this.#step(last, { type: "undo", page_id: page.id, label: page.label, sample_ids: ids });
      return;
    }
    if (sample) this.mode = "single";
    this.#step(last, { type: "undo", sample_id: sample?.id ?? null });
  }

  /** Answer again what was undone last, as it was answered. */
  redo() {
    if (this.setup === null || this.#unsaved()) return;
    const next = this.timeline.redo();
    const samples = samplesOf(next);
    if (samples.length) {
      this.mode = next.page ? "verify" : "single";
      this.#held.queue = this.queue.filter((held) => held !== next.sample);
      this.#held.pages = this.pages.filter((held) => held !== next.page);
    }
    this.#step(next, { type: "redo", sample_ids: samples.map(({ id }) => id) });
    if (this.mode === "verify") this.#morePages();
  }

  /**
   * Leave the answer of a sample that was opened again as it is.
   * @param {Sample} sample
   */
  keep(sample) {
    if (this.queue[0] !== sample) return;
    this.ask({ type: "keep", sample_id: sample.id });
    this.dispatchEvent(new CustomEvent("kept", { detail: sample.id }));
    this.#held.drop(sample.id);
    if (!this.queue.length) this.#more();
    this.#changed();
  }

  /**
   * Send what answers nothing and must not get lost; the kernel says `noted` to its key.
   * @param {Postable} message
   */
  post(message) {
    if (!this.#unsaved()) this.#line.post({ ...message, aside: true });
  }

  /** Where nothing can be saved: say so of what somebody has tried. */
  #unsaved() {
    if (this.setup?.read_only) this.#notify("reads_only", "");
    return Boolean(this.setup?.read_only);
  }

  /** Go on to the next sample, where people only look at them. */
  #pass() {
    this.#held.drop(this.queue[0].id);
    this.#more();
    this.#changed();
    return true;
  }

  /**
   * What is held in the mode that is left, and marked there, stays as it is.
   * @param {Mode} mode
   */
  setMode(mode) {
    if (this.setup === null || mode === this.mode) return;
    this.mode = mode;
    if (mode === "verify") this.#morePages();
    else if (!this.queue.length) this.#more();
    this.#changed();
  }

  /** The mode that is expected to be quicker, where it is not the one in use. */
  get proposal() {
    return proposed(this);
  }

  // --- to the kernel

  /**
   * Post an undo or a redo, and remember what it is expected to do.
   * @param {Entry} entry
   * @param {Step} message
   */
  #step(entry, message) {
    const key = newKey();
    this.#steps.set(key, entry);
    this.#line.post(message, key);
  }

  /**
   * Send a message that may get lost and that the kernel replies to.
   * @param {FromPage} message
   */
  ask(message) {
    this.#line.ask(message);
  }

  #more() {
    this.#wanted = performance.now();
    this.ask({ type: "more", held: this.queue.map((sample) => sample.id) });
  }

  #morePages() {
    if (this.mode === "single" || this.pages.length >= PAGES || this.setup?.by_turns) return; // what chance has assigned comes unasked
    this.#pagesWanted = performance.now();
    this.#pagesAsked = true;
    this.ask({ type: "pages", held: this.pages.map(({ id }) => id), size: this.pageSize });
  }

  #tick() {
    const now = performance.now();
    if (this.#line.tick(1_000 * (this.setup?.heartbeat ?? 15))) {
      if (this.setup === null) this.ask(hello());
      this.ask({ type: "heartbeat" });
    }
    this.#line.pump();
    const idle = this.setup && !this.done && this.#line.idle;
    const byTurns = this.setup?.by_turns;
    if (this.mode === "verify" && !byTurns) {
      const due = this.pages.length < (this.#pagesAsked ? PAGES : 1);
      if (idle && due && now - this.#pagesWanted > (this.unsure ? LATER : ASK_AGAIN)) this.#morePages();
    } else if (idle && !this.queue.length && !(byTurns && this.pages.length)) {
      if (now - this.#wanted > ASK_AGAIN) this.#more();
    }
    this.#line.listen();
  }

  /** What was held was given back when the page was left: hold other samples. */
  #startAnew() {
    this.#held.letGo();
    this.#changed();
    this.ask(hello());
    if (this.mode === "verify") this.#morePages();
  }

  #stop() {
    this.#presence.stop();
    this.#held.letGo();
    this.timeline.samples.forEach(release);
  }

  // --- from the kernel

  /**
   * @param {FromKernel} message
   * @param {Buffers | undefined} buffers
   */
  #hear(message, buffers) {
    const handler = /** @type {Hear<FromKernel> | undefined} */ (this.#handlers[message.type]);
    this.#line.heard(message);
    this.trouble = null;
    handler?.(message, buffers ?? []);
    // What the page is extended by listens to the types of its own.
    this.dispatchEvent(new CustomEvent(`kernel:${message.type}`, { detail: { message, buffers: buffers ?? [] } }));
    this.#line.pump();
    this.#changed();
  }

  /** @type {{ [M in FromKernel as M["type"]]?: Hear<M> }} */
  #handlers = {
    setup: (message) => {
      if (this.setup) {
        const pages = [...this.pages, ...this.timeline.pages];
        const samples = [...this.queue, ...this.pages.flatMap((page) => page.samples), ...this.timeline.samples];
        renumber(this.setup.classes, message.classes, samples, pages);
      }
      this.setup = taskOf(message);
      const { pages, by_turns } = this.setup;
      if (!pages && !by_turns && this.mode === "verify") this.mode = "single"; // a study has begun
      this.#held.dropGone(message.classes);
      this.acknowledged = message.acknowledged;
      this.standing = message.standing;
      this.#line.open(message.project, message.annotator);
    },
    samples: (message, buffers) => {
      this.done = message.done;
      this.skipped = message.skipped;
      this.noSamples = message.no_samples;
      this.elsewhere = message.elsewhere;
      this.nothing = message.nothing;
      this.#held.take(message.samples, buffers, this.#answered, false);
    },
    pages: (message, buffers) => {
      this.#pagesAsked = false;
      this.unsure = message.nothing;
      this.done = message.done;
      this.skipped = message.skipped;
      this.noSamples = message.no_samples;
      this.elsewhere = message.elsewhere;
      this.#held.takePages(message.pages, buffers, this.#answered);
    },
    // The samples of these pages are among the single ones now: nothing else was left.
    taken: (message) => {
      for (const id of message.page_ids) this.#held.dropPage(id);
    },
    ack: (message) => {
      this.acknowledged = message.acknowledged;
      // Another page of the same kernel answered it: it is no longer ours to show.
      if (message.page !== this.#line.page && message.kind === "page") this.#held.dropPage(message.page_id);
      else if (message.page !== this.#line.page) this.#held.drop(message.sample_id);
      this.#settle(message.key);
    },
    undone: (message, buffers) => this.#undone(message, buffers),
    refresh: (message) => {
      const learned = message.standing.snapshot !== this.standing?.snapshot;
      this.standing = message.standing;
      if (learned && this.mode === "verify" && this.unsure && !this.pages.length) this.#morePages();
      const onScreen = new Set([...this.views].map(({ shown }) => shown));
      this.#held.refresh(message.suggestions, onScreen);
    },
    redone: (message) => this.#redone(message),
    noted: (message) => this.#settle(message.key),
    not_opened: () => this.#notify("not_opened", ""),
    // Samples to answer now, also such as were answered before.
    opened: (message, buffers) => {
      this.mode = "single";
      this.done = false;
      this.#held.open(message.samples, buffers, this.#answered);
    },
    refused: (message) => {
      this.#settle(message.key);
      if (this.setup?.by_turns) this.#more(); // what was refused is open still, and its turn is now
      this.#notify("refused", message.message);
    },
    // Without a key it is not about an answer: none of them is sent again.
    failed: ({ message, key }) => this.#notify(key == null ? "mishap" : "trouble", message, key),
  };

  /**
   * @param {Undone} message
   * @param {Buffers} buffers
   */
  #undone(message, buffers) {
    const asked = this.#settle(message.key);
    const entry = this.#stepOf(message.key);
    const { sample_ids: ids, samples, reopened } = message;
    this.acknowledged = message.acknowledged;
    if (asked?.sample_id && !ids.includes(asked.sample_id)) this.#held.drop(asked.sample_id);
    const known = asked?.sample_ids ?? [asked?.sample_id];
    const asExpected = JSON.stringify(known) === JSON.stringify(ids);
    if (asked?.page_id && !asExpected) this.#held.dropPage(asked.page_id);
    if (ids.length) {
      this.done = false;
      if (reopened) this.mode = "verify";
      else if (samples.length) this.mode = "single";
      this.#held.take(samples, buffers, this.#answered, true);
      for (const { id } of reopened?.samples ?? []) this.#held.drop(id); // one was expected singly
      if (reopened) this.#held.takePages([reopened], buffers, this.#answered, true);
      this.timeline.undone(entry, asExpected, reopened && opened(reopened));
    } else {
      this.timeline.forgetUndo(entry);
      if (asked) this.#notify("nothing_to_undo", "");
    }
  }

  /** @param {Redone} message */
  #redone(message) {
    const asked = this.#settle(message.key);
    const entry = this.#stepOf(message.key);
    const { sample_ids: ids } = message;
    this.acknowledged = message.acknowledged;
    const expected = asked?.sample_ids ?? [];
    if (expected.length && !ids.length && samplesOf(entry).length) {
      // Nothing was recorded again: what the redo took off the screen is as open as before.
      this.timeline.unremember(entry);
      this.#held.putBack(entry);
    } else if (expected.length && JSON.stringify(expected) !== JSON.stringify(ids)) {
      // What was taken off the screen is open still: the kernel sends it again.
      this.timeline.forgetRedo(entry);
      this.mode === "verify" && !this.setup?.by_turns ? this.#morePages() : this.#more();
    } else if (asked && ids.length && !expected.length) this.mode = message.paged ? "verify" : "single";
    // What an undo on its way has put on screen again meanwhile stays there.
    const held = new Set([...this.#steps.values()].flatMap(samplesOf).map(({ id }) => id));
    const gone = ids.filter((id) => !held.has(id));
    for (const id of gone) this.#held.drop(id);
    for (const page of [...this.pages]) {
      if (page.samples.some(({ id }) => gone.includes(id))) this.#held.dropPage(page.id);
    }
    if (ids.length) return;
    this.timeline.redoable = false;
    if (asked) this.#notify("nothing_to_redo", "");
  }

  /**
   * @param {string} key
   * @returns {Entry}
   */
  #stepOf(key) {
    const entry = this.#steps.get(key) ?? {};
    this.#steps.delete(key);
    return entry;
  }

  /** What is answered here, whether or not the kernel knows it. */
  get #answered() {
    return this.#line.outbox?.answered() ?? new Set();
  }

  /** @param {string | null} key */
  #settle(key) {
    this.dispatchEvent(new CustomEvent("settled", { detail: key }));
    return key === null ? null : (this.#line.outbox?.remove(key) ?? null);
  }

  /**
   * @param {Phrase} name
   * @param {string} message
   * @param {string | null} [key]
   */
  #notify(name, message, key = null) {
    this.dispatchEvent(new CustomEvent("notice", { detail: { name, message, key } }));
  }

  #changed() {
    if (takesTurns(this.pages, this.setup)) this.mode = nextMode(this.queue, this.pages, this.mode);
    if (this.setup) this.#line.switched(this.mode);
    this.dispatchEvent(new Event("change"));
  }
}
