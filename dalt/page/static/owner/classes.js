// The classes of the project: added, changed, put in order, removed.

import { button, el, focused, hide, mark, put } from "../dom/dom.js";
import { ClassForm, same } from "./classform.js";
import { question } from "./forms.js";
import { Requests } from "./requests.js";

/** @import { ClassSpec, OwnerDesk, OwnerPhrase } from "../types.js" */
/** @import { OwnerSetup } from "./engine.js" */
/** @import { Edited, EditRefused } from "./requests.js" */

/** @typedef {{ spec: ClassSpec, node: HTMLLIElement, line: HTMLElement, below: HTMLElement }} Row */

export class ClassesSection {
  static section = "task";
  /** @type {OwnerPhrase} */
  static title = "classes_title";
  static wide = true;
  static lasts = true;

  #desk;
  #requests;
  /** @type {ClassSpec[]} */
  #classes = [];
  /** @type {Record<string, string>} */
  #keys = {}; // of the labeling page's actions
  /** @type {Map<string, number>} */
  #counts = new Map();
  /** @type {Map<string, Row>} */
  #rows = new Map();
  /** @type {{ name: string | null, form: ClassForm } | null} */
  #open = null; // the class that is being changed; its name is null for a new one
  #list = el("ol", "dalt-edit-list", { "data-dalt": "owner-classes" });
  #add;
  #new = el("div", "");
  #said = el("p", "dalt-owner-hint", { role: "status", dir: "auto", "data-dalt": "owner-classes-said" });
  #error = el("p", "dalt-form-error", { role: "alert", dir: "auto", hidden: "" });
  node;

