// All classes in their stable order, those suggested emphasised; many can be searched.

import { button, el, mark, put } from "../dom/dom.js";
import { roving } from "../dom/roving.js";
import { haystack, isMany, search } from "./search.js";
import { setOf } from "./several.js";
import { TOP } from "./strip.js";

/** @import { ClassSpec, KeyTable, Sample, Suggestion, Task, Words } from "../types.js" */

/**
 * @typedef {{ at?: number | null, value?: number, bar?: string, likely?: boolean, disabled?: boolean, text?: string }} Painted
 *
 * @typedef {{ button: HTMLButtonElement, percent: HTMLElement, tint: HTMLElement, spec: ClassSpec,
 *   painted: Painted }} Choice
 *
 * @typedef {{ members: Choice[], closed: boolean, node: HTMLElement, toggle(): void, show(closed: boolean): void }} Group
 *
 * @typedef {{ choose: (index: number) => void, leave: () => void, add: (name: string) => void,
 *   ready: () => boolean, filtered: () => void }} FinderOn
 *
 * @typedef {{ query: string, focused: boolean }} Searched
 */

const MANY = 24; // a list longer than that scrolls by itself
const FEW = 8; // names are shown whole, however long they are
const TWO_LINES = 32; // characters that fit where they are not
const TICK = 20; // pixels for what says that a class is set

export class ClassList {
  /** @type {HTMLElement} */
  node;

  /** @type {Words} */
  #words;
  /** @type {Choice[]} */
  #choices;
  /** @type {ClassSpec[]} */
  #classes;
  /** @type {boolean} */
  #several;
  /** @type {boolean} */
  #whole; // there is room for whole names
  /** @type {Group[]} */
  #groups = [];
  /** @type {HTMLElement} */
  #list;
  /** @type {Finder | null} */
  #finder = null;
  /** @type {Sample | null} */
  #sample = null;
  #painted = false;

