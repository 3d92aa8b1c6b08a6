// A spectrogram by a Fourier transform of our own: small, and the kernel has nothing to do.

const WINDOW = 1_024; // samples a column looks at
const LOUDNESS_RANGE = 70; // dB below the loudest that are shown
const LOWEST = 50; // Hz
const AT_A_TIME = 8; // columns, after which keys are heard if they wait
const REST = 3; // ms that are left to the browser

const COS = Float32Array.from({ length: WINDOW / 2 }, (_, i) => Math.cos((-2 * Math.PI * i) / WINDOW));
const SIN = Float32Array.from({ length: WINDOW / 2 }, (_, i) => Math.sin((-2 * Math.PI * i) / WINDOW));

/**
 * In place, of `WINDOW` numbers; radix 2.
 * @param {Float32Array} re
 * @param {Float32Array} im
 */
function transform(re, im) {
  const n = WINDOW;
  for (let i = 1, j = 0; i < n; i += 1) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j], re[i]];
      [im[i], im[j]] = [im[j], im[i]];
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2;
    const step = n / size;
    for (let at = 0; at < half; at += 1) {
      const cos = COS[at * step];
      const sin = SIN[at * step];
      for (let a = at, b = at + half; a < n; a += size, b += size) {
        const x = re[b] * cos - im[b] * sin;
        const y = re[b] * sin + im[b] * cos;
        re[b] = re[a] - x;
        im[b] = im[a] - y;
        re[a] += x;
        im[a] += y;
      }
    }
  }
}

/**
 * Once the page has nothing else to do: how long that is.
 * @returns {Promise<IdleDeadline | null>}
 */
function rest() {
  return new Promise((resolve) => {
    if ("requestIdleCallback" in globalThis) requestIdleCallback(resolve);
    else setTimeout(() => resolve(null));
  });
}

/**
 * Loudness in [0, 1]: `height` values a column, low frequencies first, spaced as ears hear.
 * @param {Float32Array} wave
 * @param {number} rate
 * @param {number} width
 * @param {number} height
 */
export async function spectrogram(wave, rate, width, height) {
  const window = Float32Array.from({ length: WINDOW }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW));
  /** @param {number} hertz */
  const mel = (hertz) => Math.log1p(hertz / 700);
  const [low, high] = [mel(LOWEST), mel(rate / 2)];
  const edges = Array.from(
    { length: height + 1 },
    (_, i) => (Math.expm1(low + ((high - low) * i) / height) * 700 * WINDOW) / rate,
  );
  const out = new Float32Array(width * height);
  const [re, im] = [new Float32Array(WINDOW), new Float32Array(WINDOW)];
  let loudest = 1e-9;
  let free = await rest();
  for (let column = 0; column < width; column += 1) {
    if (column % AT_A_TIME === 0 && (free?.timeRemaining() ?? 0) < REST) free = await rest();
    const from = Math.round(((column + 0.5) * wave.length) / width - WINDOW / 2);
    im.fill(0);
    for (let i = 0; i < WINDOW; i += 1) re[i] = (wave[from + i] ?? 0) * window[i];
    transform(re, im);
    for (let row = 0; row < height; row += 1) {
      const first = Math.floor(edges[row]);
      const last = Math.min(WINDOW / 2 - 1, Math.max(first, Math.ceil(edges[row + 1]) - 1));
      let power = 0;
      for (let k = first; k <= last; k += 1) power = Math.max(power, re[k] * re[k] + im[k] * im[k]);
      out[column * height + row] = power;
      loudest = Math.max(loudest, power);
    }
  }
  return out.map((power) => Math.max(0, 1 + (10 * Math.log10(power / loudest + 1e-12)) / LOUDNESS_RANGE));
}
