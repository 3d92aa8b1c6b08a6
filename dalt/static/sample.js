// One sample's raw content as an element.  Text stays text, whatever it holds.

import { el } from "./dom.js";

const SMALL = 160; // pictures up to this size show their pixels,
const ZOOM = 24; // each at most so large: blown up further, an 8 × 8 digit is hard to read

/**
 * Build what shows a sample.
 *
 * Returns `{node, ready}`; a picture is ready when it is decoded, so that showing it paints
 * in the next frame; `onReady` is called then.
 */
export function buildSample(sample, words, onReady) {
  const { kind, text, rows } = sample.display;
  if (sample.trouble) return { node: trouble(sample.trouble), ready: true };
  if (kind === "image") return picture(sample, words, onReady);
  if (kind === "audio") return { node: player(sample, words), ready: true };
  if (kind === "table") return { node: table(rows, words), ready: true };
  return { node: prose(text), ready: true };
}

function picture(sample, words, onReady) {
  const made = { node: new Image(), ready: false };
  const { width, height } = sample.display;
  const image = made.node;
  image.className = "dalt-image";
  image.alt = words.say("sample");
  image.draggable = false;
  if (Math.max(width, height) <= SMALL) {
    image.classList.add("dalt-pixels");
    image.style.maxWidth = `min(100%, ${width * ZOOM}px)`;
    image.style.maxHeight = `min(100%, ${height * ZOOM}px)`;
  }
  image.src = sample.url ?? "";
  image.decode().catch(() => {
    // decode() also rejects where the picture is only too large to decode ahead.
    if (!image.naturalWidth) made.node = trouble(words.say("broken"));
  }).then(() => {
    made.ready = true;
    onReady();
  });
  return made;
}

/** A sound with the browser's own controls; where it leaves the page, the browser stops it. */
function player(sample, words) {
  const audio = el("audio", "", {
    controls: "", preload: "auto", controlslist: "nodownload noplaybackrate",
    "aria-label": words.say("sample"),
  });
  const keys = el("p", "dalt-audio-keys", {}, el("kbd", "", {}, words.say("space")), words.say("key_play"));
  const node = el("div", "dalt-audio", {}, audio, el("p", "", {}, sample.display.text ?? ""), keys);
  audio.addEventListener("error", () => node.replaceChildren(trouble(words.say("broken_audio"))));
  audio.src = sample.url ?? "";
  return node;
}

/** Play or pause a sound. */
export function togglePlay(audio) {
  if (audio.paused) audio.play().catch(() => {}); // what cannot be played says so by itself
  else audio.pause();
}

function prose(text) {
  const node = document.createElement("div");
  node.className = "dalt-text";
  node.dir = "auto";
  scrolls(node);
  node.textContent = text;
  return node;
}

/** What may be longer than its place: reachable by Tab, and the arrow keys scroll it. */
function scrolls(node) {
  node.dataset.scroll = "";
  node.tabIndex = 0;
}

function table(rows, words) {
  const node = document.createElement("div");
  node.className = "dalt-rows";
  scrolls(node);
  const grid = document.createElement("table");
  const head = grid.createTHead().insertRow();
  for (const name of ["field", "value"]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = words.say(name);
    head.append(cell);
  }
  const body = grid.createTBody();
  for (const [name, value] of rows) {
    const row = body.insertRow();
    const field = document.createElement("th");
    field.scope = "row";
    field.textContent = name;
    row.append(field);
    row.insertCell().textContent = value;
  }
  for (const cell of grid.querySelectorAll("tbody *")) cell.dir = "auto";
  node.append(grid);
  return node;
}

function trouble(message) {
  const node = document.createElement("p");
  node.className = "dalt-broken";
  node.textContent = message;
  return node;
}
