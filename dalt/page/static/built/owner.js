function el(tag, name, attributes = {}, ...children) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
}
function closest(target, selector) {
  return target instanceof Element ? target.closest(selector) : null;
}
function within(node, target) {
  return target instanceof Node && node.contains(target);
}
function find(node, selector) {
  return node.querySelector(selector);
}
function focused() {
  return document.activeElement;
}
function button(name, dalt, onClick, ...children) {
  const node = el("button", name, { type: "button", "data-dalt": dalt }, ...children);
  node.addEventListener("click", onClick);
  return node;
}
function put(node, text) {
  if (node.textContent === text) return;
  const { firstChild: only } = node;
  const one = text !== "" && only?.nodeType === Node.TEXT_NODE && only === node.lastChild;
  if (one) only.data = text;
  else node.textContent = text;
}
function mark(node, name, value) {
  if (value === null) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, String(value));
}
function hide(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}
function alone() {
  return document.body.hasAttribute("data-voila");
}
function takesText(target) {
  return Boolean(closest(target, "textarea, select, [contenteditable=true], input:not([type=range])"));
}
function inPlace(list, change) {
  const before2 = list.contains(focused()) ? focused() : null;
  const at = [...list.children].findIndex((child) => child.contains(before2));
  change();
  if (at < 0 || list.contains(document.activeElement)) return;
  const next2 = list.children[Math.min(at, list.children.length - 1)];
  const buttons = [...next2?.querySelectorAll("button") ?? []];
  const same2 = buttons.find(({ dataset }) => dataset.dalt === before2?.dataset.dalt) ?? buttons[0];
  (same2 ?? closest(list.parentElement, "[tabindex]"))?.focus({ preventScroll: true });
}
function followTheme(root, signal) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const update = () => {
    const host = document.body.dataset.jpThemeLight;
    const follows = alone() ? host === "true" || host === void 0 : host === void 0;
    const dark = follows ? system.matches : host === "false";
    root.dataset.theme = dark ? "dark" : "light";
    if (alone()) document.body.dataset.daltAlone = root.dataset.theme;
  };
  update();
  system.addEventListener("change", update, { signal });
  const watcher = new MutationObserver(update);
  watcher.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
  signal.addEventListener("abort", () => watcher.disconnect());
}
function coverSaved(place, name) {
  if (!name || place.querySelector(":scope > style")) return;
  place.append(el("style", "", {}, `.${CSS.escape(name)} { display: none !important; }`));
}
var LOOK = 2e3;
var LOOK_LOST = 700;
var ANSWER_WITHIN = 4e3;
var SILENCE = 1e3;
var RECONNECT = 6e3;
var FORMER = "dalt:former";
var TRIED = "dalt:tried";
var STEADY = 2e4;
function served() {
  const config = alone() && document.getElementById("jupyter-config-data");
  return config ? JSON.parse(config.textContent) : {};
}
function offered() {
  return served().dalt ?? null;
}
var Comeback = class {
  #engine;
  #server;
  #address = "";
  #timer;
  #looking = false;
  #doubted = null;
  #answeredSince = null;
  #over = false;
  #began = performance.now();
  constructor(engine, signal) {
    this.#engine = engine;
    if (alone()) this.#watchDisplay(signal);
    this.#server = offered();
    if (!this.#server) return;
    this.#address = `${this.#server.state}/${served().kernelId}`;
    this.#look();
    const soon = () => this.#look();
    for (const name of ["online", "pageshow", "focus"]) window.addEventListener(name, soon, { signal });
    document.addEventListener("visibilitychange", soon, { signal });
    signal.addEventListener("abort", () => this.#stop());
  }
  #watchDisplay(signal) {
    const look = () => {
      const shown = document.querySelector('[data-dalt="page"]') !== null;
      if (!shown && !givenUp()) return;
      watcher.disconnect();
      if (!shown) this.#reload();
    };
    const watcher = new MutationObserver(look);
    watcher.observe(document.body, { childList: true, subtree: true });
    signal.addEventListener("abort", () => watcher.disconnect());
    look();
  }
  #stop() {
    this.#over = true;
    clearTimeout(this.#timer);
  }
  async #look() {
    if (this.#looking || this.#over) return;
    this.#looking = true;
    clearTimeout(this.#timer);
    const said2 = await this.#ask();
    this.#looking = false;
    if (this.#over) return;
    this.#heed(said2);
    if (!this.#over) this.#timer = setTimeout(() => this.#look(), said2 === "lost" ? LOOK_LOST : LOOK);
  }
  async #ask() {
    try {
      const signal = AbortSignal.timeout(ANSWER_WITHIN);
      const response = await fetch(this.#address, { cache: "no-store", signal });
      if (response.status === 401) return "login";
      return response.ok ? (await response.json()).kernel : "lost";
    } catch {
      return "lost";
    }
  }
  #heed(said2) {
    if (said2 !== "lost") this.#doubted = null;
    if (said2 !== "alive") this.#answeredSince = null;
    if (said2 === "lost") this.#doubt();
    else if (said2 === "login") this.#go(() => location.assign(`${this.#server?.login}?next=${encodeURIComponent(location.pathname)}`));
    else if (said2 === "gone") this.#reload();
    else if (said2 === "idle") this.#rest();
    else if (said2 === "alive") this.#wait();
  }
  #doubt() {
    const now = performance.now();
    if (this.#doubted === null || this.#engine.heardAt > this.#doubted) {
      this.#doubted = now;
      this.#engine.ask({ type: "heartbeat" });
    } else if (now - this.#doubted > SILENCE) this.#engine.lose("lost");
  }
  #wait() {
    if (performance.now() - this.#began > STEADY) keepHere(TRIED, null);
    if (!this.#engine.offline) this.#answeredSince = null;
    else this.#answeredSince ??= performance.now();
    if (this.#answeredSince !== null && performance.now() - this.#answeredSince > RECONNECT) this.#reload();
  }
  #rest() {
    this.#stop();
    this.#engine.lose("rests");
    const wake = (event) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.#go(() => location.reload());
    };
    for (const name of ["keydown", "pointerdown"]) window.addEventListener(name, wake, { capture: true, once: true });
  }
  #reload() {
    this.#stop();
    this.#engine.lose("lost");
    const tried = Number(keptHere(TRIED) ?? 0);
    keepHere(TRIED, String(tried + 1));
    setTimeout(() => this.#go(() => location.reload()), tried < 2 ? 0 : Math.min(3e4, 1e3 * 2 ** (tried - 2)));
  }
  #go(leave) {
    this.#stop();
    keepHere(FORMER, this.#engine.setup?.session ?? null);
    leave();
  }
};
function givenUp() {
  const nodes = [...document.querySelectorAll(".jupyter-widgets")];
  return nodes.some((node) => node.textContent.startsWith("Error displaying widget"));
}
function keptHere(name) {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
}
function keepHere(name, value) {
  try {
    value === null ? sessionStorage.removeItem(name) : sessionStorage.setItem(name, value);
  } catch {
  }
}
function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
var Outbox = class {
  #prefix;
  #entries = [];
  durable = true;
  constructor(project, annotator) {
    this.#prefix = `dalt:outbox:${JSON.stringify([project, annotator])}:`;
    this.#load();
  }
  get size() {
    return this.#entries.length;
  }
  [Symbol.iterator]() {
    return [...this.#entries][Symbol.iterator]();
  }
  add(entry) {
    this.#entries.push(entry);
    this.update(entry);
  }
  update(entry) {
    try {
      localStorage.setItem(this.#prefix + entry.key, JSON.stringify(entry));
    } catch {
      this.durable = false;
    }
  }
  remove(key) {
    const at = this.#entries.findIndex((entry2) => entry2.key === key);
    if (at < 0) return null;
    const [entry] = this.#entries.splice(at, 1);
    try {
      localStorage.removeItem(this.#prefix + key);
    } catch {
      this.durable = false;
    }
    return entry;
  }
  answered() {
    const ids2 = /* @__PURE__ */ new Set();
    for (const entry of this.#entries) {
      if (entry.aside) continue;
      const undo = entry.type === "undo";
      const given = entry.sample_ids ?? entry.samples?.map((each) => each.sample_id) ?? [entry.sample_id];
      for (const id of given) undo ? ids2.delete(id) : ids2.add(id);
    }
    return ids2;
  }
  #load() {
    try {
      const names = Object.keys(localStorage).filter((name) => name.startsWith(this.#prefix));
      for (const name of names) {
        const kept = localStorage.getItem(name);
        if (kept !== null) this.#entries.push(JSON.parse(kept));
      }
    } catch {
      this.durable = false;
    }
    this.#entries.sort((a, b) => a.made_at - b.made_at || a.seq - b.seq);
  }
};
var PATIENCE = 8e3;
var RESEND = 5e3;
var Line = class {
  page = newKey();
  offline = false;
  heardAt = -Infinity;
  outbox = null;
  #send;
  #changed;
  #seq = 0;
  #newest = 0;
  #asked = null;
  #mode = "single";
  #beat = 0;
  #ticked = performance.now();
  constructor(model, changed) {
    this.#changed = changed;
    this.#send = (message) => {
      try {
        model.send({ ...message, page: this.page });
      } catch {
      }
    };
  }
  get idle() {
    return this.#asked === null;
  }
  open(project, annotator) {
    this.outbox ??= new Outbox(project, annotator);
  }
  ask(message) {
    this.#asked ??= performance.now();
    if (message.type === "heartbeat") this.#beat = performance.now();
    this.#send(message);
  }
  tell(message) {
    this.#send(message);
  }
  switched(mode) {
    if (mode === this.#mode) return;
    this.#mode = mode;
    this.tell({ type: "mode", mode });
  }
  post(entry, key = newKey()) {
    this.outbox.add({ ...entry, key, seq: this.#seq++, made_at: Date.now() });
    this.#changed();
    this.pump();
  }
  pump() {
    let first = true;
    for (const entry of this.outbox ?? []) {
      const undo = isStep(entry);
      if (undo && !first) return;
      first = false;
      if ((entry.due ?? 0) <= performance.now()) this.#resend(entry);
      if (undo) return;
    }
  }
  #resend(entry) {
    if (isStep(entry) && entry.up_to === void 0) {
      entry.up_to = this.#newest;
      this.outbox?.update(entry);
    }
    entry.tries = (entry.tries ?? 0) + 1;
    entry.due = performance.now() + Math.min(6e4, RESEND * 2 ** (entry.tries - 1));
    const { tries: _, due: __, ...message } = entry;
    this.ask(message);
  }
  heard(message) {
    this.#asked = null;
    if (message.type === "setup") this.#mode = "single";
    this.heardAt = performance.now();
    this.#newest = Math.max(this.#newest, message.newest ?? 0);
    if (!this.offline) return;
    this.offline = false;
    for (const entry of this.outbox ?? []) entry.due = 0;
  }
  tick(every) {
    const now = performance.now();
    if (now - this.#ticked > 5e3 && this.#asked !== null) this.#asked = now;
    this.#ticked = now;
    return now - this.#beat > (this.offline ? 5e3 : every);
  }
  lose() {
    if (this.offline) return;
    this.offline = true;
    this.#changed();
  }
  listen() {
    if (this.offline || this.#asked === null || performance.now() - this.#asked <= PATIENCE) return;
    this.offline = true;
    this.#changed();
  }
};
function isStep({ type }) {
  return type === "undo" || type === "redo" || type === "undo_adjudicate";
}
var SLIVER = 16;
function markSliver(image) {
  if (!(image instanceof HTMLImageElement) || !image.naturalHeight) return;
  const ratio = image.naturalWidth / image.naturalHeight;
  mark(image, "data-sliver", ratio > SLIVER ? "wide" : ratio < 1 / SLIVER ? "tall" : null);
}
var Thumbnails = class {
  #small = /* @__PURE__ */ new Map();
  get known() {
    return [...this.#small.keys()];
  }
  take(entries, buffers) {
    for (const { sample_id: id, small } of entries) {
      if (!small) continue;
      if (small.buffer !== null) {
        small.url = URL.createObjectURL(new Blob([buffers[small.buffer]], { type: small.mime }));
      }
      this.#small.set(id, small);
    }
  }
  kind(id) {
    return this.#small.get(id)?.kind ?? "text";
  }
  view(id) {
    const small = this.#small.get(id);
    return el("span", "dalt-small-view", {}, small?.url ? pictured(small.url) : written(small));
  }
  close() {
    for (const { url } of this.#small.values()) if (url) URL.revokeObjectURL(url);
  }
};
function pictured(url) {
  const view = new Image();
  view.addEventListener("load", () => markSliver(view));
  view.src = url;
  view.alt = "";
  view.draggable = false;
  return view;
}
function written(small) {
  const view = el("span", "dalt-small-text", { dir: "auto" });
  put(view, small?.kind === "audio" ? "♪" : small?.text ?? "");
  return view;
}
var STAYS = /^owner_(?!setup|opened)/;
var OwnerEngine = class extends EventTarget {
  setup = null;
  adjudicating = false;
  trouble = null;
  thumbnails = new Thumbnails();
  drafts = /* @__PURE__ */ new Map();
  #line;
  #last = /* @__PURE__ */ new Map();
  #timer;
  constructor(model, signal) {
    super();
    this.#line = new Line(model, () => this.#changed());
    model.on("msg:custom", (message, buffers) => this.#hear(message, buffers ?? []));
    model.on("comm_live_update", () => this.#timer && this.ask({ type: "heartbeat" }));
    new Comeback(this, signal);
    const leave = () => this.#line.tell({ type: "bye" });
    const back = ({ persisted }) => persisted && this.ask({ type: "ready" });
    window.addEventListener("beforeunload", leave, { signal });
    window.addEventListener("pageshow", back, { signal });
    signal.addEventListener("abort", () => {
      leave();
      clearInterval(this.#timer);
      this.thumbnails.close();
    });
  }
  get offline() {
    return this.#line.offline;
  }
  get heardAt() {
    return this.#line.heardAt;
  }
  get waiting() {
    return this.#line.outbox?.size ?? 0;
  }
  start() {
    if (this.#timer) return;
    this.#timer = setInterval(() => this.#tick(), 1e3);
    this.ask({ type: "ready" });
  }
  hear(type, does, signal) {
    const heard = does;
    const listener = (event) => {
      const { message, buffers } = event.detail;
      heard(message, buffers);
    };
    this.addEventListener(`kernel:${type}`, listener, { signal });
    for (const { message, buffers } of this.#last.values()) if (message.type === type) heard(message, buffers);
  }
  ask(message) {
    this.#line.ask(message);
  }
  post(message) {
    this.#line.post({ ...message, aside: true });
  }
  lose(trouble2) {
    this.trouble = trouble2;
    this.#line.lose();
  }
  #tick() {
    if (this.#line.tick(1e3 * (this.setup?.heartbeat ?? 15))) {
      this.ask(this.setup === null || this.offline ? { type: "ready" } : { type: "heartbeat" });
    }
    this.#line.pump();
    this.#line.listen();
  }
  #hear(message, buffers) {
    this.#line.heard(message);
    this.trouble = null;
    if (message.type === "owner_setup") {
      this.setup = message;
      this.#line.open(`${message.project}:owner`, message.annotator);
    } else if (message.type === "noted") this.#settle(message.key);
    else if (message.type === "refused") {
      this.#settle(message.key);
      this.notify("refused", message.message);
    } else if (message.type === "failed") this.notify(message.key === null ? "mishap" : "trouble", message.message);
    const { entries } = message;
    if (entries && message.type.startsWith("owner_")) this.thumbnails.take(entries, buffers);
    if (STAYS.test(message.type)) {
      const { section = "" } = message;
      this.#last.set(`${message.type} ${section}`, { message, buffers });
    }
    this.dispatchEvent(new CustomEvent(`kernel:${message.type}`, { detail: { message, buffers } }));
    this.#line.pump();
    this.#changed();
  }
  #settle(key) {
    if (key !== null) this.#line.outbox?.remove(key);
  }
  notify(name, message) {
    this.dispatchEvent(new CustomEvent("notice", { detail: { name, message, key: null } }));
  }
  #changed() {
    this.dispatchEvent(new Event("change"));
  }
};
function show(sample, buffers) {
  const { buffer, mime } = sample.display;
  if (buffer === null) return;
  sample.blob = new Blob([buffers[buffer]], { type: mime });
  sample.url = URL.createObjectURL(sample.blob);
}
function release(sample) {
  if (sample.url) URL.revokeObjectURL(sample.url);
}
function trouble(message) {
  return el("p", "dalt-broken", { dir: "auto" }, message);
}
var SMALL = 160;
function picture(sample, words, onReady) {
  const image = new Image();
  const made = { node: image, ready: false };
  const { width = 0, height = 0 } = sample.display;
  image.className = "dalt-image";
  image.alt = words.say("sample");
  image.draggable = false;
  if (Math.max(width, height) <= SMALL) image.classList.add("dalt-pixels");
  image.src = sample.url ?? "";
  const decoded = image.decode().catch(() => {
  });
  const whole2 = createImageBitmap(sample.blob ?? new Blob()).then((bitmap) => bitmap.close()).catch(() => {
    sample.trouble = words.say("broken");
    made.node = trouble(sample.trouble);
  });
  Promise.all([decoded, whole2]).then(() => {
    made.ready = true;
    onReady();
  });
  return made;
}
var SHORT_TEXT = 300;
var MEDIUM_TEXT = 1200;
var LONG_TEXT = 2e4;
var PIECE = 4e3;
var REACH = 4 * PIECE;
function prose(text) {
  const node = scrolls(el("div", "dalt-text", { dir: "auto" }));
  if (text.length <= MEDIUM_TEXT) node.classList.add("dalt-text-few");
  if (text.length <= SHORT_TEXT) node.classList.add("dalt-text-short");
  fill(node, text);
  return node;
}
function fill(node, text) {
  const blocks = blocksOf(text);
  if (blocks.length === 1) node.textContent = text;
  else node.replaceChildren(...blocks.map((piece) => el("div", "dalt-piece", {}, piece)));
}
function blocksOf(text) {
  return text.length <= LONG_TEXT ? [text] : pieces(text);
}
function scrolls(node) {
  node.dataset.scroll = "";
  node.tabIndex = 0;
  return node;
}
function pieces(text) {
  const cut = [];
  for (let from = 0; from < text.length; ) {
    let to = from + PIECE;
    const line = text.indexOf("\n", to);
    if (line >= 0 && line < from + REACH) to = line + 1;
    else if (to < text.length) {
      const space = text.indexOf(" ", to);
      to = space >= 0 && space < from + REACH ? space + 1 : from + REACH;
      if (/[\uDC00-\uDFFF]/.test(text[to] ?? "")) to += 1;
    }
    cut.push(text.slice(from, to));
    from = to;
  }
  return cut;
}
var FIELDS = [8, 22, 48, 120];
var MOST_COLUMNS = FIELDS.length + 1;
var LONG_VALUE = 400;
var NUMBER = /^[-+]?\d+(\.\d+)?(e[-+]?\d+)?$/i;
var MOST_DIGITS = 12;
function table(rows, words) {
  const grid = el("table", "", { role: "table" });
  const top = grid.createTHead();
  const head = top.insertRow();
  mark(top, "role", "rowgroup");
  mark(head, "role", "row");
  for (const name of ["field", "value"]) head.append(el("th", "", { scope: "col", role: "columnheader" }, words.say(name)));
  const body = grid.createTBody();
  mark(body, "role", "rowgroup");
  const widest = Math.min(MOST_DIGITS, Math.max(0, ...rows.map(([, value]) => whole(value))));
  for (const [name, value] of rows) {
    const label = el("th", "", { scope: "row", role: "rowheader", dir: "auto" }, name);
    body.append(el("tr", "", { role: "row" }, label, cell(value, widest, words)));
  }
  const node = scrolls(el("div", "dalt-rows", {}, grid));
  spread(node, rows.length);
  return node;
}
function spread(node, n) {
  const most = FIELDS.filter((fewer) => n > fewer).length + 1;
  mark(node, "data-columns", most);
  for (let columns = 1; columns <= MOST_COLUMNS; columns += 1) node.style.setProperty(`--in-${columns}`, String(Math.max(1, Math.ceil(n / columns))));
}
function whole(value) {
  return NUMBER.test(value) ? value.split(/[.e]/i)[0].length : 0;
}
function cell(value, widest, words) {
  const node = el("td", "", { dir: "auto", role: "cell" });
  if (value === "") {
    node.append(el("span", "dalt-missing", { title: words.say("missing") }, "–", el("span", "dalt-hidden", {}, words.say("missing"))));
  } else if (NUMBER.test(value)) {
    node.dir = "ltr";
    const number = el("span", "dalt-number", {}, value);
    number.style.paddingInlineStart = `${Math.max(0, widest - whole(value))}ch`;
    node.append(number);
  } else if (value.length > LONG_VALUE) node.append(...shortened(value, words));
  else node.textContent = value;
  return node;
}
function shortened(value, words) {
  const text = el("div", "dalt-clamped", {}, value);
  const more = button("dalt-quiet dalt-more", "more", () => {
    const clamped = text.classList.toggle("dalt-clamped");
    more.textContent = words.say(clamped ? "more" : "less");
    more.setAttribute("aria-expanded", String(!clamped));
  }, words.say("more"));
  more.setAttribute("aria-expanded", "false");
  return [text, more];
}
var WINDOW = 1024;
var LOUDNESS_RANGE = 70;
var LOWEST = 50;
var AT_A_TIME = 8;
var REST = 3;
var COS = Float32Array.from({ length: WINDOW / 2 }, (_, i) => Math.cos(-2 * Math.PI * i / WINDOW));
var SIN = Float32Array.from({ length: WINDOW / 2 }, (_, i) => Math.sin(-2 * Math.PI * i / WINDOW));
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
function rest() {
  return new Promise((resolve) => {
    if ("requestIdleCallback" in globalThis) requestIdleCallback(resolve);
    else setTimeout(() => resolve(null));
  });
}
async function spectrogram(wave, rate, width, height) {
  const window2 = Float32Array.from({ length: WINDOW }, (_, i) => 0.5 - 0.5 * Math.cos(2 * Math.PI * i / WINDOW));
  const mel = (hertz) => Math.log1p(hertz / 700);
  const [low, high] = [mel(LOWEST), mel(rate / 2)];
  const edges = Array.from({ length: height + 1 }, (_, i) => Math.expm1(low + (high - low) * i / height) * 700 * WINDOW / rate);
  const out = new Float32Array(width * height);
  const [re, im] = [new Float32Array(WINDOW), new Float32Array(WINDOW)];
  let loudest = 1e-9;
  let free = await rest();
  for (let column = 0; column < width; column += 1) {
    if (column % AT_A_TIME === 0 && (free?.timeRemaining() ?? 0) < REST) free = await rest();
    const from = Math.round((column + 0.5) * wave.length / width - WINDOW / 2);
    im.fill(0);
    for (let i = 0; i < WINDOW; i += 1) re[i] = (wave[from + i] ?? 0) * window2[i];
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
  return out.map((power) => Math.max(0, 1 + 10 * Math.log10(power / loudest + 1e-12) / LOUDNESS_RANGE));
}
var [WIDTH, HEIGHT] = [1024, 160];
var TILE = 320;
var RATE = 22050;
var before = Promise.resolve();
function player(sample, words) {
  const audio = el("audio", "", { controls: "", tabindex: "-1", preload: "auto", controlslist: "nodownload noplaybackrate", "aria-label": words.say("sample") });
  const keys = el("p", "dalt-audio-keys", {}, el("kbd", "", {}, words.say("space")), words.say("key_play"));
  const node = el("div", "dalt-audio", {}, spectrum(sample, audio), audio, el("p", "", {}, sample.display.text ?? ""), keys);
  audio.addEventListener("error", () => node.replaceChildren(trouble(words.say("broken_audio"))));
  audio.src = sample.url ?? "";
  return node;
}
function togglePlay(audio) {
  if (audio.paused) audio.play().catch(() => {
  });
  else audio.pause();
}
function spectrum(sample, audio) {
  const canvas = el("canvas", "dalt-spectrogram", { width: WIDTH, height: HEIGHT });
  const line = el("span", "dalt-playing");
  const node = el("div", "dalt-spectrum", { "data-dalt": "spectrogram", "aria-hidden": "true", hidden: "" }, canvas, line);
  const follow = () => {
    line.style.left = `${100 * (audio.currentTime / audio.duration || 0)}%`;
    if (!audio.paused && node.isConnected) requestAnimationFrame(follow);
  };
  for (const event of ["play", "pause", "seeked", "timeupdate"]) audio.addEventListener(event, follow);
  node.addEventListener("click", (event) => {
    if (node.closest(".dalt-tile")) return;
    const { left, width } = canvas.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
    if (Number.isFinite(audio.duration)) audio.currentTime = share * audio.duration;
  });
  const later = window.requestIdleCallback ?? setTimeout;
  later(async () => {
    const width = canvas.closest(".dalt-tile") ? TILE : WIDTH;
    before = before.then(() => draw(sample.url ?? "", canvas, width));
    node.hidden = !await before;
  });
  return node;
}
async function draw(url, canvas, width) {
  try {
    const bytes = await (await fetch(url)).arrayBuffer();
    const sound = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(bytes);
    const shares = await spectrogram(sound.getChannelData(0), RATE, width, HEIGHT);
    canvas.width = width;
    const context = canvas.getContext("2d");
    const pixels = context.createImageData(width, HEIGHT);
    shares.forEach((share, at) => {
      const [x, y] = [Math.floor(at / HEIGHT), HEIGHT - 1 - at % HEIGHT];
      pixels.data[4 * (y * width + x) + 3] = 255 * share ** 1.5;
    });
    context.putImageData(pixels, 0, 0);
    return true;
  } catch {
    return false;
  }
}
function buildSample(sample, words, onReady) {
  const { kind, text, rows } = sample.display;
  if (sample.trouble) return { node: trouble(sample.trouble), ready: true };
  if (kind === "image") return picture(sample, words, onReady);
  if (kind === "audio") return { node: player(sample, words), ready: true };
  if (kind === "table") return { node: table(rows ?? [], words), ready: true };
  return { node: prose(text ?? ""), ready: true };
}
var WAYS = { ArrowRight: "next", ArrowLeft: "previous", ArrowUp: "up", ArrowDown: "down", PageUp: "pageup", PageDown: "pagedown", Home: "first", End: "last" };
function roving(list, selector = "button") {
  let stop = null;
  const entries = () => [...list.querySelectorAll(selector)];
  const shown = (entry) => !entry.closest("[hidden]");
  function stopAt(entry) {
    if (stop && stop !== entry) stop.tabIndex = -1;
    stop = entry;
    if (entry) entry.tabIndex = 0;
  }
  function refresh() {
    const all = entries();
    for (const entry of all) if (entry !== stop) entry.tabIndex = -1;
    if (!stop || !list.contains(stop) || !shown(stop)) stopAt(all.find(shown) ?? null);
  }
  list.addEventListener("focusin", ({ target }) => {
    const entry = closest(target, selector);
    if (entry) stopAt(entry);
  });
  list.addEventListener("click", ({ target }) => {
    if (closest(target, "[aria-expanded]")) refresh();
  });
  list.addEventListener("keydown", (event) => {
    const way = WAYS[event.key];
    const from = closest(event.target, selector);
    if (!way || !from || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const to = next(entries().filter(shown), from, way, list);
    to?.focus();
    to?.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  refresh();
  return refresh;
}
function next(entries, from, way, list) {
  const at = entries.indexOf(from);
  const toLeft = getComputedStyle(list).direction === "rtl";
  if (way === "first") return entries[0];
  if (way === "last") return entries.at(-1);
  if (way === "next") return entries[at + (toLeft ? -1 : 1)];
  if (way === "previous") return entries[at + (toLeft ? 1 : -1)];
  const down = way === "down" || way === "pagedown";
  const found = way.startsWith("page") ? aPage(entries, from, down) : inColumn(entries, from, down);
  return found ?? entries[at + (down ? 1 : -1)];
}
function inColumn(entries, from, down) {
  const at = entries.indexOf(from);
  const { top, bottom, left } = from.getBoundingClientRect();
  const others = down ? entries.slice(at + 1) : entries.slice(0, at).reverse();
  let best = null;
  for (const entry of others) {
    const box = entry.getBoundingClientRect();
    if (down ? box.top < bottom - 1 : box.bottom > top + 1) continue;
    if (best && (down ? box.top >= best.edge : box.bottom <= best.edge)) break;
    const far = Math.abs(box.left - left);
    if (!best || far < best.far) best = { entry, far, edge: down ? box.bottom : box.top };
  }
  return best?.entry;
}
function aPage(entries, from, down) {
  let scroller2 = from.parentElement;
  while (scroller2 && scroller2.scrollHeight <= scroller2.clientHeight + 1) scroller2 = scroller2.parentElement;
  const far = (scroller2?.clientHeight ?? innerHeight) * 0.9;
  const { top, left } = from.getBoundingClientRect();
  const at = entries.indexOf(from);
  const others = down ? entries.slice(at + 1) : entries.slice(0, at).reverse();
  let found;
  for (const entry of others) {
    const box = entry.getBoundingClientRect();
    if (Math.abs(box.top - top) > far) break;
    if (Math.abs(box.left - left) < 4) found = entry;
  }
  return found && found !== focused() ? found : void 0;
}
var SEARCHED = 20;
function isMany({ classes }) {
  return classes.length > SEARCHED || classes.some(({ key }) => !key);
}
function folded(text) {
  return text.normalize("NFKD").replace(/\p{Mn}/gu, "").toLowerCase();
}
function haystack({ name, group = "", description = "", formerly = [] }) {
  return folded([name, group, description, ...formerly].join("\n"));
}
function search(query, classes, stacks) {
  const words = folded(query).split(/\s+/).filter(Boolean);
  const found = stacks.flatMap((stack, index) => words.every((word) => stack.includes(word)) ? [index] : []);
  const whole2 = folded(query.trim());
  const begins = (index) => folded(classes[index].name).startsWith(whole2);
  const exact = found.find((index) => folded(classes[index].name) === whole2);
  return { found, best: exact ?? found.find(begins) ?? found[0] ?? null };
}
var LIKELY = 0.5;
var AT_ONCE = 300;
function setOf(sample, classes) {
  sample.set ??= new Set(sample.answered?.label ?? suggested(sample, classes));
  return sample.set;
}
function toggle(sample, classes, index) {
  const set = setOf(sample, classes);
  const { name } = classes[index];
  if (!set.delete(name)) set.add(name);
  sample.begun = true;
  delete sample.warned;
}
function isLeft(sample, classes) {
  return sample.suggestion.condition === "none" && !sample.answered && !answerOf(sample, classes).length;
}
function confirmed(sample, classes, now = performance.now()) {
  if (!isLeft(sample, classes)) return true;
  sample.warned ??= now;
  return now - sample.warned > AT_ONCE;
}
function answerOf(sample, classes) {
  const set = setOf(sample, classes);
  return classes.map(({ name }) => name).filter((name) => set.has(name));
}
function suggested({ suggestion }, classes) {
  return suggestion.classes.filter((_, rank) => suggestion.probabilities[rank] >= LIKELY).map((index) => classes[index].name);
}
var SubmitStrip = class {
  node;
  #classes;
  #words;
  #names = el("span", "dalt-set");
  #rest = el("span", "dalt-set-rest", { hidden: "" });
  #why = el("span", "dalt-percent");
  #urged = el("p", "dalt-hidden", { role: "status", "data-dalt": "urged" });
  #button;
  constructor({ classes }, words, keys, submit) {
    this.#classes = classes;
    this.#words = words;
    this.#button = button("dalt-top dalt-submit", "accept", submit, el("span", "dalt-top-line", {}, el("kbd", "", {}, keys.shown("accept")), this.#names, this.#why));
    this.node = el("div", "dalt-strip dalt-strip-several", { role: "group", "aria-label": words.say("answer") }, this.#button, this.#urged);
    new ResizeObserver(() => this.#fit()).observe(this.#names);
  }
  submit(sample, answer) {
    if (confirmed(sample, this.#classes)) return answer(answerOf(sample, this.#classes));
    this.paint(sample.suggestion, sample);
    put(this.#urged, this.#words.say("choose_or_none"));
    this.#button.classList.add("dalt-flash");
    setTimeout(() => this.#button.classList.remove("dalt-flash"), 350);
  }
  paint(suggestion, sample, broken = false) {
    const { say, list } = this.#words;
    this.#button.disabled = !sample;
    const answer = sample ? answerOf(sample, this.#classes) : [];
    const specs = this.#classes.filter(({ name }) => answer.includes(name));
    const left = sample && isLeft(sample, this.#classes);
    const empty = left ? say(sample.warned ? "choose_or_none" : "hidden") : say("none_of_them");
    put(this.#urged, "");
    this.#names.replaceChildren(...specs.length ? specs.map((spec) => this.#chip(spec)) : [document.createTextNode(sample ? empty : broken ? say("only_skip") : "")], this.#rest);
    this.#fit();
    const same2 = sample && suggestion?.classes.length && JSON.stringify([...suggested(sample, this.#classes)].sort()) === JSON.stringify([...answer].sort());
    put(this.#why, same2 ? say("as_suggested") : "");
    mark(this.#button, "data-label", sample ? JSON.stringify(answer) : null);
    mark(this.#button, "aria-label", !sample || left ? null : answer.length ? say("submit_set", { names: list(answer) }) : say("submit_none"));
  }
  #fit() {
    const chips = [...this.#names.children].slice(0, -1);
    for (const chip of chips) hide(chip, false);
    hide(this.#rest, true);
    const { clientHeight, scrollHeight } = this.#names;
    if (!chips.length || scrollHeight <= clientHeight) return;
    const bottom = this.#names.offsetTop + clientHeight;
    const ends = chips.map((chip) => chip.offsetTop + chip.offsetHeight);
    let held = Math.max(1, ends.filter((end) => end <= bottom).length);
    if (held === chips.length) return;
    for (const chip of chips.slice(held)) hide(chip, true);
    hide(this.#rest, false);
    put(this.#rest, `+${chips.length - held}`);
    while (held > 1 && this.#names.scrollHeight > clientHeight) {
      held -= 1;
      hide(chips[held], true);
      put(this.#rest, `+${chips.length - held}`);
    }
  }
  #chip({ name, colour }) {
    const text = el("span", "", { dir: "auto" });
    this.#words.called(text, name);
    const chip = el("span", "dalt-set-one", {}, el("span", "dalt-chip", { "aria-hidden": "true" }), text);
    chip.style.setProperty("--chip", colour);
    return chip;
  }
};
var TOP = 3;
var TOP_OF_MANY = 5;
var FEW = 4;
var Strip = class {
  node;
  #classes;
  #words;
  #tops;
  #none;
  #soon;
  #checked;
  #unencoded;
  #urged = el("p", "dalt-hidden", { role: "status", "data-dalt": "urged" });
  constructor(setup, words, keys, choose) {
    const { classes } = setup;
    const few = classes.length <= FEW;
    const most = few ? 1 : isMany(setup) ? TOP_OF_MANY : TOP;
    this.#classes = classes;
    this.#words = words;
    this.#none = words.say(setup.blind ? "blind" : "no_suggestion");
    this.#soon = words.say(setup.blind ? "blind" : "suggestions_soon");
    this.#checked = words.say(setup.blind ? "blind" : "checked_here");
    this.#unencoded = words.say(setup.blind ? "blind" : "not_encoded");
    this.#tops = Array.from({ length: Math.min(most, classes.length) }, (_, rank) => {
      const key = el("kbd", "", {}, rank === 0 ? keys.shown("accept") : "");
      const name = el("span", "dalt-name", { dir: "auto" });
      const percent = el("span", "dalt-percent");
      const fill2 = el("span", "dalt-meter-fill");
      const top = button("dalt-top", rank === 0 ? "accept" : "candidate", () => choose(rank), el("span", "dalt-top-line", {}, key, name, percent), el("span", "dalt-meter", { "aria-hidden": "true" }, fill2));
      return { key, name, percent, fill: fill2, button: top };
    });
    this.node = el("div", few ? "dalt-strip dalt-strip-few" : most > TOP ? "dalt-strip dalt-strip-many" : "dalt-strip", { role: "group", "aria-label": words.say("suggestions") }, ...this.#tops.map(({ button: button2 }) => button2), this.#urged);
  }
  urge() {
    const said2 = this.#words.say("choose_yourself");
    put(this.#tops[0].name, said2);
    put(this.#urged, said2);
    const lit = this.#tops[0].button;
    lit.classList.add("dalt-flash");
    setTimeout(() => lit.classList.remove("dalt-flash"), 350);
  }
  paint(suggestion, sample, broken = false, standing = null) {
    const { percent, say, called } = this.#words;
    const condition = sample?.suggestion.condition;
    const none = condition === "none" ? say("hidden") : condition === "emphasis" ? say("emphasised") : this.#notYet(standing);
    const why = broken ? say("only_skip") : none;
    if (condition === "emphasis") suggestion = null;
    put(this.#urged, "");
    const ranked = suggestion?.classes ?? [];
    const share = suggestion?.probabilities ?? [];
    this.#tops.forEach((top, at) => {
      const spec = this.#classes[ranked[at]];
      const name = spec?.name ?? "";
      top.button.disabled = !spec;
      top.button.classList.toggle("dalt-none", !spec);
      mark(top.button, "data-label", spec ? name : null);
      mark(top.button, "data-probability", spec ? share[at].toFixed(4) : null);
      if (at > 0) put(top.key, spec ? spec.key.toUpperCase() : "");
      called(top.name, spec ? name : at === 0 ? why : "");
      put(top.percent, spec ? percent(share[at]) : "");
      top.fill.style.transform = `scaleX(${spec ? share[at].toFixed(3) : 0})`;
      mark(top.button, "aria-label", spec ? say(at === 0 ? "accept" : "choose_keyless", { name, percent: percent(share[at]) }) : null);
    });
  }
  #notYet(standing) {
    if (!standing) return this.#none;
    const { state, message, snapshot, n_learned, to_check, preparing } = standing;
    if (state === "waiting" && preparing !== null) return this.#none;
    if (state === "waiting" && message) return this.#unencoded;
    if (to_check) return this.#checked;
    return snapshot === null || n_learned === 0 ? this.#none : this.#soon;
  }
};
var MANY = 24;
var FEW2 = 8;
var TWO_LINES = 32;
var TICK = 20;
var ClassList = class {
  node;
  #words;
  #choices;
  #classes;
  #several;
  #whole;
  #groups = [];
  #list;
  #finder = null;
  #sample = null;
  #painted = false;
  constructor(setup, words, keys, on) {
    const { classes, multi_label: several } = setup;
    this.#words = words;
    this.#classes = classes;
    this.#several = several;
    this.#whole = classes.length <= FEW2;
    this.#choices = classes.map((spec, index) => this.#choice(spec, () => on.choose(index)));
    const list = el("div", `dalt-list${classes.length > MANY ? " dalt-many" : this.#whole ? " dalt-few" : ""}`, {}, ...this.#grids());
    this.#list = list;
    const refresh = roving(list);
    this.node = el("div", "dalt-all", { role: "group", "aria-label": words.say("classes") });
    if (isMany(setup) || setup.new_classes) {
      this.#finder = new Finder(setup, words, keys, this.#choices, this.#groups, { ...on, ready: () => this.#sample !== null, filtered: refresh });
      this.node.append(this.#finder.node);
    }
    this.node.append(list);
    const needed = classes.flatMap(({ name }) => [name.length / 2 + 2, ...name.split(/\s+/).map((word) => word.length)]);
    const longest = needed.reduce((most, each) => Math.max(most, Math.min(18, each)), 0);
    const tick = several || setup.task !== "classes" ? TICK : 0;
    this.node.style.setProperty("--column", `${Math.max(168, 112 + 9 * longest) + tick}px`);
  }
  #grids() {
    const names = [...new Set(this.#classes.map(({ group }) => group ?? ""))];
    return names.flatMap((name) => {
      const members = this.#choices.filter(({ spec }) => (spec.group ?? "") === name);
      const grid = el("div", "dalt-classes", {}, ...members.map((part) => part.button));
      if (names.length === 1 && !name) return [grid];
      const count = el("span", "dalt-group-count", {}, this.#words.number(members.length));
      const head = button("dalt-group-head", "group", () => group.toggle(), el("span", "dalt-chip", { "aria-hidden": "true" }), el("span", "dalt-name", { dir: "auto" }, name || this.#words.say("no_group")), count);
      head.style.setProperty("--chip", name ? members[0].spec.colour : "transparent");
      const group = { members, closed: false, node: el("section", "dalt-group", {}, head, grid), toggle() {
        this.closed = !this.closed;
        this.show(this.closed);
      }, show(closed) {
        grid.hidden = closed;
        mark(head, "aria-expanded", String(!closed));
      } };
      group.show(false);
      this.#groups.push(group);
      return [group.node];
    });
  }
  #choice(spec, onClick) {
    const percent = el("span", "dalt-percent");
    const tint = el("span", "dalt-tint", { "aria-hidden": "true" });
    const text = el("span", "dalt-name", { dir: "auto" });
    if (this.#whole) mark(text, "title", spec.name.length > TWO_LINES ? spec.name : null);
    if (this.#whole) put(text, spec.name);
    else this.#words.called(text, spec.name, TWO_LINES);
    const choice2 = button("dalt-class", "class", onClick, tint, el("span", "dalt-chip", { "aria-hidden": "true" }), el("kbd", spec.key ? "" : "dalt-keyless", {}, spec.key.toUpperCase()), text, percent);
    choice2.dataset.class = spec.name;
    choice2.style.setProperty("--chip", spec.colour);
    return { button: choice2, percent, tint, spec, painted: {} };
  }
  at(index) {
    return this.#choices[index].button;
  }
  search() {
    this.#finder?.focus();
  }
  get searched() {
    return this.#finder?.state ?? null;
  }
  resume(state) {
    if (state && this.#finder) this.#finder.resume(state);
  }
  refuse(message) {
    this.#finder?.say(message);
  }
  paint(suggestion, sample, active = null) {
    if (!sample !== !this.#sample || !this.#painted) mark(this.#list, "tabindex", sample ? null : "0");
    this.#painted = true;
    this.#sample = sample;
    const share = suggestion?.probabilities ?? [];
    const ranks = new Array(this.#choices.length).fill(null);
    suggestion?.classes.forEach((index, at) => {
      ranks[index] = at;
    });
    const set = this.#several && sample ? setOf(sample, this.#classes) : null;
    this.#choices.forEach((part, index) => {
      if (this.#several) mark(part.button, "aria-pressed", String(set?.has(part.spec.name) ?? false));
      if (active !== null) mark(part.button, "aria-pressed", String(index === active));
      this.#paintOne(part, ranks[index], ranks[index] === null ? 0 : share[ranks[index]], !sample);
    });
  }
  #paintOne({ button: node, percent, tint, spec, painted }, at, value, disabled) {
    const say = this.#words.say;
    if (painted.at !== at || painted.value !== value) {
      mark(node, "data-probability", at === null ? null : value.toFixed(4));
      mark(node, "data-rank", at === null ? null : at + 1);
      Object.assign(painted, { at, value });
    }
    const bar = at === null ? "0" : value.toFixed(2);
    if (painted.bar !== bar) tint.style.transform = `scaleX(${bar})`;
    const likely = at !== null && at < TOP && value >= 0.05;
    if (painted.likely !== likely) node.classList.toggle("dalt-likely", likely);
    if (painted.disabled !== disabled) node.disabled = disabled;
    const text = at === null ? "" : this.#words.percent(value);
    if (painted.text !== text) {
      put(percent, text);
      const { name, key } = spec;
      const label = say(key ? "choose" : "choose_keyless", { name, key });
      mark(node, "aria-label", at === null ? label : `${label}, ${say("likely", { percent: text })}`);
    }
    Object.assign(painted, { bar, likely, disabled, text });
  }
};
function short(name) {
  return name.length > 40 ? `${name.slice(0, 39)}…` : name;
}
var Finder = class {
  node;
  #classes;
  #stacks;
  #choices;
  #groups;
  #on;
  #words;
  #may;
  #input;
  #status = el("p", "dalt-found", { role: "status", "data-dalt": "found" });
  #add;
  #found = [];
  #at = null;
  constructor(setup, words, keys, choices, groups, on) {
    this.#classes = setup.classes;
    this.#stacks = setup.classes.map(haystack);
    this.#choices = choices;
    this.#groups = groups;
    this.#on = on;
    this.#words = words;
    this.#may = setup.new_classes;
    this.#input = el("input", "dalt-search-field", { type: "search", "data-dalt": "search", autocomplete: "off", spellcheck: "false", dir: "auto", placeholder: words.say("search_classes"), "aria-label": words.say("search_classes") });
    this.#add = button("dalt-quiet dalt-add", "add-class", () => this.#ask());
    this.#add.hidden = true;
    this.#input.addEventListener("input", () => this.#filter());
    this.#input.addEventListener("keydown", (event) => this.#onKey(event));
    this.node = el("div", "dalt-search", {}, el("label", "dalt-search-box", {}, el("kbd", "", {}, keys.shown("search")), this.#input), this.#status, this.#add);
  }
  get state() {
    return { query: this.#input.value, focused: document.activeElement === this.#input };
  }
  resume({ query, focused: focused2 }) {
    this.#input.value = query;
    this.#filter();
    if (focused2) this.focus();
  }
  focus() {
    this.#input.focus({ preventScroll: true });
    this.#input.select();
  }
  say(message) {
    put(this.#status, message);
  }
  #filter() {
    const query = this.#input.value;
    const { found, best } = search(query, this.#classes, this.#stacks);
    const shown = new Set(found);
    this.#choices.forEach(({ button: node }, index) => {
      node.hidden = !shown.has(index);
    });
    for (const group of this.#groups) {
      const some = group.members.some(({ button: node }) => !node.hidden);
      group.node.hidden = !some;
      group.show(query.trim() ? false : group.closed);
    }
    this.#on.filtered();
    this.#found = found;
    this.#go(query.trim() ? best : null);
    const exact = this.#classes.some(({ name }) => name === query.trim());
    this.#add.hidden = !this.#may || !query.trim() || exact;
    put(this.#add, this.#words.say("add_class", { name: query.trim() }));
  }
  #go(index) {
    if (this.#at !== null) this.#choices[this.#at].button.classList.remove("dalt-at");
    this.#at = index;
    const { say, number } = this.#words;
    const query = this.#input.value.trim();
    put(this.#status, !query ? "" : index === null ? say("found_none") : say("found_classes", { n: number(this.#found.length), name: short(this.#classes[index].name) }));
    if (index === null) return;
    const node = this.#choices[index].button;
    node.classList.add("dalt-at");
    node.scrollIntoView({ block: "nearest" });
  }
  #move(step) {
    const place = this.#at === null ? -1 : this.#found.indexOf(this.#at);
    const next2 = this.#found[Math.max(0, Math.min(this.#found.length - 1, place + step))];
    if (next2 !== void 0) this.#go(next2);
  }
  #onKey(event) {
    event.stopPropagation();
    if (event.isComposing) return;
    const does = { ArrowDown: () => this.#move(1), ArrowUp: () => this.#move(-1), Enter: () => this.#enter(), Escape: () => this.#leave() }[event.key];
    if (!does) return;
    event.preventDefault();
    if (!event.repeat || event.key.startsWith("Arrow")) does();
  }
  #enter() {
    const index = this.#at;
    if (index === null && this.#input.value.trim() && this.#may) this.#ask();
    if (index === null || !this.#on.ready()) return;
    this.#leave();
    this.#on.choose(index);
  }
  #ask() {
    this.#on.add(this.#input.value.trim());
  }
  #leave() {
    this.#input.value = "";
    this.#filter();
    this.#input.blur();
    this.#on.leave();
  }
};
function detailsList(words) {
  return el("ul", "dalt-details", { "data-dalt": "details", "aria-label": words.say("details"), hidden: "" });
}
function fillDetails(list, sample, words) {
  const details = sample?.details ?? [];
  hide(list, details.length === 0);
  list.replaceChildren(...details.map(([name, value]) => detail(name, value, words)));
}
function detail(name, value, words) {
  const said2 = value === "" ? el("span", "dalt-missing", {}, "–", el("span", "dalt-hidden", {}, words.say("missing"))) : el("span", "dalt-detail", { dir: "auto", title: value }, value);
  return el("li", "", {}, el("span", "dalt-detail-name", { dir: "auto" }, name), " ", said2);
}
var LOW = 2;
var SCROLL = { ArrowUp: -0.15, ArrowDown: 0.15, PageUp: -0.9, PageDown: 0.9 };
var AdjudicationPanel = class {
  button;
  node;
  #desk;
  #parts = {};
  #entries = [];
  #decided = /* @__PURE__ */ new Set();
  #skipped = /* @__PURE__ */ new Set();
  #left = null;
  #trouble = null;
  #asked = false;
  #names = true;
  #shown = null;
  #ended = new AbortController();
  #back;
  #closed;
  constructor(desk, { back, closed } = {}) {
    this.#desk = desk;
    this.#back = back;
    this.#closed = closed;
    if (!desk.setup.owner) return;
    const { say } = desk.words;
    if (!desk.setup.adjudicates) {
      this.button = button("dalt-quiet", "adjudicate", () => this.#toggle(true), say("adjudicate"));
      mark(this.button, "aria-expanded", "false");
    }
    this.node = el("section", "dalt-adjudication", { "data-dalt": "adjudication", "aria-label": say("adjudicate_title"), hidden: "" });
    const on = (name, handler) => desk.engine.addEventListener(name, handler, { signal: this.#ended.signal });
    on("kernel:disputes", ({ detail: detail2 }) => this.#take(detail2));
    on("kernel:unadjudicated", ({ detail: detail2 }) => this.#undone(detail2));
    on("kernel:refused", () => {
      this.#decided.clear();
      if (this.open) this.#ask();
    });
    if (desk.setup.adjudicates || desk.engine.adjudicating) this.#toggle(true);
  }
  get open() {
    return this.node ? !this.node.hidden : false;
  }
  close() {
    this.#ended.abort();
    for (const { sample } of this.#entries) release(sample);
    mark(this.#desk.root, "data-adjudicates", null);
  }
  actionOf(event, letter) {
    if (!this.open) return null;
    const { key, target, ctrlKey, metaKey } = event;
    if ((key === "Enter" || key === " ") && closest(target, "button")) return null;
    if (key === "Tab") return null;
    const { keys } = this.#desk;
    const does = keys.actionOf(letter);
    const index = keys.classOf(letter);
    if (ctrlKey || metaKey || key === "Backspace" || does === "undo") return () => this.#undo();
    if (key === "Escape") return () => this.#toggle(false);
    if (does === "accept") return () => this.#accept();
    if (does === "skip") return () => this.#skip();
    const sound = does === "play" ? this.#parts.stage.querySelector("audio") : null;
    if (sound) return () => togglePlay(sound);
    const scroller2 = index === void 0 && key in SCROLL ? find(this.#parts.stage, "[data-scroll]") : null;
    if (scroller2) {
      const scroll = () => scroller2.scrollBy({ top: SCROLL[key] * scroller2.clientHeight });
      return Object.assign(scroll, { repeats: true });
    }
    return index === void 0 ? () => {
    } : () => this.#choose(index);
  }
  #toggle(open) {
    const { root, engine, setup } = this.#desk;
    const { node } = this;
    if (!node || !open && setup.adjudicates) return;
    engine.adjudicating = open;
    node.hidden = !open;
    mark(root, "data-adjudicates", open ? "" : null);
    if (this.button) mark(this.button, "aria-expanded", String(open));
    if (open) {
      this.#build();
      this.#ask();
    } else node.replaceChildren();
    root.focus({ preventScroll: true });
    if (!open) this.#closed?.();
  }
  show(entry, buffers = []) {
    this.#toggle(true);
    if (entry) this.#putFirst(entry, buffers);
    this.#paint();
  }
  #build() {
    const { words, keys, setup } = this.#desk;
    const { say } = words;
    const parts = this.#parts;
    parts.said = el("p", "dalt-adjudication-said", { role: "status", "data-dalt": "adjudication-said" });
    parts.names = button("dalt-quiet", "names", () => this.#hideNames(), "");
    parts.again = button("dalt-quiet", "adjudicate-skipped", () => this.#again(), "");
    parts.details = detailsList(words);
    parts.stage = el("div", "dalt-stage", { "data-dalt": "disputed" });
    parts.answers = el("ul", "dalt-answers", { "aria-label": say("what_was_said"), "data-dalt": "answers" });
    parts.strip = setup.multi_label ? new SubmitStrip(setup, words, keys, () => this.#accept()) : new Strip(setup, words, keys, (rank) => this.#chooseRank(rank));
    parts.classes = new ClassList(setup, words, keys, { choose: (index) => this.#choose(index), leave: () => this.#desk.root.focus({ preventScroll: true }), add: () => {
    } });
    parts.undo = button("dalt-quiet", "undo-adjudicate", () => this.#undo(), say("undo"), el("kbd", "", {}, keys.shown("undo")));
    parts.skip = button("dalt-quiet", "skip-adjudicate", () => this.#skip(), say("skip"), el("kbd", "", {}, keys.shown("skip")));
    const back = setup.adjudicates ? [] : [button("dalt-quiet", "adjudicate-close", () => this.#toggle(false), this.#back ?? say("adjudicate_back"), el("kbd", "", {}, "Esc"))];
    const main = el("div", "dalt-main", {}, parts.details, parts.stage);
    const foot = el("footer", "dalt-foot", {}, parts.undo, el("span", "dalt-space"), parts.skip);
    const side = el("div", "dalt-side", {}, parts.answers, parts.strip.node, parts.classes.node, foot);
    parts.work = main;
    this.node?.replaceChildren(el("header", "dalt-adjudication-head", {}, el(alone() ? "h1" : "h2", "dalt-title", {}, say("adjudicate_title")), parts.said, parts.again, el("div", "dalt-actions", {}, parts.names, ...back)), main, side);
    this.#shown = null;
    this.#paint();
  }
  #ask() {
    this.#asked = true;
    this.#desk.engine.ask({ type: "disputes", decided: [...this.#decided], leave_out: [...this.#skipped, ...this.#entries.map(({ sample }) => sample.id)] });
  }
  #take({ message, buffers }) {
    this.#asked = false;
    this.#left = message.n;
    this.#trouble = message.trouble;
    const gone = /* @__PURE__ */ new Set([...this.#decided, ...this.#skipped, ...this.#entries.map(({ sample }) => sample.id)]);
    const fresh = message.entries.filter(({ sample }) => !gone.has(sample.id));
    for (const { sample } of fresh) show(sample, buffers);
    this.#entries.push(...fresh);
    if (this.open) this.#paint();
  }
  #undone({ message, buffers }) {
    const [entry] = message.entries;
    if (!entry) {
      const detail2 = { name: "nothing_to_undo", message: "", key: null };
      this.#desk.engine.dispatchEvent(new CustomEvent("notice", { detail: detail2 }));
      return;
    }
    if (this.#decided.delete(entry.sample.id) && this.#left !== null) this.#left += 1;
    this.#putFirst(entry, buffers);
    if (this.open) this.#paint();
  }
  #putFirst(entry, buffers) {
    show(entry.sample, buffers);
    this.#skipped.delete(entry.sample.id);
    this.#entries = [entry, ...this.#entries.filter(({ sample }) => sample.id !== entry.sample.id)];
  }
  #choose(index) {
    const { setup } = this.#desk;
    const entry = this.#shown;
    if (!entry) return;
    if (!setup.multi_label) this.#decide(setup.classes[index].name);
    else {
      toggle(entry.sample, setup.classes, index);
      this.#paintClasses();
    }
  }
  #chooseRank(rank) {
    const index = this.#shown?.sample.suggestion.classes[rank];
    if (index !== void 0) this.#choose(index);
  }
  #accept() {
    const { setup } = this.#desk;
    if (!setup.multi_label) this.#chooseRank(0);
    else if (this.#shown) this.#decide(answerOf(this.#shown.sample, setup.classes));
  }
  #decide(label) {
    if (!this.#shown) return;
    const { id } = this.#shown.sample;
    this.#desk.engine.post({ type: "adjudicate", sample_id: id, label });
    this.#decided.add(id);
    if (this.#left) this.#left -= 1;
    this.#next();
  }
  #skip() {
    if (!this.#shown) return;
    this.#skipped.add(this.#shown.sample.id);
    this.#next();
  }
  #next() {
    for (const { sample } of this.#entries.splice(0, 1)) release(sample);
    if (this.#entries.length < LOW) this.#ask();
    this.#paint();
  }
  #undo() {
    this.#desk.engine.post({ type: "undo_adjudicate" });
  }
  #again() {
    this.#skipped.clear();
    this.#ask();
    this.#paint();
  }
  #hideNames() {
    this.#names = !this.#names;
    this.#paint();
  }
  #paint() {
    const { words } = this.#desk;
    const { say, number } = words;
    const parts = this.#parts;
    const entry = this.#entries[0] ?? null;
    const skipped = this.#skipped.size;
    put(parts.names, say(this.#names ? "hide_names" : "show_names"));
    put(parts.said, this.#trouble ?? (entry === null && this.#asked ? say("adjudicate_busy") : entry === null && skipped ? say("adjudicate_none_else") : this.#left ? say(this.#left === 1 ? "adjudicate_left_one" : "adjudicate_left", { n: number(this.#left) }) : say("adjudicate_none")));
    put(parts.again, say("adjudicate_skipped", { n: number(skipped) }));
    parts.again.hidden = !skipped || entry !== null || this.#asked;
    parts.work.hidden = entry === null;
    for (const part of [parts.answers, parts.strip.node, parts.classes.node]) part.hidden = entry === null;
    parts.skip.disabled = entry === null;
    if (entry !== this.#shown) this.#paintSample(entry);
    if (entry) {
      this.#paintAnswers(entry);
      this.#paintClasses();
    }
  }
  #paintSample(entry) {
    const { stage, details } = this.#parts;
    this.#shown = entry;
    fillDetails(details, entry?.sample ?? null, this.#desk.words);
    mark(stage, "data-sample-id", entry?.sample.id ?? null);
    mark(stage, "data-kind", entry?.sample.trouble ? null : entry?.sample.display.kind ?? null);
    const made = entry && buildSample(entry.sample, this.#desk.words, () => {
      if (this.#shown === entry && made) stage.replaceChildren(made.node);
    });
    stage.replaceChildren(...made ? [made.node] : []);
  }
  #paintAnswers({ answers }) {
    const { words, setup } = this.#desk;
    const { say, number, answer, list } = words;
    const said2 = /* @__PURE__ */ new Map();
    for (const { annotator, label } of answers) {
      const name = answer(label);
      const color = setup.classes.find((spec) => spec.name === label)?.colour ?? "transparent";
      said2.set(name, { color, who: [...said2.get(name)?.who ?? [], annotator] });
    }
    const rows = [...said2].sort(([, one], [, other]) => other.who.length - one.who.length);
    this.#parts.answers.replaceChildren(...rows.map(([name, { color, who }]) => {
      const count = say(who.length === 1 ? "annotator_one" : "annotators", { n: number(who.length) });
      const chip = el("span", "dalt-chip", { "aria-hidden": "true" });
      chip.style.setProperty("--chip", color);
      const text = el("strong", "dalt-name", { dir: "auto" });
      words.called(text, name);
      return el("li", "dalt-said", { "data-dalt": "said", "data-label": name }, chip, text, el("span", "dalt-who", { dir: "auto" }, this.#names ? list(who) : count));
    }));
  }
  #paintClasses() {
    const { strip, classes } = this.#parts;
    if (!this.#shown) return;
    const { sample } = this.#shown;
    classes.paint(sample.suggestion, sample);
    strip.paint(sample.suggestion, sample);
  }
};
var ENGLISH = { page: "Labeling page", waiting: "Loading samples…", done: "All samples are labelled or skipped", done_hint: "There is nothing left to do here. You can still undo your last answers.", open_skipped: "Go through the skipped samples", empty: "There is no sample for you right now", empty_hint: "Other people are labeling the last samples. If one becomes free, it appears here by itself.", empty_own_hint: "You have the last samples open in another window. Go on there, or close it: after a few minutes they appear here.", bare: "There are no samples yet", bare_hint: "The owner of this project has to add them. They then appear here by themselves.", bare_owner_hint: "Add samples with project.add_images(…), add_texts, add_table or add_audio, or with `dalt add`.", offline: "The page has lost its connection.", offline_kept_one: "1 answer is kept in this browser and will be sent later.", offline_kept: "{n} answers are kept in this browser and will be sent later.", offline_lab: "If it does not come back, run the cell again.", offline_reload: "If it does not come back, reload the page.", offline_lost: "The connection is lost. Your labels are safe.", offline_back: "The page reconnects by itself.", rests: "The page is paused because nobody used it for a while.", rests_hint: "Press any key or click to go on.", log_out: "Log out", reload: "Reload", storage: "This browser cannot keep unsent answers: leave the page open until all answers are saved.", sending_one: "Saving 1 answer…", sending: "Saving {n} answers…", suggestions: "Suggestions", no_suggestion: "Suggestions come after a few labels", suggestions_soon: "Suggestions come with one of the next samples", not_encoded: "The owner has to prepare suggestions first", blind: "No suggestions here: decide for yourself", hidden: "Some samples have no suggestion: choose yourself", checked_here: "The model is being checked: choose yourself", emphasised: "Likely classes are emphasised: choose one", choose_yourself: "Choose yourself: press the key of a class, or click it", choose_or_none: "Choose yourself, or press again: none of them", hides_some: "Some samples come without a suggestion, to find out whether suggestions help.", by_turns: "Some samples come together on a page to verify, to find out whether that is quicker.", only_skip: "Cannot be shown: please skip it", accept: "Accept {name}, {percent}", choose: "{name}, key {key}", choose_keyless: "{name}", likely: "suggested with {percent}", classes: "Classes", skip: "Skip", next: "Next", undo: "Undo", last: "Last: {name}", last_skipped: "Last: skipped", last_page: "Last: {n} samples as {name}", to_verify: "Grid", to_single: "One at a time", propose_verify: "Checking in the grid is faster now", propose_single: "Labeling one at a time is faster now", verify_title: "Are these all", verify_hint: "Click the wrong ones, or go to them with the arrow keys and press Space. A class key changes the class.", verify_touch: "Tap the wrong ones. To change a class, tap the right class below.", tiles: "Samples to check, most likely first", tile: "Sample {at} of {n}, {percent}: {said}", tile_right: "accepted as {name}", tile_out: "left out", tile_broken: "Cannot be shown", tile_other: "changed to {name}", confirm: "Confirm {n} as {name}", confirm_none: "None is {name}", confirm_others: "{n} changed", confirm_out: "{n} left out", unsure: "The model is not sure enough for the grid yet", unsure_hint: "Label one at a time for a while. The model learns from every label.", nothing_to_undo: "There is nothing to undo.", sample: "Sample to label", broken: "This picture cannot be shown. Skip it, or tell the owner of this project.", broken_audio: "This sound cannot be played. Skip it, or tell the owner of this project.", progress: "{made} of {all} labelled", skipped: "{n} skipped", accuracy: "Suggestions right: {value} ({low}–{high}), checked on {n} random samples", accuracy_one: "Suggestions right: {value} ({low}–{high}), checked on 1 random sample", learned: "The model has learned from {n} labels", learned_one: "The model has learned from 1 label", suggested_by: "Suggestions are by {names}, until the model learns", not_learned: "The model needs a few labels to start", learning: "training…", checking: "The model is being checked: about {n} more samples come without suggestions.", checking_one: "The model is being checked: about 1 more sample comes without suggestions.", failed: "Training failed. Please tell the owner of this project: {message}", stopped: "Training is paused. Your labels are saved.", learns_again: "Training goes on.", unlearned: "Your labels are saved. Suggestions start when the owner of this project has prepared the samples.", preparing: "Your labels are saved. The first suggestions are being prepared: {percent} %.", unlearned_owner: "Your labels are saved. Suggestions start after project.encode() (or `dalt encode`).", refused: "Not saved: {message}", reading: "This project can only be read here. You can look at its samples; nothing that you do is saved.", reads_only: "Not saved: this project can only be read here.", trouble: "Not saved yet; the page keeps trying. If this stays, tell the owner of this project: {message}", mishap: "Your labels are saved, but something went wrong. Please tell the owner of this project: {message}", dismiss: "Dismiss", guideline: "Guideline", guideline_changed: "changed", key_guideline: "Show or hide the guideline", meanings: "What the classes mean", more_actions: "More", keys: "Keys", keys_title: "Keyboard shortcuts", key_accept: "Accept the first suggestion", key_skip: "Skip the sample", key_undo: "Take back the last answer", space: "Space", key_play: "Play or pause the sound", key_scroll: "Scroll a long sample", key_mode: "Switch between the grid and one at a time", key_confirm: "Grid: confirm all", key_move: "Grid: go to another sample", key_toggle: "Grid: leave a sample out, or take it back in", key_look: "Grid: enlarge the picture", look: "Enlarge (+)", closeup: "Enlarged picture", key_help: "Show or hide this list", close: "Close", focus: "Click the page to use the keys", field: "Field", value: "Value", answer: "Answer", none_of_them: "None of them", as_suggested: "as suggested", submit_set: "Submit {names}", submit_none: "Submit: none of the classes", key_submit: "Submit the selected classes", redo: "Redo", key_redo: "Redo the answer that you took back", nothing_to_redo: "There is nothing to redo.", history: "History", history_title: "Your last answers", history_more: "Show more", history_empty: "You have not answered anything yet.", key_history: "Show or hide your last answers", skipped_one: "skipped", reopen: "Open again: {name}", not_opened: "This sample cannot be opened now: somebody else is working on it.", answered_as: "You answered {name}. Choose another answer, or keep this one.", answered_skipped: "You skipped this sample. Answer it, or keep it skipped.", keep: "Keep", spans: "What is marked", proposed: "proposed", remove_span: "Remove {name}: {text}", submit_span: "Submit 1 span", submit_spans: "Submit {n} spans", submit_no_span: "Submit: nothing to mark", key_submit_spans: "Submit what is marked", take: "Take the next", take_all: "Take all {n}", submit_not_yet: "Nothing is marked yet", submit_not_yet_hint: "Take the right ones of the {n} proposals, or mark some yourself.", submit_again: "Press again if there is nothing to mark", submit_again_hint: "None of the {n} proposals will be submitted.", left_out: "{n} proposals are not taken.", left_out_one: "1 proposal is not taken.", as_proposed: "{n} of them as proposed.", as_proposed_one: "1 of them as proposed.", key_take: "Take the next proposal", key_take_all: "Take all proposals", key_word: "Select a word; a class key marks it", key_more_words: "Select more words", key_span: "Go to the next or previous span", key_remove: "Remove the span", cannot_mark: "Cannot be marked: please skip it", add_box: "New box", add_polygon: "New polygon", add_point: "New point", corners: "{n} corners", hint_box: "Drag to draw, click a box to change it", hint_polygon: "Click each corner; the first closes it", hint_point: "Click to set a point, drag to move it", hint_outlined: "Dotted lines: proposals. Click to take", hint_open: "Enter closes the polygon, Esc cancels", hint_meant: "Choose its class; Del removes it", submit_region: "Submit 1 region", submit_regions: "Submit {n} regions", submit_no_region: "Submit: nothing to mark", key_region: "Go to the next or previous region", key_move_region: "Move the region", key_resize_region: "Change its size", key_corner: "Go to its next or previous corner; arrow keys move it", key_close_polygon: "Close the polygon", key_remove_region: "Remove the region", key_back: "Undo the last change here; with ⇧ redo it", key_leave_region: "Cancel the drawing, or leave the region", view: "View", zoom_in: "Zoom in (+)", zoom_out: "Zoom out (−)", zoom_reset: "Show the whole picture (Home)", zoom_keep: "Keep", zoom_lock: "Keep the zoom for the next samples", adjust: "Contrast and brightness", adjusted: "Contrast {contrast} %, brightness {brightness} %", adjust_reset: "Reset", contrast: "Contrast", brightness: "Brightness", words: "Words to highlight", found: "{n} found", missing: "no value", more: "Show all", less: "Show less", rest: "Show the whole text", autoplay: "Play automatically", loop: "Repeat", rate: "Speed (, and .)", swipe_hint: "Swipe right to accept, left to skip.", swipe_hint_several: "Swipe right to submit, left to skip.", swipe_submit: "Submit", key_zoom: "Zoom a picture; arrow keys move it", key_zoom_reset: "Show the whole picture", key_rate: "Play the sound slower or faster", key_seek: "Go back or forward in the sound", progress_button: "Progress", key_progress: "Show or hide the progress", class_counts: "Labels by class", pace: "You need {value} s for a label (your last {n}).", no_pace: "{left} samples are left. After ten labels you see here how long they will take.", estimate: "At this pace one person needs {low} to {high} for the {left} samples that are left.", no_curve: "The learning curve starts when a few random samples are labelled.", curve: "Suggestions right: {from} at {n} labels, {to} at {m}.", search_classes: "Find a class", no_group: "Others", found_classes: "{n} found. Enter chooses {name}", found_none: "No class has this in its name, group or description.", add_class: "Add class “{name}”", examples: "Recent examples", no_examples: "No sample has this class yet.", key_search: "Find a class by its name", remap_hint: "To change a key, click it and press the new one. It changes for everyone in this project.", remap: "{name}: {key}. Change the key", press_key: "Press the new key. Esc cancels.", remapped: "The key is changed.", reopen_flagged: "Open again: {name}, flagged", details: "About this sample", notes: "Notes on this sample", flag: "Flag", flag_title: "Flag this sample, so that somebody checks it", comment: "Comment", comment_title: "Write a comment on this sample", comment_field: "Your comment on this sample", comment_hint: "Enter saves it, Esc cancels.", comment_done: "Save", key_flag: "Flag the sample, or remove the flag", key_comment: "Write a comment on the sample", review: "Review", review_title: "Labels that the model doubts", key_review: "Show or hide the labels that the model doubts", review_busy: "Checking your labels…", review_few: "There are too few labels to check. Label at least two samples in each of two classes.", review_none: "The model agrees with all of your {judged} labels.", review_one: "The model doubts 1 of your {judged} labels.", review_some: "The model doubts {n} of your {judged} labels.", review_most: "The model doubts {n} of your {judged} labels. These are the {shown} most doubtful.", review_all: "Go through them", review_again: "Check again", review_open: "Open again: you said {name}, the model says {suggested}", you_said: "You", model_says: "Model", confirm_label: "My label is right", confirm_label_of: "{name} is right", adjudicate: "Disputes", adjudicate_title: "Where annotators disagree", adjudicate_busy: "Looking for disagreements…", adjudicate_left_one: "1 sample is left to decide.", adjudicate_left: "{n} samples are left to decide, the most disputed first.", adjudicate_none: "Nothing is left to decide: the annotators agree, or it is already decided.", adjudicate_none_else: "Nothing else is left to decide.", adjudicate_skipped: "Show the skipped ones again ({n})", adjudicate_back: "Back to labeling", hide_names: "Hide names", show_names: "Show names", what_was_said: "What the annotators said", annotator_one: "1 annotator", annotators: "{n} annotators", coach: "First steps", coach_close: "Got it", coach_again: "Show the first steps again", coach_choose: "A class key answers, and the next sample comes.", coach_choose_several: "A class key selects the class; press it again to remove it.", coach_spans: "Select words, then press a class key to mark them.", coach_box: "Drag to draw a box. A class key sets its class.", coach_polygon: "Click the corners to draw a polygon. A class key sets its class.", coach_point: "Click to set a point. A class key sets its class.", coach_accept: "accepts the first suggestion.", coach_submit: "submits your answer, and the next sample comes.", coach_take: "takes the next proposal. Proposals that you do not take are not submitted.", coach_undo: "takes back your last answer. Nothing is lost.", coach_skip: "skips a sample that you cannot answer.", coach_mode: "shows many samples that look like one class, so that you can check them all at once.", coach_confirm: "confirms them all. Mark the wrong ones first.", coach_back: "goes back to one sample at a time.", coach_help: "shows all keys at any time.", palette: "Commands", palette_field: "Find an action or a class", palette_none: "No action or class has this in its name.", palette_more: "{n} more; type to narrow them down.", key_palette: "Find any action or class", other_language: "Switch the language", peek_short: "Whole", peek: "Hold to see the whole picture", key_peek: "See the whole picture, while it is held", line: "{width} × {height} pixels: + looks closer, the arrows look along it.", autoplay_waits: "The browser plays sounds after your first key or click.", closeup_at: "{at} of {n}: {said}", closeup_before: "The sample before", closeup_after: "The sample after" };
var KOREAN = { page: "라벨링 페이지", waiting: "샘플을 불러오는 중…", done: "모든 샘플에 라벨을 달았거나 건너뛰었습니다", done_hint: "더 할 일이 없습니다. 최근 답은 지금도 실행 취소할 수 있습니다.", open_skipped: "건너뛴 샘플 다시 보기", empty: "지금은 작업할 샘플이 없습니다", empty_hint: "남은 샘플은 다른 작업자가 보고 있습니다. 볼 수 있는 샘플이 생기면 여기에 바로 나타납니다.", empty_own_hint: "남은 샘플은 다른 창에 열어 두셨습니다. 그 창에서 계속하거나 창을 닫으세요. 닫으면 몇 분 뒤 여기에 나타납니다.", bare: "아직 샘플이 없습니다", bare_hint: "프로젝트 담당자가 샘플을 추가해야 합니다. 추가되면 여기에 바로 나타납니다.", bare_owner_hint: "project.add_images(…), add_texts, add_table, add_audio 또는 `dalt add`로 샘플을 추가하세요.", offline: "페이지의 연결이 끊겼습니다.", offline_kept_one: "답 1개를 이 브라우저에 보관하고 있으며 나중에 보냅니다.", offline_kept: "답 {n}개를 이 브라우저에 보관하고 있으며 나중에 보냅니다.", offline_lab: "다시 연결되지 않으면 셀을 다시 실행하세요.", offline_reload: "다시 연결되지 않으면 페이지를 새로 고치세요.", offline_lost: "연결이 끊겼습니다. 라벨은 안전하게 보관되어 있습니다.", offline_back: "페이지가 자동으로 다시 연결합니다.", rests: "한동안 사용하지 않아 페이지가 잠시 멈췄습니다.", rests_hint: "계속하려면 아무 키나 누르거나 클릭하세요.", log_out: "로그아웃", reload: "새로 고침", storage: "이 브라우저에는 보내지 못한 답을 보관할 수 없습니다. 모든 답이 저장될 때까지 페이지를 닫지 마세요.", sending_one: "답 1개 저장 중…", sending: "답 {n}개 저장 중…", suggestions: "제안", no_suggestion: "라벨을 몇 개 달면 제안이 나옵니다", suggestions_soon: "곧 다음 샘플부터 제안이 나옵니다", not_encoded: "프로젝트 담당자가 제안을 준비해야 합니다", blind: "제안이 나오지 않습니다. 직접 판단하세요", hidden: "가끔 제안 없이 묻습니다. 직접 고르세요", checked_here: "모델을 검사하는 샘플입니다. 직접 고르세요", emphasised: "가능성이 높은 클래스를 강조했습니다. 하나를 고르세요", choose_yourself: "직접 고르세요. 클래스 키를 누르거나 클래스를 클릭하세요", choose_or_none: "직접 고르세요. 해당하는 것이 없으면 한 번 더 누르세요", hides_some: "제안이 도움이 되는지 알 수 있도록 일부 샘플에는 제안이 나오지 않습니다.", by_turns: "한꺼번에 확인하는 것이 더 빠른지 알 수 있도록 일부 샘플은 한 페이지에 모아서 나옵니다.", only_skip: "표시할 수 없습니다. 건너뛰세요", accept: "{name} 수락, {percent}", choose: "{name}, {key} 키", choose_keyless: "{name}", likely: "제안 확률 {percent}", classes: "클래스", skip: "건너뛰기", next: "다음", undo: "실행 취소", last: "마지막 답: {name}", last_skipped: "마지막 답: 건너뜀", last_page: "마지막 답: 샘플 {n}개를 {name}(으)로", to_verify: "모아 보기", to_single: "하나씩 보기", propose_verify: "지금은 모아 보는 것이 더 빠릅니다", propose_single: "지금은 하나씩 라벨을 다는 것이 더 빠릅니다", verify_title: "모두 이 클래스가 맞습니까:", verify_hint: "틀린 샘플을 클릭하거나, 방향키로 이동해 스페이스바를 누르세요. 클래스 키를 누르면 그 클래스로 바뀝니다.", verify_touch: "틀린 샘플을 누르세요. 클래스를 바꾸려면 아래에서 맞는 클래스를 누르세요.", tiles: "확인할 샘플, 확률이 높은 순", tile: "샘플 {at}/{n}, {percent}: {said}", tile_right: "{name}(으)로 확인", tile_out: "제외", tile_broken: "표시할 수 없음", tile_other: "{name}(으)로 변경", confirm: "{n}개를 {name}(으)로 확인", confirm_none: "{name} 없음", confirm_others: "{n}개 변경", confirm_out: "{n}개 제외", unsure: "모아 볼 만큼 확실한 샘플이 아직 없습니다", unsure_hint: "당분간 하나씩 라벨을 다세요. 모델은 라벨 하나하나에서 배웁니다.", nothing_to_undo: "되돌릴 답이 없습니다.", sample: "라벨을 달 샘플", broken: "이 이미지를 표시할 수 없습니다. 건너뛰거나 프로젝트 담당자에게 알려 주세요.", broken_audio: "이 소리를 재생할 수 없습니다. 건너뛰거나 프로젝트 담당자에게 알려 주세요.", progress: "{all}개 중 {made}개 완료", skipped: "{n}개 건너뜀", accuracy: "제안 정확도: {value} ({low}–{high}), 무작위 샘플 {n}개로 확인", accuracy_one: "제안 정확도: {value} ({low}–{high}), 무작위 샘플 1개로 확인", learned: "모델이 라벨 {n}개를 학습함", learned_one: "모델이 라벨 1개를 학습함", suggested_by: "모델이 학습할 때까지 제안 출처: {names}", not_learned: "라벨을 몇 개 달면 모델이 학습을 시작합니다", learning: "학습 중…", checking: "모델을 점검하는 중입니다. 앞으로 샘플 {n}개 정도는 제안 없이 나옵니다.", checking_one: "모델을 점검하는 중입니다. 앞으로 샘플 1개 정도는 제안 없이 나옵니다.", failed: "학습에 실패했습니다. 프로젝트 담당자에게 알려 주세요: {message}", stopped: "학습이 잠시 멈췄습니다. 라벨은 저장됩니다.", learns_again: "학습을 다시 시작했습니다.", unlearned: "라벨은 저장됩니다. 프로젝트 담당자가 샘플을 준비하면 제안이 나옵니다.", preparing: "라벨은 저장됩니다. 첫 제안을 준비하고 있습니다: {percent} %.", unlearned_owner: "라벨은 저장됩니다. project.encode() 또는 `dalt encode`를 실행하면 제안이 나옵니다.", refused: "저장하지 않았습니다: {message}", reading: "이 프로젝트는 여기에서 읽기만 할 수 있습니다. 샘플을 볼 수 있지만 아무것도 저장되지 않습니다.", reads_only: "저장하지 않았습니다: 이 프로젝트는 여기에서 읽기만 할 수 있습니다.", trouble: "아직 저장되지 않아 다시 시도하고 있습니다. 계속되면 프로젝트 담당자에게 알려 주세요: {message}", mishap: "라벨은 저장되었지만 문제가 생겼습니다. 프로젝트 담당자에게 알려 주세요: {message}", dismiss: "닫기", guideline: "지침", guideline_changed: "변경됨", key_guideline: "지침 열기/닫기", meanings: "클래스의 뜻", more_actions: "더 보기", keys: "단축키", keys_title: "단축키 목록", key_accept: "첫 번째 제안 수락", key_skip: "샘플 건너뛰기", key_undo: "마지막 답 되돌리기", space: "스페이스바", key_play: "소리 재생 또는 일시 정지", key_scroll: "긴 샘플 스크롤", key_mode: "모아 보기와 하나씩 보기 전환", key_confirm: "모아 보기: 모두 확인", key_move: "모아 보기: 다른 샘플로 이동", key_toggle: "모아 보기: 샘플을 빼거나 다시 넣기", key_look: "모아 보기: 이미지 크게 보기", look: "크게 보기 (+)", closeup: "이미지 크게 보기", key_help: "이 목록 열기/닫기", close: "닫기", focus: "단축키를 쓰려면 페이지를 클릭하세요", field: "항목", value: "값", answer: "답", none_of_them: "해당 없음", as_suggested: "제안대로", submit_set: "{names} 제출", submit_none: "제출: 해당하는 클래스 없음", key_submit: "선택한 클래스 제출", redo: "다시 실행", key_redo: "되돌린 답 다시 실행", nothing_to_redo: "다시 실행할 답이 없습니다.", history: "기록", history_title: "최근 답", history_more: "더 보기", history_empty: "아직 답이 없습니다.", key_history: "최근 답 열기/닫기", skipped_one: "건너뜀", reopen: "다시 열기: {name}", not_opened: "다른 작업자가 보고 있어 지금은 이 샘플을 열 수 없습니다.", answered_as: "내 답: {name}. 다른 답을 고르거나 그대로 두세요.", answered_skipped: "건너뛴 샘플입니다. 답을 고르거나 그대로 두세요.", keep: "그대로 두기", spans: "표시한 부분", proposed: "제안됨", remove_span: "{name} 지우기: {text}", submit_span: "구간 1개 제출", submit_spans: "구간 {n}개 제출", submit_no_span: "제출: 표시할 것 없음", key_submit_spans: "표시한 것 제출", take: "다음 제안 받기", take_all: "{n}개 모두 받기", submit_not_yet: "아직 표시한 것이 없습니다", submit_not_yet_hint: "제안 {n}개 중 맞는 것을 받거나 직접 표시하세요.", submit_again: "표시할 것이 없으면 한 번 더 누르세요", submit_again_hint: "제안 {n}개는 제출되지 않습니다.", left_out: "제안 {n}개는 받지 않았습니다.", left_out_one: "제안 1개는 받지 않았습니다.", as_proposed: "그중 {n}개는 제안 그대로입니다.", as_proposed_one: "그중 1개는 제안 그대로입니다.", key_take: "다음 제안 받기", key_take_all: "제안 모두 받기", key_word: "단어 선택, 클래스 키로 표시", key_more_words: "단어 더 선택", key_span: "다음 또는 이전 구간으로 이동", key_remove: "구간 지우기", cannot_mark: "표시할 수 없는 샘플입니다. 건너뛰세요", add_box: "새 상자", add_polygon: "새 다각형", add_point: "새 점", corners: "꼭짓점 {n}개", hint_box: "끌어서 그리고, 상자를 클릭해 고치세요", hint_polygon: "꼭짓점을 차례로 클릭, 첫 점에서 닫기", hint_point: "클릭해서 점을 찍고, 끌어서 옮기세요", hint_outlined: "점선은 제안입니다. 클릭해서 받으세요", hint_open: "Enter로 다각형 닫기, Esc로 취소", hint_meant: "클래스를 고르세요. Del로 지웁니다", submit_region: "영역 1개 제출", submit_regions: "영역 {n}개 제출", submit_no_region: "제출: 표시할 것 없음", key_region: "다음 또는 이전 영역으로 이동", key_move_region: "영역 옮기기", key_resize_region: "크기 바꾸기", key_corner: "다음 또는 이전 꼭짓점으로 이동, 방향키로 옮기기", key_close_polygon: "다각형 닫기", key_remove_region: "영역 지우기", key_back: "이 샘플에서 마지막으로 바꾼 것 되돌리기, ⇧와 함께 누르면 다시 실행", key_leave_region: "그리기를 취소하거나 영역에서 나가기", view: "보기", zoom_in: "확대 (+)", zoom_out: "축소 (−)", zoom_reset: "이미지 전체 보기 (Home)", zoom_keep: "유지", zoom_lock: "다음 샘플에도 확대 유지", adjust: "대비와 밝기", adjusted: "대비 {contrast} %, 밝기 {brightness} %", adjust_reset: "원래대로", contrast: "대비", brightness: "밝기", words: "강조할 단어", found: "{n}개 찾음", missing: "값 없음", more: "모두 보기", less: "접기", rest: "글 전체 보기", autoplay: "자동 재생", loop: "반복", rate: "재생 속도 (, 와 .)", swipe_hint: "오른쪽으로 밀면 수락하고, 왼쪽으로 밀면 건너뜁니다.", swipe_hint_several: "오른쪽으로 밀면 제출하고, 왼쪽으로 밀면 건너뜁니다.", swipe_submit: "제출", key_zoom: "이미지 확대·축소, 방향키로 이동", key_zoom_reset: "이미지 전체 보기", key_rate: "소리를 느리게 또는 빠르게 재생", key_seek: "소리에서 앞뒤로 이동", progress_button: "진행 상황", key_progress: "진행 상황 열기/닫기", class_counts: "클래스별 라벨", pace: "라벨 하나에 {value}초 걸립니다(최근 {n}개 기준).", no_pace: "샘플 {left}개가 남았습니다. 라벨을 10개 달면 예상 시간이 표시됩니다.", estimate: "이 속도라면 남은 샘플 {left}개를 한 사람이 마치는 데 {low}에서 {high} 걸립니다.", no_curve: "무작위 샘플에 라벨이 몇 개 달리면 학습 곡선이 나타납니다.", curve: "제안 정확도: 라벨 {n}개일 때 {from}, {m}개일 때 {to}.", search_classes: "클래스 찾기", no_group: "기타", found_classes: "{n}개 찾음. Enter를 누르면 {name} 선택", found_none: "이름, 그룹, 설명에 이 말이 있는 클래스가 없습니다.", add_class: "클래스 “{name}” 추가", examples: "최근 예시", no_examples: "아직 이 클래스의 샘플이 없습니다.", key_search: "이름으로 클래스 찾기", remap_hint: "키를 바꾸려면 클릭한 뒤 새 키를 누르세요. 이 프로젝트의 모든 작업자에게 적용됩니다.", remap: "{name}: {key}. 키 바꾸기", press_key: "새 키를 누르세요. Esc를 누르면 취소됩니다.", remapped: "키를 바꿨습니다.", reopen_flagged: "다시 열기: {name}, 확인 요청함", details: "이 샘플의 정보", notes: "이 샘플에 대한 메모", flag: "확인 요청", flag_title: "다른 사람이 이 샘플을 확인하도록 요청하기", comment: "의견", comment_title: "이 샘플에 의견 남기기", comment_field: "이 샘플에 대한 의견", comment_hint: "Enter를 누르면 저장되고, Esc를 누르면 취소됩니다.", comment_done: "저장", key_flag: "샘플 확인 요청, 또는 요청 취소", key_comment: "샘플에 의견 남기기", review: "다시 보기", review_title: "모델이 의심하는 라벨", key_review: "모델이 의심하는 라벨 열기/닫기", review_busy: "라벨을 확인하는 중…", review_few: "확인하기에는 라벨이 너무 적습니다. 클래스 두 개에 라벨을 두 개씩 이상 다세요.", review_none: "라벨 {judged}개가 모두 모델의 판단과 같습니다.", review_one: "라벨 {judged}개 중 1개가 모델의 판단과 다릅니다.", review_some: "라벨 {judged}개 중 {n}개가 모델의 판단과 다릅니다.", review_most: "라벨 {judged}개 중 {n}개가 모델의 판단과 다릅니다. 그중 가장 의심스러운 {shown}개입니다.", review_all: "차례로 보기", review_again: "다시 확인", review_open: "다시 열기: 내 라벨은 {name}, 모델의 판단은 {suggested}", you_said: "나", model_says: "모델", confirm_label: "내 라벨이 맞음", confirm_label_of: "{name} 라벨이 맞음", adjudicate: "의견 차이", adjudicate_title: "작업자들의 의견이 갈린 샘플", adjudicate_busy: "의견이 갈린 샘플을 찾는 중…", adjudicate_left_one: "결정할 샘플이 1개 남았습니다.", adjudicate_left: "결정할 샘플이 {n}개 남았습니다. 의견이 가장 많이 갈린 것부터 나옵니다.", adjudicate_none: "결정할 샘플이 없습니다. 모두 의견이 같거나 이미 결정되었습니다.", adjudicate_none_else: "더 결정할 샘플이 없습니다.", adjudicate_skipped: "건너뛴 샘플 다시 보기({n})", adjudicate_back: "라벨링으로 돌아가기", hide_names: "이름 숨기기", show_names: "이름 보기", what_was_said: "작업자들의 답", annotator_one: "작업자 1명", annotators: "작업자 {n}명", coach: "처음 사용법", coach_close: "알겠습니다", coach_again: "처음 사용법 다시 보기", coach_choose: "클래스 키를 누르면 답이 저장되고 다음 샘플이 나옵니다.", coach_choose_several: "클래스 키를 누르면 클래스가 선택되고, 다시 누르면 취소됩니다.", coach_spans: "단어를 선택한 뒤 클래스 키를 누르면 표시됩니다.", coach_box: "끌어서 상자를 그리세요. 클래스 키로 클래스를 정합니다.", coach_polygon: "꼭짓점을 클릭해 다각형을 그리세요. 클래스 키로 클래스를 정합니다.", coach_point: "클릭해서 점을 찍으세요. 클래스 키로 클래스를 정합니다.", coach_accept: "키를 누르면 첫 번째 제안을 수락합니다.", coach_submit: "키를 누르면 답을 제출하고 다음 샘플로 넘어갑니다.", coach_take: "키를 누르면 다음 제안을 받습니다. 받지 않은 제안은 제출되지 않습니다.", coach_undo: "키를 누르면 마지막 답을 되돌립니다. 사라지는 것은 없습니다.", coach_skip: "키를 누르면 답하기 어려운 샘플을 건너뜁니다.", coach_mode: "키를 누르면 한 클래스로 보이는 샘플을 모아서 한꺼번에 확인합니다.", coach_confirm: "키를 누르면 모두 확인합니다. 틀린 샘플은 먼저 고르세요.", coach_back: "키를 누르면 하나씩 보기로 돌아갑니다.", coach_help: "키를 누르면 언제든지 모든 단축키를 볼 수 있습니다.", palette: "명령", palette_field: "동작이나 클래스 찾기", palette_none: "이름에 이 말이 들어간 동작이나 클래스가 없습니다.", palette_more: "{n}개 더 있습니다. 입력하면 좁혀집니다.", key_palette: "모든 동작과 클래스 찾기", other_language: "언어 바꾸기", peek_short: "전체", peek: "누르고 있으면 그림 전체 보기", key_peek: "누르고 있는 동안 그림 전체 보기", line: "{width} × {height} 픽셀: +로 확대하고 화살표로 옮겨 봅니다.", autoplay_waits: "키를 누르거나 클릭한 뒤부터 브라우저가 소리를 재생합니다.", closeup_at: "{n}개 중 {at}번째: {said}", closeup_before: "이전 샘플", closeup_after: "다음 샘플" };
var SHARED = 12;
var WORD = 16;
var LONG = 20;
var Names = class {
  #parts = /* @__PURE__ */ new Map();
  constructor(classes) {
    const alike = /* @__PURE__ */ new Map();
    for (const { name } of classes) {
      const start = name.slice(0, SHARED);
      alike.set(start, [...alike.get(start) ?? [], name]);
    }
    for (const names of alike.values()) {
      for (const name of names) {
        const places = new Set(names.filter((other) => other !== name).map((other) => common(name, other)));
        const words = wordsAt(name, [...places].sort((a, b) => a - b));
        if (words.length) this.#parts.set(name, words);
      }
    }
  }
  put(node, name, room = 0) {
    const words = name.length > room ? this.#parts.get(name) : void 0;
    mark(node, "title", name.length > LONG ? name : null);
    if (node.classList.contains("dalt-parted") !== Boolean(words)) node.classList.toggle("dalt-parted", Boolean(words));
    if (!words) put(node, name);
    else if (node.textContent !== name || !node.firstElementChild) node.replaceChildren(...parted(name, words));
  }
  short(name, most) {
    if (name.length <= most) return name;
    const words = this.#parts.get(name);
    if (!words) return `${name.slice(0, most - 1)}…`;
    const kept = words.map(([from, to]) => name.slice(from, to).trim()).join("…");
    return `${name.slice(0, Math.max(3, most - kept.length - 1)).trimEnd()}…${kept}`;
  }
};
function common(one, other) {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}
function wordsAt(name, places) {
  const words = [];
  for (const place of places) {
    if (place >= name.length || place < (words.at(-1)?.[1] ?? 0)) continue;
    const begins = name.lastIndexOf(" ", place) + 1;
    const from = Math.max(place - begins < WORD / 2 ? begins : place, words.at(-1)?.[1] ?? 0);
    const ends = name.slice(place).search(/[\s,;()]/);
    const to = Math.min(ends < 0 ? name.length : place + Math.max(1, ends), from + WORD);
    words.push([from, name[to] === " " ? to + 1 : to]);
  }
  return words;
}
function parted(name, words) {
  let at = 0;
  const parts = words.flatMap(([from, to]) => {
    const both = [el("span", "", {}, name.slice(at, from)), el("b", "", {}, name.slice(from, to))];
    at = to;
    return both;
  });
  return [...parts, el("span", "", {}, name.slice(at))].filter((part) => part.textContent);
}
var TEXT = { en: ENGLISH, ko: KOREAN };
var KEPT = "dalt:language";
var LANGUAGES = { en: "English", ko: "한국어" };
function otherThan(language) {
  return language === "en" ? "ko" : "en";
}
function remember(language) {
  try {
    localStorage.setItem(KEPT, language);
  } catch {
  }
}
function spoken(language) {
  return language !== null && Object.hasOwn(TEXT, language);
}
function chosen(wanted) {
  let kept = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {
  }
  if (spoken(kept)) return kept;
  if (spoken(wanted)) return wanted;
  return navigator.languages.map((each) => each.slice(0, 2)).find(spoken) ?? "en";
}
function speak(language, classes = []) {
  const locale = chosen(language);
  const table2 = TEXT[locale];
  const number = new Intl.NumberFormat(locale);
  const names = new Names(classes);
  return { locale, called: (node, name, room = 0) => names.put(node, name, room), short: (name, most) => names.short(name, most), number: (value) => number.format(value), percent(share) {
    const whole2 = Math.round(share * 100);
    const sign = share < 1 && whole2 === 100 ? ">99" : share > 0 && whole2 === 0 ? "<1" : null;
    return `${sign ?? number.format(whole2)} %`;
  }, duration(seconds) {
    const minutes = Math.max(1, Math.round(seconds / 60));
    const amounts = [[Math.floor(minutes / 60), "hour"], [minutes % 60, "minute"]];
    const parts = amounts.filter(([n]) => n > 0).map(([n, unit]) => new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short" }).format(n));
    return parts.join(" ");
  }, list: (names2) => new Intl.ListFormat(locale, { type: "unit" }).format(names2), answer: (label) => !Array.isArray(label) ? label : label.length ? new Intl.ListFormat(locale, { type: "unit" }).format(label.map((each) => typeof each === "string" ? each : each.label)) : table2.none_of_them, say(name, values = {}) {
    return table2[name].replace(/\{(\w+)\}/g, (_, key) => String(values[key] ?? ""));
  } };
}
var LanguageSwitch = class {
  button;
  constructor({ words, rebuild }) {
    const other = otherThan(words.locale);
    this.button = button("dalt-quiet dalt-language", "language", () => {
      remember(other);
      rebuild();
    }, LANGUAGES[other]);
    this.button.lang = other;
  }
};
var CHANGES = { childList: true, subtree: true, attributeFilter: ["hidden", "inert", "disabled"] };
var CONTROLS = "audio, video";
var FocusKeeper = class {
  #root;
  #homeOf;
  #held = false;
  #due = null;
  constructor(root, homeOf, signal) {
    this.#root = root;
    this.#homeOf = homeOf;
    const on = (name, does) => document.addEventListener(name, does, { signal, capture: true });
    on("pointerdown", ({ target }) => this.#touched(target));
    on("focusin", ({ target }) => this.#focused(target));
    const watcher = new MutationObserver(() => {
      this.#due ??= setTimeout(() => this.#keep());
    });
    watcher.observe(root, CHANGES);
    signal.addEventListener("abort", () => watcher.disconnect());
  }
  get nobodyElse() {
    if (!nobody() || !this.#root.isConnected) return false;
    return this.#held || alone() && document.querySelectorAll(".dalt").length === 1;
  }
  take() {
    this.#root.focus({ preventScroll: true });
  }
  #touched(target) {
    const other = closest(target, ".dalt");
    if (other || !alone()) this.#held = other === this.#root;
  }
  #focused(target) {
    if (closest(target, "[role=menu]")) return;
    this.#held = within(this.#root, target);
    const control = this.#held ? closest(target, CONTROLS) : null;
    if (control && control === target) setTimeout(() => this.#leave(control));
  }
  #leave(control) {
    if (document.activeElement === control) this.#homeOf(control).focus({ preventScroll: true });
  }
  #keep() {
    this.#due = null;
    const active = focused();
    if (active === this.#root || !this.#held) return;
    const gone = nobody() || within(this.#root, active) && closest(active, ":disabled, [hidden], [inert]");
    if (gone) this.take();
  }
};
function nobody() {
  const { activeElement: active, body, documentElement } = document;
  return !active || active === body || active === documentElement;
}
function keepsKey({ target, key }) {
  if (takesText(target)) return true;
  return closest(target, "input[type=range]") !== null && /^(Arrow|Page|Home|End)/.test(key);
}
function letterOf({ key, code }, known) {
  const typed = key.toLowerCase();
  if (/^[a-z0-9]$/.test(typed) || known.has(typed)) return typed;
  return /^(?:Key|Digit|Numpad)([A-Z0-9])$/.exec(code)?.[1].toLowerCase() ?? typed;
}
function keyText(key, words) {
  return key === "Space" ? words.say("space") : key.length === 1 ? key.toUpperCase() : key;
}
var PALETTE = /Mac|iPhone|iPad/.test(navigator.platform ?? "") ? "⌘ K" : "Ctrl K";
var KeyTable = class {
  #classes;
  #actions;
  #keys;
  #words;
  #known;
  constructor({ classes, keys = {} }, words) {
    this.#words = words;
    this.#keys = keys;
    this.#classes = new Map(classes.flatMap(({ key }, index) => key ? [[key.toLowerCase(), index]] : []));
    this.#actions = new Map(Object.entries(keys).filter(([, key]) => key).map(([action, key]) => [key, action]));
    this.#known = /* @__PURE__ */ new Set([...this.#classes.keys(), ...this.#actions.keys()]);
  }
  nameOf(event) {
    if (event.key === "Enter") return "Enter";
    return event.key === " " ? "Space" : letterOf(event, this.#known);
  }
  classOf(name) {
    return this.#classes.get(name);
  }
  actionOf(name) {
    return this.#classes.has(name) ? void 0 : this.#actions.get(name);
  }
  shown(action) {
    return keyText(this.#keys[action] ?? "", this.#words);
  }
};
function taskOf(setup) {
  const several = setup.multi_label || setup.task !== "classes";
  return { ...setup, several, pages: !several && setup.by_page && !setup.read_only };
}
var Card = class {
  #section;
  #heading;
  #busy;
  #trouble = el("p", "dalt-card-trouble", { dir: "auto", hidden: "" });
  constructor(Section, desk) {
    const { tell } = desk.words;
    this.name = Section.section;
    this.lasts = Section.lasts ?? false;
    this.title = tell(Section.title);
    this.#section = new Section(desk);
    this.#heading = el(alone() ? "h2" : "h3", "dalt-card-title", { tabindex: "-1", id: newId(this.name) }, this.title);
    this.#busy = el("span", "dalt-card-busy", { role: "status" });
    this.node = el("section", `dalt-card${Section.wide ? " dalt-card-wide" : ""}`, { "data-dalt": "owner-section", "data-section": this.name, "aria-labelledby": this.#heading.id }, el("header", "dalt-card-head", {}, this.#heading, this.#busy, ...this.#section.actions ?? []), this.#trouble, this.#section.node);
    const { engine, signal } = desk;
    engine.hear("owner_busy", ({ section, busy }) => {
      if (section !== this.name) return;
      put(this.#busy, busy ? tell("owner_busy") : "");
      mark(this.node, "aria-busy", busy ? "true" : null);
    }, signal);
    engine.hear("owner_trouble", ({ section, message }) => {
      if (section !== this.name) return;
      put(this.#trouble, message ?? "");
      hide(this.#trouble, message === null);
      hide(this.#section.node, message !== null && !this.#section.keeps);
    }, signal);
  }
  show() {
    this.node.scrollIntoView({ block: "start" });
    this.#heading.focus({ preventScroll: true });
  }
  follow(setup) {
    if (!this.lasts) return false;
    this.#section.follow?.(setup);
    return true;
  }
  close() {
    this.#section.close?.();
  }
};
var cards = 0;
function newId(name) {
  cards += 1;
  return `dalt-card-${name}-${cards}`;
}
var ids = 0;
function newId2(name) {
  ids += 1;
  return `dalt-field-${name}-${ids}`;
}
function field(control, label, hint = "") {
  control.id = newId2(control.dataset.dalt ?? "");
  const node = el("div", "dalt-field", {}, el("label", "", { for: control.id }, label), control);
  if (hint) {
    const said2 = el("p", "dalt-owner-hint", { id: `${control.id}-hint` }, hint);
    control.setAttribute("aria-describedby", said2.id);
    node.append(said2);
  }
  return node;
}
function choice(control, label, hint = "") {
  const said2 = el("span", "dalt-choice-label", {}, label);
  if (hint) said2.append(el("span", "dalt-owner-hint", {}, hint));
  return el("label", "dalt-choice", {}, control, said2);
}
var Form = class {
  #error = el("p", "dalt-form-error", { role: "alert", dir: "auto", hidden: "" });
  #save;
  #cancel;
  #others = [];
  busy = false;
  constructor(words, { name, save: save2, fields, submit, cancel }) {
    this.#save = el("button", "dalt-owner-main", { type: "submit", "data-dalt": `${name}-save` }, save2);
    this.#cancel = cancel ?? (() => {
    });
    const actions = el("div", "dalt-form-actions", {}, this.#save);
    if (cancel) {
      const back = button("dalt-quiet", `${name}-cancel`, cancel, words.tell("cancel"));
      this.#others.push(back);
      actions.append(back);
    }
    this.node = el("form", "dalt-form", { "data-dalt": `${name}-form`, novalidate: "" }, ...fields, this.#error, actions);
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit(submit);
    });
    this.node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing || !cancel) return;
      event.stopPropagation();
      event.preventDefault();
      this.#cancel();
    });
  }
  allow(can) {
    mark(this.#save, "aria-disabled", can ? null : "true");
  }
  refuse(message, control = null) {
    put(this.#error, message ?? "");
    hide(this.#error, message === null);
    for (const each of this.node.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
    if (message === null) return;
    if (control) mark(control, "aria-invalid", "true");
    (control ?? this.node.querySelector("input, textarea, select"))?.focus();
  }
  async #submit(submit) {
    if (this.busy || this.#save.hasAttribute("aria-disabled")) return;
    this.#hold(true);
    this.refuse(null);
    const wrong = await submit();
    this.#hold(false);
    if (wrong !== null) this.refuse(wrong);
  }
  #hold(busy) {
    this.busy = busy;
    mark(this.node, "aria-busy", busy ? "true" : null);
    this.node.classList.toggle("dalt-busy", busy);
  }
};
function question(words, { name, ask, yes, does, keep }) {
  const no = button("dalt-quiet", `${name}-keep`, keep, words.tell("keep"));
  const node = el("div", "dalt-question", { role: "group", "data-dalt": `${name}-question` }, el("p", "", { dir: "auto", id: newId2("question") }, ask), el("div", "dalt-form-actions", {}, button("dalt-danger", `${name}-yes`, does, yes), no));
  mark(node, "aria-labelledby", node.firstElementChild.id);
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    keep();
  });
  return { node, focus: () => no.focus() };
}
function conflict(words, { name, said: said2, theirs, mine }) {
  return el("div", "dalt-question", { role: "alert", "data-dalt": `${name}-conflict` }, el("p", "", { dir: "auto" }, said2), el("div", "dalt-form-actions", {}, button("dalt-quiet", `${name}-theirs`, theirs, words.tell("take_theirs")), button("dalt-quiet", `${name}-mine`, mine, words.tell("keep_mine"))));
}
function copied(words, { name, text, label }) {
  const shown = el("input", "dalt-input dalt-copied", { type: "text", readonly: "", value: text, "data-dalt": name, "aria-label": label, size: Math.min(60, Math.max(20, text.length + 1)) });
  const said2 = el("span", "dalt-owner-hint", { role: "status" });
  const copy = button("dalt-quiet", `${name}-copy`, () => void copyIt(), words.tell("copy"));
  async function copyIt() {
    shown.select();
    try {
      await navigator.clipboard.writeText(text);
      put(said2, words.tell("copied"));
    } catch {
      put(said2, words.tell("copy_selected"));
      shown.focus();
    }
  }
  shown.addEventListener("focus", () => shown.select());
  return { node: el("div", "dalt-copy", {}, shown, copy, said2), copy };
}
var WITHIN = 2e4;
function newKey2() {
  return crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
}
var Requests = class {
  #engine;
  #lost;
  #waiting = /* @__PURE__ */ new Map();
  constructor({ engine, words, signal }) {
    this.#engine = engine;
    this.#lost = words.tell("not_answered");
    engine.hear("edited", (reply) => this.#hear(reply), signal);
    engine.hear("edit_refused", (reply) => this.#hear(reply), signal);
  }
  make(request) {
    const key = newKey2();
    return new Promise((settle) => {
      const late = setTimeout(() => this.#hear({ type: "edit_refused", key, message: this.#lost, changed: false }), WITHIN);
      this.#waiting.set(key, (reply) => {
        clearTimeout(late);
        settle(reply);
      });
      this.#engine.ask({ ...request, key });
    });
  }
  #hear(reply) {
    const settle = this.#waiting.get(reply.key);
    this.#waiting.delete(reply.key);
    settle?.(reply);
  }
};
var ADD = "dalt annotators add team.json NAME";
var AccountsSection = class {
  static section = "accounts";
  static title = "accounts_title";
  static lasts = true;
  #desk;
  #requests;
  #rows = /* @__PURE__ */ new Map();
  #list = el("ul", "dalt-edit-list", { "data-dalt": "owner-accounts" });
  #new = el("div", "dalt-account-new");
  #said = el("p", "dalt-owner-hint", { role: "status", dir: "auto" });
  #none = el("p", "dalt-owner-words", { dir: "auto", hidden: "", "data-dalt": "owner-accounts-none" });
  #error = el("p", "dalt-form-error", { role: "alert", dir: "auto", hidden: "" });
  #password = el("div", "");
  #add;
  #shortest = 8;
  node;
  constructor(desk) {
    this.#desk = desk;
    this.#requests = new Requests(desk);
    this.#add = this.#adding();
    this.node = el("div", "dalt-owner-edit", {}, ...this.#address(), this.#none, this.#error, this.#list, this.#password, this.#said, this.#new);
    this.#new.append(el(alone() ? "h3" : "h4", "dalt-owner-sub", {}, desk.words.tell("account_new")), this.#add.form.node);
    hide(this.#new, true);
    desk.engine.hear("owner_accounts", (said2) => this.#hear(said2), desk.signal);
  }
  #address() {
    const server = alone() ? offered() : null;
    if (!server?.label) return [];
    const { tell } = this.#desk.words;
    const text = new URL(server.label, location.href).href;
    const { node } = copied(this.#desk.words, { name: "owner-address", text, label: tell("address_label") });
    return [el("p", "dalt-owner-hint", {}, tell("address_hint")), node];
  }
  #hear({ accounts, shortest, command, message }) {
    this.#shortest = shortest;
    put(this.#error, message ?? "");
    hide(this.#error, message === null);
    hide(this.#new, accounts === null);
    hide(this.#list, accounts === null);
    hide(this.#none, accounts !== null || message !== null);
    const commands = command ? el("code", "dalt-commands", { dir: "ltr", tabindex: "0" }, `${ADD}
${command}`) : "";
    this.#none.replaceChildren(this.#desk.words.tell("accounts_none"), commands);
    this.#follow(accounts ?? []);
  }
  #follow(accounts) {
    const names = new Set(accounts.map(({ name }) => name));
    for (const [name, { node }] of this.#rows) {
      if (names.has(name)) continue;
      node.remove();
      this.#rows.delete(name);
    }
    let next2 = this.#list.firstElementChild;
    for (const account of accounts) {
      const node = this.#row(account);
      if (node === next2) next2 = next2.nextElementSibling;
      else this.#list.insertBefore(node, next2);
    }
  }
  #row(account) {
    const known = this.#rows.get(account.name);
    if (known && known.account.owner === account.owner) return known.node;
    known?.node.remove();
    const { tell } = this.#desk.words;
    const { name, owner, mine } = account;
    const below = el("div", "");
    const act = (dalt, phrase, run) => {
      const made = button("dalt-quiet", `owner-account-${dalt}`, run, tell(phrase));
      made.setAttribute("aria-label", tell(`${phrase}_of`, { name }));
      return made;
    };
    const badges = [...owner ? [tell("account_owner")] : [], ...mine ? [tell("account_you")] : []];
    const node = el("li", "dalt-edit-row", { "data-dalt": "owner-account", "data-name": name }, el("div", "dalt-edit-line", {}, el("div", "dalt-edit-what", {}, el("span", "dalt-edit-name", { dir: "auto" }, name), ...badges.map((badge) => el("span", "dalt-edit-group", {}, badge))), el("div", "dalt-edit-actions", {}, act("renew", "new_password", () => this.#renew(name)), ...mine ? [] : [act("remove", "remove", () => this.#ask(name))])), below);
    this.#rows.set(name, { account, node, below });
    return node;
  }
  #adding() {
    const { tell } = this.#desk.words;
    const plain = { type: "text", autocomplete: "off", spellcheck: "false", autocapitalize: "off" };
    const name = el("input", "dalt-input", { ...plain, dir: "auto", maxlength: 100, "data-dalt": "owner-account-name" });
    const password = el("input", "dalt-input", { ...plain, "data-dalt": "owner-account-password" });
    const owner = el("input", "", { type: "checkbox", "data-dalt": "owner-account-owner" });
    const form = new Form(this.#desk.words, { name: "owner-account", save: tell("account_add"), fields: [el("div", "dalt-fields", {}, field(name, tell("account_name")), field(password, tell("password"), tell("password_hint", { n: this.#shortest }))), choice(owner, tell("account_owner_choice"), tell("account_owner_hint"))], submit: async () => {
      const said2 = name.value.trim();
      if (!said2) return tell("account_nameless");
      const reply = await this.#requests.make({ type: "add_account", name: said2, password: password.value, owner: owner.checked });
      if (reply.type === "edit_refused") {
        return this.#rows.has(said2) ? tell("account_taken", { name: said2 }) : this.#why(password.value, reply);
      }
      [name.value, password.value, owner.checked] = ["", "", false];
      this.#show(said2, reply.password ?? "", "account_added", () => name.focus());
      return null;
    } });
    return { form, name };
  }
  #why(password, { message }) {
    const short2 = password.length > 0 && password.length < this.#shortest;
    return short2 ? this.#desk.words.tell("password_short", { n: this.#shortest }) : message;
  }
  #show(name, password, phrase, after) {
    const { tell } = this.#desk.words;
    put(this.#said, "");
    const shown = copied(this.#desk.words, { name: "owner-password", text: password, label: tell("password_of", { name }) });
    const done = () => {
      this.#password.replaceChildren();
      after();
    };
    this.#password.replaceChildren(el("div", "dalt-question dalt-made", { role: "group", "aria-label": tell("password_of", { name }) }, el("p", "", { dir: "auto" }, tell(phrase, { name }), " ", tell("password_once")), shown.node, el("div", "dalt-form-actions", {}, button("dalt-quiet", "owner-password-done", done, tell("done")))));
    shown.copy.focus();
  }
  #renew(name) {
    const { tell } = this.#desk.words;
    const row = this.#openAt(name);
    if (!row) return;
    const password = el("input", "dalt-input", { type: "text", autocomplete: "off", spellcheck: "false", autocapitalize: "off", "data-dalt": "owner-account-another" });
    const back = () => this.#shut(name, "renew");
    const form = new Form(this.#desk.words, { name: "owner-renew", save: tell("renew_save"), fields: [el("p", "", { dir: "auto" }, tell(row.account.mine ? "renew_mine" : "renew_ask", { name })), field(password, tell("password"), tell("password_hint", { n: this.#shortest }))], cancel: back, submit: async () => {
      const reply = await this.#requests.make({ type: "renew_account", name, password: password.value });
      if (reply.type === "edit_refused") return this.#why(password.value, reply);
      row.below.replaceChildren();
      this.#show(name, reply.password ?? "", "account_renewed", () => this.#shut(name, "renew"));
      return null;
    } });
    row.below.replaceChildren(form.node);
    password.focus();
  }
  #ask(name) {
    const { tell } = this.#desk.words;
    const row = this.#openAt(name);
    if (!row) return;
    const back = () => this.#shut(name, "remove");
    const asks = question(this.#desk.words, { name: "owner-account", ask: tell("account_remove_ask", { name }), yes: tell("remove"), keep: back, does: () => void this.#remove(name, back) });
    row.below.replaceChildren(asks.node);
    asks.focus();
  }
  async #remove(name, back) {
    const reply = await this.#requests.make({ type: "drop_account", name });
    if (reply.type === "edit_refused") {
      back();
      put(this.#error, reply.message);
      hide(this.#error, false);
      return;
    }
    put(this.#said, this.#desk.words.tell("account_removed", { name }));
    this.#add.name.focus({ preventScroll: true });
  }
  #openAt(name) {
    hide(this.#error, true);
    put(this.#said, "");
    this.#password.replaceChildren();
    for (const { below } of this.#rows.values()) below.replaceChildren();
    return this.#rows.get(name);
  }
  #shut(name, does) {
    const row = this.#rows.get(name);
    row?.below.replaceChildren();
    const opener = row?.node.querySelector(`[data-dalt="owner-account-${does}"]`);
    (opener ?? this.#add.name).focus();
  }
};
var TALL = 6;
var PLOT = { width: 560, height: 190, left: 44, bottom: 24, top: 10, right: 14 };
function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
}
function curvePlot(curve, told, { percent, number }) {
  const most = curve[curve.length - 1].n_labels;
  const x = (n) => (PLOT.left + n / most * (PLOT.width - PLOT.left - PLOT.right)).toFixed(1);
  const y = (share) => (PLOT.top + (1 - share) * (PLOT.height - PLOT.top - PLOT.bottom)).toFixed(1);
  const at = (key) => curve.map(({ n_labels: n, accuracy }) => `${x(n)},${y(accuracy[key])}`);
  const text = (content, attributes) => svg("text", { class: "dalt-axis", ...attributes }, content);
  const last = curve[curve.length - 1];
  return svg("svg", { viewBox: `0 0 ${PLOT.width} ${PLOT.height}`, role: "img", "aria-label": told, class: "dalt-plot" }, ...[0, 0.25, 0.5, 0.75, 1].flatMap((share) => [svg("line", { class: "dalt-gridline", x1: PLOT.left, x2: PLOT.width - PLOT.right, y1: y(share), y2: y(share) }), text(percent(share), { x: PLOT.left - 8, y: Number(y(share)) + 4, "text-anchor": "end" })]), text(number(0), { x: PLOT.left, y: PLOT.height - 5 }), text(number(most), { x: PLOT.width - PLOT.right, y: PLOT.height - 5, "text-anchor": "end" }), svg("polygon", { class: "dalt-band", points: [...at("high"), ...at("low").reverse()].join(" ") }), svg("polyline", { class: "dalt-line", points: at("value").join(" ") }), svg("circle", { class: "dalt-dot", cx: x(last.n_labels), cy: y(last.accuracy.value), r: 4 }));
}
function shareBar({ value, low, high }) {
  const bar = el("span", "dalt-share", { "aria-hidden": "true" });
  for (const [name, at] of Object.entries({ value, low, high })) bar.style.setProperty(`--${name}`, at.toFixed(4));
  return bar;
}
function matrixTable({ caption, rows, columns, corner = "", cell: cell2 }) {
  const head = el("tr", "", {}, corner ? el("th", "dalt-matrix-corner", { scope: "col" }, corner) : el("td", "dalt-matrix-none"), ...columns.map((column) => el("th", "", { scope: "col" }, column)));
  const body = rows.map((row, i) => el("tr", "", {}, el("th", "", { scope: "row" }, row), ...columns.map((_, j) => {
    const made = cell2(i, j);
    if (made === null) return el("td", "dalt-matrix-none");
    const node = el("td", made.name ?? "", made.title ? { title: made.title } : {}, made.text);
    node.style.setProperty("--tint-share", Math.max(0, Math.min(1, made.tint)).toFixed(3));
    return node;
  })));
  const tall = columns.some(({ textContent: name }) => (name ?? "").length > TALL);
  return el("table", `dalt-matrix${tall ? " dalt-matrix-tall" : ""}`, {}, el("caption", "dalt-hidden", {}, caption), el("thead", "", {}, head), el("tbody", "", {}, ...body));
}
function scroller(label, ...children) {
  return el("div", "dalt-scroller", { tabindex: "0", role: "group", "aria-label": label, "data-scroll": "" }, ...children);
}
var RELIABLE = 0.8;
var TENTATIVE = 0.667;
var AgreementSection = class {
  static section = "agreement";
  static title = "agreement_title";
  static wide = true;
  #desk;
  node = el("div", "dalt-owner-agreement", { "data-dalt": "owner-agreement" });
  constructor(desk) {
    this.#desk = desk;
    desk.engine.hear("owner_agreement", (said2) => this.#take(said2), desk.signal);
  }
  #take({ comparable, alpha, blind, pairs, annotators }) {
    const { tell } = this.#desk.words;
    if (!comparable) this.#empty("not_comparable");
    else if (!alpha) this.#empty("agreement_none");
    else {
      const means = alpha.value ? tell(meaning(alpha.value.value)) : tell("agreement_undefined");
      this.node.replaceChildren(el("div", "dalt-owner-alphas", {}, this.#alpha("alpha", alpha, means), ...blind ? [this.#alpha("alpha_blind", blind, tell("alpha_blind_hint"))] : []), ...pairs.length ? [this.#kappas(pairs, annotators)] : []);
    }
  }
  #empty(name) {
    this.node.replaceChildren(el("p", "dalt-owner-empty", {}, this.#desk.words.tell(name)));
  }
  #alpha(name, { value, percent: same2, n }, means) {
    const { tell, measure, percent, count } = this.#desk.words;
    return el("div", "dalt-figure", { "data-figure": name }, el("p", "dalt-figure-title", {}, tell(name)), el("p", "dalt-figure-value", {}, value ? measure(value.value) : "–"), el("p", "dalt-figure-more", {}, [value ? `${measure(value.low)} – ${measure(value.high)}` : "", same2 === null ? "" : tell("same_answers", { value: percent(same2) }), count("on_samples", n)].filter(Boolean).join(", ")), el("p", "dalt-owner-means", {}, means));
  }
  #kappas(pairs, names) {
    const { tell, measure, count, short: short2 } = this.#desk.words;
    const by = new Map(pairs.map((each) => [JSON.stringify(each.annotators), each]));
    const named = (name) => el("span", "", { dir: "auto", title: name }, short2(name, 14));
    const table2 = matrixTable({ caption: tell("kappa_title"), rows: names.map(named), columns: names.map(named), cell: (i, j) => {
      if (i === j) return null;
      const found = by.get(JSON.stringify([names[Math.min(i, j)], names[Math.max(i, j)]]));
      if (!found) return null;
      const { value, n } = found;
      const of = count("on_samples", n);
      if (!value) return { text: "–", tint: 0, title: `${tell("agreement_undefined")} (${of})` };
      return { text: measure(value.value), tint: value.value, title: `${measure(value.low)} – ${measure(value.high)}, ${of}` };
    } });
    return el("div", "dalt-owner-kappas", {}, el(alone() ? "h3" : "h4", "dalt-owner-sub", {}, tell("kappa_title")), scroller(tell("kappa_title"), table2), el("p", "dalt-owner-hint", {}, tell("kappa_hint")));
  }
};
function meaning(value) {
  if (value >= RELIABLE) return "alpha_reliable";
  return value >= TENTATIVE ? "alpha_tentative" : "alpha_poor";
}
var NOTHING = { name: "", key: "", colour: "", description: "", group: "", formerly: [] };
var ClassForm = class {
  #words;
  #was;
  #inputs;
  #others;
  #actions;
  #conflict = el("div", "");
  #form;
  node;
  constructor(words, { spec, others, actions, save: save2, newest, cancel }) {
    const { tell } = words;
    const groups = [...new Set(others().map(({ group }) => group ?? ""))].filter(Boolean);
    this.#words = words;
    this.#others = others;
    this.#actions = actions;
    this.#was = spec ?? NOTHING;
    this.#inputs = inputs(words, groups);
    this.#form = new Form(words, { name: "owner-class", save: tell(spec ? "save" : "class_add"), fields: [...this.#fields(), this.#conflict], submit: () => this.#save(save2, newest), cancel });
    this.#fill(this.#was);
    this.node = this.#form.node;
  }
  focus() {
    this.#inputs.name.focus();
    this.#inputs.name.select();
  }
  get busy() {
    return this.#form.busy;
  }
  follow(now) {
    if (this.busy || this.#was === NOTHING) return;
    if (now === null || !same(now, this.#was)) this.#warn(now);
  }
  #fields() {
    const { tell } = this.#words;
    const { name, key, colour, description, group } = this.#inputs;
    return [el("div", "dalt-fields", {}, field(name, tell("class_name")), field(key, tell("class_key"), tell("class_key_hint")), field(colour, tell("class_colour")), field(group, tell("class_group"), tell("class_group_hint"))), field(description, tell("class_description"), tell("class_description_hint"))];
  }
  #fill(spec) {
    const { name, key, colour, description, group } = this.#inputs;
    [name.value, key.value, group.value, description.value] = [spec.name, spec.key, spec.group ?? "", spec.description];
    colour.value = longColour(spec.colour || "#7d8897");
  }
  #changes() {
    const { name, key, colour, description, group } = this.#inputs;
    const said2 = { name: name.value.trim(), key: key.value.trim(), colour: colour.value === longColour(this.#was.colour || "#7d8897") ? this.#was.colour : colour.value, description: description.value, group: group.value.trim() };
    return Object.fromEntries(Object.entries(said2).filter(([what, value]) => value !== this.#was[what]));
  }
  async #save(save2, newest) {
    if (!this.#inputs.name.value.trim()) return this.#words.tell("class_nameless");
    const changes = this.#changes();
    const reply = await save2(changes, this.#was);
    if (reply.type === "edited") return null;
    if (!reply.changed) return this.#taken(changes) ?? reply.message;
    this.#warn(newest());
    return null;
  }
  #taken({ name, key }) {
    const { tell } = this.#words;
    const others = this.#others().filter((each) => each.name !== this.#was.name);
    if (name && others.some((each) => each.name === name)) return tell("class_taken", { name });
    const holder = key ? others.find((each) => each.key === key) : null;
    if (key && holder) return tell("class_key_taken", { key, name: holder.name });
    return key && Object.values(this.#actions()).includes(key) ? tell("class_key_action", { key }) : null;
  }
  #warn(theirs) {
    const { tell } = this.#words;
    if (theirs === null) {
      this.#conflict.replaceChildren(el("p", "dalt-form-error", { role: "alert" }, tell("class_gone")));
      this.#form.allow(false);
      return;
    }
    const settle = (fill2) => {
      this.#was = theirs;
      if (fill2) this.#fill(theirs);
      this.#conflict.replaceChildren();
      this.#form.allow(true);
      this.focus();
    };
    this.#form.allow(false);
    this.#conflict.replaceChildren(conflict(this.#words, { name: "owner-class", said: tell("class_conflict", { name: this.#was.name }), theirs: () => settle(true), mine: () => settle(false) }));
  }
};
function same(one, other) {
  return JSON.stringify(inOrder(one)) === JSON.stringify(inOrder(other));
}
function inOrder({ name, key, colour, description, group, formerly }) {
  return [name, key, colour, description, group, formerly];
}
function inputs({ tell }, groups) {
  const plain = { type: "text", autocomplete: "off", spellcheck: "false", dir: "auto" };
  const known = el("datalist", "", {}, ...groups.map((group2) => el("option", "", { value: group2 })));
  known.id = `dalt-groups-${Math.random().toString(36).slice(2)}`;
  const group = el("input", "dalt-input", { ...plain, "data-dalt": "owner-class-group", list: known.id });
  group.append(known);
  return { name: el("input", "dalt-input", { ...plain, "data-dalt": "owner-class-name", maxlength: 500, required: "" }), key: el("input", "dalt-input dalt-key-input", { ...plain, "data-dalt": "owner-class-key", maxlength: 1, placeholder: tell("automatic") }), colour: el("input", "dalt-colour", { type: "color", "data-dalt": "owner-class-colour" }), description: el("textarea", "dalt-input", { rows: 2, "data-dalt": "owner-class-description", dir: "auto" }), group };
}
function longColour(colour) {
  const short2 = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(colour);
  return (short2 ? `#${short2.slice(1).map((sign) => sign + sign).join("")}` : colour).toLowerCase();
}
var ClassesSection = class {
  static section = "task";
  static title = "classes_title";
  static wide = true;
  static lasts = true;
  #desk;
  #requests;
  #classes = [];
  #keys = {};
  #counts = /* @__PURE__ */ new Map();
  #rows = /* @__PURE__ */ new Map();
  #open = null;
  #list = el("ol", "dalt-edit-list", { "data-dalt": "owner-classes" });
  #add;
  #new = el("div", "");
  #said = el("p", "dalt-owner-hint", { role: "status", dir: "auto", "data-dalt": "owner-classes-said" });
  #error = el("p", "dalt-form-error", { role: "alert", dir: "auto", hidden: "" });
  node;
  constructor(desk) {
    this.#desk = desk;
    this.#requests = new Requests(desk);
    const { tell } = desk.words;
    this.#add = button("dalt-quiet", "owner-class-new", () => this.#begin(null), tell("class_new"));
    this.node = el("div", "dalt-owner-edit", {}, el("p", "dalt-owner-hint", {}, tell("classes_hint")), this.#error, this.#list, el("div", "dalt-form-actions", {}, this.#add, this.#said), this.#new);
    desk.engine.hear("owner_progress", ({ counts }) => {
      this.#counts = new Map(counts);
      for (const row of this.#rows.values()) this.#count(row);
    }, desk.signal);
    this.follow(desk.setup);
  }
  follow({ classes, keys }) {
    this.#classes = classes;
    this.#keys = keys;
    const names = new Set(classes.map(({ name }) => name));
    for (const [name, { node }] of this.#rows) {
      if (names.has(name) || this.#open?.name === name && !this.#open.form.busy) continue;
      node.remove();
      this.#rows.delete(name);
    }
    let next2 = this.#list.firstElementChild;
    for (const [place, spec] of classes.entries()) {
      const row = this.#row(spec);
      mark(row.node, "data-place", place);
      if (row.node === next2) next2 = next2.nextElementSibling;
      else this.#list.insertBefore(row.node, next2);
      this.#ends(row, place === 0, place === classes.length - 1);
    }
    const open = this.#open;
    if (open?.name) open.form.follow(this.#newest(open.name));
  }
  #newest(name) {
    return this.#classes.find((each) => each.name === name) ?? null;
  }
  #row(spec) {
    let row = this.#rows.get(spec.name);
    if (row && same(row.spec, spec)) return row;
    if (!row) {
      const line = el("div", "dalt-edit-line");
      const below = el("div", "");
      const node = el("li", "dalt-edit-row", { "data-dalt": "owner-class", "data-class": spec.name }, line, below);
      row = { spec, node, line, below };
      this.#rows.set(spec.name, row);
    }
    row.spec = spec;
    this.#fill(row);
    return row;
  }
  #fill(row) {
    const { tell } = this.#desk.words;
    const { name, key, colour, description, group } = row.spec;
    const does = row.line.contains(focused()) ? focused()?.dataset.dalt : null;
    const chip = el("span", "dalt-edit-chip", { "aria-hidden": "true" });
    chip.style.background = colour;
    const act = (dalt, phrase, sign, run) => {
      const made = button("dalt-quiet", `owner-class-${dalt}`, run, sign || tell(phrase));
      made.setAttribute("aria-label", tell(`${phrase}_of`, { name }));
      if (sign) made.title = tell(phrase);
      return made;
    };
    row.line.replaceChildren(chip, el("kbd", "", {}, key), el("div", "dalt-edit-what", {}, el("span", "dalt-edit-name", { dir: "auto" }, name), ...group ? [el("span", "dalt-edit-group", { dir: "auto" }, group)] : [], ...description ? [el("span", "dalt-edit-description", { dir: "auto" }, description)] : []), el("span", "dalt-edit-count"), el("div", "dalt-edit-actions", {}, act("first", "move_first", "⤒", () => void this.#move(name, -Infinity)), act("up", "move_up", "↑", () => void this.#move(name, -1)), act("down", "move_down", "↓", () => void this.#move(name, 1)), act("edit", "edit", "", () => this.#begin(name)), act("remove", "remove", "", () => this.#ask(name))));
    this.#count(row);
    if (does) this.#focus(name, does);
  }
  #count({ spec, line }) {
    const n = this.#counts.get(spec.name);
    const node = line.querySelector(".dalt-edit-count");
    if (node) put(node, n === void 0 ? "" : this.#desk.words.count("class_labels", n));
  }
  #ends({ line }, first, last) {
    for (const [dalt, end] of [["first", first], ["up", first], ["down", last]]) {
      const node = line.querySelector(`[data-dalt="owner-class-${dalt}"]`);
      if (node) mark(node, "aria-disabled", end ? "true" : null);
    }
  }
  #begin(name) {
    this.#end(false);
    this.#refuse(null);
    const spec = name === null ? null : this.#newest(name);
    const form = new ClassForm(this.#desk.words, { spec, others: () => this.#classes, actions: () => this.#keys, save: (changes, was) => this.#save(name, changes, was), newest: () => name === null ? null : this.#newest(name), cancel: () => this.#end(true) });
    this.#open = { name, form };
    const place = name === null ? this.#new : this.#rows.get(name)?.below;
    place?.replaceChildren(form.node);
    hide(this.#add, name === null);
    form.focus();
  }
  #end(back) {
    const open = this.#open;
    this.#open = null;
    this.#new.replaceChildren();
    hide(this.#add, false);
    for (const { below } of this.#rows.values()) below.replaceChildren();
    if (!open) return;
    this.follow({ ...this.#desk.setup, classes: this.#classes });
    if (back) this.#focus(open.name, "owner-class-edit");
  }
  async #save(name, changes, was) {
    const { tell } = this.#desk.words;
    if (name !== null && Object.keys(changes).length === 0) {
      this.#end(true);
      return { type: "edited", key: "" };
    }
    const { name: said2 = name ?? "", ...others } = changes;
    const reply = await this.#requests.make(name === null ? { type: "new_class", name: said2, changes: others } : { type: "edit_class", name, changes, was });
    if (reply.type === "edited") {
      this.#end(false);
      this.#focus(name === null ? null : said2, "owner-class-edit");
      put(this.#said, tell(name === null ? "class_added" : "class_saved", { name: said2 }));
    }
    return reply;
  }
  #focus(name, does) {
    const row = name === null ? void 0 : this.#rows.get(name);
    const node = row?.line.querySelector(`[data-dalt="${does}"]`);
    (node ?? this.#add).focus({ preventScroll: Boolean(node) });
  }
  #ask(name) {
    this.#end(false);
    this.#refuse(null);
    const row = this.#rows.get(name);
    if (!row) return;
    const { tell } = this.#desk.words;
    const back = () => {
      row.below.replaceChildren();
      this.#focus(name, "owner-class-remove");
    };
    const asks = question(this.#desk.words, { name: "owner-class", ask: tell("class_remove_ask", { name }), yes: tell("remove"), keep: back, does: () => void this.#remove(name, back) });
    row.below.replaceChildren(asks.node);
    asks.focus();
  }
  async #remove(name, back) {
    const place = this.#classes.findIndex((each) => each.name === name);
    const reply = await this.#requests.make({ type: "drop_class", name });
    if (reply.type === "edit_refused") {
      back();
      const { tell, count } = this.#desk.words;
      const n = this.#counts.get(name);
      this.#refuse(n ? tell("class_stays", { name, labels: count("class_labels", n) }) : reply.message);
      return;
    }
    put(this.#said, this.#desk.words.tell("class_removed", { name }));
    const beside = this.#classes[Math.min(place, this.#classes.length - 1)];
    this.#focus(beside?.name ?? null, "owner-class-remove");
  }
  async #move(name, by) {
    const was = this.#classes.map((each) => each.name);
    const from = was.indexOf(name);
    const to = by === -Infinity ? 0 : from + by;
    if (from <= 0 && by < 0) return;
    if (from < 0 || to >= was.length) return;
    const names = was.filter((each) => each !== name);
    names.splice(to, 0, name);
    this.#refuse(null);
    const reply = await this.#requests.make({ type: "order_classes", names, was });
    if (reply.type === "edit_refused") {
      this.#refuse(reply.changed ? this.#desk.words.tell("classes_conflict") : reply.message);
      return;
    }
    put(this.#said, this.#desk.words.tell("class_moved", { name, place: to + 1, n: names.length }));
    this.#focus(name, by === -Infinity ? "owner-class-first" : by < 0 ? "owner-class-up" : "owner-class-down");
  }
  #refuse(message) {
    put(this.#error, message ?? "");
    hide(this.#error, message === null);
    put(this.#said, "");
  }
};
var ConfusionSection = class {
  static section = "confusion";
  static title = "confusion_title";
  static wide = true;
  static fits({ task, multi_label: several }) {
    return task === "classes" && !several;
  }
  #desk;
  node = el("div", "dalt-owner-confusion", { "data-dalt": "owner-confusion" });
  constructor(desk) {
    this.#desk = desk;
    desk.engine.hear("owner_confusion", (said2) => this.#take(said2), desk.signal);
  }
  #take({ comparable, classes, n_classes: all, people }) {
    const { words } = this.#desk;
    const { tell } = words;
    if (!comparable || !people.length) {
      const name = comparable ? "confusion_none" : "not_comparable";
      this.node.replaceChildren(el("p", "dalt-owner-empty", {}, tell(name)));
      return;
    }
    this.node.replaceChildren(el("p", "dalt-owner-hint", {}, tell("confusion_hint")), el("div", "dalt-owner-matrices", {}, ...people.map((each) => this.#matrix(each, classes))), ...all > classes.length ? [el("p", "dalt-owner-hint", {}, words.count("confusion_most", classes.length))] : []);
  }
  #matrix({ annotator, counts }, classes) {
    const { words } = this.#desk;
    const { tell, number, percent, short: short2 } = words;
    const all = counts.flat().reduce((sum, n) => sum + n, 0);
    const right = counts.reduce((sum, row, i) => sum + row[i], 0);
    const caption = tell("confusion_of", { name: annotator });
    const named = (name) => el("span", "", { dir: "auto", title: name }, short2(name, 12));
    const table2 = matrixTable({ caption, corner: tell("confusion_corner"), rows: classes.map(named), columns: classes.map(named), cell: (i, j) => {
      const n = counts[i][j];
      if (!n) return null;
      const of = counts[i].reduce((sum, each) => sum + each, 0);
      return { text: number(n), tint: n / of, name: i === j ? "dalt-matrix-right" : "dalt-matrix-wrong", title: tell("confusion_cell", { n: number(n), said: classes[j], consensus: classes[i] }) };
    } });
    return el("figure", "dalt-owner-matrix", {}, el("figcaption", "", {}, el("strong", "", { dir: "auto" }, annotator), el("span", "dalt-owner-hint", {}, all ? tell("confusion_right", { value: percent(right / all), n: number(all) }) : "")), scroller(caption, table2));
  }
};
function thumbnail({ engine }, id) {
  const kind = engine.thumbnails.kind(id);
  return el("span", `dalt-owner-thumbnail dalt-small-${kind}`, {}, engine.thumbnails.view(id));
}
function said({ words, setup }, label, who, share = "") {
  const name = words.answer(label);
  const chip = el("span", "dalt-chip", { "aria-hidden": "true" });
  chip.style.setProperty("--chip", setup.classes.find((spec) => spec.name === label)?.colour ?? "var(--muted)");
  const text = el("span", "dalt-name", { dir: "auto" });
  words.called(text, name);
  const line = el("span", "dalt-owner-said", {}, chip, text, el("span", "dalt-owner-who", { dir: "auto", title: who }, who), ...share ? [el("span", "dalt-percent", {}, share)] : []);
  mark(line, "data-label", name);
  return line;
}
var FEW3 = 12;
var CardList = class {
  #list = el("ul", "dalt-owner-samples");
  #more;
  #all = false;
  node;
  constructor({ words }, label) {
    mark(this.#list, "aria-label", label);
    this.words = words;
    this.#more = button("dalt-quiet dalt-owner-more", "owner-more", () => this.#showAll(), "");
    hide(this.#more, true);
    this.node = el("div", "", {}, this.#list, this.#more);
  }
  put(entries, keyOf, make) {
    inPlace(this.#list, () => keepCards(this.#list, entries, keyOf, make));
    this.#paint();
  }
  #showAll() {
    this.#all = true;
    this.#paint();
    this.#list.children[FEW3]?.querySelector("button")?.focus();
  }
  #paint() {
    const cards2 = [...this.#list.children];
    cards2.forEach((card, at) => {
      hide(card, !this.#all && at >= FEW3);
    });
    hide(this.#list, !cards2.length);
    hide(this.#more, this.#all || cards2.length <= FEW3);
    put(this.#more, this.words.tell("show_all", { n: this.words.number(cards2.length) }));
  }
};
function keepCards(list, entries, keyOf, make) {
  const there = new Map([...list.children].map((node) => [node.dataset.key, node]));
  const nodes = entries.map((entry) => {
    const key = keyOf(entry);
    const node = there.get(key) ?? make(entry);
    node.dataset.key = key;
    return node;
  });
  const stay = new Set(nodes);
  for (const node of there.values()) if (!stay.has(node)) node.remove();
  nodes.forEach((node, at) => {
    if (list.children[at] !== node) list.insertBefore(node, list.children[at] ?? null);
  });
}
var DisputedSection = class {
  static section = "disputed";
  static title = "disputed_title";
  static wide = true;
  static fits({ task }) {
    return task === "classes";
  }
  #desk;
  #said = el("p", "dalt-owner-hint", { role: "status", "data-dalt": "owner-disputed-said" });
  #list;
  node;
  actions;
  constructor(desk) {
    this.#desk = desk;
    const { tell } = desk.words;
    const decide = button("dalt-owner-main", "owner-decide", () => desk.decide(null), tell("decide"));
    hide(decide, true);
    this.actions = [decide];
    this.#list = new CardList(desk, tell("disputed_title"));
    this.node = el("div", "", { "data-dalt": "owner-disputed" }, this.#said, this.#list.node);
    desk.engine.hear("owner_disputed", (found) => this.#take(found), desk.signal);
  }
  #take({ comparable, entries, n }) {
    const { words } = this.#desk;
    hide(this.actions[0], !n);
    put(this.#said, !comparable ? words.tell("not_comparable") : !n ? words.tell("disputed_none") : n > entries.length ? words.tell("disputed_most", { n: words.number(n), shown: words.number(entries.length) }) : words.count("disputed_some", n));
    this.#list.put(entries, ({ sample_id: id, said: answers }) => JSON.stringify([id, answers]), (entry) => this.#card(entry));
  }
  #card({ sample_id: id, label, probability, said: answers }) {
    const { words } = this.#desk;
    const lines = answers.map((each) => said(this.#desk, each.label, each.annotators.join(", ")));
    const open = button("dalt-owner-sample", "owner-dispute", () => this.#desk.decide(id), thumbnail(this.#desk, id), el("span", "dalt-owner-lines", {}, ...lines), el("span", "dalt-owner-sure", {}, words.tell("consensus", { name: words.short(words.answer(label), 20), value: words.percent(probability) })));
    open.dataset.sampleId = id;
    const told = answers.map((each) => `${words.answer(each.label)}: ${each.annotators.join(", ")}`).join("; ");
    mark(open, "aria-label", words.tell("decide_one", { said: told }));
    return el("li", "", {}, open);
  }
};
var DoubtfulSection = class {
  static section = "doubtful";
  static title = "doubtful_title";
  static wide = true;
  static fits({ task }) {
    return task === "classes";
  }
  #desk;
  #found = null;
  #settled = /* @__PURE__ */ new Set();
  #said = el("p", "dalt-owner-hint", { role: "status", "data-dalt": "owner-doubtful-said" });
  #list;
  #again;
  node;
  actions;
  constructor(desk) {
    this.#desk = desk;
    const { tell, say } = desk.words;
    const ask = () => desk.engine.ask({ type: "owner_review" });
    this.#again = button("dalt-quiet", "owner-review", ask, say("review_again"));
    this.actions = [this.#again];
    this.#list = new CardList(desk, tell("doubtful_title"));
    this.node = el("div", "", { "data-dalt": "owner-doubtful" }, this.#said, this.#list.node);
    put(this.#said, tell("doubtful_waiting"));
    const { engine, signal } = desk;
    engine.hear("owner_doubtful", (found) => this.#take(found), signal);
    engine.hear("owner_busy", ({ section, busy }) => {
      if (section === "doubtful") this.#again.disabled = busy;
    }, signal);
  }
  #take(found) {
    this.#found = found;
    hide(this.#again, !found.comparable);
    this.#paint();
  }
  #paint() {
    const found = this.#found;
    if (!found) return;
    const entries = found.entries.filter(({ event_id: id }) => !this.#settled.has(id));
    const n = found.n - (found.entries.length - entries.length);
    put(this.#said, this.#sentence(n, entries.length, found));
    this.#list.put(entries, ({ event_id: id }) => String(id), (entry) => this.#card(entry));
  }
  #sentence(n, shown, { comparable, judged }) {
    const { words } = this.#desk;
    const values = { judged: words.number(judged), shown: words.number(shown), n: words.number(n) };
    if (!comparable) return words.tell("not_comparable");
    if (!judged) return words.say("review_few");
    if (!n) return words.tell("doubtful_none", values);
    return n > shown ? words.tell("doubtful_most", values) : words.count("doubtful_some", n, values);
  }
  #card(entry) {
    const { words } = this.#desk;
    const { sample_id: id, annotator, label, suggested: suggested2, probability } = entry;
    const share = probability === null ? "" : words.percent(probability);
    const open = button("dalt-owner-sample", "owner-doubt", () => this.#desk.decide(id), thumbnail(this.#desk, id), el("span", "dalt-owner-lines", {}, said(this.#desk, label, annotator), said(this.#desk, suggested2, words.say("model_says"), share)));
    open.dataset.sampleId = id;
    const names = { name: words.answer(label), who: annotator, suggested: words.answer(suggested2) };
    mark(open, "aria-label", words.tell("doubtful_open", names));
    const right = button("dalt-quiet dalt-right", "owner-confirm", () => this.#confirm(entry), el("span", "", { "aria-hidden": "true" }, "✓"), el("span", "", {}, words.tell("label_right")));
    mark(right, "aria-label", words.tell("doubtful_right", names));
    return el("li", "", {}, open, right);
  }
  #confirm({ event_id: id }) {
    this.#desk.engine.post({ type: "confirm", event_id: id });
    this.#settled.add(id);
    this.#paint();
  }
};
var STALLED = 1e4;
var Download = class {
  #engine;
  #key;
  #size;
  #parts = [];
  #got = 0;
  #timer;
  constructor(engine, key, size) {
    this.#engine = engine;
    this.#key = key;
    this.#size = size;
    this.#timer = setInterval(() => this.#ask(), STALLED);
    this.#ask();
  }
  get share() {
    return this.#size ? this.#got / this.#size : 1;
  }
  take({ at, last }, buffers) {
    if (at !== this.#got) return null;
    const [part] = buffers;
    if (part) {
      this.#parts.push(new Blob([part]));
      this.#got += part.byteLength;
    }
    if (last) {
      this.close();
      return new Blob(this.#parts, { type: "application/octet-stream" });
    }
    this.#ask();
    return null;
  }
  close() {
    clearInterval(this.#timer);
  }
  #ask() {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#ask(), STALLED);
    this.#engine.ask({ type: "export_part", key: this.#key, at: this.#got });
  }
};
function save(link, file, name) {
  if (link.href) URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
}
var ExportSection = class {
  static section = "export";
  static title = "export_title";
  static lasts = true;
  #desk;
  #key = null;
  #file = null;
  #download = null;
  #format = el("select", "dalt-input", { "data-dalt": "owner-format" });
  #consensus = el("input", "", { type: "checkbox", "data-dalt": "owner-export-consensus" });
  #excel = el("input", "", { type: "checkbox", "data-dalt": "owner-export-excel" });
  #consensusRow;
  #excelRow;
  #start;
  #stop;
  #bar = el("progress", "dalt-export-bar", { max: 1 });
  #stage = el("span", "dalt-owner-hint", { role: "status" });
  #running;
  #said = el("p", "dalt-owner-words", { role: "status", dir: "auto", "data-dalt": "owner-export-said" });
  #link;
  #error = el("p", "dalt-form-error", { role: "alert", dir: "auto", hidden: "", "data-dalt": "owner-export-error" });
  #none;
  #form;
  node;
  constructor(desk) {
    this.#desk = desk;
    const { tell } = desk.words;
    this.#consensusRow = choice(this.#consensus, tell("export_consensus"), tell("export_consensus_hint"));
    this.#excelRow = choice(this.#excel, tell("export_excel"), tell("export_excel_hint"));
    this.#start = button("dalt-owner-main", "owner-export", () => this.#begin(), tell("export_start"));
    this.#stop = button("dalt-quiet", "owner-export-stop", () => this.#over(true), tell("export_stop"));
    this.#bar.setAttribute("aria-label", tell("export_title"));
    this.#running = el("div", "dalt-form-actions", { hidden: "" }, this.#bar, this.#stage, this.#stop);
    this.#link = el("a", "dalt-way", { hidden: "", "data-dalt": "owner-export-again" }, tell("export_again"));
    this.#none = el("p", "dalt-owner-empty", {}, tell("export_none"));
    this.#form = el("div", "dalt-form", {}, field(this.#format, tell("export_format")), this.#consensusRow, this.#excelRow, el("div", "dalt-form-actions", {}, this.#start));
    this.#format.addEventListener("change", () => this.#paint());
    this.node = el("div", "dalt-owner-edit", {}, this.#none, this.#form, this.#running, this.#error, el("div", "dalt-form-actions", {}, this.#said, this.#link));
    this.#listen();
    this.#offer([], false);
  }
  close() {
    this.#over(false);
    if (this.#link.href) URL.revokeObjectURL(this.#link.href);
  }
  #listen() {
    const { engine, signal } = this.#desk;
    engine.hear("owner_formats", ({ formats, consensus }) => this.#offer(formats, consensus), signal);
    engine.hear("export_progress", (message) => this.#progress(message), signal);
    engine.hear("exported", (message) => this.#exported(message), signal);
    engine.hear("export_part", (message, buffers) => this.#part(message, buffers), signal);
    engine.hear("export_failed", (message) => this.#failed(message), signal);
  }
  #offer(formats, consensus) {
    const { tell } = this.#desk.words;
    const chosen2 = this.#format.value;
    this.#format.replaceChildren(...formats.map(({ name, ending, folder }) => {
      const title = tell(`format_${name.replace("-", "_")}`);
      return el("option", "", { value: name }, `${title} (${folder ? ".zip" : ending})`);
    }));
    if (formats.some(({ name }) => name === chosen2)) this.#format.value = chosen2;
    hide(this.#form, formats.length === 0);
    hide(this.#none, formats.length > 0);
    hide(this.#consensusRow, !consensus);
    this.#paint();
  }
  #paint() {
    hide(this.#excelRow, this.#format.value !== "csv");
  }
  #begin() {
    if (this.#key !== null) return;
    this.#key = newKey2();
    this.#refuse("");
    put(this.#said, "");
    hide(this.#link, true);
    this.#bar.removeAttribute("value");
    put(this.#stage, this.#desk.words.tell("export_writing"));
    hide(this.#running, false);
    hide(this.#start, true);
    this.#stop.focus();
    this.#tell({ type: "export", key: this.#key, format: this.#format.value, consensus: this.#consensus.checked && !this.#consensusRow.hidden, excel: this.#excel.checked && !this.#excelRow.hidden });
  }
  #progress({ key, done, total, packing }) {
    if (key !== this.#key) return;
    const { tell } = this.#desk.words;
    if (total) this.#bar.value = done / total;
    put(this.#stage, tell(packing ? "export_packing" : "export_writing"));
  }
  #exported({ key, name, size, labels }) {
    if (key !== this.#key || this.#download) return;
    this.#file = { name, size, labels };
    put(this.#stage, this.#desk.words.tell("export_fetching"));
    this.#download = new Download(this.#desk.engine, key, size);
  }
  #part(message, buffers) {
    if (message.key !== this.#key || !this.#download || !this.#file) return;
    const whole2 = this.#download.take(message, buffers);
    this.#bar.value = this.#download.share;
    if (!whole2) return;
    const { name, labels } = this.#file;
    const { words } = this.#desk;
    save(this.#link, whole2, name);
    put(this.#said, words.count("export_done", labels, { name, size: sizeOf(whole2.size, words.locale) }));
    hide(this.#link, false);
    this.#over(true);
  }
  #failed({ key, message, megabytes, command, several }) {
    if (key !== this.#key) return;
    const { tell, number } = this.#desk.words;
    this.#over(true);
    if (several) this.#refuse(tell(this.#consensusRow.hidden ? "export_several" : "export_several_consensus"));
    else this.#refuse(command ? tell("export_too_large", { size: number(megabytes ?? 0), command }) : message);
  }
  #over(back) {
    const key = this.#key;
    this.#key = this.#file = null;
    this.#download?.close();
    this.#download = null;
    const { activeElement: focused2 } = document;
    const held = nobody() || this.#running.contains(focused2) || focused2?.matches('[data-dalt="owner"]');
    hide(this.#running, true);
    hide(this.#start, false);
    if (back && held) this.#start.focus();
    if (key !== null) this.#tell({ type: "export_over", key });
  }
  #refuse(message) {
    put(this.#error, message);
    hide(this.#error, !message);
  }
  #tell(message) {
    this.#desk.engine.ask(message);
  }
};
function sizeOf(bytes, locale) {
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, "kilobyte"] : [bytes / 1e6, "megabyte"];
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumSignificantDigits: 3 }).format(value);
}
var FinishSection = class {
  static section = "finish";
  static title = "finish_title";
  static wide = true;
  #words;
  node = el("div", "dalt-owner-finish", { "data-dalt": "owner-finish" });
  constructor({ engine, words, signal }) {
    this.#words = words;
    engine.hear("owner_finish", ({ said: said2 }) => this.#take(said2), signal);
  }
  #take(said2) {
    const { tell } = this.#words;
    this.node.dataset.state = said2 ? said2.state : "";
    if (!said2) {
      this.node.replaceChildren(el("p", "dalt-owner-empty", {}, tell("finish_none")));
      return;
    }
    this.node.replaceChildren(el("p", "dalt-help-said", {}, finishSentence(said2, this.#words)), el("p", "dalt-owner-hint", { dir: "auto" }, finishDetails(said2, this.#words)));
  }
};
function finishSentence(said2, { count, tell, limit }) {
  const sure = limit(said2.confidence);
  if (said2.state === "running") return count("finish_running", said2.model, { most: limit(said2.max_error), sure });
  if (said2.state === "holds") return count("finish_holds", said2.model, { most: limit(said2.error_bound ?? said2.max_error), sure });
  return tell("finish_ended", { why: said2.why });
}
function finishDetails(said2, { count, tell, number, limit }) {
  const sentences = [];
  if (said2.checked) {
    const name = said2.wrong ? "finish_checked" : "finish_checked_right";
    sentences.push(count(name, said2.checked, { wrong: number(said2.wrong) }));
  }
  if (said2.state === "running") {
    sentences.push(count("finish_least", said2.least));
    if (said2.about !== null) sentences.push(tell("finish_about", { n: number(said2.about) }));
    if (said2.holds) sentences.push(tell("finish_before"));
  }
  if (said2.state === "holds" && (said2.error_bound ?? 0) > said2.max_error) sentences.push(tell("finish_grown", { promised: limit(said2.max_error) }));
  if (said2.holds) sentences.push(tell("finish_exports"));
  sentences.push(said2.remaining ? count("finish_remaining", said2.remaining) : tell("finish_nothing_remains"));
  return sentences.join(" ");
}
var DRAFT = "guideline";
var GuidelineSection = class {
  static section = "guideline";
  static title = "guideline_title";
  static lasts = true;
  #desk;
  #requests;
  #was;
  #text = el("textarea", "dalt-input", { rows: 8, "data-dalt": "owner-guideline", dir: "auto" });
  #said = el("p", "dalt-owner-hint", { role: "status" });
  #conflict = el("div", "");
  #discard;
  #form;
  node;
  constructor(desk) {
    this.#desk = desk;
    this.#requests = new Requests(desk);
    const { tell } = desk.words;
    const { text, was } = desk.engine.drafts.get(DRAFT) ?? {};
    this.#was = was ?? desk.setup.guideline;
    this.#text.value = text ?? this.#was;
    this.#discard = button("dalt-quiet", "owner-guideline-discard", () => this.#restore(), tell("discard"));
    this.#form = new Form(desk.words, { name: "owner-guideline", save: tell("save"), fields: [field(this.#text, tell("guideline_label"), tell("guideline_hint")), this.#conflict], submit: () => this.#save() });
    this.#form.node.querySelector(".dalt-form-actions")?.append(this.#discard, this.#said);
    this.#text.addEventListener("input", () => this.#changed());
    this.node = this.#form.node;
    this.#changed();
    this.follow(desk.setup);
  }
  follow({ guideline }) {
    if (guideline === this.#was || this.#form.busy) return;
    if (!this.#dirty || guideline === this.#text.value) {
      this.#was = guideline;
      if (this.#text.value !== guideline) this.#text.value = guideline;
      this.#changed();
    } else this.#warn(guideline);
  }
  get #dirty() {
    return this.#text.value !== this.#was;
  }
  #changed() {
    this.#form.allow(this.#dirty);
    hide(this.#discard, !this.#dirty);
    if (this.#dirty) put(this.#said, "");
    if (this.#dirty) this.#desk.engine.drafts.set(DRAFT, { text: this.#text.value, was: this.#was });
    else this.#desk.engine.drafts.delete(DRAFT);
  }
  #restore() {
    this.#was = this.#desk.engine.setup?.guideline ?? this.#was;
    this.#text.value = this.#was;
    this.#form.refuse(null);
    this.#conflict.replaceChildren();
    this.#changed();
    this.#text.focus();
  }
  async #save() {
    const text = this.#text.value;
    const reply = await this.#requests.make({ type: "edit_guideline", text, was: this.#was });
    const now = this.#desk.engine.setup?.guideline ?? text;
    if (reply.type === "edited") {
      this.#was = now;
      this.#conflict.replaceChildren();
      this.#changed();
      put(this.#said, this.#desk.words.tell("guideline_saved"));
      return null;
    }
    if (!reply.changed) return reply.message;
    this.#warn(now);
    return null;
  }
  #warn(theirs) {
    const { tell } = this.#desk.words;
    const settle = (text) => {
      this.#was = theirs;
      this.#text.value = text;
      this.#conflict.replaceChildren();
      this.#changed();
      this.#text.focus();
    };
    const asks = conflict(this.#desk.words, { name: "owner-guideline", said: tell("guideline_conflict"), theirs: () => settle(theirs), mine: () => settle(this.#text.value) });
    asks.insertBefore(el("blockquote", "dalt-theirs", { dir: "auto", tabindex: "0" }, theirs || tell("guideline_empty")), asks.lastChild);
    mark(asks, "data-theirs", "");
    this.#conflict.replaceChildren(asks);
    this.#form.allow(false);
  }
};
var TIME = { saves: "help_saves", costs: "help_costs", none: "help_none" };
var TIME_OF_TWO = { saves: "help_two_saves", costs: "help_two_costs", none: "help_two_none" };
var ACCURACY = { unchanged: "help_unchanged", higher: "help_higher", "not lower": "help_not_lower", "slightly lower": "help_slightly_lower", lower: "help_lower", unclear: "help_unclear" };
var CONDITION = { suggestions: "help_with", none: "help_without", emphasis: "help_emphasis", order: "help_order", verify: "help_verify" };
var HelpSection = class {
  static section = "help";
  static title = "help_title";
  static wide = true;
  #desk;
  node = el("div", "dalt-owner-help", { "data-dalt": "owner-help" });
  constructor(desk) {
    this.#desk = desk;
    desk.engine.hear("owner_help", (said2) => this.#take(said2), desk.signal);
  }
  #take({ said: said2, conditions, treated, control, needed, hides, study }) {
    const { tell, number } = this.#desk.words;
    this.node.dataset.verdict = said2 ? said2.verdict : "";
    if (!said2) {
      const later = isUsual(conditions) ? "help_later" : "help_two_later";
      const name = treated + control || hides || study ? later : "help_off";
      const counts = { treated: number(treated), control: number(control), needed: number(needed) };
      this.node.replaceChildren(el("p", "dalt-owner-empty", {}, tell(name, counts)), ...this.#runs(study));
      return;
    }
    const sentence = helpSentence(said2, this.#desk.words, conditions);
    this.node.replaceChildren(el("p", "dalt-help-said", {}, sentence), el("p", "dalt-owner-hint", {}, this.#rests(said2, conditions, treated, control)), ...this.#runs(study));
  }
  #runs(study) {
    if (!study) return [];
    const { tell, number } = this.#desk.words;
    const said2 = tell("help_study", { number: number(study.number), conditions: study.conditions.map((name) => tell(CONDITION[name])).join(" / "), labelled: number(study.labelled), planned: number(study.planned) });
    return [el("p", "dalt-owner-hint", { "data-dalt": "owner-study" }, said2)];
  }
  #rests({ claim, annotators }, conditions, treated, control) {
    const { tell, count, number } = this.#desk.words;
    const whom = claim === "general" ? count("help_general", annotators) : count("help_these", annotators);
    return `${whom} ${tell(isUsual(conditions) ? "help_counts" : "help_two_counts", { treated: number(treated), control: number(control) })}`;
  }
};
function isUsual([one, other]) {
  return one === "suggestions" && other === "none";
}
function helpSentence(said2, words, conditions = ["suggestions", "none"]) {
  const sentences = [timeSentence(said2, words, isUsual(conditions) ? TIME : TIME_OF_TWO)];
  if (!isUsual(conditions)) {
    const [one, other] = conditions.map((name) => words.tell(CONDITION[name]));
    sentences.unshift(words.tell("help_two", { one, other }));
  }
  if (said2.accuracy) sentences.push(accuracySentence(said2.accuracy, words));
  return sentences.join(" ");
}
function timeSentence({ verdict, saved, low, high }, { tell, percent }, phrases) {
  if (verdict === "none") return tell(phrases.none, { more: percent(Math.max(0, -low)), less: percent(Math.max(0, high)) });
  const bounds = verdict === "costs" ? [-saved, -high, -low] : [saved, low, high];
  const [value, from, to] = bounds.map((each) => percent(each));
  return tell(phrases[verdict], { value, low: from, high: to });
}
function accuracySentence({ source, verdict, treated, control, margin }, { tell, percent, number }) {
  return tell(ACCURACY[verdict], { by: tell(source === "gold" ? "help_gold" : "help_audit"), treated: percent(treated), control: percent(control), margin: number(Math.round(100 * margin)) });
}
var OWNER_ENGLISH = { owner_page: "Overview", owner_waiting: "Opening the project…", owner_sections: "Sections", owner_back: "Back to the overview", owner_busy: "Working…", to_labeling: "Go to labeling", just_now: "just now", progress_title: "Progress", labelled: "Labelled", made_of: "{made} of {all}", suggestions_right: "Suggestions right", of_drawn: "checked on {n} random samples", of_drawn_one: "checked on 1 random sample", no_accuracy: "known after the first random samples", left: "Left to label", no_pace_yet: "the time is known after ten labels", pace_left: "{value} s for a label: {low} to {high} for one person", pace_left_about: "{value} s for a label: about {low} for one person", pace_only: "{value} s for a label", skips: "Skips", gold: "Gold samples", decided: "Decided", no_samples: "There are no samples yet. Add them with project.add_images(…), add_texts, add_table or add_audio.", training_failed: "Training failed: {message}", training_stopped: "Training is paused; labels are kept.", not_trained: "There are no suggestions yet: they begin after the first few labels.", curve_title: "Learning curve", curve_later: "The learning curve begins when a few random samples are labelled.", curve_told: "Suggestions are right for {value} after {n} labels.", by_class: "Labels by class", more_classes: "and {n} more classes", more_classes_one: "and 1 more class", help_title: "Does it help?", help_off: "Every sample is shown with a suggestion, so there is nothing to compare. [blind] share in project.toml sets how many are shown without one.", help_later: "Too early to say: {treated} samples with a suggestion and {control} without are labelled; at least {needed} of each are needed.", help_saves: "Suggestions save {value} of the time ({low} to {high}).", help_costs: "Suggestions cost {value} more time ({low} to {high}).", help_none: "No effect of suggestions on time is shown (between {more} more and {less} less time).", help_two: "Compared: {one}, with {other} as “without”.", help_two_saves: "That saves {value} of the time ({low} to {high}).", help_two_costs: "That costs {value} more time ({low} to {high}).", help_two_none: "No effect on time is shown (between {more} more and {less} less time).", help_two_later: "Too early to say: {treated} and {control} samples of the two conditions are labelled; at least {needed} of each are needed.", help_two_counts: "It rests on {treated} and {control} samples; project.report() has the rest.", help_gold: "gold", help_audit: "the answers of others who saw no suggestion", help_unchanged: "Accuracy on {by} is unchanged ({treated} with, {control} without).", help_higher: "Accuracy on {by} is higher ({treated} with, {control} without).", help_not_lower: "Accuracy on {by} is not lower by {margin} points or more ({treated} with, {control} without).", help_slightly_lower: "Accuracy on {by} is slightly lower, by less than {margin} points ({treated} with, {control} without).", help_lower: "Accuracy on {by} is lower ({treated} with, {control} without).", help_unclear: "Whether accuracy changes is not clear yet ({treated} with, {control} without, on {by}).", help_these: "This holds for these {n} people.", help_these_one: "This holds for one person.", help_general: "This holds for people in general, estimated from {n}.", help_counts: "It rests on {treated} samples with and {control} without a suggestion; project.report() has the rest.", help_study: "Study {number} runs ({conditions}): {labelled} of {planned} planned labels.", help_with: "suggestions", help_without: "no suggestions", help_emphasis: "likely classes emphasised", help_order: "likely classes first", help_verify: "pages to verify", suggesters_title: "Other sources of suggestions", suggesters_none: "Nothing suggests beside the model. `dalt suggest` adds the predictions of another model, and project.add_suggester() in a notebook a function.", suggesters_hint: "Samples that were drawn uniformly judge each source. Its weight follows from all labels: 1 counts it as its errors so far say, 0 not at all.", source_column: "source", source_votes: "suggestions", source_right: "right", source_weight: "weight", source_state: "state", source_silent: "says nothing yet", source_waiting: "not read yet", source_used: "counts", source_stopped: "stopped: the model is better without it", source_trouble: "in trouble", source_class: "{name} {share} of {n}", source_by_class: "{name}, right by class: {said}.", finish_title: "Let the model label the rest", finish_none: "When the model is often right, project.finish() in a notebook, or `dalt finish` on the command line, lets it label the samples that people have not labelled, with a bound on its errors.", finish_running: "The model is being audited: it may label {n} samples, with at most {most} errors ({sure} confidence).", finish_running_one: "The model is being audited: it may label 1 sample, with at most {most} errors ({sure} confidence).", finish_holds: "The model labels {n} samples; at most {most} of these labels are wrong ({sure} confidence).", finish_holds_one: "The model labels 1 sample; at most {most} of these labels are wrong ({sure} confidence).", finish_ended: "The model labels nothing. {why}", finish_checked: "People have checked {n} samples without suggestions; the model was wrong on {wrong}.", finish_checked_one: "People have checked 1 sample without suggestions; the model was wrong on {wrong}.", finish_checked_right: "People have checked {n} samples without suggestions; the model was right on all of them.", finish_least: "At least {n} more have to be checked; everybody who labels gets them first.", finish_least_one: "At least 1 more has to be checked; everybody who labels gets it first.", finish_about: "At the present error rate it takes about {n} more.", finish_before: "Until this audit ends, the earlier certificate stays in force.", finish_grown: "That is more than the {promised} promised: people have labelled some of its samples since and found few errors, so the errors that are still possible lie in fewer samples.", finish_exports: "Files that cannot say where a label comes from leave the model's labels out.", finish_remaining: "{n} samples remain for people.", finish_nothing_remains: "No sample remains for people.", finish_remaining_one: "1 sample remains for people.", people_title: "People", people_none: "Nobody has labelled anything yet.", people_hint: "Ranges are 95 % intervals. Agreement: how often an answer is what the others say, or what was decided.", annotator: "Name", labels: "Labels", seconds: "Seconds a label", agreement_column: "Agreement", gold_column: "Right on gold", last_seen: "Last seen", interval_of: "{low}–{high} of {n}", agreement_title: "Agreement", agreement_none: "No sample was labelled by two people yet, so nothing can be compared.", agreement_undefined: "All answers are the same class, so agreement beyond chance cannot be measured.", not_comparable: "This is measured only where each sample has one class as a whole.", alpha: "Krippendorff’s alpha", alpha_blind: "Of blind labels alone", alpha_blind_hint: "These people saw no suggestion that they could follow.", alpha_reliable: "The labels are reliable: people agree far beyond chance.", alpha_tentative: "People agree, but not firmly: a clearer guideline would help.", alpha_poor: "People agree too little to rely on: look at the disputed samples, and make the guideline clearer.", same_answers: "{value} of the answers are the same", on_samples: "on {n} samples", on_samples_one: "on 1 sample", kappa_title: "Cohen’s kappa of every two people", kappa_hint: "1 is full agreement, 0 is what chance gives.", confusion_title: "Confusions", confusion_none: "This begins when two people have labelled the same sample, or a sample is decided.", confusion_hint: "Rows are what is true (the consensus or a decision), columns what the person said.", confusion_most: "Only the {n} most frequent classes are shown.", confusion_most_one: "Only the most frequent class is shown.", confusion_of: "What {name} mistakes for what", confusion_corner: "True", confusion_cell: "{n} × {said} for {consensus}", confusion_right: "{value} right of {n}", disputed_title: "Disputed samples", disputed_none: "People agree, or it is decided.", disputed_some: "People disagree on {n} samples, the least certain first.", disputed_some_one: "People disagree on 1 sample.", disputed_most: "People disagree on {n} samples; these are the {shown} least certain.", decide: "Decide", decide_one: "Decide this sample. {said}", show_all: "Show all {n}", consensus: "Consensus: {name}, {value}", doubtful_title: "Doubtful labels", doubtful_waiting: "The model compares all labels…", doubtful_none: "The model doubts none of the {judged} labels.", doubtful_some: "The model doubts {n} of the {judged} labels. Say that a label is right, or open it and decide.", doubtful_some_one: "The model doubts 1 of the {judged} labels. Say that it is right, or open it and decide.", doubtful_most: "The model doubts {n} of the {judged} labels; these are the {shown} most doubtful.", doubtful_open: "Decide: {who} said {name}, the model says {suggested}", label_right: "The label is right", doubtful_right: "{name} of {who} is right", search_title: "A better model", search_hint: "A search for better settings takes a minute or so while people go on labeling. What it finds is used only if it is surely better.", search_start: "Search for a better model", search_stop: "Stop the search", search_running: "Searching…", save: "Save", cancel: "Cancel", keep: "Keep", edit: "Edit", edit_of: "Edit {name}", remove: "Remove", remove_of: "Remove {name}", move_first: "Move to the top", move_first_of: "Move {name} to the top", move_up: "Move up", move_up_of: "Move {name} up", move_down: "Move down", move_down_of: "Move {name} down", discard: "Discard changes", done: "Done", copy: "Copy", copied: "Copied.", copy_selected: "Press Ctrl+C or ⌘C to copy.", automatic: "auto", take_theirs: "Take theirs", keep_mine: "Keep mine", not_answered: "The server did not answer. Check what is there now, then try again.", guideline_title: "Guideline", guideline_label: "What annotators read", guideline_hint: "Everyone sees a changed guideline once more. Open pages show it with the next answer, or within 15 seconds.", guideline_saved: "Saved.", guideline_empty: "(empty)", guideline_conflict: "Somebody else has changed the guideline meanwhile. It is now:", classes_title: "Classes", classes_hint: "Open pages follow with the next answer, or within 15 seconds. A class that has labels can be renamed, but not removed.", class_new: "Add a class", class_add: "Add", class_name: "Name", class_key: "Key", class_key_hint: "One letter or digit.", class_colour: "Colour", class_group: "Group", class_group_hint: "Its heading among the classes.", class_description: "Description", class_description_hint: "Annotators read it beside the class.", class_nameless: "Give the class a name.", class_taken: "There is a class '{name}' already.", class_key_taken: "The key {key} is for {name} already; choose another.", class_key_action: "The labeling page uses the key {key} for an action; choose another.", class_stays: "The class '{name}' has {labels} and stays: label those samples otherwise first, or rename the class.", class_labels: "{n} labels", class_labels_one: "1 label", class_added: "{name} is added.", class_saved: "{name} is saved.", class_removed: "{name} is removed.", class_moved: "{name} is now {place} of {n}.", class_remove_ask: "Remove the class {name}?", class_gone: "Somebody else has renamed or removed this class meanwhile.", class_conflict: "Somebody else has changed the class {name} meanwhile.", classes_conflict: "Somebody else has changed the classes meanwhile; they are shown as they are now.", accounts_title: "Who can log in", address_hint: "Give this address to those who label:", address_label: "Address for labeling", accounts_none: "Nobody logs in by name here. To give people names and passwords, run on the server:", account_new: "Add a person", account_name: "Name", account_nameless: "Give the person a name.", account_add: "Add", account_taken: "Somebody named '{name}' can log in already; choose another name.", account_owner: "owner", account_you: "you", account_owner_choice: "Owner", account_owner_hint: "Sees this page too.", account_added: "{name} can log in.", account_renewed: "{name} has a new password.", account_removed: "{name} can no longer log in. The labels stay.", account_remove_ask: "Remove {name}? Open pages of {name} end at once; the labels stay.", password: "Password", password_hint: "At least {n} characters. Leave it empty to get one.", password_short: "A password has at least {n} characters.", password_of: "Password of {name}", password_once: "This is the password; it is not shown again:", new_password: "New password", new_password_of: "New password for {name}", renew_ask: "{name} has to log in again with the new password.", renew_mine: "You have to log in again with the new password.", renew_save: "Set password", export_title: "Export", export_none: "There is nothing to export before there are samples.", export_format: "Format", export_consensus: "One label per sample (consensus)", export_consensus_hint: "Otherwise the labels of each annotator.", export_excel: "For Excel", export_excel_hint: "With characters and times as spreadsheets read them.", export_start: "Export", export_stop: "Stop", export_writing: "Writing…", export_packing: "Packing…", export_fetching: "Fetching…", export_done: "{name}: {n} labels, {size}.", export_done_one: "{name}: 1 label, {size}.", export_again: "Save it again", export_several: "People gave a sample different labels, and this format holds one label per sample. Choose another format.", export_several_consensus: "People gave a sample different labels, and this format holds one label per sample. Choose one label per sample (consensus) above, decide the disputed samples, or choose another format.", export_too_large: "This export is larger than {size} MB, too much for a browser. Run on the server: {command}", format_csv: "Table", format_xlsx: "Excel workbook", format_jsonl: "JSON Lines", format_parquet: "Parquet", format_huggingface: "Hugging Face dataset", format_label_studio: "Label Studio", format_coco: "COCO", format_yolo: "YOLO", format_voc: "Pascal VOC", format_labelme: "labelme", format_cvat: "CVAT", format_imagefolder: "A folder per class", format_doccano: "doccano", format_prodigy: "Prodigy", format_spacy: "spaCy", format_conll: "CoNLL", format_argilla: "Argilla", format_chat: "Chats for fine-tuning" };
var OWNER_KOREAN = { owner_page: "현황", owner_waiting: "프로젝트를 여는 중…", owner_sections: "항목", owner_back: "현황으로 돌아가기", owner_busy: "계산 중…", to_labeling: "라벨링하러 가기", just_now: "방금", progress_title: "진행 상황", labelled: "라벨링됨", made_of: "{made} / {all}", suggestions_right: "제안 정확도", of_drawn: "무작위 샘플 {n}개로 확인", of_drawn_one: "무작위 샘플 1개로 확인", no_accuracy: "무작위 샘플이 라벨링되면 표시됩니다", left: "남은 샘플", no_pace_yet: "라벨 10개부터 예상 시간이 표시됩니다", pace_left: "라벨당 {value}초: 한 사람이 {low}~{high} 걸립니다", pace_left_about: "라벨당 {value}초: 한 사람이 약 {low} 걸립니다", pace_only: "라벨당 {value}초", skips: "건너뜀", gold: "정답 샘플", decided: "결정됨", no_samples: "아직 샘플이 없습니다. project.add_images(…), add_texts, add_table, add_audio로 추가하세요.", training_failed: "학습 실패: {message}", training_stopped: "학습이 멈춰 있습니다. 라벨은 저장됩니다.", not_trained: "아직 제안이 없습니다. 라벨이 몇 개 모이면 시작됩니다.", curve_title: "학습 곡선", curve_later: "무작위 샘플이 몇 개 라벨링되면 학습 곡선이 표시됩니다.", curve_told: "라벨 {n}개에서 제안의 {value}가 맞습니다.", by_class: "클래스별 라벨 수", more_classes: "외 클래스 {n}개", more_classes_one: "외 클래스 1개", help_title: "도움이 되나요?", help_off: "제안 없이 보여 주는 샘플이 없어 비교할 수 없습니다. project.toml의 [blind] share로 비율을 정합니다.", help_later: "아직 말할 수 없습니다. 제안이 있는 샘플 {treated}개, 없는 샘플 {control}개가 라벨링되었고 각각 {needed}개 이상 필요합니다.", help_saves: "제안이 시간을 {value} 줄입니다({low}~{high}).", help_costs: "제안 때문에 시간이 {value} 더 걸립니다({low}~{high}).", help_none: "제안이 시간에 미치는 영향은 확인되지 않았습니다(최대 {more} 더 걸림에서 {less} 덜 걸림까지).", help_two: "비교: {one}(“있음”)과 {other}(“없음”).", help_two_saves: "시간을 {value} 줄입니다({low}~{high}).", help_two_costs: "시간이 {value} 더 걸립니다({low}~{high}).", help_two_none: "시간에 미치는 영향은 확인되지 않았습니다(최대 {more} 더 걸림에서 {less} 덜 걸림까지).", help_two_later: "아직 말할 수 없습니다. 두 조건의 샘플이 {treated}개와 {control}개 라벨링되었고 각각 {needed}개 이상 필요합니다.", help_two_counts: "샘플 {treated}개와 {control}개에 근거합니다. 자세한 내용은 project.report()에 있습니다.", help_gold: "골드", help_audit: "제안 없이 답한 다른 사람들의 답", help_unchanged: "{by} 기준 정확도는 그대로입니다(제안 있음 {treated}, 없음 {control}).", help_higher: "{by} 기준 정확도가 더 높습니다(제안 있음 {treated}, 없음 {control}).", help_not_lower: "{by} 기준 정확도가 {margin}%p 이상 낮아지지 않았습니다(제안 있음 {treated}, 없음 {control}).", help_slightly_lower: "{by} 기준 정확도가 약간 낮지만 {margin}%p보다 적습니다(제안 있음 {treated}, 없음 {control}).", help_lower: "{by} 기준 정확도가 더 낮습니다(제안 있음 {treated}, 없음 {control}).", help_unclear: "정확도가 달라지는지는 아직 분명하지 않습니다({by} 기준, 제안 있음 {treated}, 없음 {control}).", help_these: "이 {n}명에 대한 결과입니다.", help_these_one: "한 사람에 대한 결과입니다.", help_general: "{n}명으로 추정한 일반 라벨러에 대한 결과입니다.", help_counts: "제안이 있는 샘플 {treated}개와 없는 샘플 {control}개에 근거합니다. 자세한 내용은 project.report()에 있습니다.", help_study: "연구 {number} 진행 중({conditions}): 계획한 라벨 {planned}개 중 {labelled}개.", help_with: "제안 있음", help_without: "제안 없음", help_emphasis: "가능성 높은 클래스 강조", help_order: "가능성 높은 클래스 먼저", help_verify: "한 페이지씩 확인", suggesters_title: "다른 제안 출처", suggesters_none: "모델 말고는 제안하는 출처가 없습니다. `dalt suggest`로 다른 모델의 예측을, 노트북의 project.add_suggester()로 함수를 추가할 수 있습니다.", suggesters_hint: "고르게 뽑은 샘플로 각 출처를 평가합니다. 가중치는 모든 라벨에서 정해집니다. 1은 지금까지의 오류대로, 0은 전혀 반영하지 않음을 뜻합니다.", source_column: "출처", source_votes: "제안", source_right: "정답률", source_weight: "가중치", source_state: "상태", source_silent: "아직 제안 없음", source_waiting: "아직 읽지 않음", source_used: "반영 중", source_stopped: "중단: 모델이 이 출처 없이 더 낫습니다", source_trouble: "문제 있음", source_class: "{name} {share} ({n}개 중)", source_by_class: "{name}, 클래스별 정답률: {said}.", finish_title: "나머지는 모델에 맡기기", finish_none: "모델이 자주 맞으면, 노트북의 project.finish() 또는 명령줄의 `dalt finish`로 남은 샘플의 라벨을 오류 한도와 함께 모델에 맡길 수 있습니다.", finish_running: "모델을 검사하고 있습니다. 통과하면 샘플 {n}개의 라벨을 최대 오류율 {most}로 모델이 답니다(신뢰도 {sure}).", finish_running_one: "모델을 검사하고 있습니다. 통과하면 샘플 1개의 라벨을 최대 오류율 {most}로 모델이 답니다(신뢰도 {sure}).", finish_holds: "모델이 샘플 {n}개의 라벨을 답니다. 그중 틀린 라벨은 최대 {most}입니다(신뢰도 {sure}).", finish_holds_one: "모델이 샘플 1개의 라벨을 답니다. 틀린 라벨은 최대 {most}입니다(신뢰도 {sure}).", finish_ended: "모델이 다는 라벨이 없습니다. {why}", finish_checked: "사람들이 제안 없이 샘플 {n}개를 확인해 오류 {wrong}개를 찾았습니다.", finish_checked_one: "사람들이 제안 없이 샘플 1개를 확인해 오류 {wrong}개를 찾았습니다.", finish_checked_right: "사람들이 제안 없이 샘플 {n}개를 확인했고 모델이 모두 맞았습니다.", finish_least: "적어도 {n}개를 더 확인해야 합니다. 모든 작업자에게 먼저 나옵니다.", finish_least_one: "적어도 1개를 더 확인해야 합니다. 모든 작업자에게 먼저 나옵니다.", finish_about: "지금의 오류율이라면 약 {n}개가 더 필요합니다.", finish_before: "이 검사가 끝날 때까지 이전 인증이 유효합니다.", finish_grown: "약속한 {promised}보다 큽니다. 그 뒤 사람들이 일부 샘플에 라벨을 달며 오류를 거의 찾지 못해, 남아 있을 수 있는 오류가 더 적은 샘플에 몰려 있기 때문입니다.", finish_exports: "라벨의 출처를 적을 수 없는 파일에는 모델이 단 라벨이 들어가지 않습니다.", finish_remaining: "사람이 라벨링할 샘플이 {n}개 남았습니다.", finish_nothing_remains: "사람이 라벨링할 샘플이 남지 않았습니다.", finish_remaining_one: "사람이 라벨링할 샘플이 1개 남았습니다.", people_title: "작업자", people_none: "아직 아무도 라벨링하지 않았습니다.", people_hint: "범위는 95 % 신뢰구간입니다. 일치도: 답이 다른 사람들의 답이나 결정과 같은 비율입니다.", annotator: "이름", labels: "라벨", seconds: "라벨당 초", agreement_column: "일치도", gold_column: "정답 샘플 정답률", last_seen: "마지막 작업", interval_of: "{low}~{high}, {n}개 기준", agreement_title: "일치도", agreement_none: "두 사람이 함께 라벨링한 샘플이 아직 없어 비교할 수 없습니다.", agreement_undefined: "모든 답이 같은 클래스라서 우연을 넘는 일치도를 잴 수 없습니다.", not_comparable: "샘플마다 클래스가 하나인 프로젝트에서만 계산합니다.", alpha: "크리펜도르프 알파", alpha_blind: "블라인드 라벨만", alpha_blind_hint: "따라갈 제안을 보지 않은 답입니다.", alpha_reliable: "라벨을 믿을 수 있습니다. 우연보다 훨씬 많이 일치합니다.", alpha_tentative: "일치하지만 확실하지는 않습니다. 지침을 더 분명히 하면 좋습니다.", alpha_poor: "믿기에는 일치도가 너무 낮습니다. 의견이 갈린 샘플을 보고 지침을 더 분명히 하세요.", same_answers: "답의 {value}가 같음", on_samples: "샘플 {n}개", on_samples_one: "샘플 1개", kappa_title: "두 사람씩의 코헨 카파", kappa_hint: "1은 완전한 일치, 0은 우연과 같은 수준입니다.", confusion_title: "혼동 행렬", confusion_none: "두 사람이 같은 샘플을 라벨링하거나 샘플이 결정되면 표시됩니다.", confusion_hint: "행은 맞는 답(합의 또는 결정), 열은 그 사람이 답한 것입니다.", confusion_most: "가장 많은 클래스 {n}개만 표시합니다.", confusion_most_one: "가장 많은 클래스만 표시합니다.", confusion_of: "{name} 님이 혼동하는 것", confusion_corner: "맞는 답", confusion_cell: "{consensus}를 {said}(으)로 {n}번", confusion_right: "{n}개 중 {value} 맞음", disputed_title: "의견이 갈린 샘플", disputed_none: "의견이 일치하거나 모두 결정되었습니다.", disputed_some: "샘플 {n}개에서 의견이 갈렸습니다. 가장 불확실한 것부터입니다.", disputed_some_one: "샘플 1개에서 의견이 갈렸습니다.", disputed_most: "샘플 {n}개에서 의견이 갈렸습니다. 가장 불확실한 {shown}개입니다.", decide: "결정하기", decide_one: "이 샘플 결정하기. {said}", show_all: "{n}개 모두 보기", consensus: "합의: {name}, {value}", doubtful_title: "의심스러운 라벨", doubtful_waiting: "모델이 모든 라벨을 비교하는 중…", doubtful_none: "모델이 라벨 {judged}개 중 의심하는 것이 없습니다.", doubtful_some: "모델이 라벨 {judged}개 중 {n}개를 의심합니다. 맞다고 하거나, 열어서 결정하세요.", doubtful_some_one: "모델이 라벨 {judged}개 중 1개를 의심합니다. 맞다고 하거나, 열어서 결정하세요.", doubtful_most: "모델이 라벨 {judged}개 중 {n}개를 의심합니다. 가장 의심스러운 {shown}개입니다.", doubtful_open: "결정하기: {who}의 답은 {name}, 모델은 {suggested}", label_right: "라벨이 맞음", doubtful_right: "{who}의 {name}: 맞음", search_title: "더 나은 모델", search_hint: "더 나은 설정을 찾는 데 1분쯤 걸리며 그동안에도 라벨링할 수 있습니다. 확실히 나을 때만 사용됩니다.", search_start: "더 나은 모델 찾기", search_stop: "찾기 중지", search_running: "찾는 중…", save: "저장", cancel: "취소", keep: "그대로 두기", edit: "수정", edit_of: "{name} 수정", remove: "삭제", remove_of: "{name} 삭제", move_first: "맨 위로", move_first_of: "{name} 맨 위로 이동", move_up: "위로", move_up_of: "{name} 위로 이동", move_down: "아래로", move_down_of: "{name} 아래로 이동", discard: "변경 취소", done: "확인", copy: "복사", copied: "복사했습니다.", copy_selected: "Ctrl+C 또는 ⌘C를 눌러 복사하세요.", automatic: "자동", take_theirs: "다른 사람 것으로", keep_mine: "내 것 유지", not_answered: "서버가 응답하지 않았습니다. 현재 상태를 확인한 뒤 다시 시도하세요.", guideline_title: "가이드라인", guideline_label: "라벨러가 읽는 내용", guideline_hint: "바뀐 가이드라인은 모두에게 한 번 더 표시됩니다. 열린 페이지에는 다음 답과 함께, 늦어도 15초 안에 반영됩니다.", guideline_saved: "저장했습니다.", guideline_empty: "(비어 있음)", guideline_conflict: "그사이 다른 사람이 가이드라인을 바꿨습니다. 현재 내용:", classes_title: "클래스", classes_hint: "열린 페이지에는 다음 답과 함께, 늦어도 15초 안에 반영됩니다. 라벨이 있는 클래스는 이름을 바꿀 수 있지만 삭제할 수 없습니다.", class_new: "클래스 추가", class_add: "추가", class_name: "이름", class_key: "키", class_key_hint: "글자나 숫자 하나.", class_colour: "색", class_group: "그룹", class_group_hint: "클래스 목록의 제목.", class_description: "설명", class_description_hint: "라벨러에게 클래스 옆에 표시됩니다.", class_nameless: "클래스 이름을 입력하세요.", class_taken: "'{name}' 클래스가 이미 있습니다.", class_key_taken: "{key} 키는 이미 {name} 클래스에 쓰입니다. 다른 키를 고르세요.", class_key_action: "{key} 키는 라벨링 페이지의 기능에 쓰입니다. 다른 키를 고르세요.", class_stays: "'{name}' 클래스에는 {labels}가 있어 삭제할 수 없습니다. 먼저 그 샘플을 다르게 라벨링하거나 클래스 이름을 바꾸세요.", class_labels: "라벨 {n}개", class_labels_one: "라벨 1개", class_added: "{name} 클래스를 추가했습니다.", class_saved: "{name} 클래스를 저장했습니다.", class_removed: "{name} 클래스를 삭제했습니다.", class_moved: "{name}: {n}개 중 {place}번째입니다.", class_remove_ask: "{name} 클래스를 삭제할까요?", class_gone: "그사이 다른 사람이 이 클래스의 이름을 바꾸거나 삭제했습니다.", class_conflict: "그사이 다른 사람이 {name} 클래스를 바꿨습니다.", classes_conflict: "그사이 다른 사람이 클래스를 바꿨습니다. 현재 상태를 보여 줍니다.", accounts_title: "로그인할 수 있는 사람", address_hint: "라벨링할 사람에게 이 주소를 알려 주세요.", address_label: "라벨링 주소", accounts_none: "이 서버에는 개인별 로그인이 없습니다. 이름과 비밀번호를 주려면 서버에서 실행하세요.", account_new: "사람 추가", account_name: "이름", account_nameless: "이름을 입력하세요.", account_add: "추가", account_taken: "'{name}' 이름으로 이미 로그인할 수 있습니다. 다른 이름을 고르세요.", account_owner: "소유자", account_you: "나", account_owner_choice: "소유자", account_owner_hint: "이 페이지도 볼 수 있습니다.", account_added: "{name} 님이 로그인할 수 있습니다.", account_renewed: "{name} 님의 비밀번호를 바꿨습니다.", account_removed: "{name} 님은 더 이상 로그인할 수 없습니다. 라벨은 남습니다.", account_remove_ask: "{name} 님을 삭제할까요? 열린 페이지는 바로 닫히고 라벨은 남습니다.", password: "비밀번호", password_hint: "{n}자 이상. 비워 두면 만들어 줍니다.", password_short: "비밀번호는 {n}자 이상이어야 합니다.", password_of: "{name} 님의 비밀번호", password_once: "비밀번호는 지금만 표시됩니다.", new_password: "새 비밀번호", new_password_of: "{name} 님의 새 비밀번호", renew_ask: "{name} 님은 새 비밀번호로 다시 로그인해야 합니다.", renew_mine: "새 비밀번호로 다시 로그인해야 합니다.", renew_save: "비밀번호 설정", export_title: "내보내기", export_none: "샘플이 있어야 내보낼 수 있습니다.", export_format: "형식", export_consensus: "샘플마다 라벨 하나(합의)", export_consensus_hint: "끄면 라벨러마다 라벨을 내보냅니다.", export_excel: "Excel용", export_excel_hint: "글자와 시간을 스프레드시트가 읽는 방식으로 씁니다.", export_start: "내보내기", export_stop: "중지", export_writing: "쓰는 중…", export_packing: "압축하는 중…", export_fetching: "받는 중…", export_done: "{name}: 라벨 {n}개, {size}.", export_done_one: "{name}: 라벨 1개, {size}.", export_again: "다시 저장", export_several: "라벨러마다 라벨이 다른 샘플이 있는데 이 형식에는 하나만 담을 수 있습니다. 다른 형식을 고르세요.", export_several_consensus: "라벨러마다 라벨이 다른 샘플이 있는데 이 형식에는 하나만 담을 수 있습니다. 위에서 샘플마다 라벨 하나(합의)를 고르거나, 의견이 갈린 샘플을 결정하거나, 다른 형식을 고르세요.", export_too_large: "{size} MB보다 커서 브라우저로 받을 수 없습니다. 서버에서 실행하세요: {command}", format_csv: "표", format_xlsx: "Excel 통합 문서", format_jsonl: "JSON Lines", format_parquet: "Parquet", format_huggingface: "Hugging Face 데이터세트", format_label_studio: "Label Studio", format_coco: "COCO", format_yolo: "YOLO", format_voc: "Pascal VOC", format_labelme: "labelme", format_cvat: "CVAT", format_imagefolder: "클래스별 폴더", format_doccano: "doccano", format_prodigy: "Prodigy", format_spacy: "spaCy", format_conll: "CoNLL", format_argilla: "Argilla", format_chat: "미세 조정용 대화" };
var TEXT2 = { en: OWNER_ENGLISH, ko: OWNER_KOREAN };
var NOTHING2 = "–";
function speakToOwner(language, classes = []) {
  const words = speak(language, classes);
  const table2 = TEXT2[words.locale];
  const decimals = new Intl.NumberFormat(words.locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const limits = new Intl.NumberFormat(words.locale, { maximumFractionDigits: 2 });
  const tenths = new Intl.NumberFormat(words.locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const tell = (name, values = {}) => table2[name].replace(/\{(\w+)\}/g, (_, key) => String(values[key] ?? ""));
  return { ...words, tell, count(name, n, values = {}) {
    const one = `${name}_one`;
    return tell(n === 1 && one in table2 ? one : name, { n: words.number(n), ...values });
  }, measure: (value) => decimals.format(value), limit: (share) => `${limits.format(Math.ceil(share * 1e4 - 1e-6) / 100)} %`, tenth: (value) => tenths.format(value), when(iso) {
    const date = new Date(iso);
    const seconds = (Date.now() - date.getTime()) / 1e3;
    const relative = new Intl.RelativeTimeFormat(words.locale, { numeric: "auto" });
    if (seconds < 60) return table2.just_now;
    if (seconds < 3600) return relative.format(-Math.round(seconds / 60), "minute");
    if (seconds < 86400) return relative.format(-Math.round(seconds / 3600), "hour");
    if (seconds < 30 * 86400) return relative.format(-Math.round(seconds / 86400), "day");
    return new Intl.DateTimeFormat(words.locale, { dateStyle: "medium" }).format(date);
  } };
}
var COLUMNS = [["annotator", "annotator"], ["labels", "labels"], ["skips", "skips"], ["seconds", "seconds"], ["agreement", "agreement_column"], ["gold", "gold_column"], ["last_seen", "last_seen"]];
var PeopleSection = class {
  static section = "people";
  static title = "people_title";
  static wide = true;
  #desk;
  #people = [];
  #by = "labels";
  #falling = true;
  #heads = /* @__PURE__ */ new Map();
  #rows = el("tbody", "");
  #none = el("p", "dalt-owner-empty", { hidden: "" });
  #hint = el("p", "dalt-owner-hint");
  #table;
  node = el("div", "dalt-owner-people", { "data-dalt": "owner-people" });
  constructor(desk) {
    this.#desk = desk;
    const { tell } = desk.words;
    const head = el("tr", "");
    for (const [column, title] of COLUMNS) {
      const sort = button("dalt-quiet", "owner-sort", () => this.#sort(column), tell(title));
      sort.dataset.column = column;
      const cell2 = el("th", "", { scope: "col" }, sort);
      this.#heads.set(column, cell2);
      head.append(cell2);
    }
    const table2 = el("table", "dalt-owner-table", {}, el("caption", "dalt-hidden", {}, tell("people_title")), el("thead", "", {}, head), this.#rows);
    this.#table = scroller(tell("people_title"), table2);
    this.#none.textContent = tell("people_none");
    this.#hint.textContent = tell("people_hint");
    this.node.append(this.#none, this.#table, this.#hint);
    desk.engine.hear("owner_people", ({ people }) => {
      this.#people = people;
      this.#paint();
    }, desk.signal);
    this.#paint();
    const timer = setInterval(() => this.#paint(), 6e4);
    desk.signal.addEventListener("abort", () => clearInterval(timer));
  }
  #sort(column) {
    this.#falling = column === this.#by ? !this.#falling : column !== "annotator";
    this.#by = column;
    this.#paint();
  }
  #paint() {
    for (const [column, cell2] of this.#heads) {
      mark(cell2, "aria-sort", column === this.#by ? this.#falling ? "descending" : "ascending" : null);
    }
    this.#none.hidden = this.#people.length > 0;
    this.#table.hidden = this.#hint.hidden = this.#people.length === 0;
    this.#rows.replaceChildren(...sorted(this.#people, this.#by, this.#falling).map((each) => this.#row(each)));
  }
  #row(person) {
    const { number, tenth, when } = this.#desk.words;
    const { seconds, last_seen: seen } = person;
    const row = el("tr", "", {}, el("th", "", { scope: "row", dir: "auto" }, person.annotator), el("td", "", {}, number(person.labels)), el("td", "", {}, number(person.skips)), el("td", "", {}, ...seconds ? valued(tenth(seconds.value), `${tenth(seconds.low)}–${tenth(seconds.high)}`) : [NOTHING2]), this.#share(person.agreement), this.#share(person.gold), el("td", "", seen ? { title: new Date(seen).toLocaleString(this.#desk.words.locale) } : {}, seen ? when(seen) : NOTHING2));
    row.dataset.annotator = person.annotator;
    return row;
  }
  #share(share) {
    const { percent, tell, number } = this.#desk.words;
    if (!share) return el("td", "", {}, NOTHING2);
    const interval = tell("interval_of", { low: percent(share.low), high: percent(share.high), n: number(share.n) });
    return el("td", "", {}, ...valued(percent(share.value), interval), shareBar(share));
  }
};
function valued(value, more) {
  return [el("span", "dalt-valued", {}, value), " ", el("span", "dalt-valued-more", {}, more)];
}
function sorted(people, by, falling) {
  const figureOf = (person) => {
    const value = person[by];
    return value !== null && typeof value === "object" ? value.value : value;
  };
  return [...people].sort((one, other) => {
    const [a, b] = [figureOf(one), figureOf(other)];
    const byName = one.annotator.localeCompare(other.annotator);
    if (a === null || b === null) return a === b ? byName : a === null ? 1 : -1;
    const order = typeof a === "string" ? a.localeCompare(String(b)) : a - Number(b);
    return (falling ? -order : order) || byName;
  });
}
var MOST_CLASSES = 40;
var ProgressSection = class {
  static section = "progress";
  static title = "progress_title";
  static wide = true;
  #desk;
  #bar = el("div", "dalt-owner-bar", { "aria-hidden": "true" }, el("span", ""));
  #figures = el("dl", "dalt-figures");
  #curve = el("figure", "dalt-owner-curve");
  #classes = el("div", "dalt-owner-classes");
  #state = el("p", "dalt-owner-state", { dir: "auto" });
  node = el("div", "dalt-owner-progress", { "data-dalt": "owner-progress" });
  constructor(desk) {
    this.#desk = desk;
    this.node.append(el("div", "dalt-owner-standing", {}, this.#bar, this.#figures, this.#state), this.#curve, this.#classes);
    desk.engine.hear("owner_progress", (progress) => this.#take(progress), desk.signal);
  }
  #take(progress) {
    const { n_samples: all, n_labelled: made } = progress;
    this.#bar.firstElementChild.style.transform = `scaleX(${all ? made / all : 0})`;
    this.#paintFigures(progress);
    this.#paintState(progress);
    this.#paintCurve(progress);
    this.#paintClasses(progress);
  }
  #paintFigures(progress) {
    const { tell, number, percent } = this.#desk.words;
    const { n_samples: all, n_labelled: made, accuracy } = progress;
    this.#figures.replaceChildren(figure("labelled", tell("labelled"), tell("made_of", { made: number(made), all: number(all) }), all ? percent(made / all) : ""), figure("accuracy", tell("suggestions_right"), accuracy ? percent(accuracy.value) : NOTHING2, accuracy ? `${this.#interval(accuracy)}, ${this.#desk.words.count("of_drawn", accuracy.n)}` : tell("no_accuracy")), figure("left", tell("left"), number(progress.left), this.#pace(progress)), figure("skipped", tell("skips"), number(progress.n_skipped), ""), figure("gold", tell("gold"), number(progress.n_gold), ""), figure("adjudicated", tell("decided"), number(progress.n_adjudicated), ""));
  }
  #interval({ low, high }) {
    const { percent } = this.#desk.words;
    return `${percent(low)}–${percent(high)}`;
  }
  #pace({ seconds_per_label: pace, left }) {
    const { tell, tenth, duration } = this.#desk.words;
    if (!pace) return tell("no_pace_yet");
    const [low, high] = [duration(pace.low * left), duration(pace.high * left)];
    const name = !left ? "pace_only" : low === high ? "pace_left_about" : "pace_left";
    return tell(name, { value: tenth(pace.value), low, high });
  }
  #paintState({ n_samples: all, trained, state, message }) {
    const { tell } = this.#desk.words;
    let said2 = "";
    if (!all) said2 = tell("no_samples");
    else if (state === "failed") said2 = tell("training_failed", { message });
    else if (state === "stopped") said2 = tell("training_stopped");
    else if (!trained) said2 = message || tell("not_trained");
    put(this.#state, said2);
    this.#state.hidden = !said2;
  }
  #paintCurve({ curve }) {
    const { words } = this.#desk;
    const { tell, percent, number } = words;
    const title = el(alone() ? "h3" : "h4", "dalt-owner-sub", {}, tell("curve_title"));
    if (curve.length < 2) {
      this.#curve.replaceChildren(title, el("p", "dalt-owner-empty", {}, tell("curve_later")));
      return;
    }
    const last = curve[curve.length - 1];
    const told = tell("curve_told", { value: percent(last.accuracy.value), n: number(last.n_labels) });
    this.#curve.replaceChildren(title, curvePlot(curve, told, words), el("figcaption", "", {}, told));
  }
  #paintClasses({ counts }) {
    const { words, setup } = this.#desk;
    const { tell, number, called } = words;
    const most = Math.max(1, ...counts.map(([, n]) => n));
    const shown = counts.length <= MOST_CLASSES ? counts : [...counts].sort(([, a], [, b]) => b - a).slice(0, MOST_CLASSES);
    const list = el("ul", "dalt-owner-counts", { "aria-label": tell("by_class") });
    for (const [name, n] of shown) {
      const bar = el("span", "dalt-count-bar", { "aria-hidden": "true" });
      bar.style.setProperty("--share", (n / most).toFixed(3));
      bar.style.setProperty("--chip", setup.classes.find((each) => each.name === name)?.colour ?? "var(--muted)");
      const text = el("span", "dalt-name", { dir: "auto" });
      called(text, name);
      const row = el("li", "", {}, text, bar, el("span", "dalt-percent", {}, number(n)));
      row.dataset.class = name;
      list.append(row);
    }
    const more = counts.length - shown.length;
    this.#classes.replaceChildren(el(alone() ? "h3" : "h4", "dalt-owner-sub", {}, tell("by_class")), list, ...more > 0 ? [el("p", "dalt-owner-empty", {}, words.count("more_classes", more))] : []);
  }
};
function figure(name, title, value, more) {
  return el("div", "dalt-figure", { "data-figure": name }, el("dt", "", {}, title), el("dd", "dalt-figure-value", {}, value), ...more ? [el("dd", "dalt-figure-more", {}, more)] : []);
}
var SearchSection = class {
  static section = "search";
  static title = "search_title";
  #running = false;
  #said = el("p", "dalt-owner-words", { role: "status", dir: "auto", "data-dalt": "owner-search-said" });
  node;
  constructor({ engine, words, signal }) {
    const { tell } = words;
    const toggle2 = button("dalt-owner-main", "owner-search", () => engine.ask({ type: "owner_search", run: !this.#running }), tell("search_start"));
    this.node = el("div", "dalt-owner-search", {}, el("p", "dalt-owner-hint", {}, tell("search_hint")), toggle2, this.#said);
    engine.hear("owner_search", ({ running, said: said2 }) => {
      this.#running = running;
      put(toggle2, tell(running ? "search_stop" : "search_start"));
      put(this.#said, running ? tell("search_running") : said2);
      hide(this.#said, !running && !said2);
    }, signal);
  }
};
var COLUMNS2 = ["source_column", "source_votes", "source_right", "source_weight", "source_state"];
var SuggestersSection = class {
  static section = "suggesters";
  static title = "suggesters_title";
  static wide = true;
  static fits({ task, multi_label }) {
    return task === "classes" && !multi_label;
  }
  #words;
  node = el("div", "dalt-owner-suggesters", { "data-dalt": "owner-suggesters" });
  constructor({ engine, words, signal }) {
    this.#words = words;
    engine.hear("owner_suggesters", ({ suggesters }) => this.#take(suggesters), signal);
  }
  #take(suggesters) {
    const { tell } = this.#words;
    if (!suggesters.length) {
      this.node.replaceChildren(el("p", "dalt-owner-empty", {}, tell("suggesters_none")));
      return;
    }
    const heads = COLUMNS2.map((title) => el("th", "dalt-owner-unsorted", { scope: "col" }, tell(title)));
    const table2 = el("table", "dalt-owner-table", {}, el("caption", "dalt-hidden", {}, tell("suggesters_title")), el("thead", "", {}, el("tr", "", {}, ...heads)), el("tbody", "", {}, ...suggesters.map((each) => this.#row(each))));
    this.node.replaceChildren(table2, ...suggesters.filter((each) => each.by_class.length).map((each) => this.#byClass(each)), ...suggesters.filter((each) => each.trouble).map(({ trouble: trouble2 }) => el("p", "dalt-owner-hint dalt-owner-troubled", {}, trouble2)), el("p", "dalt-owner-hint", {}, tell("suggesters_hint")));
  }
  #row(source) {
    const { number, measure, tell } = this.#words;
    const state = `source_${source.state}`;
    const row = el("tr", "", { "data-dalt": "owner-suggester" }, el("th", "", { scope: "row", dir: "auto" }, source.name), el("td", "", {}, number(source.votes)), el("td", "", {}, ...this.#share(source.right)), el("td", "", {}, source.weight === null ? NOTHING2 : measure(source.weight)), el("td", "", {}, tell(source.trouble ? "source_trouble" : state)));
    row.dataset.source = source.name;
    row.dataset.state = source.state;
    return row;
  }
  #byClass({ name, by_class }) {
    const { percent, number, tell } = this.#words;
    const said2 = by_class.map(([label, { value, n }]) => tell("source_class", { name: label, share: percent(value), n: number(n) }));
    return el("p", "dalt-owner-hint", { dir: "auto" }, tell("source_by_class", { name, said: said2.join(", ") }));
  }
  #share(share) {
    const { percent, tell, number } = this.#words;
    if (!share) return [NOTHING2];
    const { value, low, high, n } = share;
    const interval = tell("interval_of", { low: percent(low), high: percent(high), n: number(n) });
    return [el("span", "dalt-valued", {}, percent(value)), " ", el("span", "dalt-valued-more", {}, interval), shareBar(share)];
  }
};
var SECTIONS = [ProgressSection, HelpSection, SuggestersSection, FinishSection, PeopleSection, AgreementSection, ConfusionSection, DisputedSection, DoubtfulSection, GuidelineSection, AccountsSection, ExportSection, SearchSection, ClassesSection];
var OwnerView = class {
  #engine;
  #root;
  #setup = null;
  #built = new AbortController();
  #passing = new AbortController();
  #sections = [];
  #cards = [];
  #panel = null;
  #keys = null;
  #from = null;
  #words = speakToOwner("auto");
  #waiting = el("p", "dalt-waiting");
  #offline = el("div", "dalt-alert dalt-alert-offline", { role: "alert", "data-dalt": "offline", hidden: "" });
  #offlineText = el("p", "");
  #notice = el("div", "dalt-alert", { role: "alert", "data-dalt": "notice", hidden: "" });
  constructor(engine, root, signal) {
    this.#engine = engine;
    this.#root = root;
    put(this.#waiting, this.#words.tell("owner_waiting"));
    root.append(this.#waiting);
    const focus = new FocusKeeper(root, () => root, signal);
    root.addEventListener("keydown", (event) => this.#onKey(event), { signal });
    document.addEventListener("keydown", (event) => {
      if (!this.#panel?.open || !focus.nobodyElse) return;
      focus.take();
      this.#onKey(event);
    }, { signal });
    engine.addEventListener("change", () => this.#paint(), { signal });
    engine.addEventListener("notice", ({ detail: detail2 }) => this.#show(detail2), { signal });
    engine.hear("owner_opened", ({ entry }, buffers) => this.#opened(entry, buffers), signal);
    signal.addEventListener("abort", () => this.#close());
    this.#paint();
  }
  #close() {
    this.#built.abort();
    this.#passing.abort();
    this.#panel?.close();
    for (const card of this.#cards) card.close();
  }
  #paint() {
    const { setup, offline, trouble: trouble2 } = this.#engine;
    if (setup && setup !== this.#setup) {
      const before2 = this.#setup;
      this.#setup = setup;
      if (!before2 || frameOf(setup) !== frameOf(before2)) this.#build(setup);
      else if (lookOf(setup) !== lookOf(before2)) this.#follow(setup);
    }
    mark(this.#root, "data-state", offline ? "offline" : setup ? "ready" : "waiting");
    const { say } = this.#words;
    put(this.#offlineText, trouble2 === "rests" ? `${say("rests")} ${say("rests_hint")}` : say("offline"));
    hide(this.#offline, !offline);
  }
  #build(setup) {
    this.#close();
    this.#built = new AbortController();
    const words = this.#speak(setup);
    this.#root.lang = words.locale;
    this.#root.setAttribute("aria-label", `${words.tell("owner_page")}: ${setup.title}`);
    if (alone()) document.title = `${setup.title} – ${words.tell("owner_page")}`;
    this.#sections = SECTIONS.filter((Section) => Section.fits?.(setup) ?? true);
    this.#cards = this.#sections.map((Section) => this.#card(Section, setup));
    this.#panel = this.#adjudication(setup);
    this.#alerts();
    this.#root.replaceChildren(this.#head(setup), el("div", "dalt-alerts", {}, this.#offline, this.#notice), this.#navigation(), el("div", "dalt-cards", {}, ...this.#cards.map(({ node }) => node)), ...this.#panel.node ? [this.#panel.node] : []);
  }
  #speak(setup) {
    this.#words = speakToOwner(setup.language, setup.classes);
    this.#keys = new KeyTable(setup, this.#words);
    this.#passing = new AbortController();
    return this.#words;
  }
  #card(Section, setup) {
    const { signal } = Section.lasts ? this.#built : this.#passing;
    const decide = (sampleId) => this.#decide(sampleId);
    return new Card(Section, { engine: this.#engine, words: this.#words, setup, signal, decide });
  }
  #follow(setup) {
    this.#passing.abort();
    this.#speak(setup);
    this.#cards = this.#cards.map((card, place) => {
      if (card.follow(setup)) return card;
      card.close();
      const made = this.#card(this.#sections[place], setup);
      card.node.replaceWith(made.node);
      return made;
    });
    const former = this.#panel;
    former?.close();
    this.#panel = this.#adjudication(setup);
    former?.node?.remove();
    if (this.#panel.node) this.#root.append(this.#panel.node);
  }
  #head(setup) {
    const server = alone() ? offered() : null;
    const ways = [];
    if (server) {
      ways.push(el("a", "dalt-way", { href: "./", "data-dalt": "to-labeling" }, this.#words.tell("to_labeling")));
    }
    ways.push(new LanguageSwitch({ words: this.#words, rebuild: () => this.#rebuild() }).button);
    if (server && setup.login) {
      ways.push(el("a", "dalt-way", { href: server.logout, "data-dalt": "logout" }, this.#words.say("log_out")));
    }
    return el("header", "dalt-owner-head", {}, el(alone() ? "h1" : "h2", "dalt-title", { dir: "auto" }, setup.title), el("div", "dalt-actions", {}, ...ways));
  }
  #rebuild() {
    if (this.#setup) this.#build(this.#setup);
  }
  #navigation() {
    const nav = el("nav", "dalt-owner-nav", { "aria-label": this.#words.tell("owner_sections") });
    for (const { name, title } of this.#cards) {
      const show2 = () => this.#cards.find((card) => card.name === name)?.show();
      const link = button("dalt-quiet", "owner-way", show2, title);
      link.dataset.section = name;
      nav.append(link);
    }
    return nav;
  }
  #alerts() {
    const { say } = this.#words;
    this.#offline.replaceChildren(this.#offlineText);
    if (alone()) this.#offline.append(button("dalt-quiet", "reload", () => location.reload(), say("reload")));
    this.#notice.hidden = true;
  }
  #show({ name, message }) {
    const { say } = this.#words;
    this.#notice.replaceChildren(el("p", "", { dir: "auto" }, say(name, { message })), button("dalt-quiet", "dismiss", () => hide(this.#notice, true), say("dismiss")));
    hide(this.#notice, false);
  }
  #adjudication(setup) {
    const seen = { ...setup, owner: setup.task === "classes", adjudicates: false };
    const desk = { engine: this.#engine, root: this.#root, words: this.#words, setup: taskOf(seen), keys: this.#keys, repaint: () => {
    }, current: () => null, taken: () => false, rebuild: () => this.#rebuild() };
    return new AdjudicationPanel(desk, { back: this.#words.tell("owner_back"), closed: () => this.#closed() });
  }
  #decide(sampleId) {
    const active = document.activeElement;
    this.#from = active instanceof HTMLElement ? active.closest(".dalt-card") : null;
    if (sampleId === null) this.#panel?.show();
    else this.#engine.ask({ type: "owner_open", sample_id: sampleId });
  }
  #opened(entry, buffers) {
    if (entry) this.#panel?.show(entry, buffers);
    else this.#show({ name: "not_opened", message: "", key: null });
  }
  #closed() {
    const card = this.#cards.find(({ node }) => node === this.#from);
    card?.show();
  }
  #onKey(event) {
    const panel = this.#panel;
    if (!panel?.open || !this.#keys) return;
    if (event.altKey || event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() !== "z") return;
    if (keepsKey(event)) return;
    const action = panel.actionOf(event, this.#keys.nameOf(event));
    if (!action) return;
    event.stopPropagation();
    event.preventDefault();
    if (!event.repeat) action();
  }
};
function frameOf({ language, title, task, multi_label: several, login }) {
  return JSON.stringify([language, title, task, several, login]);
}
function lookOf({ classes, keys, language, title, guideline }) {
  return JSON.stringify([classes, keys, language, title, guideline]);
}
var page_default = () => {
  let engine;
  return { initialize({ model, signal }) {
    engine = new OwnerEngine(model, signal);
  }, render({ model, el: place, signal }) {
    const root = el(alone() ? "main" : "section", "dalt dalt-owner", { "data-dalt": "owner", tabindex: "-1" });
    followTheme(root, signal);
    place.classList.add("dalt-place");
    place.append(root);
    const cover = () => coverSaved(place, model.get("saved"));
    if (engine.setup) cover();
    else engine.hear("owner_setup", cover, signal);
    new OwnerView(engine, root, signal);
    engine.start();
  } };
};
export { page_default as default };
