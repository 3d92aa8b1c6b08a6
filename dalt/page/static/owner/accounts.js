// Who can log in: people added, given another password, removed; and the address to hand out.

import { alone, button, el, hide, put } from "../dom/dom.js";
import { offered } from "../protocol/comeback.js";
import { choice, copied, Form, field, question } from "./forms.js";
import { Requests } from "./requests.js";

/** @import { OwnerDesk, OwnerPhrase, ToOwner } from "../types.js" */
/** @import { EditRefused } from "./requests.js" */

/** @typedef {Extract<ToOwner, { type: "owner_accounts" }>} Accounts */
/** @typedef {NonNullable<Accounts["accounts"]>[number]} Account */

const ADD = "dalt annotators add team.json NAME";

export class AccountsSection {
  static section = "accounts";
  /** @type {OwnerPhrase} */
  static title = "accounts_title";
  static lasts = true;

  #desk;
  #requests;
  /** @type {Map<string, { account: Account, node: HTMLLIElement, below: HTMLElement }>} */
  #rows = new Map();
  #list = el("ul", "dalt-edit-list", { "data-dalt": "owner-accounts" });
  #new = el("div", "dalt-account-new");
  #said = el("p", "dalt-owner-hint", { role: "status", dir: "auto" });
  #none = el("p", "dalt-owner-words", { dir: "auto", hidden: "", "data-dalt": "owner-accounts-none" });
  #error = el("p", "dalt-form-error", { role: "alert", dir: "auto", hidden: "" });
  #password = el("div", ""); // the one that was made last
  #add;
  #shortest = 8;
  node;

  /** @param {OwnerDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    this.#requests = new Requests(desk);
    this.#add = this.#adding();
    this.node = el(
      "div",
      "dalt-owner-edit",
      {},
      ...this.#address(),
      this.#none,
      this.#error,
      this.#list,
      this.#password,
      this.#said,
      this.#new,
    );
    this.#new.append(
      el(alone() ? "h3" : "h4", "dalt-owner-sub", {}, desk.words.tell("account_new")),
      this.#add.form.node,
    );
    hide(this.#new, true);
    desk.engine.hear("owner_accounts", (said) => this.#hear(said), desk.signal);
  }

  /** The address for those who label. */
  #address() {
    const server = alone() ? offered() : null;
    if (!server?.label) return [];
    const { tell } = this.#desk.words;
    const text = new URL(server.label, location.href).href;
    const { node } = copied(this.#desk.words, { name: "owner-address", text, label: tell("address_label") });
    return [el("p", "dalt-owner-hint", {}, tell("address_hint")), node];
  }

