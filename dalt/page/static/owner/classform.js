// The form of one class: a new one, or one that is there.

import { el } from "../dom/dom.js";
import { conflict, Form, field } from "./forms.js";

/** @import { ClassSpec, OwnerWords } from "../types.js" */
/** @import { Edited, EditRefused } from "./requests.js" */

/** @typedef {"name" | "key" | "colour" | "description" | "group"} What */
/** @typedef {Partial<Record<What, string>>} Changes */

const NOTHING = { name: "", key: "", colour: "", description: "", group: "", formerly: [] };

export class ClassForm {
  #words;
  /** @type {ClassSpec} */
  #was; // what the fields are a change of
  #inputs;
  #others; // the classes as they are now
  #actions; // the keys of the labeling page's actions
  #conflict = el("div", "");
  #form;
  node;

  /**
   * @param {OwnerWords} words
   * @param {{ spec: ClassSpec | null, others: () => ClassSpec[], actions: () => Record<string, string>, save: (changes: Changes, was: ClassSpec) => Promise<Edited | EditRefused>,
   *   newest: () => ClassSpec | null, cancel: () => void }} what
   */
  constructor(words, { spec, others, actions, save, newest, cancel }) {
    const { tell } = words;
    const groups = [...new Set(others().map(({ group }) => group ?? ""))].filter(Boolean);
    this.#words = words;
    this.#others = others;
    this.#actions = actions;
    this.#was = spec ?? NOTHING;
    this.#inputs = inputs(words, groups);
    this.#form = new Form(words, {
      name: "owner-class",
      save: tell(spec ? "save" : "class_add"),
      fields: [...this.#fields(), this.#conflict],
      submit: () => this.#save(save, newest),
      cancel,
    });
    this.#fill(this.#was);
    this.node = this.#form.node;
  }

  /** Put the focus into it. */
  focus() {
    this.#inputs.name.focus();
    this.#inputs.name.select();
  }

  get busy() {
    return this.#form.busy;
  }

  /**
   * The class as it is now; null once it is gone.
   * @param {ClassSpec | null} now
   */
  follow(now) {
    if (this.busy || this.#was === NOTHING) return;
    if (now === null || !same(now, this.#was)) this.#warn(now);
  }

  #fields() {
    const { tell } = this.#words;
    const { name, key, colour, description, group } = this.#inputs;
    return [
      el(
        "div",
        "dalt-fields",
        {},
        field(name, tell("class_name")),
        field(key, tell("class_key"), tell("class_key_hint")),
        field(colour, tell("class_colour")),
        field(group, tell("class_group"), tell("class_group_hint")),
      ),
      field(description, tell("class_description"), tell("class_description_hint")),
    ];
  }

  /** @param {ClassSpec} spec */
  #fill(spec) {
    const { name, key, colour, description, group } = this.#inputs;
    [name.value, key.value, group.value, description.value] = [spec.name, spec.key, spec.group ?? "", spec.description];
    colour.value = longColour(spec.colour || "#7d8897");
  }

  /** @returns {Changes} */
  #changes() {
    const { name, key, colour, description, group } = this.#inputs;
    /** @type {Record<What, string>} */
    const said = {
      name: name.value.trim(),
      key: key.value.trim(),
      colour: colour.value === longColour(this.#was.colour || "#7d8897") ? this.#was.colour : colour.value,
      description: description.value,
      group: group.value.trim(),
    };
    return Object.fromEntries(
      Object.entries(said).filter(([what, value]) => value !== this.#was[/** @type {What} */ (what)]),
    );
  }

  /**
   * @param {(changes: Changes, was: ClassSpec) => Promise<Edited | EditRefused>} save
   * @param {() => ClassSpec | null} newest
   */
  async #save(save, newest) {
    if (!this.#inputs.name.value.trim()) return this.#words.tell("class_nameless");
    const changes = this.#changes();
    const reply = await save(changes, this.#was);
    if (reply.type === "edited") return null;
    if (!reply.changed) return this.#taken(changes) ?? reply.message;
    this.#warn(newest());
    return null;
  }

  /**
   * What another class has already, in the page's language.
   * @param {Changes} changes
   */
  #taken({ name, key }) {
    const { tell } = this.#words;
    const others = this.#others().filter((each) => each.name !== this.#was.name);
    if (name && others.some((each) => each.name === name)) return tell("class_taken", { name });
    const holder = key ? others.find((each) => each.key === key) : null;
    if (key && holder) return tell("class_key_taken", { key, name: holder.name });
    return key && Object.values(this.#actions()).includes(key) ? tell("class_key_action", { key }) : null;
  }

  /** @param {ClassSpec | null} theirs */
  #warn(theirs) {
    const { tell } = this.#words;
    if (theirs === null) {
      this.#conflict.replaceChildren(el("p", "dalt-form-error", { role: "alert" }, tell("class_gone")));
      this.#form.allow(false);
      return;
    }
    const settle = (/** @type {boolean} */ fill) => {
      this.#was = theirs;
      if (fill) this.#fill(theirs);
      this.#conflict.replaceChildren();
      this.#form.allow(true);
      this.focus();
    };
    this.#form.allow(false);
    this.#conflict.replaceChildren(
      conflict(this.#words, {
        name: "owner-class",
        said: tell("class_conflict", { name: this.#was.name }),
        theirs: () => settle(true),
        mine: () => settle(false),
      }),
    );
  }
}

/**
 * Whether two are the same class, in all that can be said of one.
 * @param {ClassSpec} one
 * @param {ClassSpec} other
 */
export function same(one, other) {
  return JSON.stringify(inOrder(one)) === JSON.stringify(inOrder(other));
}

/** @param {ClassSpec} spec */
function inOrder({ name, key, colour, description, group, formerly }) {
  return [name, key, colour, description, group, formerly];
}

/**
 * @param {OwnerWords} words
 * @param {string[]} groups
 */
function inputs({ tell }, groups) {
  const plain = { type: "text", autocomplete: "off", spellcheck: "false", dir: "auto" };
  const known = el("datalist", "", {}, ...groups.map((group) => el("option", "", { value: group })));
  known.id = `dalt-groups-${Math.random().toString(36).slice(2)}`;
  const group = el("input", "dalt-input", { ...plain, "data-dalt": "owner-class-group", list: known.id });
  group.append(known);
  return {
    name: el("input", "dalt-input", { ...plain, "data-dalt": "owner-class-name", maxlength: 500, required: "" }),
    key: el("input", "dalt-input dalt-key-input", {
      ...plain,
      "data-dalt": "owner-class-key",
      maxlength: 1,
      placeholder: tell("automatic"),
    }),
    colour: el("input", "dalt-colour", { type: "color", "data-dalt": "owner-class-colour" }),
    description: el("textarea", "dalt-input", { rows: 2, "data-dalt": "owner-class-description", dir: "auto" }),
    group,
  };
}

/**
 * A colour as a field for colours has it: "#abc" is "#aabbcc" there.
 * @param {string} colour
 */
export function longColour(colour) {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(colour);
  return (
    short
      ? `#${short
          .slice(1)
          .map((sign) => sign + sign)
          .join("")}`
      : colour
  ).toLowerCase();
}
