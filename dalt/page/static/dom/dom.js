// Small helpers for elements, and where the page is.

/** @import { Typing } from "../types.js" */

/**
 * An element with a class, attributes and children.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, name, attributes = {}, ...children) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
}

/**
 * What a selector names, of an event's target and what that is in.
 * @param {EventTarget | null} target
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
export function closest(target, selector) {
  return target instanceof Element ? target.closest(selector) : null;
}

/**
 * Whether an event's target lies in an element.
 * @param {Node} node
 * @param {EventTarget | null} target
 */
export function within(node, target) {
  return target instanceof Node && node.contains(target);
}

/**
 * The first element that a selector names below a node.
 * @param {ParentNode} node
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
export function find(node, selector) {
  return node.querySelector(selector);
}

/**
 * Put all parts of the page but one out of reach, also for Tab and screen readers, or within it again.
 * @param {HTMLElement} root
 * @param {boolean} covers
 * @param {HTMLElement | null} but
 */
export function cover(root, covers, but = null) {
  const parts = /** @type {Iterable<HTMLElement>} */ (root.children);
  for (const part of parts) part.inert = covers && part !== but;
}

/** What has the focus. */
export function focused() {
  return /** @type {HTMLElement | null} */ (document.activeElement);
}

/**
 * A button; `dalt` names the part that it is.
 * @param {string} name
 * @param {string} dalt
 * @param {(event: MouseEvent) => void} onClick
 * @param {...(Node | string)} children
 */
export function button(name, dalt, onClick, ...children) {
  const node = el("button", name, { type: "button", "data-dalt": dalt }, ...children);
  node.addEventListener("click", onClick);
  return node;
}

/**
 * Tell screen readers, and whoever asks, what a button opens.
 * @param {HTMLElement} opener
 * @param {HTMLElement} node
 */
export function controls(opener, node) {
  node.id ||= `dalt-${crypto.randomUUID?.() ?? Math.random()}`;
  mark(opener, "aria-controls", node.id);
}

/**
 * Set a text only where it changes: a repaint costs nothing then, and a change but little.
 * @param {Node} node
 * @param {string} text
 */
export function put(node, text) {
  if (node.textContent === text) return;
  const { firstChild: only } = node;
  const one = text !== "" && only?.nodeType === Node.TEXT_NODE && only === node.lastChild;
  if (one)
    /** @type {Text} */ (only).data = text; // a text that is put anew restyles what is around it
  else node.textContent = text;
}

/**
 * The same for an attribute; null takes it away.
 * @param {Element} node
 * @param {string} name
 * @param {string | number | boolean | null} value
 */
export function mark(node, name, value) {
  if (value === null) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, String(value));
}

/**
 * Hide or show, where that changes something: said again it would restyle the element.
 * @param {HTMLElement} node
 * @param {boolean} hidden
 */
export function hide(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}

// --- where the page is

/** Whether the page is all there is (Voilà); else it sits in a notebook. */
export function alone() {
  return document.body.hasAttribute("data-voila");
}

/**
 * Whether whoever reads this can run commands: the owner, and whoever is in a notebook.
 * @param {boolean | undefined} owner
 */
export function mayCommand(owner) {
  return Boolean(owner) || !alone();
}

/**
 * Whether keys write text there, or look for an entry: they are not the page's then.
 * @param {EventTarget | null} target
 */
export function takesText(target) {
  return Boolean(closest(target, "textarea, select, [contenteditable=true], input:not([type=range])"));
}

/**
 * What is being typed into which field, or null.
 * @param {HTMLElement} root
 * @returns {Typing | null}
 */
export function typingIn(root) {
  const field = /** @type {HTMLInputElement | null} */ (document.activeElement);
  if (!field || !root.contains(field) || !field.matches("input[type=text], textarea")) return null;
  const { value, selectionStart: from, selectionEnd: to } = field;
  return { field: field.dataset.dalt, value, from, to };
}

/**
 * Go on with it in the field that has taken its place.
 * @param {HTMLElement} root
 * @param {Typing} typing
 */
export function typeOn(root, { field: name, value, from, to }) {
  const field = /** @type {HTMLInputElement | null} */ (root.querySelector(`[data-dalt="${name}"]`));
  if (!field) return;
  field.value = value;
  field.focus({ preventScroll: true });
  field.setSelectionRange(from, to);
}

/**
 * Change a list; the button that had the focus, or its neighbour, has it afterwards.
 * @param {HTMLElement} list
 * @param {() => void} change
 */
export function inPlace(list, change) {
  const before = list.contains(focused()) ? focused() : null;
  const at = [...list.children].findIndex((child) => child.contains(before));
  change();
  if (at < 0 || list.contains(document.activeElement)) return;
  const next = list.children[Math.min(at, list.children.length - 1)];
  const buttons = [...(next?.querySelectorAll("button") ?? [])];
  const same = buttons.find(({ dataset }) => dataset.dalt === before?.dataset.dalt) ?? buttons[0];
  // Not to the body: there keys would be answers, and Enter accepts.
  (same ?? closest(list.parentElement, "[tabindex]"))?.focus({ preventScroll: true });
}

/**
 * Keep `data-theme` at what the host says; a page of its own follows the system.
 * @param {HTMLElement} root
 * @param {AbortSignal} signal
 */
export function followTheme(root, signal) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const update = () => {
    const host = document.body.dataset.jpThemeLight;
    const follows = alone() ? host === "true" || host === undefined : host === undefined;
    const dark = follows ? system.matches : host === "false";
    root.dataset.theme = dark ? "dark" : "light";
    if (alone()) document.body.dataset.daltAlone = root.dataset.theme;
  };
  update();
  system.addEventListener("change", update, { signal });
  const watcher = new MutationObserver(update);
  watcher.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
  signal.addEventListener("abort", () => watcher.disconnect());
}
