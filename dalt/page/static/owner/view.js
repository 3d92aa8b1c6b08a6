// The frame of the owner's page: a head, the way to each section, and the sections as cards.

import { AdjudicationPanel } from "../addons/adjudication.js";
import { LanguageSwitch } from "../addons/language.js";
import { alone, button, el, hide, mark, put } from "../dom/dom.js";
import { FocusKeeper, keepsKey } from "../dom/focus.js";
import { KeyTable } from "../keys/keys.js";
import { offered } from "../protocol/comeback.js";
import { taskOf } from "../protocol/task.js";
import { Card } from "./card.js";
import { SECTIONS } from "./sections.js";
import { speakToOwner } from "./words.js";

/** @import { AddonDesk, DisputeEntry, Engine, Notice, OwnerSectionClass, Setup } from "../types.js" */
/** @import { OwnerEngine, OwnerSetup } from "./engine.js" */

export class OwnerView {
  /** @type {OwnerEngine} */
  #engine;
  /** @type {HTMLElement} */
  #root;
  /** @type {OwnerSetup | null} */
  #setup = null; // what the page is built from
  /** @type {AbortController} */
  #built = new AbortController(); // of what is built now
  /** @type {AbortController} */
  #passing = new AbortController(); // of what a changed task builds anew
  /** @type {OwnerSectionClass[]} */
  #sections = []; // that this task has
  /** @type {Card[]} */
  #cards = [];
  /** @type {AdjudicationPanel | null} */
  #panel = null;
  /** @type {KeyTable | null} */
  #keys = null;
  /** @type {HTMLElement | null} */
  #from = null; // the section that deciding was opened from
  #words = speakToOwner("auto");
  #waiting = el("p", "dalt-waiting");
  #offline = el("div", "dalt-alert dalt-alert-offline", { role: "alert", "data-dalt": "offline", hidden: "" });
  #offlineText = el("p", "");
  #notice = el("div", "dalt-alert", { role: "alert", "data-dalt": "notice", hidden: "" });

  /**
   * @param {OwnerEngine} engine
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  constructor(engine, root, signal) {
    this.#engine = engine;
    this.#root = root;
    put(this.#waiting, this.#words.tell("owner_waiting"));
    root.append(this.#waiting);
    const focus = new FocusKeeper(root, () => root, signal);
    root.addEventListener("keydown", (event) => this.#onKey(event), { signal });
    document.addEventListener(
      "keydown",
      (event) => {
        if (!this.#panel?.open || !focus.nobodyElse) return;
        focus.take();
        this.#onKey(event);
      },
      { signal },
    );
    engine.addEventListener("change", () => this.#paint(), { signal });
    engine.addEventListener("notice", ({ detail }) => this.#show(detail), { signal });
    engine.hear("owner_opened", ({ entry }, buffers) => this.#opened(entry, buffers), signal);
    signal.addEventListener("abort", () => this.#close());
    this.#paint();
  }

  #close() {
    this.#built.abort();
    this.#passing.abort();
    this.#panel?.close();
    for (const card of this.#cards) card.close();
  }

  #paint() {
    const { setup, offline, trouble } = this.#engine;
    if (setup && setup !== this.#setup) {
      const before = this.#setup;
      this.#setup = setup;
      if (!before || frameOf(setup) !== frameOf(before)) this.#build(setup);
      else if (lookOf(setup) !== lookOf(before)) this.#follow(setup);
    }
    mark(this.#root, "data-state", offline ? "offline" : setup ? "ready" : "waiting");
    const { say } = this.#words;
    put(this.#offlineText, trouble === "rests" ? `${say("rests")} ${say("rests_hint")}` : say("offline"));
    hide(this.#offline, !offline);
  }

  /** @param {OwnerSetup} setup */
  #build(setup) {
    this.#close();
    this.#built = new AbortController();
    const words = this.#speak(setup);
    this.#root.lang = words.locale;
    this.#root.setAttribute("aria-label", `${words.tell("owner_page")}: ${setup.title}`);
    if (alone()) document.title = `${setup.title} – ${words.tell("owner_page")}`;
    this.#sections = SECTIONS.filter((Section) => Section.fits?.(setup) ?? true);
    this.#cards = this.#sections.map((Section) => this.#card(Section, setup));
    this.#panel = this.#adjudication(setup);
    this.#alerts();
    this.#root.replaceChildren(
      this.#head(setup),
      el("div", "dalt-alerts", {}, this.#offline, this.#notice),
      this.#navigation(),
      el("div", "dalt-cards", {}, ...this.#cards.map(({ node }) => node)),
      ...(this.#panel.node ? [this.#panel.node] : []),
    );
  }

  /** @param {OwnerSetup} setup */
  #speak(setup) {
    this.#words = speakToOwner(setup.language, setup.classes);
    this.#keys = new KeyTable(setup, this.#words);
    this.#passing = new AbortController();
    return this.#words;
  }