  /** @param {OwnerDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    this.#requests = new Requests(desk);
    const { tell } = desk.words;
    this.#add = button("dalt-quiet", "owner-class-new", () => this.#begin(null), tell("class_new"));
    this.node = el(
      "div",
      "dalt-owner-edit",
      {},
      el("p", "dalt-owner-hint", {}, tell("classes_hint")),
      this.#error,
      this.#list,
      el("div", "dalt-form-actions", {}, this.#add, this.#said),
      this.#new,
    );
    desk.engine.hear(
      "owner_progress",
      ({ counts }) => {
        this.#counts = new Map(counts);
        for (const row of this.#rows.values()) this.#count(row);
      },
      desk.signal,
    );
    this.follow(desk.setup);
  }

  /**
   * The project has changed, maybe what is edited here.
   * @param {OwnerSetup} setup
   */
  follow({ classes, keys }) {
    this.#classes = classes;
    this.#keys = keys;
    const names = new Set(classes.map(({ name }) => name));
    for (const [name, { node }] of this.#rows) {
      if (names.has(name) || (this.#open?.name === name && !this.#open.form.busy)) continue;
      node.remove();
      this.#rows.delete(name);
    }
    let next = this.#list.firstElementChild;
    for (const [place, spec] of classes.entries()) {
      const row = this.#row(spec);
      mark(row.node, "data-place", place);
      // What stands where it should is not touched: it would lose the focus.
      if (row.node === next) next = next.nextElementSibling;
      else this.#list.insertBefore(row.node, next);
      this.#ends(row, place === 0, place === classes.length - 1);
    }
    const open = this.#open;
    if (open?.name) open.form.follow(this.#newest(open.name));
  }

  /** @param {string} name */
  #newest(name) {
    return this.#classes.find((each) => each.name === name) ?? null;
  }

  /** @param {ClassSpec} spec */
  #row(spec) {
    let row = this.#rows.get(spec.name);
    if (row && same(row.spec, spec)) return row;
    if (!row) {
      const line = el("div", "dalt-edit-line");
      const below = el("div", "");
      const node = el("li", "dalt-edit-row", { "data-dalt": "owner-class", "data-class": spec.name }, line, below);
      row = { spec, node, line, below };
      this.#rows.set(spec.name, row);
    }
    row.spec = spec;
    this.#fill(row);
    return row;
  }

  /** @param {Row} row */
  #fill(row) {
    const { tell } = this.#desk.words;
    const { name, key, colour, description, group } = row.spec;
    const does = row.line.contains(focused()) ? focused()?.dataset.dalt : null;
    const chip = el("span", "dalt-edit-chip", { "aria-hidden": "true" });
    chip.style.background = colour;
    const act = (
      /** @type {string} */ dalt,
      /** @type {OwnerPhrase} */ phrase,
      /** @type {string} */ sign,
      /** @type {() => void} */ run,
    ) => {
      const made = button("dalt-quiet", `owner-class-${dalt}`, run, sign || tell(phrase));
      made.setAttribute("aria-label", tell(/** @type {OwnerPhrase} */ (`${phrase}_of`), { name }));
      if (sign) made.title = tell(phrase);
      return made;
    };
    row.line.replaceChildren(
      chip,
      el("kbd", "", {}, key),
      el(
        "div",
        "dalt-edit-what",
        {},
        el("span", "dalt-edit-name", { dir: "auto" }, name),
        ...(group ? [el("span", "dalt-edit-group", { dir: "auto" }, group)] : []),
        ...(description ? [el("span", "dalt-edit-description", { dir: "auto" }, description)] : []),
      ),
      el("span", "dalt-edit-count"),
      el(
        "div",
        "dalt-edit-actions",
        {},
        act("first", "move_first", "⤒", () => void this.#move(name, -Infinity)),
        act("up", "move_up", "↑", () => void this.#move(name, -1)),
        act("down", "move_down", "↓", () => void this.#move(name, 1)),
        act("edit", "edit", "", () => this.#begin(name)),
        act("remove", "remove", "", () => this.#ask(name)),
      ),
    );
    this.#count(row);
    if (does) this.#focus(name, does);
  }

  /** @param {Row} row */
  #count({ spec, line }) {
    const n = this.#counts.get(spec.name);
    const node = line.querySelector(".dalt-edit-count");
    if (node) put(node, n === undefined ? "" : this.#desk.words.count("class_labels", n));
  }

  /**
   * @param {Row} row
   * @param {boolean} first
   * @param {boolean} last
   */
  #ends({ line }, first, last) {
    for (const [dalt, end] of /** @type {[string, boolean][]} */ ([
      ["first", first],
      ["up", first],
      ["down", last],
    ])) {
      const node = line.querySelector(`[data-dalt="owner-class-${dalt}"]`);
      if (node) mark(node, "aria-disabled", end ? "true" : null);
    }
  }

  // --- changing one

  /** @param {string | null} name */
  #begin(name) {
    this.#end(false);
    this.#refuse(null);
    const spec = name === null ? null : this.#newest(name);
    const form = new ClassForm(this.#desk.words, {
      spec,
      others: () => this.#classes,
      actions: () => this.#keys,
      save: (changes, was) => this.#save(name, changes, was),
      newest: () => (name === null ? null : this.#newest(name)),
      cancel: () => this.#end(true),
    });
    this.#open = { name, form };
    const place = name === null ? this.#new : this.#rows.get(name)?.below;
    place?.replaceChildren(form.node);
    hide(this.#add, name === null);
    form.focus();
  }

  /** @param {boolean} back whether the focus goes back to what opened the form */
  #end(back) {
    const open = this.#open;
    this.#open = null;
    this.#new.replaceChildren();
    hide(this.#add, false);
    for (const { below } of this.#rows.values()) below.replaceChildren();
    if (!open) return;
    this.follow({ ...this.#desk.setup, classes: this.#classes });
    if (back) this.#focus(open.name, "owner-class-edit");
  }

  /**
   * @param {string | null} name
   * @param {import("./classform.js").Changes} changes
   * @param {ClassSpec} was
   * @returns {Promise<Edited | EditRefused>}
   */
  async #save(name, changes, was) {
    const { tell } = this.#desk.words;
    if (name !== null && Object.keys(changes).length === 0) {
      this.#end(true);
      return { type: "edited", key: "" };
    }
    const { name: said = name ?? "", ...others } = changes;
    const reply = await this.#requests.make(
      name === null ? { type: "new_class", name: said, changes: others } : { type: "edit_class", name, changes, was },
    );
    if (reply.type === "edited") {
      this.#end(false);
      this.#focus(name === null ? null : said, "owner-class-edit");
      put(this.#said, tell(name === null ? "class_added" : "class_saved", { name: said }));
    }
    return reply;
  }

  /**
   * Put the focus on a button of a class, or on the one that adds another.
   * @param {string | null} name
   * @param {string} does
   */
  #focus(name, does) {
    const row = name === null ? undefined : this.#rows.get(name);
    const node = /** @type {HTMLElement | null | undefined} */ (row?.line.querySelector(`[data-dalt="${does}"]`));
    (node ?? this.#add).focus({ preventScroll: Boolean(node) });
  }

  // --- removing and moving

  /** @param {string} name */
  #ask(name) {
    this.#end(false);
    this.#refuse(null);
    const row = this.#rows.get(name);
    if (!row) return;
    const { tell } = this.#desk.words;
    const back = () => {
      row.below.replaceChildren();
      this.#focus(name, "owner-class-remove");
    };
    const asks = question(this.#desk.words, {
      name: "owner-class",
      ask: tell("class_remove_ask", { name }),
      yes: tell("remove"),
      keep: back,
      does: () => void this.#remove(name, back),
    });
    row.below.replaceChildren(asks.node);
    asks.focus();
  }

  /**
   * @param {string} name
   * @param {() => void} back
   */
  async #remove(name, back) {
    const place = this.#classes.findIndex((each) => each.name === name);
    const reply = await this.#requests.make({ type: "drop_class", name });
    if (reply.type === "edit_refused") {
      back();
      const { tell, count } = this.#desk.words;
      const n = this.#counts.get(name);
      this.#refuse(n ? tell("class_stays", { name, labels: count("class_labels", n) }) : reply.message);
      return;
    }
    put(this.#said, this.#desk.words.tell("class_removed", { name }));
    const beside = this.#classes[Math.min(place, this.#classes.length - 1)];
    this.#focus(beside?.name ?? null, "owner-class-remove");
  }

  /**
   * @param {string} name
   * @param {number} by places; -Infinity makes it the first
   */
  async #move(name, by) {
    const was = this.#classes.map((each) => each.name);
    const from = was.indexOf(name);
    const to = by === -Infinity ? 0 : from + by;
    if (from <= 0 && by < 0) return;
    if (from < 0 || to >= was.length) return;
    const names = was.filter((each) => each !== name);
    names.splice(to, 0, name);
    this.#refuse(null);
    const reply = await this.#requests.make({ type: "order_classes", names, was });
    if (reply.type === "edit_refused") {
      this.#refuse(reply.changed ? this.#desk.words.tell("classes_conflict") : reply.message);
      return;
    }
    put(this.#said, this.#desk.words.tell("class_moved", { name, place: to + 1, n: names.length }));
    this.#focus(name, by === -Infinity ? "owner-class-first" : by < 0 ? "owner-class-up" : "owner-class-down");
  }

  /** @param {string | null} message */
  #refuse(message) {
    put(this.#error, message ?? "");
    hide(this.#error, message === null);
    put(this.#said, "");
  }
}
