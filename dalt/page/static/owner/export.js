// The labels as a file of one of the formats that fit.

import { button, el, hide, put } from "../dom/dom.js";
import { nobody } from "../dom/focus.js";
import { Download, save } from "./download.js";
import { choice, field } from "./forms.js";
import { newKey } from "./requests.js";

/** @import { FromOwner, OwnerDesk, OwnerPhrase, ToOwner } from "../types.js" */

/** @typedef {Extract<ToOwner, { type: "owner_formats" }>} Formats */

export class ExportSection {
  static section = "export";
  /** @type {OwnerPhrase} */
  static title = "export_title";
  static lasts = true;

  #desk;
  /** @type {string | null} */
  #key = null; // of the file that is being made
  /** @type {{ name: string, labels: number, size: number } | null} */
  #file = null;
  /** @type {Download | null} */
  #download = null;
  #format = el("select", "dalt-input", { "data-dalt": "owner-format" });
  #consensus = el("input", "", { type: "checkbox", "data-dalt": "owner-export-consensus" });
  #excel = el("input", "", { type: "checkbox", "data-dalt": "owner-export-excel" });
  #consensusRow;
  #excelRow;
  #start;
  #stop;
  #bar = el("progress", "dalt-export-bar", { max: 1 });
  #stage = el("span", "dalt-owner-hint", { role: "status" });
  #running;
  #said = el("p", "dalt-owner-words", { role: "status", dir: "auto", "data-dalt": "owner-export-said" });
  #link;
  #error = el("p", "dalt-form-error", { role: "alert", dir: "auto", hidden: "", "data-dalt": "owner-export-error" });
  #none;
  #form;
  node;

