// The upper part of the page: the task, where it stands, what went wrong.

import { alone, button, el, hide, mark, mayCommand, put } from "../dom/dom.js";
import { MoreMenu } from "./more.js";

/** @import { Engine, KeyTable, Notice, Phrase, Standing, Task, Words } from "../types.js" */

/**
 * @typedef {Record<"bar" | "counts" | "accuracy" | "snapshot" | "learning" | "proposal" | "live" | "modeText" | "mode"
 *   | "offlineText" | "offline" | "reading" | "noticeText" | "notice", HTMLElement>} Parts
 */

/** @type {Record<"lost" | "rests", Phrase>} */
const TROUBLES = { lost: "offline_lost", rests: "rests" };
/** @type {Record<"lost" | "rests", Phrase>} */
const HINTS = { lost: "offline_back", rests: "rests_hint" };

export class Head {
  /** @type {HTMLElement} */
  node;
  /** @type {HTMLElement} */
  alerts;
  /** @type {HTMLElement} */
  state; // a line of its own: what is learned, which mode is quicker
  /** @type {MoreMenu} */
  menu;

  /** @type {Words} */
  #words;
  /** @type {KeyTable} */
  #keys;
  /** @type {boolean} */
  #owner; // who sees which commands help
  /** @type {boolean} */
  #whole; // samples have classes as wholes: of their parts there are proposals, but no snapshots
  #parts = /** @type {Parts} */ ({});
  /** @type {Notice | null} */
  #notice = null;
  #said = 0;
  #stopped = false;
  /** @type {number | null | undefined} */
  #again;
  /** @type {ResizeObserver | null} */
  #watcher = null;

  /**
   * `on.help` and `on.mode` are called by the buttons; `more` stand beside them, `aside` at their end.
   * @param {Task} setup
   * @param {Words} words
   * @param {KeyTable} keys
   * @param {Record<"help" | "mode", () => void>} on
   * @param {HTMLElement[]} [more]
   * @param {HTMLElement[]} [aside]
   */
  constructor({ title, pages, task, owner, read_only }, words, keys, on, more = [], aside = []) {
    this.#whole = task === "classes";
    this.#owner = mayCommand(owner);
    this.#words = words;
    this.#keys = keys;
    const help = button("dalt-quiet", "help", on.help, words.say("keys"), el("kbd", "", {}, keys.shown("help")));
    this.menu = new MoreMenu(words, [...more, help, ...aside]);
    this.node = this.#buildHead(title, pages, on);
    this.state = el("p", "dalt-state", {}, this.#parts.learning, this.#parts.proposal);
    this.alerts = this.#buildAlerts(read_only);
  }

  /**
   * @param {string} title
   * @param {boolean} pages
   * @param {Record<"help" | "mode", () => void>} on
   */
  #buildHead(title, pages, on) {
    const parts = this.#parts;
    parts.bar = el("div", "dalt-bar-fill");
    for (const name of /** @type {const} */ (["counts", "accuracy", "snapshot", "learning"])) {
      parts[name] = el("span", `dalt-${name}`);
    }
    parts.learning.setAttribute("data-dalt", "trainer");
    parts.proposal = el("span", "dalt-proposal", { "data-dalt": "proposal" });
    parts.live = el("p", "dalt-hidden", { role: "status", "aria-live": "polite" });
    const actions = el("div", "dalt-actions", { "data-unfit": "" });
    parts.modeText = el("span", "");
    parts.mode = button("dalt-quiet", "mode", on.mode, parts.modeText, el("kbd", "", {}, this.#keys.shown("mode")));
    // Pages to verify are of one class, and suggested; where a sample has several there are none.
    if (pages) actions.append(parts.mode);
    actions.append(...this.menu.nodes);
    const head = el(
      "header",
      "dalt-head",
      {},
      el(alone() ? "h1" : "h2", "dalt-title", { dir: "auto", title }, title),
      el("p", "dalt-progress", { "data-dalt": "progress" }, parts.counts, parts.accuracy, parts.snapshot),
      actions,
      el("div", "dalt-bar", { "aria-hidden": "true" }, parts.bar),
      parts.live,
    );
    this.#watcher = new ResizeObserver(([{ contentRect }]) => {
      mark(actions, "data-unfit", null);
      this.menu.fit(contentRect.width, parts.mode);
    });
    this.#watcher.observe(head);
    return head;
  }

  close() {
    this.#watcher?.disconnect();
  }

