// Fields with their labels, and forms that say in one sentence what is wrong, where it is.

import { button, el, hide, mark, put } from "../dom/dom.js";

/** @import { OwnerWords } from "../types.js" */

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Control */

let ids = 0;

/** @param {string} name */
function newId(name) {
  ids += 1;
  return `dalt-field-${name}-${ids}`;
}

/**
 * A control under its label, with a hint below it.
 * @param {Control} control
 * @param {string} label
 * @param {string} [hint]
 */
export function field(control, label, hint = "") {
  control.id = newId(control.dataset.dalt ?? "");
  const node = el("div", "dalt-field", {}, el("label", "", { for: control.id }, label), control);
  if (hint) {
    const said = el("p", "dalt-owner-hint", { id: `${control.id}-hint` }, hint);
    control.setAttribute("aria-describedby", said.id);
    node.append(said);
  }
  return node;
}

/**
 * A checkbox or radio button with its label beside it.
 * @param {HTMLInputElement} control
 * @param {string} label
 * @param {string} [hint]
 */
export function choice(control, label, hint = "") {
  const said = el("span", "dalt-choice-label", {}, label);
  if (hint) said.append(el("span", "dalt-owner-hint", {}, hint));
  return el("label", "dalt-choice", {}, control, said);
}

export class Form {
  #error = el("p", "dalt-form-error", { role: "alert", dir: "auto", hidden: "" });
  #save;
  /** @type {() => void} */
  #cancel;
  /** @type {Node[]} */
  #others = [];
  busy = false;

  /**
   * @param {OwnerWords} words
   * @param {{ name: string, save: string, fields: Node[], submit: () => Promise<string | null>, cancel?: () => void }} what
   * `submit` resolves to what is wrong, or to null once it is done.
   */
  constructor(words, { name, save, fields, submit, cancel }) {
    this.#save = el("button", "dalt-owner-main", { type: "submit", "data-dalt": `${name}-save` }, save);
    this.#cancel = cancel ?? (() => {});
    const actions = el("div", "dalt-form-actions", {}, this.#save);
    if (cancel) {
      const back = button("dalt-quiet", `${name}-cancel`, cancel, words.tell("cancel"));
      this.#others.push(back);
      actions.append(back);
    }
    this.node = el(
      "form",
      "dalt-form",
      { "data-dalt": `${name}-form`, novalidate: "" },
      ...fields,
      this.#error,
      actions,
    );
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit(submit);
    });
    this.node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing || !cancel) return;
      event.stopPropagation();
      event.preventDefault();
      this.#cancel();
    });
  }

  /** @param {boolean} can */
  allow(can) {
    mark(this.#save, "aria-disabled", can ? null : "true");
  }

  /**
   * Say what is wrong; null takes it away.
   * @param {string | null} message
   * @param {Control | null} [control] the field that it is about
   */
  refuse(message, control = null) {
    put(this.#error, message ?? "");
    hide(this.#error, message === null);
    for (const each of this.node.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
    if (message === null) return;
    if (control) mark(control, "aria-invalid", "true");
    (control ?? /** @type {HTMLElement | null} */ (this.node.querySelector("input, textarea, select")))?.focus();
  }

  /** @param {() => Promise<string | null>} submit */
  async #submit(submit) {
    if (this.busy || this.#save.hasAttribute("aria-disabled")) return;
    this.#hold(true);
    this.refuse(null);
    const wrong = await submit();
    this.#hold(false);
    if (wrong !== null) this.refuse(wrong);
  }

  /** @param {boolean} busy */
  #hold(busy) {
    this.busy = busy;
    // Not disabled: that would take the focus away.
    mark(this.node, "aria-busy", busy ? "true" : null);
    this.node.classList.toggle("dalt-busy", busy);
  }
}

/**
 * A question before something that cannot be undone; the focus is on the way back.
 * @param {OwnerWords} words
 * @param {{ name: string, ask: string, yes: string, does: () => void, keep: () => void }} what
 */
export function question(words, { name, ask, yes, does, keep }) {
  const no = button("dalt-quiet", `${name}-keep`, keep, words.tell("keep"));
  const node = el(
    "div",
    "dalt-question",
    { role: "group", "data-dalt": `${name}-question` },
    el("p", "", { dir: "auto", id: newId("question") }, ask),
    el("div", "dalt-form-actions", {}, button("dalt-danger", `${name}-yes`, does, yes), no),
  );
  mark(node, "aria-labelledby", /** @type {HTMLElement} */ (node.firstElementChild).id);
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    keep();
  });
  return { node, focus: () => no.focus() };
}

/**
 * What somebody else has made of it meanwhile, and what to do about it.
 * @param {OwnerWords} words
 * @param {{ name: string, said: string, theirs: () => void, mine: () => void }} what
 */
export function conflict(words, { name, said, theirs, mine }) {
  return el(
    "div",
    "dalt-question",
    { role: "alert", "data-dalt": `${name}-conflict` },
    el("p", "", { dir: "auto" }, said),
    el(
      "div",
      "dalt-form-actions",
      {},
      button("dalt-quiet", `${name}-theirs`, theirs, words.tell("take_theirs")),
      button("dalt-quiet", `${name}-mine`, mine, words.tell("keep_mine")),
    ),
  );
}

/**
 * A text to be copied: it is selected where a browser copies nothing by itself.
 * @param {OwnerWords} words
 * @param {{ name: string, text: string, label: string }} what
 */
export function copied(words, { name, text, label }) {
  const shown = el("input", "dalt-input dalt-copied", {
    type: "text",
    readonly: "",
    value: text,
    "data-dalt": name,
    "aria-label": label,
    size: Math.min(60, Math.max(20, text.length + 1)),
  });
  const said = el("span", "dalt-owner-hint", { role: "status" });
  const copy = button("dalt-quiet", `${name}-copy`, () => void copyIt(), words.tell("copy"));
  async function copyIt() {
    shown.select();
    try {
      await navigator.clipboard.writeText(text);
      put(said, words.tell("copied"));
    } catch {
      put(said, words.tell("copy_selected"));
      shown.focus();
    }
  }
  shown.addEventListener("focus", () => shown.select());
  return { node: el("div", "dalt-copy", {}, shown, copy, said), copy };
}
