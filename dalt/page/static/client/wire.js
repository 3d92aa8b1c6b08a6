// Messages of Jupyter's kernels as bytes: version 1 of the protocol of their WebSocket.

/** @import { Buffers } from "../types.js" */

/**
 * @typedef {{
 *   header: { msg_type: string, msg_id: string, session: string },
 *   content: Record<string, any>,
 *   buffers: Buffers,
 * }} Heard
 */

export const PROTOCOL = "v1.kernel.websocket.jupyter.org";

const JSONS = 4; // header, parent, metadata and content come before the buffers
const NUMBER = 8; // bytes of each number
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * @param {object} header
 * @param {object} content
 * @param {(ArrayBufferView | ArrayBuffer)[]} buffers
 */
export function packed(header, content, buffers) {
  const texts = ["shell", ...[header, {}, {}, content].map((each) => JSON.stringify(each))];
  const parts = [...texts.map((text) => encoder.encode(text)), ...buffers.map(bytesOf)];
  const offsets = [NUMBER * (parts.length + 2)];
  for (const part of parts) offsets.push(offsets[offsets.length - 1] + part.length);
  const message = new Uint8Array(offsets[offsets.length - 1]);
  const numbers = new DataView(message.buffer);
  [offsets.length, ...offsets].forEach((each, at) => {
    numbers.setBigUint64(NUMBER * at, BigInt(each), true);
  });
  parts.forEach((part, at) => {
    message.set(part, offsets[at]);
  });
  return message;
}

/**
 * What a kernel's message says; null where it is of none of the wanted types, whose content is not read then.
 * @param {ArrayBuffer} message
 * @param {Set<string>} wanted
 * @returns {Heard | null}
 */
export function unpacked(message, wanted) {
  const numbers = new DataView(message);
  const count = Number(numbers.getBigUint64(0, true));
  const offsets = Array.from({ length: count }, (_, at) => Number(numbers.getBigUint64(NUMBER * (at + 1), true)));
  /** @param {number} at */
  const json = (at) => JSON.parse(decoder.decode(new Uint8Array(message, offsets[at], offsets[at + 1] - offsets[at])));
  const header = json(1);
  if (!wanted.has(header.msg_type)) return null;
  const buffers = [];
  for (let at = 1 + JSONS; at < count - 1; at++)
    buffers.push(new DataView(message, offsets[at], offsets[at + 1] - offsets[at]));
  return { header, content: json(JSONS), buffers };
}

/** @param {ArrayBufferView | ArrayBuffer} given */
function bytesOf(given) {
  if (!ArrayBuffer.isView(given)) return new Uint8Array(given);
  return new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
}
