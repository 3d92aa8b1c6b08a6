// Who labels here, and the way out for whoever shares a browser: every label stands by that name.

import { button, el } from "../dom/dom.js";
import { offered } from "../protocol/comeback.js";

/** @import { AddonDesk } from "../types.js" */

export class PersonLine {
  /** @type {HTMLElement | undefined} */
  aside;

  /** @param {AddonDesk} desk */
  constructor({ words, setup }) {
    const server = setup.login && offered();
    if (!server) return; // nobody has logged in
    this.aside = button(
      "dalt-quiet dalt-person",
      "logout",
      () => location.assign(server.logout),
      el("bdi", "dalt-person-name", {}, setup.annotator),
      el("span", "", {}, words.say("log_out")),
    );
  }
}
