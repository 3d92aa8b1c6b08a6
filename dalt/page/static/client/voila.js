// Voilà's own front end, where a notebook shows more than anywidgets: it waits in a template.

/** Load it, each script after the one before. */
export function voila() {
  const kept = /** @type {HTMLTemplateElement | null} */ (document.getElementById("dalt-voila"));
  if (!kept) return;
  if (document.readyState === "complete") tellOfLoad();
  const parts = /** @type {DocumentFragment} */ (document.importNode(kept.content, true));
  // Ours stand after JupyterLab's styles, which are for whatever else there is.
  document.head.prepend(...parts.querySelectorAll("style, link"));
  for (const script of parts.querySelectorAll("script")) {
    script.async = false;
    document.body.append(script);
  }
  whenShown();
}

/** Voilà begins when the window is loaded: where that was before, whoever waits for it hears of it at once. */
function tellOfLoad() {
  const listen = /** @type {(...how: any[]) => void} */ (window.addEventListener.bind(window));
  window.addEventListener = (/** @type {string} */ type, /** @type {any} */ listener, /** @type {any} */ options) => {
    if (type === "load" && typeof listener === "function") setTimeout(listener, 0, new Event("load"));
    else listen(type, listener, options);
  };
}

/** What the notebook shows takes the place of what stood there while it loaded. */
function whenShown() {
  const cells = document.getElementById("rendered_cells");
  const look = () => {
    const shown =
      cells && cells.style.display !== "none" && cells.querySelector(".jp-OutputArea-output, .jp-RenderedMarkdown");
    if (!cells || !shown) return;
    watcher.disconnect();
    // A page of DALT in it takes the place by itself, once it has something to show.
    if (!cells.querySelector(".jupyter-widgets")) document.getElementById("dalt-first")?.remove();
  };
  const watcher = new MutationObserver(look);
  watcher.observe(document.body, { childList: true, subtree: true, attributeFilter: ["style"] });
  look();
}
