// How high the page may be: `--dalt-height` on its root, for the style sheets.
//
// In a notebook it is the visible height of what the cell scrolls in; where the page is alone, the window's without
// what stands above and below the page.  Neither depends on where the page is scrolled to, so scrolling and long
// outputs above change nothing.  Only the browser's own observers ask for sizes, after a layout: an answer never does.

import { alone } from "./dom.js";

const NOTEBOOKS = ".jp-WindowedPanel-outer, .jp-LinkedOutputView, .jp-NotebookPanel-notebook, #site";
/** What JupyterLab, Notebook 7 and the classic notebook scroll. */

const MARGIN = 16; // pixels: the page's frame stays in sight
const NEIGHBOURS = 0.35; // of a window: what is longer has to be scrolled to
const UNKNOWN = 0.62; // of a screen: a frame as high as its content does not know what is seen of it

/**
 * @param {HTMLElement} root
 * @param {AbortSignal} signal
 */
export function followRoom(root, signal) {
  const sizes = new ResizeObserver(() => {
    // It is called first when the root has a place in the document.
    if (watched) update();
    else if (root.isConnected) begin();
  });
  /** @type {HTMLElement | null} */
  let watched = null;

  const begin = () => {
    const place = alone() ? contentOf(root) : root.closest(NOTEBOOKS);
    watched = /** @type {HTMLElement | null} */ (place) ?? root;
    sizes.unobserve(root);
    sizes.observe(watched); // and update
  };
  const update = () => {
    const place = /** @type {HTMLElement} */ (watched);
    if (alone()) set(root, besides(place.offsetHeight - root.offsetHeight));
    else if (place === root) set(root, framed());
    else if (place.clientHeight) set(root, `${place.clientHeight - MARGIN}px`); // not behind another tab
  };
  sizes.observe(root);
  signal.addEventListener("abort", () => sizes.disconnect());
}

/**
 * @param {HTMLElement} root
 * @param {string} height
 */
function set(root, height) {
  if (root.style.getPropertyValue("--dalt-height") !== height) root.style.setProperty("--dalt-height", height);
}

/**
 * The window's height beside neighbours of some pixels.
 * @param {number} pixels
 */
function besides(pixels) {
  return pixels > 0 ? `calc(100svh - min(${pixels}px, ${NEIGHBOURS * 100}svh))` : "100svh";
}

/** In VS Code and the like an output's frame is as high as all outputs together. */
function framed() {
  return window.parent === window ? `calc(100svh - ${MARGIN}px)` : `${Math.round(screen.availHeight * UNKNOWN)}px`;
}

/**
 * Where the page is alone: the node that holds it and all that stands above and below it.
 * @param {HTMLElement} root
 */
function contentOf(root) {
  let node = root;
  while (node.parentElement && node.parentElement !== document.body && node.parentElement.id !== "rendered_cells")
    node = node.parentElement;
  return node;
}
