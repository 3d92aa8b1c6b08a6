// All classes in their stable order, those suggested emphasised.

import { button, el, mark, put } from "./dom.js";
import { setOf } from "./several.js";
import { TOP } from "./strip.js";

const MANY = 24; // a list longer than that scrolls by itself

export class ClassList {
  node;

  #words;
  #choices;
  #classes;
  #several;

  /** `choose(index)` is called by the buttons. */
  constructor({ classes, multi_label: several }, words, choose) {
    this.#words = words;
    this.#classes = classes;
    this.#several = several;
    this.#choices = classes.map((spec, index) => this.#choice(spec, () => choose(index)));
    this.node = el("div", `dalt-classes${classes.length > MANY ? " dalt-many" : ""}`,
      { role: "group", "aria-label": words.say("classes") },
      ...this.#choices.map(({ button }) => button));
    // Columns so wide that names fit on two lines and do not break inside a word.
    const needed = classes.flatMap(({ name }) =>
      [name.length / 2 + 2, ...name.split(/\s+/).map((word) => word.length)]);
    const longest = Math.min(18, Math.max(...needed));
    this.node.style.setProperty("--column", `${Math.max(168, 112 + 9 * longest)}px`);
  }

  #choice(spec, onClick) {
    const percent = el("span", "dalt-percent");
    const choice = button("dalt-class", "class", onClick,
      el("span", "dalt-chip", { "aria-hidden": "true" }),
      el("kbd", spec.key ? "" : "dalt-keyless", {}, spec.key.toUpperCase()),
      el("span", "dalt-name", { dir: "auto" }, spec.name), percent);
    choice.dataset.class = spec.name;
    choice.title = spec.description ? `${spec.name}: ${spec.description}` : spec.name;
    choice.style.setProperty("--chip", spec.colour);
    return { button: choice, percent, spec };
  }

  /** The button of a class. */
  at(index) {
    return this.#choices[index].button;
  }

  /** Without a sample there is nothing to choose. */
  /** `active` is the class that something new will get, where there is such a thing. */
  paint(suggestion, sample, active = null) {
    const { percent, say } = this.#words;
    const share = suggestion?.probabilities ?? [];
    const rank = new Map((suggestion?.classes ?? []).map((index, at) => [index, at]));
    const set = this.#several && sample ? setOf(sample, this.#classes) : null;
    this.#choices.forEach((part, index) => {
      if (this.#several) mark(part.button, "aria-pressed", String(set?.has(part.spec.name) ?? false));
      if (active !== null) mark(part.button, "aria-pressed", String(index === active));
      const at = rank.get(index) ?? null;
      const value = at === null ? 0 : share[at];
      mark(part.button, "data-probability", at === null ? null : value.toFixed(4));
      mark(part.button, "data-rank", at === null ? null : at + 1);
      put(part.percent, at === null ? "" : percent(value));
      part.button.style.setProperty("--share", at === null ? 0 : value.toFixed(3));
      part.button.classList.toggle("dalt-likely", at !== null && at < TOP && value >= 0.05);
      part.button.disabled = !sample;
      const { name, key } = part.spec;
      const label = say(key ? "choose" : "choose_keyless", { name, key });
      mark(part.button, "aria-label",
        at === null ? label : `${label}, ${say("likely", { percent: percent(value) })}`);
    });
  }
}
