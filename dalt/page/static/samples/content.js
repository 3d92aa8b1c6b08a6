// The content of samples as addresses that elements can show.

/** @import { Buffers, Sample } from "../types.js" */

/**
 * Give a sample's content an address, where it came as a buffer.
 * @param {Sample} sample
 * @param {Buffers} buffers
 */
export function show(sample, buffers) {
  const { buffer, mime } = sample.display;
  if (buffer === null) return;
  sample.blob = new Blob([buffers[buffer]], { type: mime });
  sample.url = URL.createObjectURL(sample.blob);
}

/** @param {Sample} sample */
export function release(sample) {
  if (sample.url) URL.revokeObjectURL(sample.url);
}