  /** @param {Accounts} said */
  #hear({ accounts, shortest, command, message }) {
    this.#shortest = shortest;
    put(this.#error, message ?? "");
    hide(this.#error, message === null);
    hide(this.#new, accounts === null);
    hide(this.#list, accounts === null);
    hide(this.#none, accounts !== null || message !== null);
    const commands = command ? el("code", "dalt-commands", { dir: "ltr", tabindex: "0" }, `${ADD}\n${command}`) : "";
    this.#none.replaceChildren(this.#desk.words.tell("accounts_none"), commands);
    this.#follow(accounts ?? []);
  }

  /** @param {Account[]} accounts */
  #follow(accounts) {
    const names = new Set(accounts.map(({ name }) => name));
    for (const [name, { node }] of this.#rows) {
      if (names.has(name)) continue;
      node.remove();
      this.#rows.delete(name);
    }
    let next = this.#list.firstElementChild;
    for (const account of accounts) {
      const node = this.#row(account);
      if (node === next) next = next.nextElementSibling;
      else this.#list.insertBefore(node, next);
    }
  }

  /** @param {Account} account */
  #row(account) {
    const known = this.#rows.get(account.name);
    if (known && known.account.owner === account.owner) return known.node;
    known?.node.remove();
    const { tell } = this.#desk.words;
    const { name, owner, mine } = account;
    const below = el("div", "");
    const act = (/** @type {string} */ dalt, /** @type {OwnerPhrase} */ phrase, /** @type {() => void} */ run) => {
      const made = button("dalt-quiet", `owner-account-${dalt}`, run, tell(phrase));
      made.setAttribute("aria-label", tell(/** @type {OwnerPhrase} */ (`${phrase}_of`), { name }));
      return made;
    };
    const badges = [...(owner ? [tell("account_owner")] : []), ...(mine ? [tell("account_you")] : [])];
    const node = el(
      "li",
      "dalt-edit-row",
      { "data-dalt": "owner-account", "data-name": name },
      el(
        "div",
        "dalt-edit-line",
        {},
        el(
          "div",
          "dalt-edit-what",
          {},
          el("span", "dalt-edit-name", { dir: "auto" }, name),
          ...badges.map((badge) => el("span", "dalt-edit-group", {}, badge)),
        ),
        el(
          "div",
          "dalt-edit-actions",
          {},
          act("renew", "new_password", () => this.#renew(name)),
          ...(mine ? [] : [act("remove", "remove", () => this.#ask(name))]),
        ),
      ),
      below,
    );
    this.#rows.set(name, { account, node, below });
    return node;
  }

  // --- adding

  #adding() {
    const { tell } = this.#desk.words;
    const plain = { type: "text", autocomplete: "off", spellcheck: "false", autocapitalize: "off" };
    const name = el("input", "dalt-input", {
      ...plain,
      dir: "auto",
      maxlength: 100,
      "data-dalt": "owner-account-name",
    });
    const password = el("input", "dalt-input", { ...plain, "data-dalt": "owner-account-password" });
    const owner = el("input", "", { type: "checkbox", "data-dalt": "owner-account-owner" });
    const form = new Form(this.#desk.words, {
      name: "owner-account",
      save: tell("account_add"),
      fields: [
        el(
          "div",
          "dalt-fields",
          {},
          field(name, tell("account_name")),
          field(password, tell("password"), tell("password_hint", { n: this.#shortest })),
        ),
        choice(owner, tell("account_owner_choice"), tell("account_owner_hint")),
      ],
      submit: async () => {
        const said = name.value.trim();
        if (!said) return tell("account_nameless");
        const reply = await this.#requests.make({
          type: "add_account",
          name: said,
          password: password.value,
          owner: owner.checked,
        });
        if (reply.type === "edit_refused") {
          return this.#rows.has(said) ? tell("account_taken", { name: said }) : this.#why(password.value, reply);
        }
        [name.value, password.value, owner.checked] = ["", "", false];
        this.#show(said, reply.password ?? "", "account_added", () => name.focus());
        return null;
      },
    });
    return { form, name };
  }

  /**
   * Why a password is refused, in the page's language.
   * @param {string} password
   * @param {EditRefused} reply
   */
  #why(password, { message }) {
    const short = password.length > 0 && password.length < this.#shortest;
    return short ? this.#desk.words.tell("password_short", { n: this.#shortest }) : message;
  }

  /**
   * Show a password, this once.
   * @param {string} name
   * @param {string} password
   * @param {OwnerPhrase} phrase
   * @param {() => void} after
   */
  #show(name, password, phrase, after) {
    const { tell } = this.#desk.words;
    put(this.#said, "");
    const shown = copied(this.#desk.words, {
      name: "owner-password",
      text: password,
      label: tell("password_of", { name }),
    });
    const done = () => {
      this.#password.replaceChildren();
      after();
    };
    this.#password.replaceChildren(
      el(
        "div",
        "dalt-question dalt-made",
        { role: "group", "aria-label": tell("password_of", { name }) },
        el("p", "", { dir: "auto" }, tell(phrase, { name }), " ", tell("password_once")),
        shown.node,
        el("div", "dalt-form-actions", {}, button("dalt-quiet", "owner-password-done", done, tell("done"))),
      ),
    );
    shown.copy.focus();
  }

  // --- another password, and removing

  /** @param {string} name */
  #renew(name) {
    const { tell } = this.#desk.words;
    const row = this.#openAt(name);
    if (!row) return;
    const password = el("input", "dalt-input", {
      type: "text",
      autocomplete: "off",
      spellcheck: "false",
      autocapitalize: "off",
      "data-dalt": "owner-account-another",
    });
    const back = () => this.#shut(name, "renew");
    const form = new Form(this.#desk.words, {
      name: "owner-renew",
      save: tell("renew_save"),
      fields: [
        el("p", "", { dir: "auto" }, tell(row.account.mine ? "renew_mine" : "renew_ask", { name })),
        field(password, tell("password"), tell("password_hint", { n: this.#shortest })),
      ],
      cancel: back,
      submit: async () => {
        const reply = await this.#requests.make({ type: "renew_account", name, password: password.value });
        if (reply.type === "edit_refused") return this.#why(password.value, reply);
        row.below.replaceChildren();
        this.#show(name, reply.password ?? "", "account_renewed", () => this.#shut(name, "renew"));
        return null;
      },
    });
    row.below.replaceChildren(form.node);
    password.focus();
  }

  /** @param {string} name */
  #ask(name) {
    const { tell } = this.#desk.words;
    const row = this.#openAt(name);
    if (!row) return;
    const back = () => this.#shut(name, "remove");
    const asks = question(this.#desk.words, {
      name: "owner-account",
      ask: tell("account_remove_ask", { name }),
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
    const reply = await this.#requests.make({ type: "drop_account", name });
    if (reply.type === "edit_refused") {
      back();
      put(this.#error, reply.message);
      hide(this.#error, false);
      return;
    }
    put(this.#said, this.#desk.words.tell("account_removed", { name }));
    this.#add.name.focus({ preventScroll: true });
  }

  /** @param {string} name */
  #openAt(name) {
    hide(this.#error, true);
    put(this.#said, "");
    this.#password.replaceChildren();
    for (const { below } of this.#rows.values()) below.replaceChildren();
    return this.#rows.get(name);
  }

  /**
   * @param {string} name
   * @param {"renew" | "remove"} does
   */
  #shut(name, does) {
    const row = this.#rows.get(name);
    row?.below.replaceChildren();
    const opener = /** @type {HTMLElement | null | undefined} */ (
      row?.node.querySelector(`[data-dalt="owner-account-${does}"]`)
    );
    (opener ?? this.#add.name).focus();
  }
}
