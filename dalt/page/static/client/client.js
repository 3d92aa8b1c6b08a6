// The page without JupyterLab's front end, as `dalt serve` shows it.
//
// Where all that a notebook shows are DALT's own widgets, their script is all that has to be loaded.
// Whatever else a notebook shows, other people's widgets included, is left to Voilà's front end,
// which is loaded then.

import { el } from "../dom/dom.js";
import { Connection } from "./connection.js";
import { Models } from "./models.js";
import { voila } from "./voila.js";
import { Widgets } from "./widgets.js";

/** @import { Served } from "../types.js" */

const VIEW = "application/vnd.jupyter.widget-view+json";
const OUTPUT = 'script[type="application/vnd.voila.cell-output+json"]';
const UNSEEN = "script, style, template, .celltag_notebook-only";
const SEEN = "img, svg, hr, table, iframe, video, audio, canvas, object, embed, input, button";
const TRIED = "dalt:tried"; // in sessionStorage, as the page counts how often it was loaded anew
const MOST_TRIES = 2;

async function main() {
  const config = await written();
  const connection = new Connection(new URL(`${config.baseUrl}api/kernels/${config.kernelId}/`, location.href));
  const models = new Models(connection);
  const ended = endWithTab(config, connection);
  await loaded();
  const ids = more() ? null : shown();
  const states = ids && (await models.states(ids));
  const widgets = new Widgets(models);
  if (ids && states) {
    try {
      await Promise.all(ids.map((id) => widgets.show(id, states.get(id) ?? {}, place())));
      // A page of DALT takes the place of what stood there as soon as it has something to show.
      if (!document.querySelector('[data-dalt="page"]')) document.getElementById("dalt-first")?.remove();
      return;
    } catch (error) {
      console.error(error);
      widgets.close();
      document.getElementById("dalt-widgets")?.replaceChildren();
      if (again()) return;
    }
  }
  ended.abort();
  connection.close();
  voila();
}

/**
 * What the server has written into the page, as soon as it has: the kernel's number comes with it.
 * @returns {Promise<Served>}
 */
function written() {
  return new Promise((resolve) => {
    const look = () => {
      const text = document.getElementById("jupyter-config-data")?.textContent;
      if (!text) return;
      try {
        resolve(JSON.parse(text));
      } catch {
        return; // only its beginning has come
      }
      watcher.disconnect();
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

/**
 * The ids of the widgets that the notebook shows, in order; null where it shows anything else.
 * @returns {string[] | null}
 */
function shown() {
  const outputs = [...document.querySelectorAll(OUTPUT)].map(({ textContent }) => JSON.parse(textContent));
  const ids = outputs.map(({ data }) => data?.[VIEW]?.model_id);
  return ids.every((id) => typeof id === "string") ? ids : null;
}

/** Whether the notebook shows something that is no output of the kernel's widgets: text, prints, errors. */
function more() {
  const cells = document.getElementById("rendered_cells")?.cloneNode(true);
  if (!(cells instanceof HTMLElement)) return false;
  for (const unseen of cells.querySelectorAll(UNSEEN)) unseen.remove();
  return cells.textContent.trim() !== "" || cells.querySelector(SEEN) !== null;
}

function place() {
  const made = el("div", "dalt-widget");
  document.getElementById("dalt-widgets")?.append(made);
  return made;
}

/** Load the page anew, a few times: its script did not come. */
function again() {
  try {
    const tried = Number(sessionStorage.getItem(TRIED) ?? 0);
    if (tried >= MOST_TRIES) return false;
    sessionStorage.setItem(TRIED, String(tried + 1));
    setTimeout(() => location.reload(), 1_000 * tried);
    return true;
  } catch {
    return false; // nothing counts without storage
  }
}

/**
 * The kernel ends with its tab, as Voilà's front end has it.
 * @param {Served} config
 * @param {Connection} connection
 * @returns {AbortController} which lets it live
 */
function endWithTab({ baseUrl, kernelId, dalt }, connection) {
  const over = new AbortController();
  const end = (/** @type {PageTransitionEvent} */ { persisted }) => {
    if (persisted) return;
    const cookie = document.cookie.split("; ").find((each) => each.startsWith(`${dalt.xsrf}=`));
    const form = new FormData();
    form.append("_xsrf", cookie?.slice(dalt.xsrf.length + 1) ?? "");
    navigator.sendBeacon(`${baseUrl}voila/api/shutdown/${kernelId}`, form);
    connection.close();
  };
  window.addEventListener("pagehide", end, { signal: over.signal });
  return over;
}

main();
