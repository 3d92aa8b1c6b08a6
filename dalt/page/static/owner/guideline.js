// The guideline of the project, to be changed.

import { button, el, hide, mark, put } from "../dom/dom.js";
import { conflict, Form, field } from "./forms.js";
import { Requests } from "./requests.js";

/** @import { OwnerDesk, OwnerPhrase } from "../types.js" */
/** @import { OwnerSetup } from "./engine.js" */

const DRAFT = "guideline";

export class GuidelineSection {
  static section = "guideline";
  /** @type {OwnerPhrase} */
  static title = "guideline_title";
  static lasts = true;

  #desk;
  #requests;
  #was; // what it is that the text is a change of
  #text = el("textarea", "dalt-input", { rows: 8, "data-dalt": "owner-guideline", dir: "auto" });
  #said = el("p", "dalt-owner-hint", { role: "status" });
  #conflict = el("div", "");
  #discard;
  #form;
  node;

  /** @param {OwnerDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    this.#requests = new Requests(desk);
    const { tell } = desk.words;
    const { text, was } = desk.engine.drafts.get(DRAFT) ?? {};
    this.#was = was ?? desk.setup.guideline;
    this.#text.value = text ?? this.#was;
    this.#discard = button("dalt-quiet", "owner-guideline-discard", () => this.#restore(), tell("discard"));
    this.#form = new Form(desk.words, {
      name: "owner-guideline",
      save: tell("save"),
      fields: [field(this.#text, tell("guideline_label"), tell("guideline_hint")), this.#conflict],
      submit: () => this.#save(),
    });
    this.#form.node.querySelector(".dalt-form-actions")?.append(this.#discard, this.#said);
    this.#text.addEventListener("input", () => this.#changed());
    this.node = this.#form.node;
    this.#changed();
    this.follow(desk.setup);
  }

  /**
   * The project has changed, maybe what is edited here.
   * @param {OwnerSetup} setup
   */
  follow({ guideline }) {
    if (guideline === this.#was || this.#form.busy) return;
    if (!this.#dirty || guideline === this.#text.value) {
      this.#was = guideline;
      if (this.#text.value !== guideline) this.#text.value = guideline;
      this.#changed();
    } else this.#warn(guideline);
  }

  get #dirty() {
    return this.#text.value !== this.#was;
  }

  #changed() {
    this.#form.allow(this.#dirty);
    hide(this.#discard, !this.#dirty);
    if (this.#dirty) put(this.#said, "");
    if (this.#dirty) this.#desk.engine.drafts.set(DRAFT, { text: this.#text.value, was: this.#was });
    else this.#desk.engine.drafts.delete(DRAFT);
  }

  #restore() {
    this.#was = this.#desk.engine.setup?.guideline ?? this.#was;
    this.#text.value = this.#was;
    this.#form.refuse(null);
    this.#conflict.replaceChildren();
    this.#changed();
    this.#text.focus();
  }

  async #save() {
    const text = this.#text.value;
    const reply = await this.#requests.make({ type: "edit_guideline", text, was: this.#was });
    const now = this.#desk.engine.setup?.guideline ?? text;
    if (reply.type === "edited") {
      this.#was = now;
      this.#conflict.replaceChildren();
      this.#changed();
      put(this.#said, this.#desk.words.tell("guideline_saved"));
      return null;
    }
    if (!reply.changed) return reply.message;
    this.#warn(now);
    return null;
  }

  /** @param {string} theirs */
  #warn(theirs) {
    const { tell } = this.#desk.words;
    const settle = (/** @type {string} */ text) => {
      this.#was = theirs;
      this.#text.value = text;
      this.#conflict.replaceChildren();
      this.#changed();
      this.#text.focus();
    };
    const asks = conflict(this.#desk.words, {
      name: "owner-guideline",
      said: tell("guideline_conflict"),
      theirs: () => settle(theirs),
      mine: () => settle(this.#text.value),
    });
    asks.insertBefore(
      el("blockquote", "dalt-theirs", { dir: "auto", tabindex: "0" }, theirs || tell("guideline_empty")),
      asks.lastChild,
    );
    mark(asks, "data-theirs", "");
    this.#conflict.replaceChildren(asks);
    this.#form.allow(false);
  }
}
