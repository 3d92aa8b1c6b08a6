// A sound: the browser's own controls below a spectrogram that shows where it is.

import { el } from "../dom/dom.js";
import { spectrogram } from "./spectrum.js";
import { trouble } from "./trouble.js";

/** @import { Sample, Words } from "../types.js" */

const [WIDTH, HEIGHT] = [1_024, 160];
const TILE = 320; // columns are enough on a tile
const RATE = 22_050;
/** @type {Promise<unknown>} */
let before = Promise.resolve(); // one is drawn after the other: first what is on screen

/**
 * Where it leaves the page, the browser stops it.
 * @param {Sample} sample
 * @param {Words} words
 */
export function player(sample, words) {
  const audio = el("audio", "", {
    // Its buttons would keep every key to themselves: the page has keys for what they do.
    controls: "",
    tabindex: "-1",
    preload: "auto",
    controlslist: "nodownload noplaybackrate",
    "aria-label": words.say("sample"),
  });
  const keys = el("p", "dalt-audio-keys", {}, el("kbd", "", {}, words.say("space")), words.say("key_play"));
  const node = el(
    "div",
    "dalt-audio",
    {},
    spectrum(sample, audio),
    audio,
    el("p", "", {}, sample.display.text ?? ""),
    keys,
  );
  audio.addEventListener("error", () => node.replaceChildren(trouble(words.say("broken_audio"))));
  audio.src = sample.url ?? "";
  return node;
}

/**
 * Play or pause a sound.
 * @param {HTMLAudioElement} audio
 */
export function togglePlay(audio) {
  if (audio.paused)
    audio.play().catch(() => {}); // what cannot be played says so by itself
  else audio.pause();
}

/**
 * @param {Sample} sample
 * @param {HTMLAudioElement} audio
 */
function spectrum(sample, audio) {
  const canvas = el("canvas", "dalt-spectrogram", { width: WIDTH, height: HEIGHT });
  const line = el("span", "dalt-playing");
  const node = el(
    "div",
    "dalt-spectrum",
    { "data-dalt": "spectrogram", "aria-hidden": "true", hidden: "" },
    canvas,
    line,
  );
  const follow = () => {
    line.style.left = `${100 * (audio.currentTime / audio.duration || 0)}%`;
    if (!audio.paused && node.isConnected) requestAnimationFrame(follow);
  };
  for (const event of ["play", "pause", "seeked", "timeupdate"]) audio.addEventListener(event, follow);
  node.addEventListener("click", (event) => {
    if (node.closest(".dalt-tile")) return; // there a click says that it is not of the class
    const { left, width } = canvas.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
    if (Number.isFinite(audio.duration)) audio.currentTime = share * audio.duration;
  });
  // Ahead of time, but not in the way of what is on screen.
  const later = window.requestIdleCallback ?? setTimeout;
  later(async () => {
    const width = canvas.closest(".dalt-tile") ? TILE : WIDTH;
    before = before.then(() => draw(sample.url ?? "", canvas, width));
    node.hidden = !(await before);
  });
  return node;
}

/**
 * Without a spectrogram the sound still plays.
 * @param {string} url
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 */
async function draw(url, canvas, width) {
  try {
    const bytes = await (await fetch(url)).arrayBuffer();
    const sound = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(bytes);
    const shares = await spectrogram(sound.getChannelData(0), RATE, width, HEIGHT);
    canvas.width = width;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const pixels = context.createImageData(width, HEIGHT);
    // Black ink, the louder the denser; a dark theme inverts it.
    shares.forEach((share, at) => {
      const [x, y] = [Math.floor(at / HEIGHT), HEIGHT - 1 - (at % HEIGHT)];
      pixels.data[4 * (y * width + x) + 3] = 255 * share ** 1.5;
    });
    context.putImageData(pixels, 0, 0);
    return true;
  } catch {
    return false;
  }
}
