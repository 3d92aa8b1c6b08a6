// The content of samples as addresses that elements can show.

/** Give a sample's content an address, where it came as a buffer. */
export function show(sample, buffers) {
  const { buffer, mime } = sample.display;
  if (buffer === null) return;
  sample.blob = new Blob([buffers[buffer]], { type: mime });
  sample.url = URL.createObjectURL(sample.blob);
}

export function release(sample) {
  if (sample.url) URL.revokeObjectURL(sample.url);
}
