// The page without JupyterLab's front end, as `dalt serve` shows it.
//
// Where all that a notebook shows are anywidgets, as DALT's page is, their scripts are all that has to be
// loaded.  Whatever else a notebook shows is left to Voilà's front end, which is loaded then.

import { el } from "../dom/dom.js";
import { Connection } from "./connection.js";
import { MODULE, Models } from "./models.js";
import { voila } from "./voila.js";

/** @import { Served } from "../types.js" */
/** @import { State } from "./models.js" */

const VIEW = "application/vnd.jupyter.widget-view+json";
const OUTPUT = 'script[type="application/vnd.voila.cell-output+json"]';

const PRINTED = "#rendered_cells .jp-Cell:not(.celltag_notebook-only) :is(pre, .jp-MarkdownOutput)";

/** @typedef {{ data?: Record<string, any> }} Output */
/** @typedef {{ initialize?: (given: object) => unknown, render?: (given: object) => unknown }} Script */

async function main() {
  const config = await written();
  const models = new Models(connect(config));
  await loaded();
  const shown = outputs().map(({ data }) => data?.[VIEW]?.model_id);
  if (document.querySelector(PRINTED)) shown.push(undefined);
  const states = shown.includes(undefined) ? [] : await Promise.all(shown.map((id) => models.state(id)));
  if (states.length < shown.length || states.some(({ [MODULE]: module }) => module !== "anywidget")) {
    connection?.close();
    voila();
    return;
  }
  endWithTab(config);
  for (const [at, id] of shown.entries()) await show(models, id, states[at]);
  // A page of DALT takes the place of what stood there as soon as it has something to show.
  if (!document.querySelector('[data-dalt="page"]')) document.getElementById("dalt-first")?.remove();
}

/** @type {Connection | null} */
let connection = null;

/** @param {Served} config */
function connect({ baseUrl, kernelId }) {
  connection = new Connection(new URL(`${baseUrl}api/kernels/${kernelId}/`, location.href));
  return connection;
}

/**
 * What the server has written into the page, as soon as it has: the kernel's number comes with it.
 * @returns {Promise<Served>}
 */
function written() {
  return new Promise((resolve) => {
    const look = () => {
      const text = document.getElementById("jupyter-config-data")?.textContent;
      if (!text?.trimEnd().endsWith("}")) return;
      watcher.disconnect();
      resolve(JSON.parse(text));
    };
    const watcher = new MutationObserver(look);
    watcher.observe(document, { childList: true, subtree: true, characterData: true });
    look();
  });
}

/** @returns {Promise<unknown>} */
function loaded() {
  if (document.readyState !== "loading") return Promise.resolve();
  return new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
}

/** @returns {Output[]} */
function outputs() {
  return [...document.querySelectorAll(OUTPUT)].map(({ textContent }) => JSON.parse(textContent));
}

/** @type {Map<string, Promise<{ default: Script | (() => Script | Promise<Script>) }>>} */
const scripts = new Map(); // the modules of widgets, by their texts

/** @param {string} text */
function script(text) {
  const known = scripts.get(text);
  if (known) return known;
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const module = import(address).finally(() => URL.revokeObjectURL(address));
  scripts.set(text, module);
  return module;
}

/** @type {Map<string, Promise<Script>>} */
const begun = new Map(); // by the ids of models: one that is shown twice is begun once

/**
 * @param {Models} models
 * @param {string} id
 * @param {State} state
 */
async function show(models, id, state) {
  const model = models.model(id, state);
  const { signal } = new AbortController(); // it lasts as long as the page
  if (!begun.has(id)) begun.set(id, begin(state, { model, signal }));
  const made = await begun.get(id);
  const place = el("div", "dalt-widget");
  document.getElementById("dalt-widgets")?.append(place);
  await made?.render?.({ model, el: place, signal });
}

/**
 * @param {State} state
 * @param {object} given
 */
async function begin(state, given) {
  if (state._css) document.head.append(el("style", "", {}, state._css));
  const { default: made } = await script(state._esm);
  const widget = typeof made === "function" ? await made() : made;
  await widget.initialize?.(given);
  return widget;
}

/**
 * The kernel ends with its tab, as Voilà's front end has it.
 * @param {Served} config
 */
function endWithTab({ baseUrl, kernelId, dalt }) {
  window.addEventListener("pagehide", ({ persisted }) => {
    if (persisted) return;
    const cookie = document.cookie.split("; ").find((each) => each.startsWith(`${dalt.xsrf}=`));
    const form = new FormData();
    form.append("_xsrf", cookie?.slice(dalt.xsrf.length + 1) ?? "");
    navigator.sendBeacon(`${baseUrl}voila/api/shutdown/${kernelId}`, form);
    connection?.close();
  });
}

main();
