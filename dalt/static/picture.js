// A picture, decoded before it is shown.

import { trouble } from "./trouble.js";

const SMALL = 160; // pictures up to this size show their pixels,
const LARGEST_PIXEL = 24; // each at most so large: blown up further, an 8 × 8 digit is hard to read

export function picture(sample, words, onReady) {
  const made = { node: new Image(), ready: false };
  const { width, height } = sample.display;
  const image = made.node;
  image.className = "dalt-image";
  image.alt = words.say("sample");
  image.draggable = false;
  if (Math.max(width, height) <= SMALL) {
    image.classList.add("dalt-pixels");
    image.style.maxWidth = `min(100%, ${width * LARGEST_PIXEL}px)`;
    image.style.maxHeight = `min(100%, ${height * LARGEST_PIXEL}px)`;
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