  /**
   * `on.choose(index)` is called by the buttons, `on.leave()` by the search, `on.add(name)` by a new name.
   * @param {Task} setup
   * @param {Words} words
   * @param {KeyTable} keys
   * @param {{ choose: (index: number) => void, leave: () => void, add: (name: string) => void }} on
   */
  constructor(setup, words, keys, on) {
    const { classes, multi_label: several } = setup;
    this.#words = words;
    this.#classes = classes;
    this.#several = several;
    this.#whole = classes.length <= FEW;
    this.#choices = classes.map((spec, index) => this.#choice(spec, () => on.choose(index)));
    const list = el(
      "div",
      `dalt-list${classes.length > MANY ? " dalt-many" : this.#whole ? " dalt-few" : ""}`,
      {},
      ...this.#grids(),
    );
    this.#list = list;
    const refresh = roving(list);
    this.node = el("div", "dalt-all", { role: "group", "aria-label": words.say("classes") });
    if (isMany(setup) || setup.new_classes) {
      this.#finder = new Finder(setup, words, keys, this.#choices, this.#groups, {
        ...on,
        ready: () => this.#sample !== null,
        filtered: refresh,
      });
      this.node.append(this.#finder.node);
    }
    this.node.append(list);
    // Columns so wide that names fit on two lines and do not break inside a word.
    const needed = classes.flatMap(({ name }) => [
      name.length / 2 + 2,
      ...name.split(/\s+/).map((word) => word.length),
    ]);
    const longest = needed.reduce((most, each) => Math.max(most, Math.min(18, each)), 0);
    this.node.style.setProperty("--column", `${Math.max(168, 112 + 9 * longest) + (several || setup.task !== "classes" ? TICK : 0)}px`);
  }

  /**
   * The buttons, by their groups where there are some.
   * @returns {HTMLElement[]}
   */
  #grids() {
    const names = [...new Set(this.#classes.map(({ group }) => group ?? ""))];
    return names.flatMap((name) => {
      const members = this.#choices.filter(({ spec }) => (spec.group ?? "") === name);
      const grid = el("div", "dalt-classes", {}, ...members.map((part) => part.button));
      if (names.length === 1 && !name) return [grid];
      const count = el("span", "dalt-group-count", {}, this.#words.number(members.length));
      const head = button(
        "dalt-group-head",
        "group",
        () => group.toggle(),
        el("span", "dalt-chip", { "aria-hidden": "true" }),
        el("span", "dalt-name", { dir: "auto" }, name || this.#words.say("no_group")),
        count,
      );
      head.style.setProperty("--chip", name ? members[0].spec.colour : "transparent");
      const group = {
        members,
        closed: false,
        node: el("section", "dalt-group", {}, head, grid),
        toggle() {
          this.closed = !this.closed;
          this.show(this.closed);
        },
        show(/** @type {boolean} */ closed) {
          grid.hidden = closed;
          mark(head, "aria-expanded", String(!closed));
        },
      };
      group.show(false);
      this.#groups.push(group);
      return [group.node];
    });
  }

  /**
   * @param {ClassSpec} spec
   * @param {() => void} onClick
   * @returns {Choice}
   */
  #choice(spec, onClick) {
    const percent = el("span", "dalt-percent");
    const tint = el("span", "dalt-tint", { "aria-hidden": "true" });
    const text = el("span", "dalt-name", { dir: "auto" });
    if (this.#whole) mark(text, "title", spec.name.length > TWO_LINES ? spec.name : null);
    if (this.#whole) put(text, spec.name);
    else this.#words.called(text, spec.name, TWO_LINES);
    const choice = button(
      "dalt-class",
      "class",
      onClick,
      tint,
      el("span", "dalt-chip", { "aria-hidden": "true" }),
      el("kbd", spec.key ? "" : "dalt-keyless", {}, spec.key.toUpperCase()),
      text,
      percent,
    );
    choice.dataset.class = spec.name;
    choice.style.setProperty("--chip", spec.colour);
    return { button: choice, percent, tint, spec, painted: {} };
  }

  /**
   * The button of a class.
   * @param {number} index
   */
  at(index) {
    return this.#choices[index].button;
  }

  /** Put the cursor into the search, where there is one. */
  search() {
    this.#finder?.focus();
  }

  /** What is searched for, to go on with it after the list is built anew. */
  get searched() {
    return this.#finder?.state ?? null;
  }

  /** @param {Searched | null | undefined} state */
  resume(state) {
    if (state && this.#finder) this.#finder.resume(state);
  }

  /**
   * Say why a class was not added.
   * @param {string} message
   */
  refuse(message) {
    this.#finder?.say(message);
  }

  /** Without a sample there is nothing to choose. */
  /**
   * `active` is the class that something new will get, where there is such a thing.
   * @param {Suggestion | null} suggestion
   * @param {Sample | null} sample
   * @param {number | null} [active]
   */
  paint(suggestion, sample, active = null) {
    // While no class can be chosen, the list itself is what keys scroll.
    if (!sample !== !this.#sample || !this.#painted) mark(this.#list, "tabindex", sample ? null : "0");
    this.#painted = true;
    this.#sample = sample;
    const share = suggestion?.probabilities ?? [];
    const ranks = new Array(this.#choices.length).fill(null);
    suggestion?.classes.forEach((index, at) => {
      ranks[index] = at;
    });
    const set = this.#several && sample ? setOf(sample, this.#classes) : null;
    this.#choices.forEach((part, index) => {
      if (this.#several) mark(part.button, "aria-pressed", String(set?.has(part.spec.name) ?? false));
      if (active !== null) mark(part.button, "aria-pressed", String(index === active));
      this.#paintOne(part, ranks[index], ranks[index] === null ? 0 : share[ranks[index]], !sample);
    });
  }

  /**
   * Only what changed: of a thousand classes most are as unlikely as they were.
   * @param {Choice} choice
   * @param {number | null} at
   * @param {number} value
   * @param {boolean} disabled
   */
  #paintOne({ button: node, percent, tint, spec, painted }, at, value, disabled) {
    const say = this.#words.say;
    if (painted.at !== at || painted.value !== value) {
      mark(node, "data-probability", at === null ? null : value.toFixed(4));
      mark(node, "data-rank", at === null ? null : at + 1);
      Object.assign(painted, { at, value });
    }
    const bar = at === null ? "0" : value.toFixed(2);
    if (painted.bar !== bar) tint.style.transform = `scaleX(${bar})`;
    const likely = at !== null && at < TOP && value >= 0.05;
    if (painted.likely !== likely) node.classList.toggle("dalt-likely", likely);
    if (painted.disabled !== disabled) node.disabled = disabled;
    const text = at === null ? "" : this.#words.percent(value);
    if (painted.text !== text) {
      put(percent, text);
      const { name, key } = spec;
      const label = say(key ? "choose" : "choose_keyless", { name, key });
      mark(node, "aria-label", at === null ? label : `${label}, ${say("likely", { percent: text })}`);
    }
    Object.assign(painted, { bar, likely, disabled, text });
  }
}

/** @param {string} name */
function short(name) {
  return name.length > 40 ? `${name.slice(0, 39)}…` : name;
}

/** The field above the list: it filters, never reorders. */
class Finder {
  /** @type {HTMLElement} */
  node;

  /** @type {ClassSpec[]} */
  #classes;
  /** @type {string[]} */
  #stacks;
  /** @type {Choice[]} */
  #choices;
  /** @type {Group[]} */
  #groups;
  /** @type {FinderOn} */
  #on;
  /** @type {Words} */
  #words;
  /** @type {boolean} */
  #may;
  /** @type {HTMLInputElement} */
  #input;
  #status = el("p", "dalt-found", { role: "status", "data-dalt": "found" });
  /** @type {HTMLButtonElement} */
  #add;
  /** @type {number[]} */
  #found = [];
  /** @type {number | null} */
  #at = null;

  /**
   * @param {Task} setup
   * @param {Words} words
   * @param {KeyTable} keys
   * @param {Choice[]} choices
   * @param {Group[]} groups
   * @param {FinderOn} on
   */
  constructor(setup, words, keys, choices, groups, on) {
    this.#classes = setup.classes;
    this.#stacks = setup.classes.map(haystack);
    this.#choices = choices;
    this.#groups = groups;
    this.#on = on;
    this.#words = words;
    this.#may = setup.new_classes;
    this.#input = el("input", "dalt-search-field", {
      type: "search",
      "data-dalt": "search",
      autocomplete: "off",
      spellcheck: "false",
      dir: "auto",
      placeholder: words.say("search_classes"),
      "aria-label": words.say("search_classes"),
    });
    this.#add = button("dalt-quiet dalt-add", "add-class", () => this.#ask());
    this.#add.hidden = true;
    this.#input.addEventListener("input", () => this.#filter());
    this.#input.addEventListener("keydown", (event) => this.#onKey(event));
    this.node = el(
      "div",
      "dalt-search",
      {},
      el("label", "dalt-search-box", {}, el("kbd", "", {}, keys.shown("search")), this.#input),
      this.#status,
      this.#add,
    );
  }

  get state() {
    return { query: this.#input.value, focused: document.activeElement === this.#input };
  }

  /** @param {Searched} state */
  resume({ query, focused }) {
    this.#input.value = query;
    this.#filter();
    if (focused) this.focus();
  }

  focus() {
    this.#input.focus({ preventScroll: true });
    this.#input.select();
  }

  /** @param {string} message */
  say(message) {
    put(this.#status, message);
  }

  #filter() {
    const query = this.#input.value;
    const { found, best } = search(query, this.#classes, this.#stacks);
    const shown = new Set(found);
    this.#choices.forEach(({ button: node }, index) => {
      node.hidden = !shown.has(index);
    });
    for (const group of this.#groups) {
      const some = group.members.some(({ button: node }) => !node.hidden);
      group.node.hidden = !some;
      group.show(query.trim() ? false : group.closed);
    }
    this.#on.filtered();
    this.#found = found;
    this.#go(query.trim() ? best : null);
    const exact = this.#classes.some(({ name }) => name === query.trim());
    this.#add.hidden = !this.#may || !query.trim() || exact;
    put(this.#add, this.#words.say("add_class", { name: query.trim() }));
  }

  /** @param {number | null} index */
  #go(index) {
    if (this.#at !== null) this.#choices[this.#at].button.classList.remove("dalt-at");
    this.#at = index;
    const { say, number } = this.#words;
    const query = this.#input.value.trim();
    put(
      this.#status,
      !query
        ? ""
        : index === null
          ? say("found_none")
          : say("found_classes", { n: number(this.#found.length), name: short(this.#classes[index].name) }),
    );
    if (index === null) return;
    const node = this.#choices[index].button;
    node.classList.add("dalt-at");
    node.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} step */
  #move(step) {
    const place = this.#at === null ? -1 : this.#found.indexOf(this.#at);
    const next = this.#found[Math.max(0, Math.min(this.#found.length - 1, place + step))];
    if (next !== undefined) this.#go(next);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    event.stopPropagation(); // JupyterLab's own shortcuts must not fire
    if (event.isComposing) return;
    const does = {
      ArrowDown: () => this.#move(1),
      ArrowUp: () => this.#move(-1),
      Enter: () => this.#enter(),
      Escape: () => this.#leave(),
    }[event.key];
    if (!does) return;
    event.preventDefault();
    if (!event.repeat || event.key.startsWith("Arrow")) does();
  }

  #enter() {
    const index = this.#at;
    if (index === null && this.#input.value.trim() && this.#may) this.#ask();
    if (index === null || !this.#on.ready()) return;
    this.#leave();
    this.#on.choose(index);
  }

  #ask() {
    this.#on.add(this.#input.value.trim());
  }

  #leave() {
    this.#input.value = "";
    this.#filter();
    this.#input.blur();
    this.#on.leave();
  }
}
