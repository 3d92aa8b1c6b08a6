// The connection to one kernel: what is said while it is down goes out when it is up again.
//
// Whatever the kernel says meanwhile, its server keeps for the same session, and sends it first.

import { PROTOCOL, packed, unpacked } from "./wire.js";

/** @import { Timer } from "../types.js" */
/** @import { Heard } from "./wire.js" */

const WANTED = new Set(["comm_msg", "comm_close"]);
const FIRST_PAUSE = 250; // ms until it is opened again; doubles
const LONGEST_PAUSE = 8_000;
const PATIENCE = 15_000; // ms for it to open
const MOST_TRIES = 20; // in a row, some two minutes; then somebody has to come back to the page
const MOST_KEPT = 200; // messages; what must not get lost is sent again by who said it
const OVER = "over"; // why the server closes it where the kernel has ended

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
  #tries = 0;
  /** @type {Timer | undefined} */
  #timer;
  #opened = false; // whether it ever was
  #over = new AbortController();

  /** @param {URL} address of the kernel, with a slash at its end */
  constructor(address) {
    const channels = new URL(`channels?session_id=${this.#session}`, address);
    channels.protocol = channels.protocol.replace("http", "ws");
    this.#address = channels.href;
    const { signal } = this.#over;
    // A laptop wakes up, a network is there again, somebody comes back to the tab.
    for (const name of ["online", "pageshow", "focus"]) {
      window.addEventListener(name, () => this.#anew(), { signal });
    }
    this.#open();
  }

  /** Whether messages go out at once. */
  get up() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /**
   * @param {string} type
   * @param {object} content
   * @param {(ArrayBufferView | ArrayBuffer)[]} [buffers]
   */
  send(type, content, buffers = []) {
    if (this.#over.signal.aborted) return;
    const date = new Date().toISOString();
    const header = { msg_id: randomId(), msg_type: type, session: this.#session, username: "", date, version: "5.4" };
    this.#kept.push(packed(header, content, buffers));
    if (this.#kept.length > MOST_KEPT) this.#kept.shift();
    this.#flush();
  }

  close() {
    this.#over.abort();
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #open() {
    const socket = new WebSocket(this.#address, [PROTOCOL]);
    socket.binaryType = "arraybuffer";
    const late = setTimeout(() => socket.close(), PATIENCE);
    socket.addEventListener("open", () => {
      clearTimeout(late);
      this.#pause = FIRST_PAUSE;
      this.#tries = 0;
      this.#flush();
      if (this.#opened) this.back();
      this.#opened = true;
    });
    socket.addEventListener("message", ({ data }) => this.#hear(data));
    socket.addEventListener("close", ({ reason }) => {
      clearTimeout(late);
      if (reason === OVER) this.close();
      else this.#later();
    });
    this.#socket = socket;
  }

  /** Open it again after a while, unless it has failed too often. */
  #later() {
    this.#socket = null;
    this.#tries += 1;
    if (this.#over.signal.aborted || this.#tries > MOST_TRIES) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(), this.#pause);
    this.#pause = Math.min(LONGEST_PAUSE, 2 * this.#pause);
  }

  /** Open it now, if it is not open or being opened. */
  #anew() {
    if (this.#socket) return;
    clearTimeout(this.#timer);
    this.#open();
  }

  #flush() {
    if (!this.up) return;
    for (const message of this.#kept.splice(0)) this.#socket?.send(message);
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
