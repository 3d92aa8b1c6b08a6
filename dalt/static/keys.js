// Which letter or digit a key means.

/** By what it types, or by its place where the layout types something else. */
export function letterOf({ key, code }, known) {
  const typed = key.toLowerCase();
  if (/^[a-z0-9]$/.test(typed) || known.has(typed)) return typed;
  return /^(?:Key|Digit|Numpad)([A-Z0-9])$/.exec(code)?.[1].toLowerCase() ?? typed;
}
