// A picture, decoded before it is shown.

import { trouble } from "./trouble.js";

/** @import { Content, Sample, Words } from "../types.js" */

const SMALL = 160; // pictures up to this size show their pixels

/**
 * @param {Sample} sample
 * @param {Words} words
 * @param {() => void} onReady
 * @returns {Content}
 */
export function picture(sample, words, onReady) {
  const image = new Image();
  /** @type {Content} */
  const made = { node: image, ready: false };
  const { width = 0, height = 0 } = sample.display;
  image.className = "dalt-image";
  image.alt = words.say("sample");
  image.draggable = false;
  if (Math.max(width, height) <= SMALL) image.classList.add("dalt-pixels");
  image.src = sample.url ?? "";
  // decode() also rejects where the picture is only too large to decode ahead.
  const decoded = image.decode().catch(() => {});
  // An element shows a damaged picture as far as it is sound, or blank, and says nothing.
  const whole = createImageBitmap(sample.blob ?? new Blob())
    .then((bitmap) => bitmap.close())
    .catch(() => {
      sample.trouble = words.say("broken"); // nobody can answer it, as where the kernel cannot read it
      made.node = trouble(sample.trouble);
    });
  Promise.all([decoded, whole]).then(() => {
    made.ready = true;
    onReady();
  });
  return made;
}
