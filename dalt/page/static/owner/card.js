// One section of the owner's page as a card: its title, what goes on in it, its content.

import { alone, el, hide, mark, put } from "../dom/dom.js";

/** @import { OwnerDesk, OwnerSection, OwnerSectionClass } from "../types.js" */
/** @import { OwnerSetup } from "./engine.js" */

export class Card {
  /** @type {OwnerSection} */
  #section;
  #heading;
  #busy;
  #trouble = el("p", "dalt-card-trouble", { dir: "auto", hidden: "" });

  /**
   * @param {OwnerSectionClass} Section
   * @param {OwnerDesk} desk
   */
  constructor(Section, desk) {
    const { tell } = desk.words;
    this.name = Section.section;
    this.lasts = Section.lasts ?? false;
    this.title = tell(Section.title);
    this.#section = new Section(desk);
    this.#heading = el(alone() ? "h2" : "h3", "dalt-card-title", { tabindex: "-1", id: newId(this.name) }, this.title);
    this.#busy = el("span", "dalt-card-busy", { role: "status" });
    this.node = el(
      "section",
      `dalt-card${Section.wide ? " dalt-card-wide" : ""}`,
      { "data-dalt": "owner-section", "data-section": this.name, "aria-labelledby": this.#heading.id },
      el("header", "dalt-card-head", {}, this.#heading, this.#busy, ...(this.#section.actions ?? [])),
      this.#trouble,
      this.#section.node,
    );
    const { engine, signal } = desk;
    engine.hear(
      "owner_busy",
      ({ section, busy }) => {
        if (section !== this.name) return;
        put(this.#busy, busy ? tell("owner_busy") : "");
        mark(this.node, "aria-busy", busy ? "true" : null);
      },
      signal,
    );
    engine.hear(
      "owner_trouble",
      ({ section, message }) => {
        if (section !== this.name) return;
        put(this.#trouble, message ?? "");
        hide(this.#trouble, message === null);
        hide(this.#section.node, message !== null && !this.#section.keeps);
      },
      signal,
    );
  }

  /** Bring it into sight, and the focus to it. */
  show() {
    this.node.scrollIntoView({ block: "start" });
    this.#heading.focus({ preventScroll: true });
  }

  /**
   * The task has changed; whether the section goes on with it.
   * @param {OwnerSetup} setup
   */
  follow(setup) {
    if (!this.lasts) return false;
    this.#section.follow?.(setup);
    return true;
  }

  close() {
    this.#section.close?.();
  }
}

let cards = 0;

/** @param {string} name */
function newId(name) {
  cards += 1;
  return `dalt-card-${name}-${cards}`;
}
