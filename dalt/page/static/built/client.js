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
function bytesOf(given) {
  if (!ArrayBuffer.isView(given)) return new Uint8Array(given);
  return new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
}
var WANTED = /* @__PURE__ */ new Set(["comm_msg", "comm_close"]);
var FIRST_PAUSE = 250;
var LONGEST_PAUSE = 8e3;
var PATIENCE = 15e3;
var MOST_TRIES = 20;
var MOST_KEPT = 200;
var OVER = "over";
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
  #tries = 0;
  #timer;
  #opened = false;
  #over = new AbortController();
  constructor(address) {
    const channels = new URL(`channels?session_id=${this.#session}`, address);
    channels.protocol = channels.protocol.replace("http", "ws");
    this.#address = channels.href;
    const { signal } = this.#over;
    for (const name of ["online", "pageshow", "focus"]) {
      window.addEventListener(name, () => this.#anew(), { signal });
    }
    this.#open();
  }
  get up() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }
  send(type, content, buffers = []) {
    if (this.#over.signal.aborted) return;
    const date = (/* @__PURE__ */ new Date()).toISOString();
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
  #later() {
    this.#socket = null;
    this.#tries += 1;
    if (this.#over.signal.aborted || this.#tries > MOST_TRIES) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(), this.#pause);
    this.#pause = Math.min(LONGEST_PAUSE, 2 * this.#pause);
  }
  #anew() {
    if (this.#socket) return;
    clearTimeout(this.#timer);
    this.#open();
  }
  #flush() {
    if (!this.up) return;
    for (const message of this.#kept.splice(0)) this.#socket?.send(message);
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
var ASK_AGAIN = 3e3;
var MOST_ASKED = 10;
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
  closed = (_id) => {
  };
  #connection;
  #models = /* @__PURE__ */ new Map();
  #asked = /* @__PURE__ */ new Map();
  constructor(connection) {
    this.#connection = connection;
    connection.hears = (heard) => this.#hear(heard);
    connection.back = () => {
      for (const id of this.#asked.keys()) this.#askFor(id);
      for (const model of this.#models.values()) model.trigger("comm_live_update");
    };
  }
  async states(ids) {
    const said = /* @__PURE__ */ new Map();
    const each = [...new Set(ids)].map(async (id) => {
      const state = await this.#state(id);
      if (state) said.set(id, state);
    });
    await Promise.all(each);
    return each.length === said.size && [...said.values()].every(own) ? said : null;
  }
  model(id, state) {
    const made = this.#models.get(id) ?? new WidgetModel(state, (data, buffers) => this.#say(id, data, buffers));
    this.#models.set(id, made);
    return made;
  }
  #state(id) {
    return new Promise((resolve) => {
      let asked = 1;
      const again2 = setInterval(() => {
        if (!this.#connection.up) return;
        if (++asked > MOST_ASKED) this.#asked.get(id)?.(null);
        else this.#askFor(id);
      }, ASK_AGAIN);
      this.#asked.set(id, (state) => {
        clearInterval(again2);
        this.#asked.delete(id);
        resolve(state);
      });
      this.#askFor(id);
    });
  }
  #askFor(id) {
    this.#say(id, { method: "request_state" });
  }
  #say(id, data, buffers) {
    this.#connection.send("comm_msg", { comm_id: id, data }, buffers);
  }
  #hear({ header, content, buffers }) {
    const { comm_id: id, data } = content;
    if (header.msg_type === "comm_close") {
      this.#asked.get(id)?.(null);
      this.#models.delete(id);
      this.closed(id);
      return;
    }
    const asked = this.#asked.get(id);
    if (asked && data.method === "update" && MODULE in data.state) {
      const state = whole(data.state, data.buffer_paths ?? [], buffers);
      this.model(id, state);
      asked(state);
      return;
    }
    this.#models.get(id)?.hear(data, buffers);
  }
};
function own({ [MODULE]: module, _anywidget_id: id }) {
  return module === "anywidget" && typeof id === "string" && id.startsWith("dalt.");
}
function whole(state, paths, buffers) {
  paths.forEach((path, at) => {
    let place2 = state;
    for (const step of path.slice(0, -1)) place2 = place2[step];
    place2[path[path.length - 1]] = buffers[at];
  });
  return state;
}
function voila() {
  const kept = document.getElementById("dalt-voila");
  if (!kept) return;
  if (document.readyState === "complete") tellOfLoad();
  const parts = document.importNode(kept.content, true);
  document.head.prepend(...parts.querySelectorAll("style, link"));
  for (const script of parts.querySelectorAll("script")) {
    script.async = false;
    document.body.append(script);
  }
  whenShown();
}
function tellOfLoad() {
  const listen = window.addEventListener.bind(window);
  window.addEventListener = (type, listener, options) => {
    if (type === "load" && typeof listener === "function") setTimeout(listener, 0, new Event("load"));
    else listen(type, listener, options);
  };
}
function whenShown() {
  const cells = document.getElementById("rendered_cells");
  const look = () => {
    const shown2 = cells && cells.style.display !== "none" && cells.querySelector(".jp-OutputArea-output, .jp-RenderedMarkdown");
    if (!cells || !shown2) return;
    watcher.disconnect();
    if (!cells.querySelector(".jupyter-widgets")) document.getElementById("dalt-first")?.remove();
  };
  const watcher = new MutationObserver(look);
  watcher.observe(document.body, { childList: true, subtree: true, attributeFilter: ["style"] });
  look();
}
var Widgets = class {
  #models;
  #modules = /* @__PURE__ */ new Map();
  #begun = /* @__PURE__ */ new Map();
  #lives = /* @__PURE__ */ new Map();
  constructor(models) {
    this.#models = models;
    models.closed = (id) => this.#lives.get(id)?.abort();
  }
  async show(id, state, place2) {
    const model = this.#models.model(id, state);
    const { signal } = this.#life(id);
    signal.addEventListener("abort", () => place2.remove());
    const begun = this.#begun.get(id) ?? this.#begin(state, { model, signal });
    this.#begun.set(id, begun);
    await (await begun).render?.({ model, el: place2, signal });
  }
  close() {
    for (const life of this.#lives.values()) life.abort();
  }
  #life(id) {
    const life = this.#lives.get(id) ?? new AbortController();
    this.#lives.set(id, life);
    return life;
  }
  async #begin(state, given) {
    if (state._css) document.head.append(el("style", "", {}, state._css));
    const { default: made } = await this.#module(state._esm);
    const widget = typeof made === "function" ? await made() : made;
    await widget.initialize?.(given);
    return widget;
  }
  #module(text) {
    const known = this.#modules.get(text);
    if (known) return known;
    const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const module = import(address).finally(() => URL.revokeObjectURL(address));
    this.#modules.set(text, module);
    return module;
  }
};
var VIEW = "application/vnd.jupyter.widget-view+json";
var OUTPUT = 'script[type="application/vnd.voila.cell-output+json"]';
var UNSEEN = "script, style, template, .celltag_notebook-only";
var SEEN = "img, svg, hr, table, iframe, video, audio, canvas, object, embed, input, button";
var TRIED = "dalt:tried";
var MOST_TRIES2 = 2;
async function main() {
  const config = await written();
  const connection = new Connection(new URL(`${config.baseUrl}api/kernels/${config.kernelId}/`, location.href));
  const models = new Models(connection);
  const ended = endWithTab(config, connection);
  await loaded();
  const ids = more() ? null : shown();
  const states = ids && await models.states(ids);
  const widgets = new Widgets(models);
  if (ids && states) {
    try {
      await Promise.all(ids.map((id) => widgets.show(id, states.get(id) ?? {}, place())));
      if (!document.querySelector('[data-dalt="page"]')) document.getElementById("dalt-first")?.remove();
      return;
    } catch (error) {
      console.error(error);
      widgets.close();
      document.getElementById("dalt-widgets")?.replaceChildren();
      if (again()) return;
    }
  }
  ended.abort();
  connection.close();
  voila();
}
function written() {
  return new Promise((resolve) => {
    const look = () => {
      const text = document.getElementById("jupyter-config-data")?.textContent;
      if (!text) return;
      try {
        resolve(JSON.parse(text));
      } catch {
        return;
      }
      watcher.disconnect();
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
function shown() {
  const outputs = [...document.querySelectorAll(OUTPUT)].map(({ textContent }) => JSON.parse(textContent));
  const ids = outputs.map(({ data }) => data?.[VIEW]?.model_id);
  return ids.every((id) => typeof id === "string") ? ids : null;
}
function more() {
  const cells = document.getElementById("rendered_cells")?.cloneNode(true);
  if (!(cells instanceof HTMLElement)) return false;
  for (const unseen of cells.querySelectorAll(UNSEEN)) unseen.remove();
  return cells.textContent.trim() !== "" || cells.querySelector(SEEN) !== null;
}
function place() {
  const made = el("div", "dalt-widget");
  document.getElementById("dalt-widgets")?.append(made);
  return made;
}
function again() {
  try {
    const tried = Number(sessionStorage.getItem(TRIED) ?? 0);
    if (tried >= MOST_TRIES2) return false;
    sessionStorage.setItem(TRIED, String(tried + 1));
    setTimeout(() => location.reload(), 1e3 * tried);
    return true;
  } catch {
    return false;
  }
}
function endWithTab({ baseUrl, kernelId, dalt }, connection) {
  const over = new AbortController();
  const end = ({ persisted }) => {
    if (persisted) return;
    const cookie = document.cookie.split("; ").find((each) => each.startsWith(`${dalt.xsrf}=`));
    const form = new FormData();
    form.append("_xsrf", cookie?.slice(dalt.xsrf.length + 1) ?? "");
    navigator.sendBeacon(`${baseUrl}voila/api/shutdown/${kernelId}`, form);
    connection.close();
  };
  window.addEventListener("pagehide", end, { signal: over.signal });
  return over;
}
main();