  /** @param {OwnerDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    const { tell } = desk.words;
    this.#consensusRow = choice(this.#consensus, tell("export_consensus"), tell("export_consensus_hint"));
    this.#excelRow = choice(this.#excel, tell("export_excel"), tell("export_excel_hint"));
    this.#start = button("dalt-owner-main", "owner-export", () => this.#begin(), tell("export_start"));
    this.#stop = button("dalt-quiet", "owner-export-stop", () => this.#over(true), tell("export_stop"));
    this.#bar.setAttribute("aria-label", tell("export_title"));
    this.#running = el("div", "dalt-form-actions", { hidden: "" }, this.#bar, this.#stage, this.#stop);
    this.#link = el("a", "dalt-way", { hidden: "", "data-dalt": "owner-export-again" }, tell("export_again"));
    this.#none = el("p", "dalt-owner-empty", {}, tell("export_none"));
    this.#form = el(
      "div",
      "dalt-form",
      {},
      field(this.#format, tell("export_format")),
      this.#consensusRow,
      this.#excelRow,
      el("div", "dalt-form-actions", {}, this.#start),
    );
    this.#format.addEventListener("change", () => this.#paint());
    this.node = el(
      "div",
      "dalt-owner-edit",
      {},
      this.#none,
      this.#form,
      this.#running,
      this.#error,
      el("div", "dalt-form-actions", {}, this.#said, this.#link),
    );
    this.#listen();
    this.#offer([], false);
  }

  close() {
    this.#over(false);
    if (this.#link.href) URL.revokeObjectURL(this.#link.href);
  }

  #listen() {
    const { engine, signal } = this.#desk;
    engine.hear("owner_formats", ({ formats, consensus }) => this.#offer(formats, consensus), signal);
    engine.hear("export_progress", (message) => this.#progress(message), signal);
    engine.hear("exported", (message) => this.#exported(message), signal);
    engine.hear("export_part", (message, buffers) => this.#part(message, buffers), signal);
    engine.hear("export_failed", (message) => this.#failed(message), signal);
  }

  /**
   * @param {Formats["formats"]} formats
   * @param {boolean} consensus
   */
  #offer(formats, consensus) {
    const { tell } = this.#desk.words;
    const chosen = this.#format.value;
    this.#format.replaceChildren(
      ...formats.map(({ name, ending, folder }) => {
        const title = tell(/** @type {OwnerPhrase} */ (`format_${name.replace("-", "_")}`));
        return el("option", "", { value: name }, `${title} (${folder ? ".zip" : ending})`);
      }),
    );
    if (formats.some(({ name }) => name === chosen)) this.#format.value = chosen;
    hide(this.#form, formats.length === 0);
    hide(this.#none, formats.length > 0);
    hide(this.#consensusRow, !consensus);
    this.#paint();
  }

  #paint() {
    hide(this.#excelRow, this.#format.value !== "csv");
  }

  #begin() {
    if (this.#key !== null) return;
    this.#key = newKey();
    this.#refuse("");
    put(this.#said, "");
    hide(this.#link, true);
    this.#bar.removeAttribute("value");
    put(this.#stage, this.#desk.words.tell("export_writing"));
    hide(this.#running, false);
    hide(this.#start, true);
    this.#stop.focus();
    this.#tell({
      type: "export",
      key: this.#key,
      format: this.#format.value,
      consensus: this.#consensus.checked && !this.#consensusRow.hidden,
      excel: this.#excel.checked && !this.#excelRow.hidden,
    });
  }

  /** @param {Extract<ToOwner, { type: "export_progress" }>} message */
  #progress({ key, done, total, packing }) {
    if (key !== this.#key) return;
    const { tell } = this.#desk.words;
    if (total) this.#bar.value = done / total;
    put(this.#stage, tell(packing ? "export_packing" : "export_writing"));
  }

  /** @param {Extract<ToOwner, { type: "exported" }>} message */
  #exported({ key, name, size, labels }) {
    if (key !== this.#key || this.#download) return;
    this.#file = { name, size, labels };
    put(this.#stage, this.#desk.words.tell("export_fetching"));
    this.#download = new Download(this.#desk.engine, key, size);
  }

  /**
   * @param {Extract<ToOwner, { type: "export_part" }>} message
   * @param {DataView<ArrayBuffer>[]} buffers
   */
  #part(message, buffers) {
    if (message.key !== this.#key || !this.#download || !this.#file) return;
    const whole = this.#download.take(message, buffers);
    this.#bar.value = this.#download.share;
    if (!whole) return;
    const { name, labels } = this.#file;
    const { words } = this.#desk;
    save(this.#link, whole, name);
    put(this.#said, words.count("export_done", labels, { name, size: sizeOf(whole.size, words.locale) }));
    hide(this.#link, false);
    this.#over(true);
  }

  /** @param {Extract<ToOwner, { type: "export_failed" }>} message */
  #failed({ key, message, megabytes, command, several }) {
    if (key !== this.#key) return;
    const { tell, number } = this.#desk.words;
    this.#over(true);
    // The kernel's words name options of Python and of the command line.
    if (several) this.#refuse(tell(this.#consensusRow.hidden ? "export_several" : "export_several_consensus"));
    else this.#refuse(command ? tell("export_too_large", { size: number(megabytes ?? 0), command }) : message);
  }

  /** @param {boolean} back whether the focus goes back to the button that begins */
  #over(back) {
    const key = this.#key;
    this.#key = this.#file = null;
    this.#download?.close();
    this.#download = null;
    const { activeElement: focused } = document;
    const held = nobody() || this.#running.contains(focused) || focused?.matches('[data-dalt="owner"]');
    hide(this.#running, true);
    hide(this.#start, false);
    if (back && held) this.#start.focus();
    if (key !== null) this.#tell({ type: "export_over", key });
  }

  /** @param {string} message */
  #refuse(message) {
    put(this.#error, message);
    hide(this.#error, !message);
  }

  /** @param {FromOwner} message */
  #tell(message) {
    this.#desk.engine.ask(message);
  }
}

/**
 * How large a file is, as one says it.
 * @param {number} bytes
 * @param {string} locale
 */
function sizeOf(bytes, locale) {
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, "kilobyte"] : [bytes / 1e6, "megabyte"];
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumSignificantDigits: 3 }).format(value);
}
