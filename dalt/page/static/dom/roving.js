// Long lists of buttons: one stop for Tab, and arrows, Home, End, Page up and Page down within.

import { closest, focused } from "./dom.js";

/** @typedef {"next" | "previous" | "up" | "down" | "pageup" | "pagedown" | "first" | "last"} Way */

/** @type {Record<string, Way>} */
const WAYS = {
  ArrowRight: "next",
  ArrowLeft: "previous",
  ArrowUp: "up",
  ArrowDown: "down",
  PageUp: "pageup",
  PageDown: "pagedown",
  Home: "first",
  End: "last",
};

/**
 * Let keys move within a list; call what is returned after its entries, or which of them are shown, have changed.
 * @param {HTMLElement} list
 * @param {string} [selector]
 */
export function roving(list, selector = "button") {
  /** @type {HTMLElement | null} */
  let stop = null; // what Tab comes to
  const entries = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll(selector)]);
  /** @param {HTMLElement} entry */
  const shown = (entry) => !entry.closest("[hidden]");

  /** @param {HTMLElement | null} entry */
  function stopAt(entry) {
    if (stop && stop !== entry) stop.tabIndex = -1;
    stop = entry;
    if (entry) entry.tabIndex = 0;
  }

  function refresh() {
    const all = entries();
    for (const entry of all) if (entry !== stop) entry.tabIndex = -1;
    if (!stop || !list.contains(stop) || !shown(stop)) stopAt(all.find(shown) ?? null);
  }

  list.addEventListener("focusin", ({ target }) => {
    const entry = closest(target, selector);
    if (entry) stopAt(entry);
  });
  // A group of them that is closed takes what Tab comes to out of sight.
  list.addEventListener("click", ({ target }) => {
    if (closest(target, "[aria-expanded]")) refresh();
  });
  list.addEventListener("keydown", (event) => {
    const way = WAYS[event.key];
    const from = closest(event.target, selector);
    if (!way || !from || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation(); // the page's own arrows move other things
    const to = next(entries().filter(shown), from, way, list);
    to?.focus();
    to?.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  refresh();
  return refresh;
}

/**
 * @param {HTMLElement[]} entries
 * @param {HTMLElement} from
 * @param {Way} way
 * @param {HTMLElement} list
 */
function next(entries, from, way, list) {
  const at = entries.indexOf(from);
  const toLeft = getComputedStyle(list).direction === "rtl";
  if (way === "first") return entries[0];
  if (way === "last") return entries.at(-1);
  if (way === "next") return entries[at + (toLeft ? -1 : 1)];
  if (way === "previous") return entries[at + (toLeft ? 1 : -1)];
  const down = way === "down" || way === "pagedown";
  const found = way.startsWith("page") ? aPage(entries, from, down) : inColumn(entries, from, down);
  // Where all stand in one row, or in one column, what comes next is meant.
  return found ?? entries[at + (down ? 1 : -1)];
}

/**
 * What stands in the nearest row below or above, as nearly as possible in the same column.
 * @param {HTMLElement[]} entries
 * @param {HTMLElement} from
 * @param {boolean} down
 */
function inColumn(entries, from, down) {
  const at = entries.indexOf(from);
  const { top, bottom, left } = from.getBoundingClientRect();
  const others = down ? entries.slice(at + 1) : entries.slice(0, at).reverse();
  /** @type {{ entry: HTMLElement, far: number, edge: number } | null} */
  let best = null;
  for (const entry of others) {
    const box = entry.getBoundingClientRect();
    if (down ? box.top < bottom - 1 : box.bottom > top + 1) continue; // of the same row
    if (best && (down ? box.top >= best.edge : box.bottom <= best.edge)) break; // of the row behind that
    const far = Math.abs(box.left - left);
    if (!best || far < best.far) best = { entry, far, edge: down ? box.bottom : box.top };
  }
  return best?.entry;
}

/**
 * As far as the list that scrolls shows at once.
 * @param {HTMLElement[]} entries
 * @param {HTMLElement} from
 * @param {boolean} down
 */
function aPage(entries, from, down) {
  let scroller = from.parentElement;
  while (scroller && scroller.scrollHeight <= scroller.clientHeight + 1) scroller = scroller.parentElement;
  const far = (scroller?.clientHeight ?? innerHeight) * 0.9;
  const { top, left } = from.getBoundingClientRect();
  const at = entries.indexOf(from);
  const others = down ? entries.slice(at + 1) : entries.slice(0, at).reverse();
  /** @type {HTMLElement | undefined} */
  let found;
  for (const entry of others) {
    const box = entry.getBoundingClientRect();
    if (Math.abs(box.top - top) > far) break;
    if (Math.abs(box.left - left) < 4) found = entry;
  }
  return found && found !== focused() ? found : undefined;
}
