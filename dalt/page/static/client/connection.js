// The connection to one kernel: what is said while it is down goes out when it is up again.

import { PROTOCOL, packed, unpacked } from "./wire.js";

/** @import { Heard } from "./wire.js" */

const WANTED = new Set(["comm_msg", "comm_close"]);
const FIRST_PAUSE = 250; // ms until it is opened again; doubles
const LONGEST_PAUSE = 8_000;
const MOST_KEPT = 200; // messages; what must not get lost is sent again by who said it

export class Connection {
  /** @type {(heard: Heard) => void} */
  hears = () => {};
  back = () => {}; // called when it is up again

  /** @type {string} */
  #address;
  #session = randomId();
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Uint8Array<ArrayBuffer>[]} */
  #kept = [];
  #pause = FIRST_PAUSE;
  #opened = false; // whether it ever was
  #over = false;

  /** @param {URL} address of the kernel, with a slash at its end */
  constructor(address) {
    const channels = new URL(`channels?session_id=${this.#session}`, address);
    channels.protocol = channels.protocol.replace("http", "ws");
    this.#address = channels.href;
    this.#open();
  }

  /**
   * @param {string} type
   * @param {object} content
   * @param {ArrayBufferView[]} [buffers]
   */
  send(type, content, buffers = []) {
    const date = new Date().toISOString();
    const header = { msg_id: randomId(), msg_type: type, session: this.#session, username: "", date, version: "5.4" };
    this.#kept.push(packed(header, content, buffers));
    if (this.#kept.length > MOST_KEPT) this.#kept.shift();
    this.#flush();
  }

  close() {
    this.#over = true;
    this.#socket?.close();
  }

  #open() {
    if (this.#over) return;
    const socket = new WebSocket(this.#address, [PROTOCOL]);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => {
      this.#pause = FIRST_PAUSE;
      this.#flush();
      if (this.#opened) this.back();
      this.#opened = true;
    });
    socket.addEventListener("message", ({ data }) => this.#hear(data));
    socket.addEventListener("close", () => {
      setTimeout(() => this.#open(), this.#pause);
      this.#pause = Math.min(LONGEST_PAUSE, 2 * this.#pause);
    });
    this.#socket = socket;
  }

  #flush() {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    for (const message of this.#kept.splice(0)) this.#socket.send(message);
  }

  /** @param {ArrayBuffer | string} data */
  #hear(data) {
    if (typeof data === "string") return;
    const heard = unpacked(data, WANTED);
    if (heard) this.hears(heard);
  }
}

/** An id that also pages without https can make. */
function randomId() {
  const numbers = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(numbers, (each) => each.toString(16).padStart(2, "0")).join("");
}