  /**
   * @param {OwnerSectionClass} Section
   * @param {OwnerSetup} setup
   */
  #card(Section, setup) {
    const { signal } = Section.lasts ? this.#built : this.#passing;
    const decide = (/** @type {string | null} */ sampleId) => this.#decide(sampleId);
    return new Card(Section, { engine: this.#engine, words: this.#words, setup, signal, decide });
  }

  /**
   * The task has changed: what is being written stays, and the rest is built anew around it.
   * @param {OwnerSetup} setup
   */
  #follow(setup) {
    this.#passing.abort();
    this.#speak(setup);
    this.#cards = this.#cards.map((card, place) => {
      if (card.follow(setup)) return card;
      card.close();
      const made = this.#card(/** @type {OwnerSectionClass} */ (this.#sections[place]), setup);
      card.node.replaceWith(made.node);
      return made;
    });
    const former = this.#panel;
    former?.close();
    this.#panel = this.#adjudication(setup);
    former?.node?.remove();
    if (this.#panel.node) this.#root.append(this.#panel.node);
  }

  /** @param {OwnerSetup} setup */
  #head(setup) {
    const server = alone() ? offered() : null;
    const ways = [];
    if (server) {
      // Beside this page, wherever the server puts both.
      ways.push(el("a", "dalt-way", { href: "./", "data-dalt": "to-labeling" }, this.#words.tell("to_labeling")));
    }
    ways.push(new LanguageSwitch({ words: this.#words, rebuild: () => this.#rebuild() }).button);
    if (server && setup.login) {
      ways.push(el("a", "dalt-way", { href: server.logout, "data-dalt": "logout" }, this.#words.say("log_out")));
    }
    return el(
      "header",
      "dalt-owner-head",
      {},
      el(alone() ? "h1" : "h2", "dalt-title", { dir: "auto" }, setup.title),
      el("div", "dalt-actions", {}, ...ways),
    );
  }

  #rebuild() {
    if (this.#setup) this.#build(this.#setup);
  }

  /** The way to each section: it puts the focus there. */
  #navigation() {
    const nav = el("nav", "dalt-owner-nav", { "aria-label": this.#words.tell("owner_sections") });
    for (const { name, title } of this.#cards) {
      const show = () => this.#cards.find((card) => card.name === name)?.show();
      const link = button("dalt-quiet", "owner-way", show, title);
      link.dataset.section = name;
      nav.append(link);
    }
    return nav;
  }

  #alerts() {
    const { say } = this.#words;
    this.#offline.replaceChildren(this.#offlineText);
    if (alone()) this.#offline.append(button("dalt-quiet", "reload", () => location.reload(), say("reload")));
    this.#notice.hidden = true;
  }

  /** @param {Notice} notice */
  #show({ name, message }) {
    const { say } = this.#words;
    this.#notice.replaceChildren(
      el("p", "", { dir: "auto" }, say(name, { message })),
      button("dalt-quiet", "dismiss", () => hide(this.#notice, true), say("dismiss")),
    );
    hide(this.#notice, false);
  }

  // --- deciding

  /** @param {OwnerSetup} setup */
  #adjudication(setup) {
    // As on a labeling page of an owner, where it covers the page while it is open.
    const seen = { ...setup, owner: setup.task === "classes", adjudicates: false };
    /** @type {AddonDesk} */
    const desk = {
      engine: /** @type {Engine} */ (/** @type {unknown} */ (this.#engine)),
      root: this.#root,
      words: this.#words,
      setup: taskOf(/** @type {Setup} */ (/** @type {unknown} */ (seen))),
      keys: /** @type {KeyTable} */ (this.#keys),
      repaint: () => {},
      current: () => null,
      taken: () => false,
      rebuild: () => this.#rebuild(),
    };
    return new AdjudicationPanel(desk, { back: this.#words.tell("owner_back"), closed: () => this.#closed() });
  }

  /**
   * Decide disputed samples, or one that is named before them.
   * @param {string | null} sampleId
   */
  #decide(sampleId) {
    const active = document.activeElement;
    this.#from = active instanceof HTMLElement ? active.closest(".dalt-card") : null;
    if (sampleId === null) this.#panel?.show();
    else this.#engine.ask({ type: "owner_open", sample_id: sampleId });
  }

  /**
   * @param {DisputeEntry | null} entry
   * @param {DataView<ArrayBuffer>[]} buffers
   */
  #opened(entry, buffers) {
    if (entry) this.#panel?.show(entry, buffers);
    else this.#show({ name: "not_opened", message: "", key: null });
  }

  /** Back where one came from. */
  #closed() {
    const card = this.#cards.find(({ node }) => node === this.#from);
    card?.show();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const panel = this.#panel;
    if (!panel?.open || !this.#keys) return;
    if (event.altKey || event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() !== "z") return;
    if (keepsKey(event)) return;
    const action = panel.actionOf(event, this.#keys.nameOf(event));
    if (!action) return;
    event.stopPropagation();
    event.preventDefault();
    if (!event.repeat) action();
  }
}

/**
 * What the whole page is built from.
 * @param {OwnerSetup} setup
 */
function frameOf({ language, title, task, multi_label: several, login }) {
  return JSON.stringify([language, title, task, several, login]);
}

/**
 * What the page is built from: a setup that is said again usually says the same.
 * @param {OwnerSetup} setup
 */
function lookOf({ classes, keys, language, title, guideline }) {
  return JSON.stringify([classes, keys, language, title, guideline]);
}
