// Small helpers for elements, and where the page is.

/** An element with a class, attributes and children. */
export function el(tag, name, attributes = {}, ...children) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** A button; `dalt` names the part that it is. */
export function button(name, dalt, onClick, ...children) {
  const node = el("button", name, { type: "button", "data-dalt": dalt }, ...children);
  node.addEventListener("click", onClick);
  return node;
}

/** Tell screen readers, and whoever asks, what a button opens. */
export function controls(opener, node) {
  node.id ||= `dalt-${crypto.randomUUID?.() ?? Math.random()}`;
  mark(opener, "aria-controls", node.id);
}

/** Set a text only where it changes: a repaint costs nothing then, and a change but little. */
export function put(node, text) {
  if (node.textContent === text) return;
  const { firstChild: only } = node;
  const one = text !== "" && only?.nodeType === Node.TEXT_NODE && only === node.lastChild;
  if (one)
    only.data = text; // a text that is put anew restyles what is around it
  else node.textContent = text;
}

/** The same for an attribute; null takes it away. */
export function mark(node, name, value) {
  if (value === null) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

/** Hide or show, where that changes something: said again it would restyle the element. */
export function hide(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}

// --- where the page is

/** Whether the page is all there is (Voilà); else it sits in a notebook. */
export function alone() {
  return document.body.hasAttribute("data-voila");
}

/** Whether keys write text there, or look for an entry: they are not the page's then. */
export function takesText(target) {
  return Boolean(target.closest?.("textarea, select, [contenteditable=true], input:not([type=range])"));
}

/** What is being typed into which field, or null. */
export function typingIn(root) {
  const field = document.activeElement;
  if (!root.contains(field) || !field.matches("input[type=text], textarea")) return null;
  const { value, selectionStart: from, selectionEnd: to } = field;
  return { field: field.dataset.dalt, value, from, to };
}

/** Go on with it in the field that has taken its place. */
export function typeOn(root, { field: name, value, from, to }) {
  const field = root.querySelector(`[data-dalt="${name}"]`);
  if (!field) return;
  field.value = value;
  field.focus({ preventScroll: true });
  field.setSelectionRange(from, to);
}

/** Change a list; the button that had the focus, or its neighbour, has it afterwards. */
export function inPlace(list, change) {
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  const at = [...list.children].findIndex((child) => child.contains(focused));
  change();
  if (at < 0 || list.contains(document.activeElement)) return;
  const next = list.children[Math.min(at, list.children.length - 1)];
  const buttons = [...(next?.querySelectorAll("button") ?? [])];
  const same = buttons.find(({ dataset }) => dataset.dalt === focused.dataset.dalt) ?? buttons[0];
  // Not to the body: there keys would be answers, and Enter accepts.
  (same ?? list.parentElement.closest("[tabindex]"))?.focus({ preventScroll: true });
}

/** Keep `data-theme` at what the host says; a page of its own follows the system. */
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
