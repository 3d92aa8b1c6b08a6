// One sample's raw content as an element.  Text stays text, whatever it holds.

import { picture } from "./picture.js";
import { prose } from "./prose.js";
import { table } from "./rows.js";
import { player } from "./sound.js";
import { trouble } from "./trouble.js";

/** @import { Content, Sample, Words } from "../types.js" */

/**
 * Build what shows a sample.
 *
 * Returns `{node, ready}`; a picture is ready when it is decoded, so that showing it paints
 * in the next frame; `onReady` is called then.
 * @param {Sample} sample
 * @param {Words} words
 * @param {() => void} onReady
 * @returns {Content}
 */
export function buildSample(sample, words, onReady) {
  const { kind, text, rows } = sample.display;
  if (sample.trouble) return { node: trouble(sample.trouble), ready: true };
  if (kind === "image") return picture(sample, words, onReady);
  if (kind === "audio") return { node: player(sample, words), ready: true };
  if (kind === "table") return { node: table(rows ?? [], words), ready: true };
  return { node: prose(text ?? ""), ready: true };
}