  /** @param {boolean} reading whether nothing can be saved, which is said all the time */
  #buildAlerts(reading) {
    const parts = this.#parts;
    /** @param {Phrase} name */
    const say = (name) => this.#words.say(name);
    parts.offlineText = el("p", "");
    parts.offline = el(
      "div",
      "dalt-alert dalt-alert-offline",
      { role: "alert", "data-dalt": "offline", hidden: "" },
      parts.offlineText,
    );
    if (alone()) {
      parts.offline.append(button("dalt-quiet", "reload", () => location.reload(), say("reload")));
    }
    parts.noticeText = el("p", "", { dir: "auto" });
    parts.notice = el(
      "div",
      "dalt-alert",
      { role: "alert", "data-dalt": "notice", hidden: "" },
      parts.noticeText,
      button("dalt-quiet", "dismiss", () => this.show(null), say("dismiss")),
    );
    parts.reading = el(
      "div",
      "dalt-alert",
      { role: "status", "data-dalt": "reading" },
      el("p", "", {}, say("reading")),
    );
    parts.reading.hidden = !reading;
    return el("div", "dalt-alerts", reading ? {} : { hidden: "" }, parts.offline, parts.reading, parts.notice);
  }

  /** Where nothing is wrong they take no room. */
  #showAlerts() {
    const { offline, reading, notice } = this.#parts;
    hide(this.alerts, Boolean(offline.hidden && reading.hidden && notice.hidden));
  }

  /**
   * Say where things stand.
   * @param {Engine} engine
   */
  paint(engine) {
    const parts = this.#parts;
    const { say, percent, number } = this.#words;
    const { waiting, standing, offline, durable, mode } = engine;
    put(parts.modeText, say(mode === "verify" ? "to_single" : "to_verify"));
    if (standing) {
      const { n_samples: all, n_labelled: made, n_skipped: skipped, accuracy } = standing;
      const counts = say("progress", { made: number(made), all: number(all) });
      put(parts.counts, skipped ? `${counts}, ${say("skipped", { n: number(skipped) })}` : counts);
      parts.bar.style.transform = `scaleX(${all ? made / all : 0})`;
      put(
        parts.accuracy,
        accuracy
          ? say(accuracy.n === 1 ? "accuracy_one" : "accuracy", {
              value: percent(accuracy.value),
              n: number(accuracy.n),
              // "61–93 %": the sign once.
              low: number(Math.round(accuracy.low * 100)),
              high: percent(accuracy.high),
            })
          : "",
      );
      mark(parts.accuracy, "title", parts.accuracy.textContent || null); // it may be cut off
      put(parts.snapshot, this.#whole ? this.#learned(standing) : "");
      put(parts.learning, this.#learning(standing));
      mark(parts.learning, "data-state", standing.state);
      mark(parts.learning, "title", parts.learning.textContent || null); // it may be cut off
      parts.learning.classList.toggle("dalt-failed", ["failed", "stopped"].includes(standing.state));
      const proposed = engine.proposal;
      put(parts.proposal, proposed ? say(`propose_${proposed}`) : "");
      mark(parts.proposal, "data-proposed", proposed);
      mark(parts.mode, "data-proposed", proposed);
      this.#announce();
    }
    /**
     * @param {Phrase} one
     * @param {Phrase} many
     */
    const count = (one, many) => say(waiting === 1 ? one : many, { n: number(waiting) });
    hide(parts.offline, !offline);
    this.#showAlerts();
    const { trouble } = engine;
    const hint = trouble && HINTS[trouble];
    put(
      parts.offlineText,
      [
        say(trouble ? TROUBLES[trouble] : "offline"),
        waiting && durable ? count("offline_kept_one", "offline_kept") : "",
        durable ? say(hint ?? (alone() ? "offline_reload" : "offline_lab")) : say("storage"),
      ]
        .filter(Boolean)
        .join(" "),
    );
  }

  /**
   * How many labels the model has learned from.
   * @param {Standing} standing
   */
  #learned({ snapshot, n_learned: n, suggesters }) {
    const { say, number, list } = this.#words;
    if (snapshot === null) return say("not_learned");
    if (n === 0) return suggesters.length ? say("suggested_by", { names: list(suggesters) }) : say("not_learned");
    return n === null ? "" : say(n === 1 ? "learned_one" : "learned", { n: number(n) });
  }

  /**
   * What the trainer does, where that is worth a word.
   * @param {Standing} standing
   */
  #learning({ state, message, snapshot, to_check: n, preparing }) {
    const { say, number } = this.#words;
    if (state === "stopped") this.#stopped = true;
    else if (this.#stopped) [this.#stopped, this.#again] = [false, snapshot];
    // Said until something new has been learned.
    if (this.#again !== undefined && (snapshot !== this.#again || state === "stopped")) {
      this.#again = undefined;
    }
    if (state === "failed") return say("failed", { message });
    if (state === "waiting" && preparing !== null) return say("preparing", { percent: number(preparing) });
    if (state === "waiting" && message && this.#whole) return say(this.#owner ? "unlearned_owner" : "unlearned");
    if (state === "stopped") return say("stopped");
    if (this.#again !== undefined) return say("learns_again");
    if (n) return say(n === 1 ? "checking_one" : "checking", { n: number(n) });
    return state === "learning" ? say("learning") : "";
  }

  /** Tell screen readers where things stand, at most every few seconds. */
  #announce() {
    const now = performance.now();
    if (now - this.#said < 5_000) return;
    this.#said = now;
    const parts = this.#parts;
    put(
      parts.live,
      [parts.counts, parts.accuracy, parts.learning, parts.proposal]
        .map((part) => part.textContent)
        .filter(Boolean)
        .join(". "),
    );
  }

  /**
   * Show a notice; null takes it away.
   * @param {Notice | null} notice
   */
  show(notice) {
    this.#notice = notice;
    this.#parts.notice.hidden = notice === null;
    this.#showAlerts();
    if (notice) put(this.#parts.noticeText, this.#words.say(notice.name, { message: notice.message }));
  }

  /**
   * What a notice was about is settled; a null key means those about no answer.
   * @param {string | null} key
   */
  settled(key) {
    if (this.#notice && this.#notice.key === key) this.show(null);
  }
}
