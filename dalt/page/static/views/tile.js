// One sample of a page to verify: its content, and a button that says what it is taken as.

import { el, mark, put } from "../dom/dom.js";
import { markSliver } from "../samples/sliver.js";

/** @import { ClassSpec, Page, Sample, Words } from "../types.js" */

export class Tile {
  /** @type {HTMLElement} */
  node;
  /** @type {HTMLButtonElement} */
  button;

  #view = el("div", "dalt-tile-view");
  #chip = el("span", "dalt-chip", { "aria-hidden": "true" });
  #text = el("span", "dalt-name", { dir: "auto" });
  #percent = el("span", "dalt-percent");
  /** @type {Words} */
  #words;

  /**
   * @param {Sample} sample
   * @param {Words} words
   */
  constructor(sample, words) {
    this.sample = sample;
    this.#words = words;
    const { kind } = sample.display;
    this.#view.id = `dalt-tile-${sample.id}`;
    this.button = el(
      "button",
      "dalt-tile-said",
      { type: "button", tabindex: "-1", "aria-describedby": this.#view.id },
      this.#chip,
      this.#text,
      this.#percent,
    );
    this.node = el(
      "li",
      `dalt-tile dalt-tile-${kind}`,
      { "data-dalt": "tile", "data-sample-id": sample.id },
      this.#view,
      this.button,
    );
    if (!sample.trouble) this.node.append(this.#look(words));
    this.node.classList.toggle("dalt-tile-broken", Boolean(sample.trouble));
  }

  /**
   * Show what was made of the sample.
   * @param {HTMLElement} content
   */
  hold(content) {
    const { trouble } = this.sample;
    // The Tab key goes from button to button.
    const within = /** @type {NodeListOf<HTMLElement>} */ (content.querySelectorAll("[tabindex]"));
    for (const node of within) node.tabIndex = -1;
    if (content.hasAttribute("tabindex")) content.removeAttribute("tabindex");
    if (trouble) {
      this.#view.title = trouble; // there is no room for the reason
      put(content, this.#words.say("tile_broken"));
    }
    markSliver(content);
    this.#view.replaceChildren(content);
  }

  /**
   * For the pointer: keys look at the tile with the focus, and a tile has one button to tell of.
   * @param {Words} words
   */
  #look(words) {
    const look = el(
      "button",
      "dalt-look",
      { type: "button", tabindex: "-1", "data-dalt": "look", "aria-hidden": "true" },
      "⤢",
    );
    look.title = words.say("look");
    return look;
  }

  /** The sound of an audio sample. */
  get sound() {
    return this.#view.querySelector("audio");
  }

  /**
   * `said` is undefined where the sample is taken as the page's class.
   * @param {Page} page
   * @param {string | null | undefined} said
   * @param {ClassSpec | undefined} spec
   * @param {number} at
   * @param {boolean | null} current
   */
  paint(page, said, spec, at, current) {
    const { say, percent, called } = this.#words;
    const right = said === undefined;
    const share = percent(this.sample.suggestion.probabilities[0] ?? 0);
    const name = right
      ? say("tile_right", { name: page.label })
      : said === null
        ? say("tile_out")
        : say("tile_other", { name: said });
    called(this.#text, right ? "" : (said ?? say("tile_out")));
    put(this.#percent, right ? share : "");
    this.#chip.style.setProperty("--chip", spec?.colour ?? "transparent");
    mark(this.node, "data-said", right ? "right" : said === null ? "out" : "other");
    mark(this.node, "data-flagged", this.sample.note?.flagged ? "" : null);
    mark(this.node, "data-class", right ? page.label : said);
    mark(this.button, "aria-pressed", String(!right));
    mark(this.button, "aria-label", say("tile", { at: at + 1, n: page.samples.length, percent: share, said: name }));
    mark(this.button, "tabindex", current || (at === 0 && current === null) ? "0" : "-1");
    this.node.classList.toggle("dalt-current", current === true);
  }
}
