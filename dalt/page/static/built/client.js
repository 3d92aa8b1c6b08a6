function el(tag, name, attributes = {}, ...children) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
}
var PROTOCOL = "v1.kernel.websocket.jupyter.org";
var JSONS = 4;
var NUMBER = 8;
var encoder = new TextEncoder();
var decoder = new TextDecoder();
function packed(header, content, buffers) {
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
function unpacked(message, wanted) {
  const numbers = new DataView(message);
  const count = Number(numbers.getBigUint64(0, true));
  const offsets = Array.from({ length: count }, (_, at) => Number(numbers.getBigUint64(NUMBER * (at + 1), true)));
  const json = (at) => JSON.parse(decoder.decode(new Uint8Array(message, offsets[at], offsets[at + 1] - offsets[at])));
  const header = json(1);
  if (!wanted.has(header.msg_type)) return null;
  const buffers = [];
  for (let at = 1 + JSONS; at < count - 1; at++) buffers.push(new DataView(message, offsets[at], offsets[at + 1] - offsets[at]));
  return { header, content: json(JSONS), buffers };
}
function bytesOf({ buffer, byteOffset, byteLength }) {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
var WANTED = /* @__PURE__ */ new Set(["comm_msg", "comm_close"]);
var FIRST_PAUSE = 250;
var LONGEST_PAUSE = 8e3;
var MOST_KEPT = 200;
var Connection = class {
  hears = () => {
  };
  back = () => {
  };
  #address;
  #session = randomId();
  #socket = null;
  #kept = [];
  #pause = FIRST_PAUSE;
  #opened = false;
  #over = false;
  constructor(address) {
    const channels = new URL(`channels?session_id=${this.#session}`, address);
    channels.protocol = channels.protocol.replace("http", "ws");
    this.#address = channels.href;
    this.#open();
  }
  send(type, content, buffers = []) {
    const date = (/* @__PURE__ */ new Date()).toISOString();
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
  #hear(data) {
    if (typeof data === "string") return;
    const heard = unpacked(data, WANTED);
    if (heard) this.hears(heard);
  }
};
function randomId() {
  const numbers = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(numbers, (each) => each.toString(16).padStart(2, "0")).join("");
}
var MODULE = "_model_module";
var WidgetModel = class {
  #state;
  #handlers = /* @__PURE__ */ new Map();
  #changed = /* @__PURE__ */ new Set();
  #say;
  constructor(state, say) {
    this.#state = state;
    this.#say = say;
  }
  get(name) {
    return this.#state[name];
  }
  set(name, value) {
    const given = typeof name === "string" ? { [name]: value } : name;
    for (const each of Object.keys(given)) this.#changed.add(each);
    this.#take(given);
  }
  save_changes() {
    if (!this.#changed.size) return;
    const state = Object.fromEntries([...this.#changed].map((name) => [name, this.#state[name]]));
    this.#changed.clear();
    this.#say({ method: "update", state, buffer_paths: [] });
  }
  send(content, _callbacks, buffers) {
    this.#say({ method: "custom", content }, buffers);
  }
  on(names, handler) {
    for (const name of names.split(" ")) {
      if (!this.#handlers.has(name)) this.#handlers.set(name, /* @__PURE__ */ new Set());
      this.#handlers.get(name)?.add(handler);
    }
  }
  off(names, handler) {
    for (const name of names?.split(" ") ?? this.#handlers.keys()) {
      if (handler) this.#handlers.get(name)?.delete(handler);
      else this.#handlers.delete(name);
    }
  }
  trigger(name, ...said) {
    for (const handler of [...this.#handlers.get(name) ?? []]) handler(...said);
  }
  hear(data, buffers) {
    if (data.method === "custom") this.trigger("msg:custom", data.content, buffers);
    else if (data.method === "update") this.#take(whole(data.state, data.buffer_paths ?? [], buffers));
  }
  #take(given) {
    const names = Object.keys(given).filter((name) => this.#state[name] !== given[name]);
    Object.assign(this.#state, given);
    for (const name of names) this.trigger(`change:${name}`, this, given[name]);
    if (names.length) this.trigger("change", this);
  }
};
var Models = class {
  #connection;
  #models = /* @__PURE__ */ new Map();
  #asked = /* @__PURE__ */ new Map();
  constructor(connection2) {
    this.#connection = connection2;
    connection2.hears = (heard) => this.#hear(heard);
    connection2.back = () => {
      for (const model of this.#models.values()) model.trigger("comm_live_update");
    };
  }
  state(id) {
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      this.#say(id, { method: "request_state" });
    });
  }
  model(id, state) {
    const made = this.#models.get(id) ?? new WidgetModel(state, (data, buffers) => this.#say(id, data, buffers));
    this.#models.set(id, made);
    return made;
  }
  #say(id, data, buffers) {
    this.#connection.send("comm_msg", { comm_id: id, data }, buffers);
  }
  #hear({ header, content, buffers }) {
    if (header.msg_type !== "comm_msg") return;
    const { comm_id: id, data } = content;
    const asked = this.#asked.get(id);
    if (asked && data.method === "update" && MODULE in data.state) {
      this.#asked.delete(id);
      asked(whole(data.state, data.buffer_paths ?? [], buffers));
    }
    this.#models.get(id)?.hear(data, buffers);
  }
};
function whole(state, paths, buffers) {
  paths.forEach((path, at) => {
    let place = state;
    for (const step of path.slice(0, -1)) place = place[step];
    place[path[path.length - 1]] = buffers[at];
  });
  return state;
}
function voila() {
  const kept = document.getElementById("dalt-voila");
  if (!kept) return;
  const parts = document.importNode(kept.content, true);
  document.head.prepend(...parts.querySelectorAll("style, link"));
  for (const script2 of parts.querySelectorAll("script")) {
    script2.async = false;
    document.body.append(script2);
  }
  whenShown();
}
function whenShown() {
  const cells = document.getElementById("rendered_cells");
  const look = () => {
    const shown = cells && cells.style.display !== "none" && cells.querySelector(".jp-OutputArea-output, .jp-RenderedMarkdown");
    if (!cells || !shown) return;
    watcher.disconnect();
    if (!cells.querySelector(".jupyter-widgets")) document.getElementById("dalt-first")?.remove();
  };
  const watcher = new MutationObserver(look);
  watcher.observe(document.body, { childList: true, subtree: true, attributeFilter: ["style"] });
  look();
}
var VIEW = "application/vnd.jupyter.widget-view+json";
var OUTPUT = 'script[type="application/vnd.voila.cell-output+json"]';
var PRINTED = "#rendered_cells .jp-Cell:not(.celltag_notebook-only) :is(pre, .jp-MarkdownOutput)";
async function main() {
  const config = await written();
  const models = new Models(connect(config));
  await loaded();
  const shown = outputs().map(({ data }) => data?.[VIEW]?.model_id);
  if (document.querySelector(PRINTED)) shown.push(void 0);
  const states = shown.includes(void 0) ? [] : await Promise.all(shown.map((id) => models.state(id)));
  if (states.length < shown.length || states.some(({ [MODULE]: module }) => module !== "anywidget")) {
    connection?.close();
    voila();
    return;
  }
  endWithTab(config);
  for (const [at, id] of shown.entries()) await show(models, id, states[at]);
  if (!document.querySelector('[data-dalt="page"]')) document.getElementById("dalt-first")?.remove();
}
var connection = null;
function connect({ baseUrl, kernelId }) {
  connection = new Connection(new URL(`${baseUrl}api/kernels/${kernelId}/`, location.href));
  return connection;
}
function written() {
  return new Promise((resolve) => {
    const look = () => {
      const text = document.getElementById("jupyter-config-data")?.textContent;
      if (!text?.trimEnd().endsWith("}")) return;
      watcher.disconnect();
      resolve(JSON.parse(text));
    };
    const watcher = new MutationObserver(look);
    watcher.observe(document, { childList: true, subtree: true, characterData: true });
    look();
  });
}
function loaded() {
  if (document.readyState !== "loading") return Promise.resolve();
  return new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
}
function outputs() {
  return [...document.querySelectorAll(OUTPUT)].map(({ textContent }) => JSON.parse(textContent));
}
var scripts = /* @__PURE__ */ new Map();
function script(text) {
  const known = scripts.get(text);
  if (known) return known;
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const module = import(address).finally(() => URL.revokeObjectURL(address));
  scripts.set(text, module);
  return module;
}
var begun = /* @__PURE__ */ new Map();
async function show(models, id, state) {
  const model = models.model(id, state);
  const { signal } = new AbortController();
  if (!begun.has(id)) begun.set(id, begin(state, { model, signal }));
  const made = await begun.get(id);
  const place = el("div", "dalt-widget");
  document.getElementById("dalt-widgets")?.append(place);
  await made?.render?.({ model, el: place, signal });
}
async function begin(state, given) {
  if (state._css) document.head.append(el("style", "", {}, state._css));
  const { default: made } = await script(state._esm);
  const widget = typeof made === "function" ? await made() : made;
  await widget.initialize?.(given);
  return widget;
}
function endWithTab({ baseUrl, kernelId, dalt }) {
  window.addEventListener("pagehide", ({ persisted }) => {
    if (persisted) return;
    const cookie = document.cookie.split("; ").find((each) => each.startsWith(`${dalt.xsrf}=`));
    const form = new FormData();
    form.append("_xsrf", cookie?.slice(dalt.xsrf.length + 1) ?? "");
    navigator.sendBeacon(`${baseUrl}voila/api/shutdown/${kernelId}`, form);
    connection?.close();
  });
}
main();
