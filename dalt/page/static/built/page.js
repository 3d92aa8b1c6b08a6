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
function cover(root, covers, but = null) {
  const parts = root.children;
  for (const part of parts) part.inert = covers && part !== but;
}
function focused() {
  return document.activeElement;
}
function button(name, dalt, onClick, ...children) {
  const node = el("button", name, { type: "button", "data-dalt": dalt }, ...children);
  node.addEventListener("click", onClick);
  return node;
}
function controls(opener, node) {
  node.id ||= `dalt-${crypto.randomUUID?.() ?? Math.random()}`;
  mark(opener, "aria-controls", node.id);
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
function mayCommand(owner) {
  return Boolean(owner) || !alone();
}
function takesText(target) {
  return Boolean(closest(target, "textarea, select, [contenteditable=true], input:not([type=range])"));
}
function typingIn(root) {
  const field = document.activeElement;
  if (!field || !root.contains(field) || !field.matches("input[type=text], textarea")) return null;
  const { value, selectionStart: from, selectionEnd: to } = field;
  return { field: field.dataset.dalt, value, from, to };
}
function typeOn(root, { field: name, value, from, to }) {
  const field = root.querySelector(`[data-dalt="${name}"]`);
  if (!field) return;
  field.value = value;
  field.focus({ preventScroll: true });
  field.setSelectionRange(from, to);
}
function inPlace(list, change) {
  const before2 = list.contains(focused()) ? focused() : null;
  const at = [...list.children].findIndex((child) => child.contains(before2));
  change();
  if (at < 0 || list.contains(document.activeElement)) return;
  const next2 = list.children[Math.min(at, list.children.length - 1)];
  const buttons = [...next2?.querySelectorAll("button") ?? []];
  const same = buttons.find(({ dataset }) => dataset.dalt === before2?.dataset.dalt) ?? buttons[0];
  (same ?? closest(list.parentElement, "[tabindex]"))?.focus({ preventScroll: true });
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
var NOTEBOOKS = ".jp-WindowedPanel-outer, .jp-LinkedOutputView, .jp-NotebookPanel-notebook, #site";
var MARGIN = 16;
var NEIGHBOURS = 0.35;
var UNKNOWN = 0.62;
function followRoom(root, signal) {
  const sizes = new ResizeObserver(() => {
    if (watched) update();
    else if (root.isConnected) begin();
  });
  let watched = null;
  const begin = () => {
    const place = alone() ? contentOf(root) : root.closest(NOTEBOOKS);
    watched = place ?? root;
    sizes.unobserve(root);
    sizes.observe(watched);
  };
  const update = () => {
    const place = watched;
    if (alone()) set(root, besides(place.offsetHeight - root.offsetHeight));
    else if (place === root) set(root, framed());
    else if (place.clientHeight) set(root, `${place.clientHeight - MARGIN}px`);
  };
  sizes.observe(root);
  signal.addEventListener("abort", () => sizes.disconnect());
}
function set(root, height) {
  if (root.style.getPropertyValue("--dalt-height") !== height) root.style.setProperty("--dalt-height", height);
}
function besides(pixels) {
  return pixels > 0 ? `calc(100svh - min(${pixels}px, ${NEIGHBOURS * 100}svh))` : "100svh";
}
function framed() {
  return window.parent === window ? `calc(100svh - ${MARGIN}px)` : `${Math.round(screen.availHeight * UNKNOWN)}px`;
}
function contentOf(root) {
  let node = root;
  while (node.parentElement && node.parentElement !== document.body && node.parentElement.id !== "rendered_cells") node = node.parentElement;
  return node;
}
function coverSaved(place, name) {
  if (!name || place.querySelector(":scope > style")) return;
  place.append(el("style", "", {}, `.${CSS.escape(name)} { display: none !important; }`));
}
function show(sample, buffers) {
  const { buffer, mime } = sample.display;
  if (buffer === null) return;
  sample.blob = new Blob([buffers[buffer]], { type: mime });
  sample.url = URL.createObjectURL(sample.blob);
}
function release(sample) {
  if (sample.url) URL.revokeObjectURL(sample.url);
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
    const said = await this.#ask();
    this.#looking = false;
    if (this.#over) return;
    this.#heed(said);
    if (!this.#over) this.#timer = setTimeout(() => this.#look(), said === "lost" ? LOOK_LOST : LOOK);
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
  #heed(said) {
    if (said !== "lost") this.#doubted = null;
    if (said !== "alive") this.#answeredSince = null;
    if (said === "lost") this.#doubt();
    else if (said === "login") this.#go(() => location.assign(`${this.#server?.login}?next=${encodeURIComponent(location.pathname)}`));
    else if (said === "gone") this.#reload();
    else if (said === "idle") this.#rest();
    else if (said === "alive") this.#wait();
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
function former() {
  const session = keptHere(FORMER);
  keepHere(FORMER, null);
  return session;
}
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
var Held = class {
  queue = [];
  pages = [];
  take(samples, buffers, answered, front) {
    const known = new Set(this.queue.map((sample) => sample.id));
    const fresh = samples.filter(({ id }) => !known.has(id) && !answered.has(id));
    for (const sample of fresh) show(sample, buffers);
    if (front) this.queue.unshift(...fresh);
    else this.queue.push(...fresh);
  }
  open(samples, buffers, answered) {
    for (const sample of samples) {
      this.drop(sample.id);
      delete sample.turn;
    }
    this.take(samples, buffers, answered, true);
  }
  takePages(pages, buffers, answered, front = false) {
    for (const message of pages) {
      if (this.pages.some(({ id }) => id === message.id)) continue;
      const page = opened(message);
      page.samples = page.samples.filter(({ id }) => !answered.has(id));
      for (const sample of page.samples) show(sample, buffers);
      if (page.samples.length) front ? this.pages.unshift(page) : this.pages.push(page);
    }
  }
  refresh(suggestions, onScreen) {
    for (const sample of this.queue) {
      const newer = suggestions[sample.id];
      if (!newer || sample.answered || onScreen.has(sample)) continue;
      const { proposals, submits_proposals, ...suggestion } = newer;
      sample.suggestion = suggestion;
      if (proposals && !sample.marks && !sample.before) Object.assign(sample, { proposals, submits_proposals });
    }
  }
  putBack({ page, sample }) {
    if (page) this.pages.unshift(page);
    else if (sample) this.queue.unshift(sample);
  }
  drop(id) {
    for (const sample of this.queue.filter((held) => held.id === id)) release(sample);
    this.queue = this.queue.filter((held) => held.id !== id);
  }
  dropPage(id) {
    for (const page of this.pages) if (page.id === id) page.samples.forEach(release);
    this.pages = this.pages.filter((page) => page.id !== id);
  }
  dropGone(classes) {
    for (const { id, label } of [...this.pages]) {
      if (!classes.some(({ name }) => name === label)) this.dropPage(id);
    }
  }
  letGo() {
    for (const sample of this.queue.splice(0)) release(sample);
    for (const page of this.pages.splice(0)) page.samples.forEach(release);
  }
};
function opened(message) {
  const page = message;
  if (!(page.said instanceof Map)) page.said = new Map(Object.entries(message.said));
  return page;
}
var WIDE = 860;
var SAMPLE_SHARE = 0.78;
function screenSide() {
  const width = innerWidth * (innerWidth < WIDE ? 1 : SAMPLE_SHARE);
  return Math.ceil(Math.max(width, innerHeight) * (devicePixelRatio || 1));
}
function hello(former2) {
  return { type: "ready", held: [], screen: screenSide(), ...former2 === void 0 ? {} : { former: former2 } };
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
    const ids = /* @__PURE__ */ new Set();
    for (const entry of this.#entries) {
      if (entry.aside) continue;
      const undo = entry.type === "undo";
      const given = entry.sample_ids ?? entry.samples?.map((each) => each.sample_id) ?? [entry.sample_id];
      for (const id of given) undo ? ids.delete(id) : ids.add(id);
    }
    return ids;
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
var UNSEEN = 3;
var Presence = class {
  #on;
  #timer = null;
  #unseen = 0;
  constructor(on) {
    this.#on = on;
  }
  get begun() {
    return this.#timer !== null;
  }
  begin() {
    this.#timer = setInterval(() => this.#tick(), 1e3);
    window.addEventListener("beforeunload", this.#leave);
    window.addEventListener("pageshow", this.#reappear);
  }
  stop() {
    clearInterval(this.#timer ?? void 0);
    window.removeEventListener("beforeunload", this.#leave);
    window.removeEventListener("pageshow", this.#reappear);
  }
  #tick() {
    if (this.#on.looked()) this.#unseen = 0;
    else if (++this.#unseen > UNSEEN && !this.#on.busy()) return this.#rest();
    this.#on.tick();
  }
  #leave = () => {
    this.#on.leave();
    setTimeout(() => this.#on.anew(), 2e3);
  };
  #rest() {
    clearInterval(this.#timer ?? void 0);
    this.#timer = null;
    this.#unseen = 0;
    this.#on.rest();
  }
  #reappear = (event) => {
    if (event.persisted) this.#on.anew();
  };
};
function renumber(former2, classes, samples, pages) {
  const places = former2.map(({ name }) => classes.findIndex((each) => each.name === name || each.formerly.includes(name)));
  const present = (name) => classes[places[former2.findIndex((each) => each.name === name)]]?.name;
  for (const page of pages) {
    page.label = present(page.label) ?? page.label;
    for (const [id, name] of page.said) page.said.set(id, name && (present(name) ?? null));
  }
  for (const sample of samples) {
    const { classes: old, probabilities } = sample.suggestion;
    const moved = old.map((index, rank) => [places[index], probabilities[rank]]);
    const kept = moved.filter(([place], rank) => place >= 0 && moved.findIndex(([other]) => other === place) === rank);
    sample.suggestion = { ...sample.suggestion, classes: kept.map(([place]) => place), probabilities: kept.map(([, share2]) => share2) };
    if (sample.set) sample.set = new Set([...sample.set].flatMap((name) => present(name) ?? []));
    sample.marks?.rename(present);
  }
}
var SHOWN = 3;
function taskOf(setup) {
  const several = setup.multi_label || setup.task !== "classes";
  return { ...setup, several, pages: !several && setup.by_page && !setup.read_only };
}
function seen({ snapshot, classes, probabilities, suggesters }, task) {
  const shown = task.multi_label ? classes.length : SHOWN;
  return { snapshot, classes: classes.slice(0, shown).map((index) => task.classes[index].name), probabilities: probabilities.slice(0, shown), ...suggesters?.length ? { suggesters } : {} };
}
var HISTORY = 20;
var Timeline = class {
  history = [];
  future = [];
  redoable = false;
  answered(entry) {
    this.redoable = false;
    this.future = [];
    this.#remember(entry);
  }
  undo() {
    const last = this.history.pop() ?? {};
    this.redoable = true;
    this.future.push(last);
    return last;
  }
  undone(entry, asExpected, page) {
    if (asExpected || !this.future.includes(entry)) return;
    delete entry.sample;
    delete entry.page;
    if (page) entry.page = page;
  }
  forgetUndo(entry) {
    this.future = this.future.filter((each) => each !== entry);
    this.redoable = this.future.length > 0;
  }
  redo() {
    const next2 = this.future.pop() ?? {};
    if (next2.sample || next2.page) this.#remember(next2);
    return next2;
  }
  forgetRedo(entry) {
    this.unremember(entry);
    samplesOf(entry).forEach(release);
  }
  unremember(entry) {
    this.history = this.history.filter((each) => each !== entry);
  }
  get samples() {
    return this.history.flatMap(samplesOf);
  }
  get pages() {
    return this.history.flatMap(({ page }) => page ?? []);
  }
  #remember(entry) {
    this.history.push(entry);
    if (this.history.length <= HISTORY) return;
    for (const sample of this.history.splice(0, 1).flatMap(samplesOf)) release(sample);
  }
};
function samplesOf({ sample, page }) {
  return page?.samples ?? (sample ? [sample] : []);
}
function proposed({ mode, unsure, pages, standing }) {
  const quicker = standing?.quicker ?? null;
  if (mode === "verify" && unsure && !pages.length) return "single";
  if (quicker === "verify" && unsure) return null;
  return quicker === mode ? null : quicker;
}
function nextMode([sample], [page], mode) {
  if (!sample || !page) return page ? "verify" : "single";
  const [one, other] = [sample.turn ?? -1, page.turn ?? -1];
  if (one === other) return mode;
  return one < other ? "single" : "verify";
}
function takesTurns([page], setup) {
  return Boolean(setup?.by_turns) || page?.turn !== void 0;
}
function modeAfter({ turn }, { by_turns }) {
  return turn !== void 0 && !by_turns ? "single" : "verify";
}
var PAGES = 2;
var ASK_AGAIN = 3e3;
var LATER = 15e3;
var Engine = class extends EventTarget {
  timeline = new Timeline();
  mode = "single";
  pageSize = 12;
  unsure = false;
  setup = null;
  standing = null;
  acknowledged = 0;
  done = false;
  noSamples = false;
  skipped = false;
  adjudicating = false;
  elsewhere = false;
  nothing = false;
  views = /* @__PURE__ */ new Set();
  trouble = null;
  #held = new Held();
  #line;
  #steps = /* @__PURE__ */ new Map();
  #presence = new Presence({ tick: () => this.#tick(), looked: () => this.views.size > 0, busy: () => this.waiting > 0, leave: () => this.#line.tell({ type: "bye" }), rest: () => {
    this.#held.letGo();
    this.#line.tell({ type: "bye" });
  }, anew: () => this.#startAnew() });
  #wanted = 0;
  #pagesWanted = -Infinity;
  #pagesAsked = false;
  constructor(model, signal) {
    super();
    this.#line = new Line(model, () => this.#changed());
    model.on("msg:custom", (message, buffers) => this.#hear(message, buffers));
    model.on("comm_live_update", () => this.#presence.begun && this.ask({ type: "heartbeat" }));
    signal.addEventListener("abort", () => this.#stop());
    new Comeback(this, signal);
  }
  get queue() {
    return this.#held.queue;
  }
  get pages() {
    return this.#held.pages;
  }
  get waiting() {
    return this.#line.outbox?.size ?? 0;
  }
  get durable() {
    return this.#line.outbox?.durable ?? true;
  }
  get offline() {
    return this.#line.offline;
  }
  get heardAt() {
    return this.#line.heardAt;
  }
  start() {
    if (this.#presence.begun) return;
    this.#presence.begin();
    this.ask(hello(former()));
  }
  lose(trouble2) {
    this.trouble = trouble2;
    this.#line.lose();
  }
  answer(sample, label, look, proposed2 = []) {
    const { setup } = this;
    if (setup === null || this.queue[0] !== sample) return false;
    if (setup.read_only) return label === null ? this.#pass() : this.#unsaved();
    this.queue.shift();
    this.timeline.answered({ sample, label });
    this.#line.post({ type: "answer", sample_id: sample.id, label, suggestion: seen(sample.suggestion, setup), proposed: proposed2, ...look, mode: "single" });
    return true;
  }
  verify(page, look) {
    const { setup } = this;
    if (setup === null || this.pages[0] !== page) return false;
    this.pages.shift();
    this.timeline.answered({ page });
    const samples = page.samples.map(({ id, suggestion }) => ({ sample_id: id, label: page.said.has(id) ? page.said.get(id) ?? null : page.label, suggestion: seen(suggestion, setup) }));
    this.#line.post({ type: "verify", page_id: page.id, samples, ...look });
    this.mode = modeAfter(page, setup);
    this.#morePages();
    return true;
  }
  undo() {
    if (this.setup === null || this.#unsaved()) return;
    const last = this.timeline.undo();
    this.#held.putBack(last);
    const { page, sample } = last;
    if (page) {
      this.mode = "verify";
      const ids = page.samples.map(({ id }) => id);
      this.#step(last, { type: "undo", page_id: page.id, label: page.label, sample_ids: ids });
      return;
    }
    if (sample) this.mode = "single";
    this.#step(last, { type: "undo", sample_id: sample?.id ?? null });
  }
  redo() {
    if (this.setup === null || this.#unsaved()) return;
    const next2 = this.timeline.redo();
    const samples = samplesOf(next2);
    if (samples.length) {
      this.mode = next2.page ? "verify" : "single";
      this.#held.queue = this.queue.filter((held) => held !== next2.sample);
      this.#held.pages = this.pages.filter((held) => held !== next2.page);
    }
    this.#step(next2, { type: "redo", sample_ids: samples.map(({ id }) => id) });
    if (this.mode === "verify") this.#morePages();
  }
  keep(sample) {
    if (this.queue[0] !== sample) return;
    this.ask({ type: "keep", sample_id: sample.id });
    this.dispatchEvent(new CustomEvent("kept", { detail: sample.id }));
    this.#held.drop(sample.id);
    if (!this.queue.length) this.#more();
    this.#changed();
  }
  post(message) {
    if (!this.#unsaved()) this.#line.post({ ...message, aside: true });
  }
  #unsaved() {
    if (this.setup?.read_only) this.#notify("reads_only", "");
    return Boolean(this.setup?.read_only);
  }
  #pass() {
    this.#held.drop(this.queue[0].id);
    this.#more();
    this.#changed();
    return true;
  }
  setMode(mode) {
    if (this.setup === null || mode === this.mode) return;
    this.mode = mode;
    if (mode === "verify") this.#morePages();
    else if (!this.queue.length) this.#more();
    this.#changed();
  }
  get proposal() {
    return proposed(this);
  }
  #step(entry, message) {
    const key = newKey();
    this.#steps.set(key, entry);
    this.#line.post(message, key);
  }
  ask(message) {
    this.#line.ask(message);
  }
  #more() {
    this.#wanted = performance.now();
    this.ask({ type: "more", held: this.queue.map((sample) => sample.id) });
  }
  #morePages() {
    if (this.mode === "single" || this.pages.length >= PAGES || this.setup?.by_turns) return;
    this.#pagesWanted = performance.now();
    this.#pagesAsked = true;
    this.ask({ type: "pages", held: this.pages.map(({ id }) => id), size: this.pageSize });
  }
  #tick() {
    const now = performance.now();
    if (this.#line.tick(1e3 * (this.setup?.heartbeat ?? 15))) {
      if (this.setup === null) this.ask(hello());
      this.ask({ type: "heartbeat" });
    }
    this.#line.pump();
    const idle = this.setup && !this.done && this.#line.idle;
    const byTurns = this.setup?.by_turns;
    if (this.mode === "verify" && !byTurns) {
      const due = this.pages.length < (this.#pagesAsked ? PAGES : 1);
      if (idle && due && now - this.#pagesWanted > (this.unsure ? LATER : ASK_AGAIN)) this.#morePages();
    } else if (idle && !this.queue.length && !(byTurns && this.pages.length)) {
      if (now - this.#wanted > ASK_AGAIN) this.#more();
    }
    this.#line.listen();
  }
  #startAnew() {
    this.#held.letGo();
    this.#changed();
    this.ask(hello());
    if (this.mode === "verify") this.#morePages();
  }
  #stop() {
    this.#presence.stop();
    this.#held.letGo();
    this.timeline.samples.forEach(release);
  }
  #hear(message, buffers) {
    const handler = this.#handlers[message.type];
    this.#line.heard(message);
    this.trouble = null;
    handler?.(message, buffers ?? []);
    this.dispatchEvent(new CustomEvent(`kernel:${message.type}`, { detail: { message, buffers: buffers ?? [] } }));
    this.#line.pump();
    this.#changed();
  }
  #handlers = { setup: (message) => {
    if (this.setup) {
      const pages2 = [...this.pages, ...this.timeline.pages];
      const samples = [...this.queue, ...this.pages.flatMap((page) => page.samples), ...this.timeline.samples];
      renumber(this.setup.classes, message.classes, samples, pages2);
    }
    this.setup = taskOf(message);
    const { pages, by_turns } = this.setup;
    if (!pages && !by_turns && this.mode === "verify") this.mode = "single";
    this.#held.dropGone(message.classes);
    this.acknowledged = message.acknowledged;
    this.standing = message.standing;
    this.#line.open(message.project, message.annotator);
  }, samples: (message, buffers) => {
    this.done = message.done;
    this.skipped = message.skipped;
    this.noSamples = message.no_samples;
    this.elsewhere = message.elsewhere;
    this.nothing = message.nothing;
    this.#held.take(message.samples, buffers, this.#answered, false);
  }, pages: (message, buffers) => {
    this.#pagesAsked = false;
    this.unsure = message.nothing;
    this.done = message.done;
    this.skipped = message.skipped;
    this.noSamples = message.no_samples;
    this.elsewhere = message.elsewhere;
    this.#held.takePages(message.pages, buffers, this.#answered);
  }, taken: (message) => {
    for (const id of message.page_ids) this.#held.dropPage(id);
  }, ack: (message) => {
    this.acknowledged = message.acknowledged;
    if (message.page !== this.#line.page && message.kind === "page") this.#held.dropPage(message.page_id);
    else if (message.page !== this.#line.page) this.#held.drop(message.sample_id);
    this.#settle(message.key);
  }, undone: (message, buffers) => this.#undone(message, buffers), refresh: (message) => {
    const learned = message.standing.snapshot !== this.standing?.snapshot;
    this.standing = message.standing;
    if (learned && this.mode === "verify" && this.unsure && !this.pages.length) this.#morePages();
    const onScreen = new Set([...this.views].map(({ shown }) => shown));
    this.#held.refresh(message.suggestions, onScreen);
  }, redone: (message) => this.#redone(message), noted: (message) => this.#settle(message.key), not_opened: () => this.#notify("not_opened", ""), opened: (message, buffers) => {
    this.mode = "single";
    this.done = false;
    this.#held.open(message.samples, buffers, this.#answered);
  }, refused: (message) => {
    this.#settle(message.key);
    if (this.setup?.by_turns) this.#more();
    this.#notify("refused", message.message);
  }, failed: ({ message, key }) => this.#notify(key == null ? "mishap" : "trouble", message, key) };
  #undone(message, buffers) {
    const asked = this.#settle(message.key);
    const entry = this.#stepOf(message.key);
    const { sample_ids: ids, samples, reopened } = message;
    this.acknowledged = message.acknowledged;
    if (asked?.sample_id && !ids.includes(asked.sample_id)) this.#held.drop(asked.sample_id);
    const known = asked?.sample_ids ?? [asked?.sample_id];
    const asExpected = JSON.stringify(known) === JSON.stringify(ids);
    if (asked?.page_id && !asExpected) this.#held.dropPage(asked.page_id);
    if (ids.length) {
      this.done = false;
      if (reopened) this.mode = "verify";
      else if (samples.length) this.mode = "single";
      this.#held.take(samples, buffers, this.#answered, true);
      for (const { id } of reopened?.samples ?? []) this.#held.drop(id);
      if (reopened) this.#held.takePages([reopened], buffers, this.#answered, true);
      this.timeline.undone(entry, asExpected, reopened && opened(reopened));
    } else {
      this.timeline.forgetUndo(entry);
      if (asked) this.#notify("nothing_to_undo", "");
    }
  }
  #redone(message) {
    const asked = this.#settle(message.key);
    const entry = this.#stepOf(message.key);
    const { sample_ids: ids } = message;
    this.acknowledged = message.acknowledged;
    const expected = asked?.sample_ids ?? [];
    if (expected.length && !ids.length && samplesOf(entry).length) {
      this.timeline.unremember(entry);
      this.#held.putBack(entry);
    } else if (expected.length && JSON.stringify(expected) !== JSON.stringify(ids)) {
      this.timeline.forgetRedo(entry);
      this.mode === "verify" && !this.setup?.by_turns ? this.#morePages() : this.#more();
    } else if (asked && ids.length && !expected.length) this.mode = message.paged ? "verify" : "single";
    const held = new Set([...this.#steps.values()].flatMap(samplesOf).map(({ id }) => id));
    const gone = ids.filter((id) => !held.has(id));
    for (const id of gone) this.#held.drop(id);
    for (const page of [...this.pages]) {
      if (page.samples.some(({ id }) => gone.includes(id))) this.#held.dropPage(page.id);
    }
    if (ids.length) return;
    this.timeline.redoable = false;
    if (asked) this.#notify("nothing_to_redo", "");
  }
  #stepOf(key) {
    const entry = this.#steps.get(key) ?? {};
    this.#steps.delete(key);
    return entry;
  }
  get #answered() {
    return this.#line.outbox?.answered() ?? /* @__PURE__ */ new Set();
  }
  #settle(key) {
    this.dispatchEvent(new CustomEvent("settled", { detail: key }));
    return key === null ? null : this.#line.outbox?.remove(key) ?? null;
  }
  #notify(name, message, key = null) {
    this.dispatchEvent(new CustomEvent("notice", { detail: { name, message, key } }));
  }
  #changed() {
    if (takesTurns(this.pages, this.setup)) this.mode = nextMode(this.queue, this.pages, this.mode);
    if (this.setup) this.#line.switched(this.mode);
    this.dispatchEvent(new Event("change"));
  }
};
var PAUSE = 3e4;
var Stopwatch = class {
  keys = 0;
  clicks = 0;
  seen = true;
  #now;
  #wall;
  #shown = 0;
  #shownAt = 0;
  #sign = 0;
  #banked = 0;
  #active = 0;
  #hidden = 0;
  #idle = 0;
  #paint = null;
  #first = null;
  constructor(now = () => performance.now(), wall = () => Date.now()) {
    this.#now = now;
    this.#wall = wall;
    this.restart();
  }
  restart() {
    const now = this.#now();
    this.#shown = now;
    this.#shownAt = this.#wall();
    this.#sign = now;
    this.#banked = now;
    this.#active = 0;
    this.#hidden = 0;
    this.#idle = 0;
    this.#paint = null;
    this.#first = null;
    this.keys = 0;
    this.clicks = 0;
  }
  see(seen2) {
    if (seen2 === this.seen) return;
    this.#bank();
    this.seen = seen2;
    if (seen2) this.#sign = this.#banked;
  }
  alive() {
    this.#bank();
    this.#sign = this.#banked;
  }
  press(what) {
    if (!this.seen) return;
    this[what] += 1;
    this.#first ??= this.#now() - this.#shown;
  }
  get painted() {
    return this.#paint !== null;
  }
  paint() {
    this.#paint ??= this.#now() - this.#shown;
  }
  read() {
    this.#bank();
    return { shown_at: new Date(this.#shownAt).toISOString(), active_ms: Math.round(this.#active), timing: { paint_ms: rounded(this.#paint), first_key_ms: rounded(this.#first), commit_ms: Math.round(this.#banked - this.#shown), hidden_ms: Math.round(this.#hidden), idle_ms: Math.round(this.#idle), wall_ms: Math.round(this.#wall() - this.#shownAt), n_keys: this.keys, n_clicks: this.clicks } };
  }
  #bank() {
    const now = this.#now();
    const passed = now - this.#banked;
    if (this.seen) {
      const active = Math.max(0, Math.min(now, this.#sign + PAUSE) - this.#banked);
      this.#active += active;
      this.#idle += passed - active;
    } else this.#hidden += passed;
    this.#banked = now;
  }
};
function rounded(milliseconds) {
  return milliseconds === null ? null : Math.round(milliseconds);
}
var SIGNS = ["pointermove", "wheel", "touchstart"];
var MODIFIERS = /* @__PURE__ */ new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock"]);
var ActiveClock = class {
  #watch;
  #root;
  #inView = true;
  #awaited = false;
  #shown = 0;
  constructor(element, root, signal, former2) {
    this.#root = root;
    this.#watch = former2 ? former2.#watch : new Stopwatch();
    const options = { capture: true, passive: true, signal };
    const alive = () => this.#watch.alive();
    for (const name of SIGNS) document.addEventListener(name, alive, options);
    document.addEventListener("keydown", (event) => this.#key(event), options);
    document.addEventListener("pointerdown", (event) => this.#press(event), options);
    document.addEventListener("visibilitychange", () => this.#turn(), { signal });
    window.addEventListener("focus", () => this.#turn(), { signal });
    window.addEventListener("blur", () => this.#turn(), { signal });
    const watcher = new IntersectionObserver((seen2) => {
      this.#inView = seen2[seen2.length - 1].isIntersecting;
      this.#turn();
    });
    watcher.observe(element);
    signal.addEventListener("abort", () => watcher.disconnect());
  }
  restart() {
    this.#watch.restart();
    this.#shown += 1;
    this.#awaited = false;
    this.#turn();
  }
  read() {
    return this.#watch.read();
  }
  #key({ key, repeat, target }) {
    this.#alive();
    if (!repeat && !MODIFIERS.has(key) && this.#has(target)) this.#watch.press("keys");
  }
  #press({ isPrimary, target }) {
    this.#alive();
    if (isPrimary && this.#has(target)) this.#watch.press("clicks");
  }
  #alive() {
    this.#watch.alive();
    this.#turn();
  }
  #has(target) {
    return target instanceof Node && this.#root.contains(target);
  }
  get #onScreen() {
    return document.visibilityState === "visible" && this.#inView;
  }
  #turn() {
    this.#watch.see(this.#onScreen && document.hasFocus());
    if (this.#watch.painted || this.#awaited || !this.#onScreen) return;
    this.#awaited = true;
    const sample = this.#shown;
    requestAnimationFrame(() => setTimeout(() => this.#painted(sample)));
  }
  #painted(sample) {
    if (sample !== this.#shown) return;
    this.#awaited = false;
    if (this.#onScreen) this.#watch.paint();
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
  short(name, most2) {
    if (name.length <= most2) return name;
    const words = this.#parts.get(name);
    if (!words) return `${name.slice(0, most2 - 1)}…`;
    const kept = words.map(([from, to]) => name.slice(from, to).trim()).join("…");
    return `${name.slice(0, Math.max(3, most2 - kept.length - 1)).trimEnd()}…${kept}`;
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
function inEveryLanguage(name) {
  return Object.values(TEXT).map((table2) => table2[name]);
}
function speak(language, classes = []) {
  const locale = chosen(language);
  const table2 = TEXT[locale];
  const number = new Intl.NumberFormat(locale);
  const names = new Names(classes);
  return { locale, called: (node, name, room = 0) => names.put(node, name, room), short: (name, most2) => names.short(name, most2), number: (value) => number.format(value), percent(share2) {
    const whole2 = Math.round(share2 * 100);
    const sign = share2 < 1 && whole2 === 100 ? ">99" : share2 > 0 && whole2 === 0 ? "<1" : null;
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
function trouble(message) {
  return el("p", "dalt-broken", { dir: "auto" }, message);
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
    const share2 = Math.min(1, Math.max(0, (event.clientX - left) / width));
    if (Number.isFinite(audio.duration)) audio.currentTime = share2 * audio.duration;
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
    shares.forEach((share2, at) => {
      const [x, y] = [Math.floor(at / HEIGHT), HEIGHT - 1 - at % HEIGHT];
      pixels.data[4 * (y * width + x) + 3] = 255 * share2 ** 1.5;
    });
    context.putImageData(pixels, 0, 0);
    return true;
  } catch {
    return false;
  }
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
function opensPalette({ key, code, ctrlKey, metaKey, altKey, shiftKey }) {
  if (!(ctrlKey || metaKey) || altKey || shiftKey) return false;
  return key.toLowerCase() === "k" || code === "KeyK" && !/^[a-z]$/i.test(key);
}
function acceptPhrase({ task, several }) {
  if (task !== "classes") return "key_submit_spans";
  return several ? "key_submit" : "key_accept";
}
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
var SCROLL = { ArrowDown: 0.15, ArrowUp: -0.15, PageDown: 0.9, PageUp: -0.9, " ": 0.9 };
var COMBINED = /* @__PURE__ */ new Set(["z", "k"]);
var Keyboard = class {
  #root;
  #page;
  #focus;
  constructor(root, page, signal) {
    this.#root = root;
    this.#page = page;
    this.#focus = new FocusKeeper(root, (control) => page.verify?.homeOf(control) ?? root, signal);
    if (!alone()) window.addEventListener("keydown", (event) => this.#shield(event), { signal, capture: true });
    root.addEventListener("keydown", (event) => this.#onKey(event), { signal });
    document.addEventListener("keydown", (event) => {
      if (!this.#focus.nobodyElse) return;
      this.#focus.take();
      this.#onKey(event);
    }, { signal });
    if (alone()) this.#begin(signal);
  }
  #begin(signal) {
    const seen2 = new IntersectionObserver(() => nobody() && this.#focus.take());
    seen2.observe(this.#root);
    signal.addEventListener("abort", () => seen2.disconnect());
  }
  #shield({ key, target, altKey, ctrlKey, metaKey }) {
    const ours = key.length === 1 || key.startsWith("Arrow") || ["Enter", "Backspace", "Delete"].includes(key);
    const combined = altKey || (ctrlKey || metaKey) && !COMBINED.has(key.toLowerCase());
    const shielded = ours && !combined && within(this.#root, target);
    mark(this.#root, "data-lm-suppress-shortcuts", shielded ? "true" : null);
  }
  #onKey(event) {
    if (event.altKey || event.isComposing) return;
    const combined = event.ctrlKey || event.metaKey;
    if (combined && !COMBINED.has(event.key.toLowerCase()) && !opensPalette(event)) return;
    if (keepsKey(event) && !opensPalette(event)) {
      event.stopPropagation();
      return;
    }
    const action = this.#actionOf(event);
    if (!action) return;
    event.stopPropagation();
    if (action === "native") return;
    event.preventDefault();
    this.#page.menu?.close();
    if (!event.repeat || action.repeats) action();
  }
  #actionOf(event) {
    const page = this.#page;
    const { key } = event;
    if (!page.built) return /^[a-z0-9]$/i.test(key) ? () => {
    } : null;
    if (key === "Escape" && page.menu?.open) return () => {
    };
    const letter = page.keys.nameOf(event);
    const does = page.keys.actionOf(letter);
    if (page.spans?.drawing) return this.#whileDrawing(key, page.keys.classOf(letter));
    for (const addon of page.helping ? [] : page.addons) {
      const action = addon.actionOf?.(event, letter);
      if (action) return action;
    }
    const open = page.covered;
    if (key === "Escape" && open) return () => page.help(false);
    if (does === "help") return () => page.help();
    if (!open && page.verify) {
      const meant = does === "accept" ? "Enter" : key === "Enter" ? "" : key;
      const { target, shiftKey } = event;
      const action = page.verify.actionOf({ key: meant, target, shiftKey });
      if (action) return action;
    }
    const marking = !open && page.shown ? page.spans?.actionOf(event) ?? null : null;
    if (marking) return marking;
    const pressed = closest(event.target, "button");
    if ((key === "Enter" || key === " ") && pressed && !event.repeat) return "native";
    if (open) return key === "Tab" ? () => {
    } : key.length === 1 || key === "Enter" ? () => {
    } : null;
    const z = (event.ctrlKey || event.metaKey) && key.toLowerCase() === "z";
    if (z || does === "undo" && event.shiftKey) {
      return z && !event.shiftKey ? () => page.undo() : () => page.redo();
    }
    if (key === "Backspace") return () => page.undo();
    if (key === "Escape" && page.shown?.answered) return () => page.keep();
    if (!page.verify) {
      if (does === "accept") return event.shiftKey ? null : () => page.accept();
      if (does === "take" && page.spans) return () => page.take(event.shiftKey);
      const sound = does === "play" ? page.stage.querySelector("audio") : null;
      if (sound) return () => togglePlay(sound);
      if (key in SCROLL) return this.#scroll(SCROLL[key]);
    }
    const index = page.keys.classOf(letter);
    if (index !== void 0) return () => page.choose(index);
    if (does === "search") return () => page.search();
    if (does === "skip") return () => page.choose(null);
    if (does === "undo") return () => page.undo();
    if (does === "mode") return () => page.switchMode();
    return /^[a-z0-9]$/.test(letter) ? () => {
    } : null;
  }
  #whileDrawing(key, index) {
    const page = this.#page;
    if (key === "Escape") return () => page.spans?.cancel();
    if (index !== void 0) return () => page.choose(index);
    return /^F\d/.test(key) ? null : () => {
    };
  }
  #scroll(pages) {
    const scroller = this.#page.stage.querySelector("[data-scroll]");
    if (!scroller || scroller.scrollHeight <= scroller.clientHeight) return "native";
    const scroll = () => scroller.scrollBy({ top: pages * scroller.clientHeight });
    scroll.repeats = true;
    return scroll;
  }
};
var Drafts = class {
  #shown;
  #place = "";
  #left = null;
  constructor(shown, signal) {
    this.#shown = shown;
    window.addEventListener("pagehide", () => this.#keep(), { signal });
  }
  resume(sample, { project, annotator, classes }) {
    if (!this.#place) {
      this.#place = `dalt:draft:${JSON.stringify([project, annotator])}`;
      this.#left = taken(this.#place);
    }
    const left = this.#left;
    if (left?.sample_id !== sample.id || sample.answered || sample.marks || sample.set) return;
    this.#left = null;
    const named2 = new Set(classes.map(({ name }) => name));
    sample.draft = left.marks?.filter(({ label }) => named2.has(label));
    if (left.set) Object.assign(sample, { set: new Set(left.set.filter((name) => named2.has(name))), begun: true });
  }
  #keep() {
    const draft = draftOf(this.#shown()) ?? this.#left;
    if (!draft || !this.#place) return;
    try {
      sessionStorage.setItem(this.#place, JSON.stringify(draft));
    } catch {
    }
  }
};
function draftOf(sample) {
  if (!sample || sample.answered) return null;
  const { id: sample_id, marks, set: set2, begun } = sample;
  if (set2) return begun ? { sample_id, set: [...set2] } : null;
  return marks?.begun ? { sample_id, marks: marks.draft } : null;
}
function taken(place) {
  try {
    const kept = sessionStorage.getItem(place);
    sessionStorage.removeItem(place);
    return kept === null ? null : JSON.parse(kept);
  } catch {
    return null;
  }
}
function putMessage(node, name, words, engine) {
  if (engine.noSamples && name !== "waiting") name = "bare";
  const offers = name === "done" && engine.skipped;
  const hint = name === "waiting" ? null : hintOf(name, engine);
  const says = offers ? "done, skipped" : `${name} ${hint}`;
  if (node.dataset.says === says) return;
  node.dataset.says = says;
  node.replaceChildren(el("p", "dalt-message-head", {}, words.say(name)));
  if (hint) node.append(el("p", "", {}, words.say(hint)));
  if (!offers) return;
  node.append(button("dalt-quiet", "open-skipped", () => engine.ask({ type: "open_skipped" }), words.say("open_skipped")));
}
function hintOf(name, { elsewhere, setup }) {
  if (name === "empty" && elsewhere) return "empty_own_hint";
  if (name === "bare" && mayCommand(setup?.owner)) return "bare_owner_hint";
  return `${name}_hint`;
}
function farewell({ say }) {
  return `${say("offline")} ${say(alone() ? "offline_reload" : "offline_lab")}`;
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
  const most2 = FIELDS.filter((fewer) => n > fewer).length + 1;
  mark(node, "data-columns", most2);
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
  let scroller = from.parentElement;
  while (scroller && scroller.scrollHeight <= scroller.clientHeight + 1) scroller = scroller.parentElement;
  const far = (scroller?.clientHeight ?? innerHeight) * 0.9;
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
  const set2 = setOf(sample, classes);
  const { name } = classes[index];
  if (!set2.delete(name)) set2.add(name);
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
  const set2 = setOf(sample, classes);
  return classes.map(({ name }) => name).filter((name) => set2.has(name));
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
    const same = sample && suggestion?.classes.length && JSON.stringify([...suggested(sample, this.#classes)].sort()) === JSON.stringify([...answer].sort());
    put(this.#why, same ? say("as_suggested") : "");
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
    const most2 = few ? 1 : isMany(setup) ? TOP_OF_MANY : TOP;
    this.#classes = classes;
    this.#words = words;
    this.#none = words.say(setup.blind ? "blind" : "no_suggestion");
    this.#soon = words.say(setup.blind ? "blind" : "suggestions_soon");
    this.#checked = words.say(setup.blind ? "blind" : "checked_here");
    this.#unencoded = words.say(setup.blind ? "blind" : "not_encoded");
    this.#tops = Array.from({ length: Math.min(most2, classes.length) }, (_, rank) => {
      const key = el("kbd", "", {}, rank === 0 ? keys.shown("accept") : "");
      const name = el("span", "dalt-name", { dir: "auto" });
      const percent = el("span", "dalt-percent");
      const fill2 = el("span", "dalt-meter-fill");
      const top = button("dalt-top", rank === 0 ? "accept" : "candidate", () => choose(rank), el("span", "dalt-top-line", {}, key, name, percent), el("span", "dalt-meter", { "aria-hidden": "true" }, fill2));
      return { key, name, percent, fill: fill2, button: top };
    });
    this.node = el("div", few ? "dalt-strip dalt-strip-few" : most2 > TOP ? "dalt-strip dalt-strip-many" : "dalt-strip", { role: "group", "aria-label": words.say("suggestions") }, ...this.#tops.map(({ button: button3 }) => button3), this.#urged);
  }
  urge() {
    const said = this.#words.say("choose_yourself");
    put(this.#tops[0].name, said);
    put(this.#urged, said);
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
    const share2 = suggestion?.probabilities ?? [];
    this.#tops.forEach((top, at) => {
      const spec = this.#classes[ranked[at]];
      const name = spec?.name ?? "";
      top.button.disabled = !spec;
      top.button.classList.toggle("dalt-none", !spec);
      mark(top.button, "data-label", spec ? name : null);
      mark(top.button, "data-probability", spec ? share2[at].toFixed(4) : null);
      if (at > 0) put(top.key, spec ? spec.key.toUpperCase() : "");
      called(top.name, spec ? name : at === 0 ? why : "");
      put(top.percent, spec ? percent(share2[at]) : "");
      top.fill.style.transform = `scaleX(${spec ? share2[at].toFixed(3) : 0})`;
      mark(top.button, "aria-label", spec ? say(at === 0 ? "accept" : "choose_keyless", { name, percent: percent(share2[at]) }) : null);
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
    const longest = needed.reduce((most2, each) => Math.max(most2, Math.min(18, each)), 0);
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
    const choice = button("dalt-class", "class", onClick, tint, el("span", "dalt-chip", { "aria-hidden": "true" }), el("kbd", spec.key ? "" : "dalt-keyless", {}, spec.key.toUpperCase()), text, percent);
    choice.dataset.class = spec.name;
    choice.style.setProperty("--chip", spec.colour);
    return { button: choice, percent, tint, spec, painted: {} };
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
    const share2 = suggestion?.probabilities ?? [];
    const ranks = new Array(this.#choices.length).fill(null);
    suggestion?.classes.forEach((index, at) => {
      ranks[index] = at;
    });
    const set2 = this.#several && sample ? setOf(sample, this.#classes) : null;
    this.#choices.forEach((part, index) => {
      if (this.#several) mark(part.button, "aria-pressed", String(set2?.has(part.spec.name) ?? false));
      if (active !== null) mark(part.button, "aria-pressed", String(index === active));
      this.#paintOne(part, ranks[index], ranks[index] === null ? 0 : share2[ranks[index]], !sample);
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
  constructor(setup, words, keys, choices2, groups, on) {
    this.#classes = setup.classes;
    this.#stacks = setup.classes.map(haystack);
    this.#choices = choices2;
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
var DetailsLine = class {
  lines;
  #desk;
  #sample = null;
  constructor(desk) {
    this.#desk = desk;
    this.lines = detailsList(desk.words);
  }
  paint() {
    const sample = this.#desk.current();
    if (sample === this.#sample) return;
    this.#sample = sample;
    fillDetails(this.lines, sample, this.#desk.words);
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
  const said = value === "" ? el("span", "dalt-missing", {}, "–", el("span", "dalt-hidden", {}, words.say("missing"))) : el("span", "dalt-detail", { dir: "auto", title: value }, value);
  return el("li", "", {}, el("span", "dalt-detail-name", { dir: "auto" }, name), " ", said);
}
var LOW = 2;
var SCROLL2 = { ArrowUp: -0.15, ArrowDown: 0.15, PageUp: -0.9, PageDown: 0.9 };
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
    const scroller = index === void 0 && key in SCROLL2 ? find(this.#parts.stage, "[data-scroll]") : null;
    if (scroller) {
      const scroll = () => scroller.scrollBy({ top: SCROLL2[key] * scroller.clientHeight });
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
    const said = /* @__PURE__ */ new Map();
    for (const { annotator, label } of answers) {
      const name = answer(label);
      const color = setup.classes.find((spec) => spec.name === label)?.colour ?? "transparent";
      said.set(name, { color, who: [...said.get(name)?.who ?? [], annotator] });
    }
    const rows = [...said].sort(([, one], [, other]) => other.who.length - one.who.length);
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
var HIGHLIGHT = "dalt-words";
var MOST_FOUND = 2e3;
function wordsOf(field) {
  const parts = field.split(field.includes(",") ? "," : /\s+/);
  return [...new Set(parts.map((word) => word.trim()).filter(Boolean))];
}
function highlight(node, words, name = HIGHLIGHT) {
  for (const mark2 of node?.querySelectorAll("mark.dalt-found") ?? []) {
    const parent = mark2.parentNode;
    mark2.replaceWith(...mark2.childNodes);
    parent?.normalize();
  }
  const found = node && words.length ? rangesOf(node, words) : [];
  if (globalThis.CSS?.highlights && globalThis.Highlight) {
    if (found.length) CSS.highlights.set(name, new Highlight(...found));
    else CSS.highlights.delete(name);
  } else {
    for (const range of found.reverse()) range.surroundContents(el("mark", "dalt-found"));
  }
  return found.length;
}
function reveal(scroller) {
  if (!scroller) return;
  const found = [...globalThis.CSS?.highlights?.get(HIGHLIGHT) ?? scroller.querySelectorAll("mark.dalt-found")];
  const box = scroller.getBoundingClientRect();
  const places = found.map((each) => each.getBoundingClientRect());
  if (!places.length || places.some(({ top, bottom }) => top >= box.top && bottom <= box.bottom)) return;
  scroller.scrollTop += places[0].top - box.top - scroller.clientHeight / 3;
}
function rangesOf(node, words) {
  const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(escaped.sort((a, b) => b.length - a.length).join("|"), "giu");
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node2 = walker.nextNode(); node2 && found.length < MOST_FOUND; node2 = walker.nextNode()) {
    const text = node2;
    for (const match of text.data.matchAll(pattern)) {
      const range = new Range();
      range.setStart(text, match.index);
      range.setEnd(text, match.index + match[0].length);
      found.push(range);
      if (found.length >= MOST_FOUND) break;
    }
  }
  return found;
}
var WITHOUT_STORAGE = /* @__PURE__ */ new Map();
var Remembered = class {
  #place;
  constructor(project = null) {
    this.#place = project === null ? "dalt-view" : `dalt-view-${project}`;
  }
  get(name, otherwise) {
    return this.#values[name] ?? otherwise;
  }
  set(name, value) {
    const values = { ...this.#values, [name]: value };
    try {
      localStorage.setItem(this.#place, JSON.stringify(values));
    } catch {
      WITHOUT_STORAGE.set(this.#place, values);
    }
  }
  get #values() {
    const here = WITHOUT_STORAGE.get(this.#place);
    try {
      return here ?? JSON.parse(localStorage.getItem(this.#place) ?? "{}");
    } catch {
      return here ?? {};
    }
  }
};
var SLIVER = 16;
function markSliver(image) {
  if (!(image instanceof HTMLImageElement) || !image.naturalHeight) return;
  const ratio = image.naturalWidth / image.naturalHeight;
  mark(image, "data-sliver", ratio > SLIVER ? "wide" : ratio < 1 / SLIVER ? "tall" : null);
}
var LONG_PRESS = 500;
var SWIPE = 60;
var HIGHLIGHT2 = "dalt-words-looked-at";
var WAYS2 = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 };
var SCROLL3 = { ArrowUp: -0.15, ArrowDown: 0.15, PageUp: -0.9, PageDown: 0.9, Home: -1e6, End: 1e6 };
var CloseUp = class {
  node;
  open = false;
  #desk;
  #sample = null;
  #url = null;
  #from = null;
  #moved = false;
  #timer;
  #pressed = false;
  #finger = null;
  #place = el("div", "dalt-closeup-place");
  #said = el("p", "dalt-closeup-said", { role: "status" });
  #buttons;
  #ended = new AbortController();
  constructor(desk) {
    this.#desk = desk;
    const { say } = desk.words;
    this.#buttons = { before: button("dalt-quiet", "closeup-before", () => this.#go(-1), "←"), after: button("dalt-quiet", "closeup-after", () => this.#go(1), "→"), close: button("dalt-quiet", "closeup-close", () => this.#hide(), say("close"), el("kbd", "", {}, "Esc")) };
    const { before: before2, after, close } = this.#buttons;
    mark(before2, "aria-label", say("closeup_before"));
    mark(after, "aria-label", say("closeup_after"));
    this.node = el("div", "dalt-closeup", { hidden: "", role: "dialog", "aria-modal": "true", "aria-label": say("closeup"), "data-dalt": "closeup" }, this.#place, el("div", "dalt-closeup-bar", {}, before2, this.#said, after, close));
    this.#listen();
  }
  #listen() {
    const { root, engine } = this.#desk;
    const { signal } = this.#ended;
    this.node.addEventListener("click", ({ target }) => {
      if (!closest(target, ".dalt-closeup-bar, .dalt-text, .dalt-rows, .dalt-audio")) this.#hide();
    });
    this.node.addEventListener("pointerdown", ({ pointerType, isPrimary, clientX: x, clientY: y }) => {
      this.#finger = pointerType === "touch" && isPrimary ? { x, y } : null;
    });
    this.node.addEventListener("pointerup", (event) => this.#swiped(event));
    const on = (name, handler, more = {}) => root.addEventListener(name, handler, { signal, ...more });
    on("click", (event) => this.#clicked(event), { capture: true });
    on("pointerdown", (event) => this.#down(event));
    for (const name of ["pointerup", "pointercancel", "pointermove"]) on(name, () => clearTimeout(this.#timer));
    on("contextmenu", (event) => this.#pressed && event.preventDefault());
    engine.addEventListener("kernel:full", ({ detail: detail2 }) => this.#full(detail2), { signal });
  }
  close() {
    this.#ended.abort();
    clearTimeout(this.#timer);
    if (this.open) this.#hide();
  }
  actionOf({ key, target }, letter) {
    const { engine, keys, taken: taken2, root } = this.#desk;
    if (this.open) return this.#whileOpen(key, target) ?? (keys.actionOf(letter) === "help" ? () => {
    } : null);
    if (engine.mode !== "verify" || key !== "+" && key !== "=" || taken2(letter)) return null;
    if (root.querySelector(":scope > [inert]")) return null;
    const id = this.#desk.current()?.id ?? find(root, ".dalt-tile:hover")?.dataset.sampleId;
    return id === void 0 ? null : () => this.#show(id);
  }
  #whileOpen(key, target) {
    const again = (action) => Object.assign(action, { repeats: true });
    const sound = this.#place.querySelector("audio");
    if (key === " " && sound) return () => togglePlay(sound);
    if (["Escape", "+", "=", "-"].includes(key)) return () => this.#hide();
    if (key === " " && !closest(target, "button:not([data-dalt=closeup-close])")) return () => this.#hide();
    const scroller = find(this.#place, "[data-scroll]");
    const scrolls2 = scroller && scroller.scrollHeight > scroller.clientHeight;
    if (scrolls2 && key in SCROLL3) {
      return again(() => scroller.scrollBy({ top: SCROLL3[key] * scroller.clientHeight }));
    }
    return key in WAYS2 ? again(() => this.#go(WAYS2[key])) : null;
  }
  #clicked(event) {
    const look = closest(event.target, '[data-dalt="look"]');
    if (!look && !this.#pressed) return;
    event.stopPropagation();
    event.preventDefault();
    if (look && !this.#pressed) this.#show(closest(look, ".dalt-tile")?.dataset.sampleId);
    this.#pressed = false;
  }
  #down({ target, pointerType }) {
    this.#pressed = false;
    clearTimeout(this.#timer);
    const tile = closest(target, ".dalt-tile");
    if (pointerType !== "touch" || !tile || closest(target, "audio")) return;
    this.#timer = setTimeout(() => {
      this.#pressed = true;
      this.#show(tile.dataset.sampleId);
    }, LONG_PRESS);
  }
  #swiped({ clientX, clientY }) {
    const from = this.#finger;
    this.#finger = null;
    if (!from || this.#pressed) return;
    const [x, y] = [clientX - from.x, clientY - from.y];
    if (Math.abs(x) > SWIPE && Math.abs(x) > 2 * Math.abs(y)) this.#go(x < 0 ? 1 : -1);
  }
  get #samples() {
    return (this.#desk.engine.pages[0]?.samples ?? []).filter(({ trouble: trouble2 }) => !trouble2);
  }
  #show(id) {
    const { root } = this.#desk;
    const sample = this.#samples.find((each) => each.id === id);
    if (!sample) return;
    this.#from = focused();
    this.#moved = false;
    this.open = true;
    this.node.hidden = false;
    cover(root, true, this.node);
    this.#buttons.close.focus({ preventScroll: true });
    this.#look(sample);
  }
  #go(way) {
    const samples = this.#samples;
    const at = this.#sample ? samples.indexOf(this.#sample) : -1;
    const next2 = at < 0 ? void 0 : samples[at + way];
    if (!next2) return;
    this.#moved = true;
    this.#look(next2);
  }
  #look(sample) {
    const { engine, words } = this.#desk;
    this.#forget();
    this.#sample = sample;
    const { kind, reduced } = sample.display;
    const made = kind === "image" ? picture(sample, words, () => this.#sample === sample && this.#put(made.node)) : buildSample(sample, words, () => {
    });
    this.#put(made.node);
    mark(this.node, "data-kind", kind);
    mark(this.node, "data-full", reduced ? null : "");
    if (reduced) engine.ask({ type: "full", sample_id: sample.id });
    this.#tell(sample);
  }
  #put(node) {
    this.#place.replaceChildren(node);
    markSliver(node);
    if (this.#sample?.display.kind !== "image") this.#highlight();
  }
  #highlight() {
    const words = wordsOf(new Remembered(this.#desk.setup.project).get("words", ""));
    highlight(this.#place, words, HIGHLIGHT2);
  }
  #tell(sample) {
    const { engine, words, root } = this.#desk;
    const samples = this.#samples;
    const at = samples.indexOf(sample);
    const tile = find(root, `.dalt-tile[data-sample-id="${CSS.escape(sample.id)}"]`);
    const said = tile?.dataset.class ?? (tile?.dataset.said === "out" ? null : engine.pages[0]?.label);
    put(this.#said, words.say("closeup_at", { at: words.number(at + 1), n: words.number(samples.length), said: said ?? words.say("tile_out") }));
    this.#buttons.before.disabled = at <= 0;
    this.#buttons.after.disabled = at >= samples.length - 1;
  }
  #full({ message, buffers }) {
    const sample = this.#sample;
    if (sample?.id !== message.sample_id) return;
    if (sample.display.kind === "text") {
      Object.assign(sample.display, { text: message.text, reduced: false });
      const text = find(this.#place, ".dalt-text");
      if (text) fill(text, message.text);
      this.#highlight();
      mark(this.node, "data-full", "");
    } else if (buffers.length && !this.#url) this.#whole(sample, new Blob([buffers[0]], { type: message.mime }));
  }
  #whole(sample, blob) {
    const url = URL.createObjectURL(blob);
    const image = this.#place.querySelector("img");
    const whole2 = new Image();
    whole2.src = url;
    whole2.decode().then(() => {
      if (this.#sample !== sample || !image) throw new Error("closed");
      image.src = this.#url = url;
      mark(this.node, "data-full", "");
    }).catch(() => URL.revokeObjectURL(url));
  }
  #forget() {
    this.#place.replaceChildren();
    highlight(null, [], HIGHLIGHT2);
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = null;
  }
  #hide() {
    const { root } = this.#desk;
    const id = this.#moved ? this.#sample?.id : void 0;
    cover(root, false);
    this.open = false;
    this.node.hidden = true;
    this.#sample = null;
    this.#forget();
    const seen2 = id && find(root, `.dalt-tile[data-sample-id="${CSS.escape(id)}"] .dalt-tile-said`);
    const back = seen2 || (this.#from?.isConnected ? this.#from : root);
    back.focus({ preventScroll: !seen2 });
  }
};
function boundsOf(points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
function areaOf(points) {
  const [left, top, right, bottom] = boundsOf(points);
  return (right - left) * (bottom - top);
}
function likeness(shape, one, other) {
  if (shape === "point") return String(one) === String(other) ? 1 : 0;
  const [a, b] = [boundsOf(one), boundsOf(other)];
  const [left, top, right, bottom] = a.map((value, at) => (at < 2 ? Math.max : Math.min)(value, b[at]));
  const both = Math.max(0, right - left) * Math.max(0, bottom - top);
  return both / (areaOf(one) + areaOf(other) - both);
}
function outlineOf(shape, points) {
  if (shape !== "box") return points;
  const [left, top, right, bottom] = boundsOf(points);
  return [[left, top], [right, top], [right, bottom], [left, bottom]];
}
function holds(shape, points, [x, y], near) {
  const outline = outlineOf(shape, points);
  if (shape === "point") return Math.hypot(points[0][0] - x, points[0][1] - y) <= near;
  let inside2 = false;
  for (let at = 0, before2 = outline.length - 1; at < outline.length; before2 = at, at += 1) {
    const [[x1, y1], [x2, y2]] = [outline[at], outline[before2]];
    if (y1 > y !== y2 > y && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1) inside2 = !inside2;
    if (farFrom([x, y], [x1, y1], [x2, y2]) <= near) return true;
  }
  return inside2;
}
function farFrom([x, y], [x1, y1], [x2, y2]) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const along = ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1);
  const at = Math.max(0, Math.min(1, along));
  return Math.hypot(x - x1 - at * dx, y - y1 - at * dy);
}
function handlesOf(shape, points) {
  if (shape !== "box") return points.map((place, at) => ({ place, xs: [at], ys: [at] }));
  const [[left, top], [right, bottom]] = points;
  const [middle, half] = [(left + right) / 2, (top + bottom) / 2];
  return [{ place: [left, top], xs: [0], ys: [0] }, { place: [right, top], xs: [1], ys: [0] }, { place: [right, bottom], xs: [1], ys: [1] }, { place: [left, bottom], xs: [0], ys: [1] }, { place: [middle, top], xs: [], ys: [0] }, { place: [right, half], xs: [1], ys: [] }, { place: [middle, bottom], xs: [], ys: [1] }, { place: [left, half], xs: [0], ys: [] }];
}
function pulledTo(points, { xs, ys }, [x, y]) {
  return points.map(([px, py], at) => [xs.includes(at) ? x : px, ys.includes(at) ? y : py]);
}
function crosses([[left, top], [right, bottom]], { xs: [x], ys: [y] }, [toX, toY]) {
  return x === 1 && toX <= left || x === 0 && toX >= right || y === 1 && toY <= top || y === 0 && toY >= bottom;
}
function movedBy(points, dx, dy, [width, height]) {
  const [left, top, right, bottom] = boundsOf(points);
  const x = Math.max(-left, Math.min(width - right, dx));
  const y = Math.max(-top, Math.min(height - bottom, dy));
  return points.map(([px, py]) => [px + x, py + y]);
}
function inPicture([x, y], [width, height]) {
  return [Math.max(0, Math.min(width, x)), Math.max(0, Math.min(height, y))];
}
function rounded2(points) {
  const hundredth = (value) => Math.round(value * 100) / 100;
  return points.map(([x, y]) => [hundredth(x), hundredth(y)]);
}
function isShape(shape, points) {
  if (shape === "point") return points.length === 1;
  if (shape === "polygon") return new Set(points.map(String)).size >= 3;
  const [left, top, right, bottom] = boundsOf(points);
  return points.length === 2 && right > left && bottom > top;
}
function startIn(shape, [left, top, right, bottom]) {
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  const [dx, dy] = [(right - left) / 6, (bottom - top) / 6];
  if (shape === "point") return [[x, y]];
  const box = [[x - dx, y - dy], [x + dx, y + dy]];
  return shape === "box" ? box : outlineOf("box", box);
}
var SURE = 0.5;
var AT_ONCE2 = 300;
var numbers = 0;
function takenBy(marks, { id }, { keys }) {
  const key = marks.next?.id === id ? keys.shown("take") : "";
  return key ? [el("kbd", "", {}, key)] : [];
}
function whereIs(shape, points, { say, number }) {
  const whole2 = (value) => number(Math.round(value));
  const [[x, y], [right, bottom] = [x, y]] = points;
  if (shape === "point") return `${whole2(x)}, ${whole2(y)}`;
  if (shape === "box") return `${whole2(right - x)} × ${whole2(bottom - y)}`;
  return say("corners", { n: number(points.length) });
}
var MarkList = class {
  all = [];
  current = null;
  #warned = Infinity;
  #first = "[]";
  get nextId() {
    return ++numbers;
  }
  begin(draft) {
    this.#first = JSON.stringify(this.draft);
    if (draft) this.all = draft.map((each) => ({ ...each, id: this.nextId, ranked: null }));
  }
  get begun() {
    return JSON.stringify(this.draft) !== this.#first;
  }
  get draft() {
    return this.all.map(({ id, ranked, ...each }) => each);
  }
  get meant() {
    return this.all.find(({ id }) => id === this.current) ?? null;
  }
  mean(id) {
    this.current = id;
  }
  get counted() {
    return this.all.filter(({ outlined }) => !outlined);
  }
  get outlined() {
    return this.all.filter(({ outlined }) => outlined);
  }
  get next() {
    const at = this.all.findIndex(({ id }) => id === this.current);
    const order = at < 0 ? this.all : [...this.all.slice(at), ...this.all.slice(0, at)];
    return order.find(({ outlined }) => outlined) ?? null;
  }
  take(mark2) {
    if (!mark2?.outlined) return;
    Object.assign(mark2, { outlined: false, proposed: false, chosen: true });
    this.#warned = Infinity;
  }
  takeNext() {
    const { next: next2 } = this;
    this.take(next2);
    if (next2) this.current = next2.id;
  }
  takeAll() {
    for (const mark2 of this.outlined) this.take(mark2);
  }
  get warned() {
    return this.#warned < Infinity;
  }
  get tally() {
    const { counted, outlined, next: next2, warned } = this;
    return { counted: counted.length, proposed: counted.filter(({ proposed: proposed2 }) => proposed2).length, outlined: outlined.length, next: next2, warned };
  }
  confirm(now = performance.now()) {
    if (this.counted.length || !this.outlined.length) return true;
    if (!this.warned) this.#warned = now;
    return now - this.#warned > AT_ONCE2;
  }
  rename(present) {
    for (const each of this.all) each.label = present(each.label) ?? each.label;
  }
  relabel(label) {
    const { meant } = this;
    if (meant) Object.assign(meant, { label, proposed: false, outlined: false, chosen: true });
  }
  remove(id = this.current) {
    const at = this.all.findIndex((each) => each.id === id);
    if (at < 0) return;
    this.all.splice(at, 1);
    this.current = (this.all[at] ?? this.all[at - 1])?.id ?? null;
  }
  step(by) {
    if (!this.all.length) return;
    const at = this.all.findIndex(({ id }) => id === this.current);
    const to = at < 0 ? by > 0 ? 0 : this.all.length - 1 : at + by;
    this.current = this.all[(to + this.all.length) % this.all.length].id;
  }
  rank(id, classes, ranked) {
    const mark2 = this.all.find((each) => each.id === id);
    if (!mark2) return false;
    mark2.ranked = ranked;
    const [best] = ranked.classes;
    const settled = mark2.chosen || mark2.proposed;
    if (!settled && best !== void 0 && ranked.probabilities[0] >= SURE) {
      mark2.label = classes[best].name;
    }
    return true;
  }
};
var SVG = "http://www.w3.org/2000/svg";
var POINT = 7;
var HANDLE = 5;
var ASIDE = 0.75;
function drawn(tag, name, attributes) {
  const node = document.createElementNS(SVG, tag);
  node.setAttribute("class", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  return node;
}
function inside(value, size) {
  return value < -1 || value > size + 1 ? value : Math.max(HANDLE + 1, Math.min(size - HANDLE - 1, value));
}
function named(name, looks) {
  return [name, ...Object.keys(looks).filter((look) => looks[look]).map((look) => `${name}-${look}`)].join(" ");
}
var Overlay = class {
  surface = drawn("svg", "dalt-regions-surface", { "data-draws": "", "aria-hidden": "true", focusable: "false" });
  tags = el("div", "dalt-regions-tags", { "aria-hidden": "true" });
  #shape;
  #colour;
  #short;
  constructor(shape, colour, short2) {
    this.#shape = shape;
    this.#colour = colour;
    this.#short = short2;
  }
  paint(marks, { toScreen, draft, hover, label, size }) {
    const next2 = marks.next?.id;
    const regions = [...marks.all].sort((a, b) => Number(a.id === marks.current) - Number(b.id === marks.current)).map((each) => ({ ...each, meant: each.id === marks.current, next: each.id === next2 }));
    this.surface.replaceChildren(...regions.map((each) => this.#region(each, toScreen)), ...this.#handles(marks, toScreen, size), ...draft ? [this.#path("dalt-region dalt-region-new", outlineOf("box", draft), toScreen, this.#colour(label))] : [], ...this.#open(marks.open, hover, toScreen, label));
    this.tags.replaceChildren(...regions.map((each) => this.#tag(each, toScreen, size)));
  }
  #region({ points, label, proposed: proposed2, outlined, meant, next: next2 }, toScreen) {
    const name = named("dalt-region", { outlined, proposed: proposed2 && !outlined, meant, next: next2 });
    if (this.#shape !== "point") {
      return this.#path(name, outlineOf(this.#shape, points), toScreen, this.#colour(label));
    }
    const [cx, cy] = toScreen(points[0]);
    const circle = drawn("circle", name, { cx, cy, r: POINT });
    circle.style.setProperty("--chip", this.#colour(label));
    return circle;
  }
  #path(name, outline, toScreen, colour, closed = true) {
    const d = `M${outline.map((point) => toScreen(point).map((value) => value.toFixed(1)).join(" ")).join("L")}`;
    const path = drawn("path", `${name} dalt-region-${this.#shape}`, { d: closed ? `${d}Z` : d });
    path.style.setProperty("--chip", colour);
    return path;
  }
  #handles({ meant, corner }, toScreen, size) {
    if (!meant || this.#shape === "point") return [];
    return handlesOf(this.#shape, meant.points).map(({ place }, at) => {
      const [cx, cy] = toScreen(place).map((value, axis) => inside(value, size[axis]));
      return drawn("circle", `dalt-handle${at === corner ? " dalt-handle-meant" : ""}`, { cx, cy, r: at === corner ? HANDLE + 2 : HANDLE });
    });
  }
  #open(corners, hover, toScreen, label) {
    if (!corners.length) return [];
    const line = this.#path("dalt-region dalt-region-new dalt-region-open", hover ? [...corners, hover] : corners, toScreen, this.#colour(label), false);
    return [line, ...corners.map((place, at) => {
      const [cx, cy] = toScreen(place);
      return drawn("circle", at === 0 && corners.length > 2 ? "dalt-handle dalt-handle-meant" : "dalt-handle", { cx, cy, r: at === 0 ? HANDLE + 2 : HANDLE });
    })];
  }
  #tag({ points, label, proposed: proposed2, outlined, meant, next: next2 }, toScreen, [width]) {
    const [left, top, right] = boundsOf(points);
    const [x, y] = toScreen([left, top]);
    const end = Math.min(width, toScreen([right, top])[0]);
    const [dx, dy] = this.#shape === "point" ? [POINT + 4, -9] : [-1, -20];
    const name = this.#short(label);
    const tag = el("span", named("dalt-region-tag", { meant, outlined, next: next2 }), { dir: "auto" }, proposed2 ? `${name}?` : name);
    tag.style.setProperty("--chip", this.#colour(label));
    const down = Math.round(Math.max(0, y + dy));
    tag.style.transform = x > ASIDE * width && end > 0 ? `translate(${Math.round(end)}px, ${down}px) translateX(-100%)` : `translate(${Math.round(Math.max(0, x + dx))}px, ${down}px)`;
    return tag;
  }
};
var BORDER = 3;
var INSIDE = 6;
var FAR = 4;
var GRASP = { mouse: 9, pen: 14, touch: 22 };
var TWICE = 400;
function clipped(value, least, most2) {
  return Math.max(least, Math.min(most2, value));
}
function atBorder(place, size, near) {
  const [x, y] = place.map((value, axis) => value < near ? 0 : value > size[axis] - near ? size[axis] : value);
  return [x, y];
}
var Pen = class {
  hover = null;
  #desk;
  #gesture = null;
  #fingers = /* @__PURE__ */ new Set();
  #last = -Infinity;
  constructor(surface, desk, signal) {
    this.#desk = desk;
    const on = (name, handler) => surface.addEventListener(name, handler, { signal });
    on("pointerdown", (event) => this.#down(event, surface));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#up(event));
    for (const name of ["pointercancel", "lostpointercapture"]) on(name, (event) => this.#lost(event));
    on("pointerleave", (event) => event.pointerType === "mouse" && this.#leave());
  }
  get draft() {
    const gesture = this.#gesture;
    const draws2 = gesture?.kind === "new" && gesture.far && this.#desk.shape === "box";
    return draws2 ? [gesture.start, gesture.place] : null;
  }
  get busy() {
    return this.#gesture !== null;
  }
  get making() {
    return this.#gesture?.kind === "new" || this.#gesture?.kind === "corner";
  }
  cancel() {
    const gesture = this.#gesture;
    this.#gesture = null;
    const marks = this.#desk.marks();
    if (gesture?.before && marks) marks.restore(gesture.before);
    this.#desk.drawn();
  }
  close() {
    const marks = this.#desk.marks();
    if (!marks || marks.open.length < 3) return;
    if (this.#add(marks, marks.open)) marks.open = [];
    this.hover = null;
    this.#desk.drawn();
  }
  #add(marks, points) {
    const made = marks.add(points, this.#desk.label());
    if (made) this.#desk.made(made);
    return made;
  }
  #near(event, share2 = 1) {
    return share2 * (GRASP[event.pointerType] ?? GRASP.mouse) / this.#desk.scale();
  }
  #down(event, surface) {
    if (event.pointerType === "touch") this.#fingers.add(event.pointerId);
    const marks = this.#desk.marks();
    if (!marks || event.button > 0) return;
    if (this.#fingers.size > 1) {
      if (this.#gesture) this.cancel();
      return;
    }
    surface.setPointerCapture(event.pointerId);
    const place = this.#desk.placeOf(event);
    const begun = this.#begun(event, marks, place);
    this.#gesture = { ...begun, id: event.pointerId, start: begun.kind === "new" ? atBorder(place, marks.size, BORDER / this.#desk.scale()) : place, place, from: [event.clientX, event.clientY], far: false, free: event.shiftKey };
    this.#desk.paint();
  }
  #begun(event, marks, place) {
    const { shape } = this.#desk;
    if (marks.open.length) return { kind: "corner" };
    if (event.shiftKey) return { kind: "new" };
    const near = this.#near(event);
    const { meant } = marks;
    const within2 = INSIDE / this.#desk.scale();
    const apart = ({ place: there2 }) => {
      const drawn2 = there2.map((value, axis) => clipped(value, within2, marks.size[axis] - within2));
      return Math.min(...[there2, drawn2].map(([x, y]) => Math.hypot(x - place[0], y - place[1])));
    };
    const handles = meant ? handlesOf(shape, meant.points).filter((each) => apart(each) <= near) : [];
    if (handles.length && shape !== "point") {
      const [handle] = handles.sort((a, b) => apart(a) - apart(b));
      return { kind: "pull", handle, before: marks.kept };
    }
    if (meant && holds(shape, meant.points, place, near)) return { kind: "move", before: marks.kept };
    const [there] = shape === "point" ? marks.at(place, near) : [];
    if (!there) return { kind: "new" };
    marks.mean(there.id);
    return { kind: "move", before: marks.kept, fresh: true };
  }
  #move(event) {
    const marks = this.#desk.marks();
    if (!marks) return;
    const gesture = this.#gesture;
    if (!gesture) {
      if (!marks.open.length) return;
      this.hover = this.#desk.placeOf(event);
      this.#desk.paint();
      return;
    }
    if (event.pointerId !== gesture.id) return;
    if (event.buttons === 0) {
      this.#end(gesture, marks, event);
      return;
    }
    gesture.place = inPicture(this.#desk.placeOf(event), marks.size);
    this.hover = gesture.kind === "corner" ? gesture.place : null;
    const [x, y] = gesture.from;
    gesture.far ||= Math.hypot(event.clientX - x, event.clientY - y) >= FAR;
    if (gesture.far) this.#follow(gesture, marks);
    this.#desk.paint();
  }
  #follow({ kind, handle, before: before2, start, place }, marks) {
    if (!before2) return;
    if (kind === "pull" && handle) marks.put(pulledTo(before2.points, handle, place));
    if (kind === "move") {
      marks.put(movedBy(before2.points, place[0] - start[0], place[1] - start[1], marks.size));
    }
  }
  #up(event) {
    this.#fingers.delete(event.pointerId);
    const gesture = this.#gesture;
    const marks = this.#desk.marks();
    if (!gesture || !marks || event.pointerId !== gesture.id) return;
    if (gesture.far && gesture.kind === "new") gesture.place = inPicture(this.#desk.placeOf(event), marks.size);
    this.#end(gesture, marks, event);
  }
  #end(gesture, marks, event) {
    this.#gesture = null;
    this.#done(gesture, marks, event);
    this.#desk.drawn();
  }
  #done({ kind, far, start, place, free, fresh }, marks, event) {
    const { shape } = this.#desk;
    if (kind === "corner") this.#corner(marks, place, event);
    else if (kind === "pull" || kind === "move") {
      if (far) marks.settle();
      else if (fresh) marks.take(marks.meant);
      else this.#select(marks, place, event);
    } else if (shape === "box" && far) this.#add(marks, [start, place]);
    else if (!(shape === "point" || free) && this.#select(marks, place, event)) return;
    else if (shape === "point") this.#add(marks, [place]);
    else if (shape === "polygon") {
      marks.mean(null);
      marks.open = [inPicture(start, marks.size)];
      if (far) this.#corner(marks, place, event);
      this.#last = event.timeStamp;
    }
  }
  #select(marks, place, event) {
    const there = marks.at(place, this.#near(event, 0.5));
    const at = there.findIndex(({ id }) => id === marks.current);
    const next2 = there[at]?.outlined ? marks.current : there.length ? there[(at + 1) % there.length].id : null;
    if (next2 !== null || this.#desk.shape === "box") marks.mean(next2);
    marks.take(there.find(({ id }) => id === next2));
    return next2 !== null;
  }
  #corner(marks, place, event) {
    const { open } = marks;
    const apart = ([x, y]) => Math.hypot(x - place[0], y - place[1]);
    const twice = event.timeStamp - this.#last < TWICE && apart(open[open.length - 1]) < this.#near(event, 0.5);
    this.#last = event.timeStamp;
    if (open.length > 2 && (twice || apart(open[0]) <= this.#near(event))) this.close();
    else if (!twice) marks.open = [...open, inPicture(place, marks.size)];
  }
  #lost(event) {
    this.#fingers.delete(event.pointerId);
    if (this.#gesture?.id === event.pointerId) this.cancel();
  }
  #leave() {
    if (this.hover === null || this.#gesture) return;
    this.hover = null;
    this.#desk.paint();
  }
};
var SAME = 0.5;
var Places = class extends MarkList {
  corner = null;
  open = [];
  proposed;
  size;
  #past = [];
  #future = [];
  #now;
  #shape;
  #sample;
  #engine;
  constructor(sample, shape, engine) {
    super();
    this.#sample = sample;
    this.#shape = shape;
    this.#engine = engine;
    this.size = sample.size;
    const former2 = (sample.answered ?? sample.before)?.label;
    const proposals = former2 ? [] : sample.proposals ?? [];
    this.proposed = proposals.map(({ region }) => region);
    this.all = former2 ? former2.map((region) => this.#placed(region)) : proposals.map(({ region, probability }) => this.#placed(region, probability, !sample.submits_proposals));
    this.begin(sample.draft);
    this.#now = this.#written();
  }
  #placed({ points, label }, probability = null, outlined = false) {
    const proposed2 = probability !== null;
    return { id: this.nextId, points, label, proposed: proposed2, outlined, probability, chosen: !proposed2, ranked: null };
  }
  get answer() {
    return this.counted.map((each) => this.#region(each));
  }
  #region({ label, points }) {
    return { shape: this.#shape, label, points };
  }
  #written() {
    return JSON.stringify(this.all.map((each) => ({ ...each, ranked: null })));
  }
  note(amend = false) {
    const now = this.#written();
    if (now === this.#now) return;
    if (!amend) {
      this.#past.push(this.#now);
      this.#future = [];
    }
    this.#now = now;
  }
  has(way) {
    return (way < 0 ? this.#past : this.#future).length > 0;
  }
  go(way) {
    const [from, to] = way < 0 ? [this.#past, this.#future] : [this.#future, this.#past];
    const then = from.pop();
    if (then === void 0) return;
    to.push(this.#now);
    this.#now = then;
    this.all = JSON.parse(this.#now);
    this.corner = null;
    this.mean(this.meant ? this.current : null);
  }
  mean(id) {
    if (id !== this.current) this.corner = null;
    super.mean(id);
    const { meant } = this;
    if (meant && !meant.ranked) this.#ask(meant);
  }
  step(by) {
    super.step(by);
    this.corner = null;
    this.mean(this.current);
  }
  remove(id) {
    super.remove(id);
    this.corner = null;
    this.mean(this.current);
  }
  relabel(label) {
    super.relabel(label);
  }
  take(region) {
    super.take(region);
  }
  takeNext() {
    super.takeNext();
    this.corner = null;
    this.mean(this.current);
  }
  rename(present) {
    super.rename(present);
    this.note(true);
  }
  rank(id, classes, ranked) {
    const mine = super.rank(id, classes, ranked);
    if (mine) {
      this.note(true);
    }
    return mine;
  }
  #within(points) {
    const place = rounded2(points.map((point) => inPicture(point, this.size)));
    if (this.#shape !== "box") return place;
    const [left, top, right, bottom] = boundsOf(place);
    return [[left, top], [right, bottom]];
  }
  add(points, label) {
    const place = this.#within(points);
    if (!isShape(this.#shape, place)) return null;
    const made = { id: this.nextId, points: place, label, proposed: false, outlined: false, probability: null, chosen: false, ranked: null };
    this.all = this.all.filter(({ outlined, points: there }) => !outlined || likeness(this.#shape, there, place) < SAME);
    this.all.push(made);
    this.mean(made.id);
    return made;
  }
  put(points) {
    const { meant } = this;
    const place = this.#within(points);
    if (!meant || !isShape(this.#shape, place) || String(place) === String(meant.points)) return;
    Object.assign(meant, { points: place, proposed: false, outlined: false });
    if (meant.probability !== null) meant.chosen = true;
  }
  get kept() {
    const { id, points, proposed: proposed2, outlined, chosen: chosen2 } = this.meant;
    return { id, points, proposed: proposed2, outlined, chosen: chosen2 };
  }
  restore({ id, ...before2 }) {
    Object.assign(this.all.find((each) => each.id === id) ?? {}, before2);
  }
  move(dx, dy) {
    if (this.meant) this.put(movedBy(this.meant.points, dx, dy, this.size));
  }
  settle() {
    if (this.meant) this.#ask(this.meant);
  }
  #ask(one) {
    const region = this.#region(one);
    this.#engine.ask({ type: "rank_region", sample_id: this.#sample.id, region, ask: one.id });
  }
  at(place, near) {
    return this.all.filter(({ points }) => holds(this.#shape, points, place, near)).sort((a, b) => areaOf(a.points) - areaOf(b.points));
  }
};
var ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
var BESIDE = 16;
var FASTER = 6;
var SHAPE_OF = { boxes: "box", polygons: "polygon", points: "point" };
var RegionStage = class {
  node;
  #desk;
  #shape;
  #sample = null;
  #image = null;
  #active = 0;
  #named = false;
  #overlay;
  #pen;
  #place = el("div", "dalt-regions-place", { "data-frame": "" });
  list = el("ul", "dalt-spans-list dalt-regions-list");
  bar;
  #hint = el("p", "dalt-regions-hint", { role: "status" });
  #add;
  constructor(desk, signal) {
    const { words: { say }, setup } = desk;
    this.#desk = desk;
    this.#shape = SHAPE_OF[setup.task];
    this.#overlay = new Overlay(this.#shape, (label) => this.#colour(label), (label) => desk.words.short(label, BESIDE));
    this.#pen = new Pen(this.#overlay.surface, { shape: this.#shape, marks: () => this.#sample && this.#here, placeOf: (event) => this.#toPicture(event), scale: () => this.#frame().scale, label: () => setup.classes[this.#active].name, paint: () => this.#draw(), made: (region) => {
      region.chosen ||= this.#named;
    }, drawn: () => this.#drawn() }, signal);
    mark(this.list, "aria-label", say("spans"));
    this.#add = button("dalt-quiet dalt-tool", "add-region", () => this.#begin(), el("span", "dalt-tool-sign", { "aria-hidden": "true" }, "✚"), el("span", "dalt-tool-text", {}, say(`add_${this.#shape}`)), el("kbd", "", {}, "Ins"));
    this.node = el("div", "dalt-regions", { "data-shape": this.#shape }, this.#place);
    this.bar = el("div", "dalt-regions-bar", {}, this.#add, this.#hint);
    desk.engine.addEventListener("kernel:ranked_region", ({ detail: { message } }) => {
      if (this.#sample && this.#here.rank(message.ask, setup.classes, message)) this.#paint();
    }, { signal });
    this.node.addEventListener("dalt-zoom", () => this.#sample && this.#draw(), { signal });
    const watcher = new ResizeObserver(() => this.#sample && this.#draw());
    watcher.observe(this.#place);
    signal.addEventListener("abort", () => watcher.disconnect());
  }
  show(sample, node) {
    const seen2 = !sample.trouble && sample.size && node.tagName === "IMG" ? sample : null;
    if (seen2 === this.#sample && node === this.#image) return;
    if (this.#pen.busy) this.#pen.cancel();
    this.#sample = seen2;
    this.#image = node;
    this.#pen.hover = null;
    this.#add.disabled = !seen2;
    if (!seen2) {
      this.list.replaceChildren();
      this.#tell("");
      return;
    }
    this.#place.replaceChildren(node, this.#overlay.surface, this.#overlay.tags);
    this.#paint();
  }
  get sample() {
    return this.#sample;
  }
  get #pictured() {
    return this.#sample;
  }
  get #here() {
    const sample = this.#pictured;
    sample.marks ??= new Places(sample, this.#shape, this.#desk.engine);
    return sample.marks;
  }
  get settled() {
    if (this.#here.open.length) this.#pen.close();
    else if (!this.#pen.busy) return this.#confirmed;
    return false;
  }
  get drawing() {
    return this.#pen.busy;
  }
  cancel() {
    this.#here.open = [];
    this.#pen.hover = null;
    this.#pen.cancel();
  }
  get #making() {
    return this.#sample !== null && (this.#pen.making || this.#here.open.length > 0);
  }
  #drawn() {
    this.#named &&= this.#making;
    this.#paint();
    if (!this.#pen.busy) this.#desk.released();
  }
  get #confirmed() {
    const confirmed2 = this.#here.confirm();
    if (!confirmed2) this.#paint();
    return confirmed2;
  }
  take(all) {
    if (this.#here.open.length || this.#pen.busy) return;
    this.#change((marks) => all ? marks.takeAll() : marks.takeNext());
  }
  get tally() {
    return this.#here.tally;
  }
  get answer() {
    return this.#here.answer;
  }
  get proposed() {
    return this.#here.proposed;
  }
  get ranked() {
    return this.#sample && (this.#here.meant?.ranked ?? null);
  }
  get active() {
    const meant = this.#sample && !this.#making && this.#here.meant;
    const at = meant ? this.#desk.setup.classes.findIndex(({ name }) => name === meant.label) : -1;
    return at < 0 ? this.#active : at;
  }
  choose(index) {
    this.#active = index;
    this.#named = this.#making;
    if (!this.#sample) return;
    if (!this.#named) this.#here.relabel(this.#desk.setup.classes[index].name);
    this.#paint();
  }
  #frame() {
    const image = this.#image.getBoundingClientRect();
    const outer = this.#place.getBoundingClientRect();
    const [width, height] = this.#pictured.size;
    const scale = Math.min(image.width / width, image.height / height) || 1;
    return { scale, left: image.left - outer.left + (image.width - scale * width) / 2, top: image.top - outer.top + (image.height - scale * height) / 2, width: scale * width, height: scale * height, room: [outer.width, outer.height] };
  }
  #toPicture({ clientX, clientY }) {
    const outer = this.#place.getBoundingClientRect();
    const { left, top, scale } = this.#frame();
    return [(clientX - outer.left - left) / scale, (clientY - outer.top - top) / scale];
  }
  actionOf({ key, shiftKey, ctrlKey, metaKey, repeat }) {
    if (!this.#sample) return null;
    const marks = this.#here;
    const back = (ctrlKey || metaKey) && key.toLowerCase() === "z";
    if (marks.open.length || this.#pen.busy) return this.#drawing(back ? "Backspace" : key, marks);
    if (back) {
      const way = shiftKey ? 1 : -1;
      return marks.has(way) ? () => this.#change(() => marks.go(way)) : null;
    }
    if (key === "[" || key === "]") return () => this.#change(() => marks.step(key === "]" ? 1 : -1));
    if (key === "Insert") return () => this.#begin();
    if (!marks.meant) return key === "Delete" ? () => {
    } : null;
    if (key in ARROWS) {
      const push = () => this.#push(ARROWS[key], shiftKey, repeat);
      push.repeats = true;
      return push;
    }
    if (key === "," || key === ".") return () => this.#change(() => this.#nextCorner(key === "." ? 1 : -1));
    if (key === "Delete" || key === "Backspace") return () => this.#change(() => this.#remove());
    if (key === "Escape") {
      return () => this.#change(() => marks.corner === null ? marks.mean(null) : this.#corner(null));
    }
    return null;
  }
  #drawing(key, marks) {
    if (key === "Escape") return () => this.cancel();
    if (key === "Enter") return () => this.settled;
    if (key === "Delete" || key === "Backspace") {
      return () => this.#change(() => {
        marks.open = marks.open.slice(0, -1);
      });
    }
    return null;
  }
  #push([x, y], shiftKey, repeat) {
    const marks = this.#here;
    const { points } = marks.meant;
    const step = Math.max(1, Math.round(1 / this.#frame().scale)) * (repeat ? FASTER : 1);
    const handles = handlesOf(this.#shape, points);
    const corner = marks.corner ?? (shiftKey && this.#shape === "box" ? 2 : null);
    const handle = corner === null ? void 0 : handles[corner];
    if (!handle) marks.move(step * x, step * y);
    else {
      const to = [handle.place[0] + step * x, handle.place[1] + step * y];
      const through = this.#shape === "box" && crosses(points, handle, to);
      if (!through) marks.put(pulledTo(points, handle, to));
    }
    this.#paint();
    if (!repeat) marks.settle();
  }
  #nextCorner(by) {
    const { meant, corner } = this.#here;
    const n = !meant || this.#shape === "point" ? 0 : handlesOf(this.#shape, meant.points).length;
    if (n) this.#corner(corner === null ? by > 0 ? 0 : n - 1 : (corner + by + n) % n);
  }
  #corner(at) {
    this.#here.corner = at;
  }
  #remove() {
    const marks = this.#here;
    const { corner, meant } = marks;
    if (this.#shape === "polygon" && meant && corner !== null && meant.points.length > 3) {
      marks.put(meant.points.filter((_, at) => at !== corner));
      this.#corner(Math.min(corner, meant.points.length - 1));
    } else marks.remove();
  }
  #begin() {
    if (!this.#sample) return;
    const [width, height] = this.#pictured.size;
    const { scale, left, top, room } = this.#frame();
    const window2 = [Math.max(0, -left / scale), Math.max(0, -top / scale), Math.min(width, (room[0] - left) / scale), Math.min(height, (room[1] - top) / scale)];
    this.#here.open = [];
    this.#change((marks) => marks.add(startIn(this.#shape, window2), this.#desk.setup.classes[this.#active].name));
  }
  #change(change) {
    change(this.#here);
    this.#paint();
  }
  #paint() {
    const marks = this.#here;
    if (!this.#pen.busy) marks.note();
    this.#draw();
    const focused2 = [...this.list.querySelectorAll("button")].indexOf(document.activeElement);
    this.list.replaceChildren(...marks.all.map((each) => this.#row(each)));
    if (focused2 >= 0) {
      const buttons = this.list.querySelectorAll("button");
      (buttons[Math.min(focused2, buttons.length - 1)] ?? this.#add).focus({ preventScroll: true });
    }
    this.list.querySelector('[aria-pressed="true"]')?.scrollIntoView({ block: "nearest" });
    const { say } = this.#desk.words;
    const hint = marks.open.length ? "open" : marks.meant ? "meant" : marks.next ? "outlined" : this.#shape;
    this.#tell(say(`hint_${hint}`));
    mark(this.node, "data-pulls", marks.meant ? "" : null);
    this.#desk.repaint();
  }
  #tell(hint) {
    put(this.#hint, hint);
    this.#hint.title = hint;
    mark(this.list, "data-hint", hint || null);
    mark(this.#hint, "data-listed", this.list.childElementCount ? null : "");
  }
  #draw() {
    const marks = this.#here;
    const frame = this.#frame();
    this.#overlay.paint(marks, { toScreen: ([x, y]) => [frame.left + x * frame.scale, frame.top + y * frame.scale], draft: this.#pen.draft, hover: this.#pen.hover, size: frame.room, label: this.#desk.setup.classes[this.#active].name });
  }
  #colour(label) {
    return this.#desk.setup.classes.find(({ name }) => name === label)?.colour ?? "transparent";
  }
  #row(region) {
    const { say, percent } = this.#desk.words;
    const name = el("span", "dalt-span-class", { dir: "auto" });
    this.#desk.words.called(name, region.label);
    name.style.setProperty("--chip", this.#colour(region.label));
    const text = whereIs(this.#shape, region.points, this.#desk.words);
    const likely = region.proposed ? `${say("proposed")} ${percent(region.probability ?? 0)}` : "";
    const go = button("dalt-span-go", "region", () => this.#change((marks) => {
      marks.mean(region.id);
      marks.take(region);
    }), ...takenBy(this.#here, region, this.#desk), name, el("span", "dalt-span-quote", likely ? { "data-likely": "" } : {}, text), el("span", "dalt-percent", {}, likely));
    mark(go, "data-outlined", region.outlined ? "" : null);
    mark(go, "aria-pressed", String(region.id === this.#here.current));
    go.dataset.class = region.label;
    const remove = button("dalt-quiet dalt-span-remove", "remove-region", () => this.#change((marks) => marks.remove(region.id)), "✕");
    mark(remove, "aria-label", say("remove_span", { name: region.label, text }));
    return el("li", "dalt-span", {}, go, remove);
  }
};
var ANSWERS_TO_LEARN = 4;
var SURE_ENOUGH = 0.7;
var Coach = class {
  status;
  #desk;
  #kept = new Remembered();
  #over = this.#kept.get("coached", false);
  #learned = this.#kept.get("coach", []);
  #steps;
  #step = null;
  #since = 0;
  #answers = 0;
  #last = null;
  #parts = {};
  #ended = new AbortController();
  constructor(desk) {
    this.#desk = desk;
    this.#steps = steps(desk);
    const { say } = desk.words;
    this.#parts.keys = el("span", "dalt-coach-keys");
    this.#parts.text = el("span", "");
    this.status = el("section", "dalt-coach", { "data-dalt": "coach", "aria-label": say("coach"), hidden: "" }, el("p", "", { role: "status" }, this.#parts.keys, this.#parts.text), button("dalt-quiet", "coach-close", () => this.#close(), say("coach_close"), el("kbd", "", {}, "Esc")));
    const { signal } = this.#ended;
    desk.root.addEventListener("keydown", (event) => this.#pressed(event), { signal, capture: true });
    desk.root.addEventListener("keydown", (event) => this.#escaped(event), { signal });
    desk.engine.addEventListener("coach", () => this.#again(), { signal });
  }
  close() {
    mark(this.#desk.root, "data-coach", null);
    this.#ended.abort();
  }
  #escaped(event) {
    if (event.key !== "Escape" || event.defaultPrevented || !this.#step) return;
    event.preventDefault();
    event.stopPropagation();
    this.#close();
  }
  paint() {
    if (this.#over && !this.#step) return;
    const last = this.#desk.engine.timeline.history.at(-1) ?? null;
    if (last !== this.#last) this.#answers += 1;
    this.#last = last;
    if (this.#step && this.#step.name !== "help" && this.#answers - this.#since >= ANSWERS_TO_LEARN) {
      this.#learn(this.#step.name);
    }
    this.#paintStep();
  }
  #paintStep() {
    const { engine, words } = this.#desk;
    if (!this.#over && this.#between(engine)) return;
    const step = this.#over || engine.setup?.read_only ? null : this.#stepNow(engine);
    if (step === this.#step) return;
    this.#step = step;
    this.#since = this.#answers;
    this.status.hidden = step === null;
    mark(this.status, "data-step", step?.name ?? null);
    mark(this.#desk.root, "data-coach", step?.name ?? null);
    if (!step) return;
    const { keys } = this.#parts;
    keys.replaceChildren(...step.keys.flatMap((key, at) => [...at && step.range ? ["–"] : [], el("kbd", "", {}, key)]));
    put(this.#parts.text, words.say(step.text));
  }
  #between({ mode, done, nothing }) {
    return mode === "single" && !done && !nothing && this.#desk.current() === null;
  }
  #stepNow(engine) {
    const open = (step) => step.keys.length && !this.#learned.includes(step.name) && step.possible(engine);
    if (this.#step && open(this.#step) && this.#step.name !== "help") return this.#step;
    return this.#steps.find(open) ?? null;
  }
  #pressed(event) {
    if (!this.#step || event.repeat || event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    if (takesText(event.target) || closest(event.target, ".dalt-help")) return;
    const { keys } = this.#desk;
    const letter = keys.nameOf(event);
    const done = keys.classOf(letter) !== void 0 ? "choose" : keys.actionOf(letter) ?? letter;
    if (this.#step.by.includes(done)) {
      this.#learn(this.#step.name);
      setTimeout(() => this.#desk.repaint());
    }
  }
  #learn(name) {
    this.#keep([...this.#learned, name], name === "help");
  }
  #close() {
    this.#keep(this.#learned, true);
    this.#paintStep();
    this.#desk.root.focus({ preventScroll: true });
  }
  #again() {
    this.#keep([], false);
    this.#paintStep();
  }
  #keep(learned, over) {
    [this.#learned, this.#over] = [learned, over];
    this.#kept.set("coach", learned);
    this.#kept.set("coached", over);
  }
};
function steps({ setup, words, keys, current }) {
  const named2 = setup.classes.filter(({ key }) => key).map(({ key }) => keyText(key, words));
  const ends = named2.length > 1 ? [named2[0], named2[named2.length - 1]] : named2;
  const single = ({ mode }) => mode === "single" && current() !== null;
  const suggested2 = (engine) => single(engine) && (setup.several || (current()?.suggestion.classes.length ?? 0) > 0);
  const after = (engine) => single(engine) && engine.timeline.history.length > 0;
  const action = (name, text, by, possible) => ({ name, keys: [keys.shown(name)].filter(Boolean), text, by: by ?? [name], possible });
  return [{ name: "choose", keys: ends, range: true, by: ["choose"], possible: single, text: chooses(setup) }, action("take", "coach_take", null, (engine) => single(engine) && current()?.marks?.next), action("accept", setup.several ? "coach_submit" : "coach_accept", null, suggested2), action("undo", "coach_undo", ["undo", "Backspace", "backspace"], after), action("skip", "coach_skip", null, single), action("mode", "coach_mode", null, (engine) => suggested2(engine) && verifiable(setup, engine)), { ...action("accept", "coach_confirm", null, verifying), name: "confirm" }, { ...action("mode", "coach_back", null, verifying), name: "back" }, action("help", "coach_help", null, () => true)];
}
function chooses({ task, multi_label: several }) {
  if (task === "spans") return "coach_spans";
  if (task in SHAPE_OF) return `coach_${SHAPE_OF[task]}`;
  return several ? "coach_choose_several" : "coach_choose";
}
function verifying({ mode, pages }) {
  return mode === "verify" && pages.length > 0;
}
function verifiable({ pages }, { standing, unsure, queue }) {
  if (!pages || unsure || (standing?.snapshot ?? null) === null) return false;
  return standing?.quicker === "verify" || queue.some(({ suggestion }) => suggestion.probabilities[0] >= SURE_ENOUGH);
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
var HOVER = 450;
var PRESS = 500;
var AWAY = 8;
var CLASS = '[data-dalt="class"], [data-dalt="accept"], [data-dalt="candidate"]';
var ClassGuide = class {
  node;
  #desk;
  #id = `dalt-guide-${crypto.randomUUID?.() ?? Math.random()}`;
  #for = null;
  #name = null;
  #timer;
  #examples = /* @__PURE__ */ new Map();
  #asOf = null;
  #pressed = false;
  #parts = { name: el("strong", "", { dir: "auto" }), group: el("span", "dalt-guide-group", { dir: "auto" }), text: el("p", "", { dir: "auto" }), shown: el("div", "dalt-guide-examples", { "aria-hidden": "true" }), note: el("p", "dalt-guide-note") };
  #ended = new AbortController();
  constructor(desk) {
    this.#desk = desk;
    const { name, group, text, shown, note } = this.#parts;
    this.node = el("div", "dalt-guide", { role: "tooltip", id: this.#id, hidden: "", "data-dalt": "class-guide" }, el("div", "dalt-guide-head", {}, name, group), text, shown, note);
    const on = (target, type, does, more = {}) => target.addEventListener(type, does, { signal: this.#ended.signal, ...more });
    on(desk.root, "pointerover", (event) => this.#over(event));
    on(desk.root, "pointerdown", (event) => this.#down(event));
    for (const type of ["pointerup", "pointercancel", "pointermove"]) {
      on(desk.root, type, (event) => event.pointerType === "touch" && clearTimeout(this.#timer));
    }
    on(desk.root, "click", (event) => this.#click(event), { capture: true });
    on(desk.root, "contextmenu", (event) => this.#pressed && event.preventDefault());
    on(desk.root, "focusin", (event) => this.#focus(event));
    on(desk.root, "focusout", () => this.#hide());
    on(document, "scroll", ({ target }) => this.#for && target !== this.node && this.#place(), { capture: true });
    on(desk.engine, "kernel:examples", ({ detail: detail2 }) => this.#take(detail2));
  }
  close() {
    this.#ended.abort();
    clearTimeout(this.#timer);
    this.#forget();
  }
  actionOf({ key }) {
    return key === "Escape" && !this.node.hidden ? () => this.#hide() : null;
  }
  #over({ target, pointerType }) {
    if (pointerType === "touch") return;
    clearTimeout(this.#timer);
    if (within(this.node, target)) return;
    const of = closest(target, CLASS);
    if (of && of === this.#for) return;
    this.#timer = setTimeout(() => of ? this.#show(of) : this.#hide(), of ? HOVER : 150);
  }
  #down({ target, pointerType }) {
    this.#pressed = false;
    clearTimeout(this.#timer);
    const of = closest(target, CLASS);
    if (pointerType !== "touch" || !of) return;
    this.#timer = setTimeout(() => {
      this.#pressed = true;
      this.#show(of);
    }, PRESS);
  }
  #click(event) {
    if (this.#pressed) {
      event.preventDefault();
      event.stopPropagation();
      this.#pressed = false;
    } else if (!within(this.node, event.target)) this.#hide();
  }
  #focus({ target }) {
    const of = closest(target, CLASS);
    if (of?.matches(":focus-visible")) this.#show(of);
  }
  #show(of) {
    const name = of.dataset.class ?? of.dataset.label ?? "";
    const spec = this.#desk.setup.classes.find((each) => each.name === name);
    if (!spec || !of.isConnected) return;
    this.#hide();
    [this.#for, this.#name] = [of, name];
    mark(of, "aria-describedby", this.#id);
    put(this.#parts.name, name);
    put(this.#parts.group, spec.group ?? "");
    put(this.#parts.text, spec.description);
    this.#parts.text.hidden = !spec.description;
    this.node.style.setProperty("--chip", spec.colour);
    const asOf = `${this.#desk.engine.acknowledged}:${this.#desk.engine.standing?.n_labelled}`;
    if (asOf !== this.#asOf) this.#forget();
    this.#asOf = asOf;
    if (this.#examples.has(name)) this.#paint();
    else {
      this.#parts.shown.replaceChildren();
      put(this.#parts.note, "");
      this.#desk.engine.ask({ type: "examples", class: name });
    }
    this.node.hidden = false;
    this.#place();
  }
  #hide() {
    clearTimeout(this.#timer);
    this.#for?.removeAttribute("aria-describedby");
    this.#for = null;
    this.node.hidden = true;
  }
  #forget() {
    for (const { url } of [...this.#examples.values()].flat()) if (url) URL.revokeObjectURL(url);
    this.#examples.clear();
  }
  #take({ message, buffers }) {
    this.#examples.set(message.class, message.examples.map((small) => small.buffer === null ? small : { ...small, url: URL.createObjectURL(new Blob([buffers[small.buffer]], { type: small.mime })) }));
    if (this.#for && message.class === this.#name) this.#paint();
  }
  #paint() {
    const examples = this.#examples.get(this.#name ?? "") ?? [];
    const { words } = this.#desk;
    put(this.#parts.note, words.say(examples.length ? "examples" : "no_examples"));
    this.#parts.shown.replaceChildren(...examples.map((small) => {
      const text = small.kind === "audio" ? "♪" : small.text;
      const view = small.url ? pictured(small.url) : el("span", "dalt-guide-text", { dir: "auto" }, text);
      return el("span", `dalt-guide-example dalt-guide-${small.kind}`, {}, view);
    }));
    this.#place();
  }
  #place() {
    const { style } = this.node;
    if (!this.#for) return;
    const at = this.#for.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.node;
    const below = at.bottom + AWAY;
    const top = Math.max(AWAY, below + height <= innerHeight - AWAY ? below : at.top - AWAY - height);
    style.top = `${top}px`;
    const shift = top - this.node.getBoundingClientRect().top;
    if (shift) style.top = `${top + shift}px`;
    style.left = `${Math.max(AWAY, Math.min(at.left, innerWidth - width - AWAY))}px`;
  }
};
var MOST_EXAMPLES = 5;
var REPLY_LOST = 5e3;
var EXAMPLES_SOON = 600;
var FIRST_LATE = 2e3;
var ExampleDesk = class {
  #desk;
  #rows = /* @__PURE__ */ new Map();
  #urls = /* @__PURE__ */ new Map();
  #waiting = /* @__PURE__ */ new Set();
  #asked = null;
  #timer;
  #seen = /* @__PURE__ */ new Set();
  #resting = true;
  #settled;
  #watcher;
  #ended = new AbortController();
  constructor(desk, settled) {
    this.#desk = desk;
    this.#settled = settled;
    setTimeout(() => this.#settle(), FIRST_LATE);
    this.#watcher = new IntersectionObserver((entries) => this.#saw(entries));
    const on = (name, handler) => desk.engine.addEventListener(name, handler, { signal: this.#ended.signal });
    on("kernel:examples", ({ detail: detail2 }) => this.#take(detail2));
    on("kernel:ack", ({ detail: detail2 }) => this.#answered(detail2.message.sample_id));
  }
  of(name, row) {
    const list = el("div", "dalt-meaning-examples", { "aria-hidden": "true" });
    this.#rows.set(name, list);
    this.#watcher.observe(row);
    return list;
  }
  begin() {
    this.#resting = false;
    for (const name of this.#seen) this.#waiting.add(name);
    this.#pump();
  }
  rest() {
    this.#resting = true;
    this.#waiting.clear();
  }
  paint() {
    this.#pump();
  }
  close() {
    this.#ended.abort();
    this.#watcher.disconnect();
    clearTimeout(this.#timer);
    for (const name of this.#urls.keys()) this.#release(name);
  }
  #saw(entries) {
    for (const { target, isIntersecting } of entries) {
      const name = target.dataset.class ?? "";
      if (isIntersecting && !this.#seen.has(name)) this.#waiting.add(name);
      isIntersecting ? this.#seen.add(name) : this.#seen.delete(name);
    }
    this.#pump();
  }
  #answered(id) {
    const entry = this.#desk.engine.timeline.history.find(({ sample }) => sample?.id === id);
    for (const name of [entry?.label ?? []].flat().map((each) => typeof each === "string" ? each : each.label)) {
      if (this.#seen.has(name) && (this.#rows.get(name)?.children.length ?? 0) < MOST_EXAMPLES) {
        setTimeout(() => {
          if (!this.#resting) this.#waiting.add(name);
          this.#pump();
        }, EXAMPLES_SOON);
      }
    }
  }
  #pump() {
    const { engine } = this.#desk;
    if (this.#resting || this.#asked !== null || engine.waiting || engine.offline || this.#ended.signal.aborted) return;
    const [name] = this.#waiting;
    if (name === void 0) {
      if (this.#seen.size) this.#settle();
      return;
    }
    this.#waiting.delete(name);
    this.#asked = name;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#next(), REPLY_LOST);
    engine.ask({ type: "examples", class: name });
  }
  #settle() {
    this.#settled?.();
    this.#settled = null;
  }
  #next() {
    this.#asked = null;
    this.#pump();
  }
  #take({ message, buffers }) {
    const { class: name, examples } = message;
    const list = this.#rows.get(name);
    if (list) {
      this.#release(name);
      const urls = [];
      list.replaceChildren(...examples.filter(({ kind }) => kind !== "audio").slice(0, MOST_EXAMPLES).map((small) => {
        const { kind, buffer, mime, text } = small;
        const look = `dalt-example dalt-example-${kind}`;
        if (buffer === null) return el("span", look, {}, el("span", "", { dir: "auto" }, text));
        const url = URL.createObjectURL(new Blob([buffers[buffer]], { type: mime }));
        urls.push(url);
        return el("span", look, {}, pictured(url));
      }));
      this.#urls.set(name, urls);
    }
    if (name === this.#asked) this.#next();
  }
  #release(name) {
    for (const url of this.#urls.get(name) ?? []) URL.revokeObjectURL(url);
    this.#urls.delete(name);
  }
};
var BESIDE_FROM = 860;
var OPENED = "dalt-panel";
var Panel = class {
  button;
  node;
  box;
  layout = null;
  shown = false;
  #desk;
  #name;
  #title;
  #inline;
  #changed;
  #wanted = false;
  #from = null;
  #ended = new AbortController();
  constructor(desk, { name, dalt = name, mark: part, label, title, look, inline = false, badge, changed }, ...body) {
    this.#desk = desk;
    this.#name = name;
    this.#title = title;
    this.#inline = inline;
    this.#changed = changed;
    const { say } = desk.words;
    this.button = button("dalt-quiet", dalt, () => this.toggle(), el("span", "", {}, label), el("kbd", "", {}, desk.keys.shown(name)));
    mark(this.button, "aria-expanded", "false");
    const head = el("div", "dalt-panel-head", {}, el(alone() ? "h2" : "h3", "", {}, title), ...badge ? [badge] : [], button("dalt-quiet", `${name}-close`, () => this.show(false), say("close")));
    this.box = el("div", `dalt-panel-box ${look}-box`, {}, head, ...body);
    this.node = el("section", `dalt-panel ${look}`, { hidden: "" }, this.box);
    if (part) mark(this.node, "data-dalt", part);
    this.node.addEventListener("click", (event) => event.target === this.node && this.show(false));
    controls(this.button, this.node);
    const other = (event) => {
      if (event.detail === this) return;
      this.#wanted = false;
      if (this.shown) this.#display(false, true);
    };
    desk.root.addEventListener(OPENED, other, { signal: this.#ended.signal });
  }
  close() {
    this.#ended.abort();
    if (this.open) this.#cover(false);
    mark(this.#desk.root, "data-aside", null);
  }
  get open() {
    return this.shown && this.layout === "sheet";
  }
  begin() {
    if (this.layout) return;
    const { root } = this.#desk;
    const place = root.parentElement;
    const narrow = !alone() && this.#inline ? "inline" : "sheet";
    const arrange = () => this.#arrange(place.clientWidth >= BESIDE_FROM ? "beside" : narrow);
    arrange();
    if (root.dataset.panel === this.#name) this.show(true);
    const watcher = new ResizeObserver(arrange);
    watcher.observe(place);
    this.#ended.signal.addEventListener("abort", () => watcher.disconnect());
  }
  actionOf({ key, target, ctrlKey, metaKey }, letter) {
    if (ctrlKey || metaKey) return null;
    const does = this.#desk.keys.actionOf(letter);
    if (does === this.#name) return () => this.toggle();
    if (key === "Escape" && this.shown && this.#mayClose(target)) return () => this.show(false);
    return this.open && does === "help" ? () => {
    } : null;
  }
  #mayClose(target) {
    return this.open || within(this.node, target) || !this.#desk.current()?.answered;
  }
  toggle() {
    this.show(!this.shown);
  }
  leave() {
    if (this.open) this.show(false);
  }
  show(shown) {
    const { root } = this.#desk;
    const inside2 = within(this.node, document.activeElement);
    const covered = this.open;
    if (shown) {
      this.#from = document.activeElement;
      root.dispatchEvent(new CustomEvent(OPENED, { detail: this }));
    }
    this.#wanted = shown;
    this.#display(shown, true);
    if (this.open) this.box.focus({ preventScroll: true });
    else if (!shown && (inside2 || covered)) this.#giveBack();
  }
  #giveBack() {
    const { root } = this.#desk;
    const from = this.#from;
    const stands = from && root.contains(from) && !within(this.node, from) && from.checkVisibility();
    (stands ? from : root).focus({ preventScroll: true });
  }
  #arrange(layout) {
    if (layout === this.layout) return;
    const before2 = this.layout;
    const wanted = this.#wanted;
    if (this.shown) this.#display(false, false);
    this.layout = layout;
    mark(this.node, "data-layout", layout);
    const modal = layout === "sheet";
    const scrolls2 = { role: modal ? "dialog" : "region", "aria-modal": modal ? "true" : null, "aria-label": this.#title, tabindex: "0" };
    for (const [name, value] of Object.entries(scrolls2)) mark(this.box, name, value);
    if (before2 && wanted && !modal) this.#display(true, false);
  }
  #display(shown, asked) {
    const { root } = this.#desk;
    if (this.open && !shown) this.#cover(false);
    this.shown = shown;
    this.node.hidden = !shown;
    mark(this.button, "aria-expanded", String(shown));
    mark(root, "data-panel", shown ? this.#name : null);
    mark(root, "data-aside", shown ? this.layout : null);
    if (this.open) this.#cover(true);
    this.#changed(shown, asked);
  }
  #cover(covers) {
    cover(this.#desk.root, covers, this.node.parentElement);
  }
};
var SCROLL_KEYS = /^(Arrow|Page|Home|End| )/;
var GuidelinePanel = class {
  button;
  panel;
  #desk;
  #kept;
  #panel;
  #changed;
  #classes = el("ul", "dalt-meanings");
  #examples = null;
  #fresh;
  #begun = false;
  constructor(desk) {
    this.#desk = desk;
    this.#kept = new Remembered(desk.setup.project);
    const { setup, words } = desk;
    const { say } = words;
    const text = fingerprint(setup.guideline);
    const seen2 = this.#kept.get("guideline", null);
    this.#fresh = setup.guideline !== "" && seen2 !== text;
    this.#changed = el("span", "dalt-changed", { "data-dalt": "guideline-changed" }, say("guideline_changed"));
    this.#changed.hidden = !(this.#fresh && seen2 !== null);
    this.#panel = new Panel(desk, { name: "guideline", mark: "guideline-panel", label: say("guideline"), title: say("guideline"), look: "dalt-guideline", inline: true, badge: this.#changed, changed: (shown, asked) => this.#shows(shown, asked) }, ...paragraphs(setup.guideline), el(alone() ? "h3" : "h4", "", {}, say("meanings")), this.#classes);
    this.button = this.#panel.button;
    this.panel = this.#panel.node;
    if (this.#fresh) this.#kept.set("guideline", text);
  }
  close() {
    this.#panel.close();
    this.#examples?.close();
  }
  get open() {
    return this.#panel.open;
  }
  actionOf(event, letter) {
    const action = this.#panel.actionOf(event, letter);
    if (action || event.ctrlKey || event.metaKey) return action;
    const { key, target } = event;
    const scrolls2 = this.#panel.shown && within(this.panel, target) && SCROLL_KEYS.test(key);
    return scrolls2 && !closest(target, "button") ? "native" : null;
  }
  paint() {
    if (!this.#begun) this.#begin();
    if (this.#panel.shown) this.#examples?.paint();
  }
  #begin() {
    const panel = this.#panel;
    panel.begin();
    this.#begun = true;
    const again = panel.layout !== "sheet" && this.#kept.get("guideline_open", false);
    if (!panel.shown && (this.#fresh || again)) panel.show(true);
  }
  #shows(shown, asked) {
    if (asked && this.#panel.layout !== "sheet") this.#kept.set("guideline_open", shown);
    if (shown) this.#fill();
    else this.#examples?.rest();
    if (asked && !shown) this.#changed.hidden = true;
  }
  #fill() {
    if (!this.#examples) {
      mark(this.#classes, "data-waiting", "");
      const examples = new ExampleDesk(this.#desk, () => mark(this.#classes, "data-waiting", null));
      this.#examples = examples;
      const { classes } = this.#desk.setup;
      this.#classes.append(...classes.map((spec) => this.#meaning(spec, examples)));
    }
    this.#examples.begin();
  }
  #meaning(spec, examples) {
    const { words } = this.#desk;
    const row = el("li", "dalt-meaning", {}, el("span", "dalt-chip", { "aria-hidden": "true" }), el("p", "dalt-meaning-name", {}, ...spec.key ? [el("kbd", "", {}, keyText(spec.key, words))] : [], el("strong", "", { dir: "auto" }, spec.name)));
    row.style.setProperty("--chip", spec.colour);
    row.dataset.class = spec.name;
    if (spec.description) row.append(...paragraphs(spec.description));
    row.append(examples.of(spec.name, row));
    return row;
  }
};
function paragraphs(text) {
  return text.split(/\n[ \t]*\n/).map((each) => each.replace(/^\n+|\s+$/g, "")).filter(Boolean).map((each) => el("p", "dalt-guideline-text", { dir: "auto" }, each));
}
function fingerprint(text) {
  let [a, b] = [2166136261, 16777619];
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0;
    a = Math.imul(a ^ code, 16777619) >>> 0;
    b = Math.imul(b, 31) + code >>> 0;
  }
  return `${a.toString(16)}-${b.toString(16)}-${text.length}`;
}
var AT_FIRST = 30;
var SOON = 400;
var HistoryPanel = class {
  button;
  panel;
  #desk;
  #panel;
  #limit = AT_FIRST;
  #small = new Thumbnails();
  #entries = [];
  #parts = {};
  #timer;
  #acknowledged = "";
  #ended = new AbortController();
  #refresh;
  constructor(desk) {
    this.#desk = desk;
    const { say } = desk.words;
    this.#parts.list = el("ul", "dalt-history-list", { "aria-label": say("history_title") });
    this.#refresh = roving(this.#parts.list);
    this.#parts.more = button("dalt-quiet", "history-more", () => this.#more(), say("history_more"));
    this.#parts.empty = el("p", "dalt-history-empty", {}, say("history_empty"));
    this.#panel = new Panel(desk, { name: "history", mark: "history-panel", label: say("history"), title: say("history_title"), look: "dalt-history", changed: (shown) => shown && this.#ask() }, this.#parts.list, this.#parts.empty, this.#parts.more);
    this.button = this.#panel.button;
    this.panel = this.#panel.node;
    const options = { signal: this.#ended.signal };
    desk.engine.addEventListener("kernel:history", ({ detail: detail2 }) => this.#take(detail2), options);
  }
  get open() {
    return this.#panel.open;
  }
  close() {
    this.#ended.abort();
    this.#panel.close();
    clearTimeout(this.#timer);
    this.#small.close();
  }
  actionOf(event, letter) {
    return this.#panel.actionOf(event, letter);
  }
  paint() {
    this.#panel.begin();
    const { acknowledged, waiting } = this.#desk.engine;
    const state = `${acknowledged}:${waiting}`;
    if (!this.#panel.shown || state === this.#acknowledged) return;
    this.#acknowledged = state;
    if (waiting) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), SOON);
  }
  #more() {
    this.#limit += AT_FIRST;
    this.#ask();
  }
  #ask() {
    this.#desk.engine.ask({ type: "history", limit: this.#limit, known: this.#small.known });
  }
  #take({ message, buffers }) {
    this.#small.take(message.entries, buffers);
    this.#entries = message.entries;
    this.#parts.more.hidden = !message.more;
    this.#parts.empty.hidden = this.#entries.length > 0;
    const listed = [...this.#parts.list.children];
    const made = new Map(listed.map((node) => [node.dataset.state, node]));
    this.#parts.list.replaceChildren(...this.#entries.map((entry) => made.get(stateOf(entry)) ?? this.#thumbnail(entry)));
    const words = this.#entries.some(({ sample_id: id }) => this.#small.kind(id) !== "image");
    mark(this.#parts.list, "data-wide", words ? "" : null);
    this.#refresh();
  }
  #thumbnail(entry) {
    const { sample_id: id, label, flagged } = entry;
    const { words, setup, engine } = this.#desk;
    const name = label === null ? words.say("skipped_one") : words.answer(label);
    const spec = setup.classes.find((each) => each.name === label);
    const chip = el("span", "dalt-chip", { "aria-hidden": "true" });
    chip.style.setProperty("--chip", spec?.colour ?? "transparent");
    const text = el("span", "dalt-name", { dir: "auto" });
    words.called(text, name);
    const open = button(`dalt-small dalt-small-${this.#small.kind(id)}`, "reopen", () => {
      this.#panel.leave();
      engine.ask({ type: "reopen", sample_id: id });
    }, this.#small.view(id), el("span", "dalt-small-said", {}, chip, text));
    mark(open, "aria-label", words.say(flagged ? "reopen_flagged" : "reopen", { name }));
    mark(open, "data-flagged", flagged ? "" : null);
    open.dataset.sampleId = id;
    const node = el("li", "", {}, open);
    node.dataset.state = stateOf(entry);
    return node;
  }
};
function stateOf({ event_id: event, flagged }) {
  return `${event}:${flagged}`;
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
var LONGEST_COMMENT = 2e3;
var NotesBar = class {
  tools;
  lines;
  #desk;
  #sample = null;
  #writing = false;
  #parts = {};
  #ended = new AbortController();
  constructor(desk) {
    this.#desk = desk;
    this.tools = this.#buildBar();
    this.lines = this.#buildField();
    addEventListener("pagehide", () => this.#save(), { signal: this.#ended.signal });
  }
  close() {
    this.#save();
    this.#ended.abort();
  }
  #buildBar() {
    const { say } = this.#desk.words;
    const parts = this.#parts;
    const make = (dalt, icon, onClick) => {
      const made = button("dalt-quiet dalt-tool", dalt, onClick, el("span", "", { "aria-hidden": "true" }, icon), el("span", "dalt-tool-text", {}, say(dalt)), el("kbd", "", {}, this.#desk.keys.shown(dalt)));
      made.title = say(`${dalt}_title`);
      return made;
    };
    parts.flag = make("flag", "⚑", () => this.#flag());
    parts.open = make("comment", "✎", () => this.#toggle());
    parts.bar = el("div", "dalt-notes", { role: "group", "aria-label": say("notes"), hidden: "" }, el("div", "dalt-tool-row", {}, parts.flag, parts.open));
    return parts.bar;
  }
  #buildField() {
    const { say } = this.#desk.words;
    const parts = this.#parts;
    parts.field = el("textarea", "", { rows: "2", maxlength: LONGEST_COMMENT, dir: "auto", "aria-label": say("comment_field"), placeholder: say("comment_hint"), "data-dalt": "comment-field" });
    parts.field.addEventListener("change", () => this.#save());
    parts.field.addEventListener("keydown", (event) => this.#typed(event));
    parts.comment = el("div", "dalt-comment", { hidden: "" }, parts.field, button("dalt-quiet", "comment-done", () => this.#leave(), say("comment_done")));
    return parts.comment;
  }
  paint() {
    const sample = this.#desk.current();
    if (sample !== this.#sample) {
      this.#save();
      this.#sample = sample;
      this.#writing = false;
      this.#parts.field.value = sample?.note?.comment ?? "";
    }
    const { bar, flag, open, comment } = this.#parts;
    hide(bar, !sample);
    mark(flag, "aria-pressed", String(sample?.note?.flagged ?? false));
    const shown = sample !== null && (this.#writing || Boolean(sample.note?.comment));
    hide(comment, !shown);
    mark(open, "aria-expanded", String(shown));
  }
  #flag() {
    if (!this.#sample) return;
    const { flagged = false, comment = "" } = this.#sample.note ?? {};
    this.#note({ flagged: !flagged, comment });
  }
  #save() {
    const sample = this.#sample;
    if (!sample) return;
    const { flagged = false, comment: former2 = "" } = sample.note ?? {};
    const comment = this.#parts.field.value.trim();
    if (comment !== former2) this.#note({ flagged, comment });
  }
  #note(note) {
    const sample = this.#sample;
    if (!sample) return;
    sample.note = note;
    this.#desk.engine.post({ type: "note", sample_id: sample.id, ...note });
    this.#desk.repaint();
  }
  expect(field) {
    if (field !== "comment-field") return;
    this.#writing = true;
    this.paint();
  }
  #toggle() {
    if (!this.#sample) return;
    if (this.#writing && document.activeElement === this.#parts.field) {
      this.#leave();
      return;
    }
    this.#writing = true;
    this.paint();
    this.#parts.field.focus();
  }
  #leave() {
    this.#save();
    this.#writing = false;
    this.paint();
    this.#desk.root.focus({ preventScroll: true });
  }
  #typed(event) {
    event.stopPropagation();
    if (event.isComposing) return;
    if (event.key === "Escape") this.#parts.field.value = this.#sample?.note?.comment ?? "";
    else if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    this.#leave();
  }
  actionOf({ ctrlKey, metaKey }, letter) {
    if (ctrlKey || metaKey || !this.#sample) return null;
    const does = this.#desk.keys.actionOf(letter);
    if (does === "flag") return () => this.#flag();
    return does === "comment" ? () => this.#toggle() : null;
  }
};
var press = (name) => (root) => {
  const buttons = root.querySelectorAll(`button[data-dalt="${name}"]`);
  const offered3 = [...buttons].find((button3) => !button3.disabled && button3.ariaDisabled !== "true" && !button3.closest("[hidden]"));
  return offered3 ? () => offered3.click() : null;
};
var play = (root) => {
  const sound = find(root, '[data-dalt="sample"] audio');
  return sound && (() => togglePlay(sound));
};
var enter = (selector) => (root) => {
  const field = find(root, selector);
  return field && !field.closest("[hidden]") ? () => field.focus() : null;
};
var button2 = (mark2, phrases, key) => ({ phrases, key, doing: press(mark2) });
var COMMANDS = { accept: button2("accept", ["key_accept", "key_submit", "key_submit_spans"], "accept"), skip: button2("skip", ["key_skip", "skip"], "skip"), undo: button2("undo", ["key_undo", "undo"], "undo"), redo: { ...button2("redo", ["key_redo", "redo"], "undo"), shifted: true }, keep: button2("keep", ["keep"]), confirm: button2("confirm", ["key_confirm"], "accept"), mode: button2("mode", ["key_mode", "to_verify", "to_single"], "mode"), take: button2("take", ["key_take"], "take"), "take-all": { ...button2("take-all", ["key_take_all"], "take"), shifted: true }, "open-skipped": button2("open-skipped", ["open_skipped"]), guideline: button2("guideline", ["key_guideline", "guideline"], "guideline"), history: button2("history", ["key_history", "history"], "history"), review: button2("review", ["key_review", "review"], "review"), "review-all": button2("review-all", ["review_all"]), "review-again": button2("review-again", ["review_again"]), "progress-button": button2("progress-button", ["key_progress", "progress_button"], "progress"), adjudicate: button2("adjudicate", ["adjudicate_title", "adjudicate"]), flag: button2("flag", ["key_flag", "flag"], "flag"), comment: button2("comment", ["key_comment", "comment"], "comment"), search: { phrases: ["key_search", "search_classes"], key: "search", doing: enter(".dalt-search-field") }, words: { phrases: ["words"], doing: enter('[data-dalt="words"]') }, play: { phrases: ["key_play"], key: "play", doing: play }, autoplay: button2("autoplay", ["autoplay"]), loop: button2("loop", ["loop"]), rate: button2("rate", ["rate"]), "zoom-in": button2("zoom-in", ["zoom_in"]), "zoom-out": button2("zoom-out", ["zoom_out"]), "zoom-reset": button2("zoom-reset", ["zoom_reset"]), peek: button2("peek", ["key_peek"], "peek"), zoom_lock: button2("zoom_lock", ["zoom_lock"]), adjust: button2("adjust", ["adjust"]), "adjust-reset": button2("adjust-reset", ["adjust_reset"]), language: button2("language", ["other_language"]), help: button2("help", ["key_help", "keys"], "help"), coach: { phrases: ["coach_again"], doing: (_, engine) => () => engine.dispatchEvent(new Event("coach")) }, dismiss: button2("dismiss", ["dismiss"]), reload: button2("reload", ["reload"]), logout: button2("logout", ["log_out"]) };
function offered2({ root, engine, setup, words, keys }) {
  const actions = Object.entries(COMMANDS).flatMap(([command, { phrases, key, shifted, doing }]) => {
    const run = doing(root, engine);
    const shown = key ? keys.shown(key) : "";
    const entry = { command, name: words.say(command === "accept" ? acceptPhrase(setup) : phrases[0]), key: shown && shifted ? `⇧ ${shown}` : shown, stack: folded(phrases.flatMap(inEveryLanguage).join("\n")) };
    return run ? [{ ...entry, run }] : [];
  });
  return [...actions, ...choices(root, setup.classes)];
}
function choices(root, classes) {
  const specs = new Map(classes.map((spec) => [spec.name, spec]));
  const buttons = root.querySelectorAll('button[data-dalt="class"]');
  return [...buttons].flatMap((button3) => {
    const spec = specs.get(button3.dataset.class ?? "");
    if (!spec || button3.disabled) return [];
    const { name, key, colour } = spec;
    return [{ name, key: key.toUpperCase(), colour, stack: haystack(spec), run: () => button3.click() }];
  });
}
function matching(query, entries) {
  const words = folded(query).split(/\s+/).filter(Boolean);
  if (!words.length) return entries;
  const whole2 = words.join(" ");
  const distance = ({ name, stack }) => {
    if (folded(name).startsWith(whole2)) return 0;
    return stack.split(/[\s\n]+/).some((word) => word.startsWith(words[0])) ? 1 : 2;
  };
  return entries.filter(({ stack }) => words.every((word) => stack.includes(word))).map((entry) => ({ entry, far: distance(entry) })).sort((one, other) => one.far - other.far).map(({ entry }) => entry);
}
var MOST = 60;
var Palette = class {
  button;
  node;
  #desk;
  #offered = [];
  #listed = [];
  #at = 0;
  #field;
  #list = el("ul", "dalt-palette-list", { role: "listbox" });
  #told = el("p", "dalt-palette-told", { role: "status" });
  constructor(desk) {
    this.#desk = desk;
    const { say } = desk.words;
    this.button = button("dalt-quiet", "palette-button", () => this.#show(), say("palette"), el("kbd", "", {}, PALETTE));
    mark(this.button, "aria-haspopup", "dialog");
    this.#list.id = `dalt-palette-${crypto.randomUUID?.() ?? Math.random()}`;
    mark(this.#list, "aria-label", say("palette"));
    this.#field = this.#input();
    const box = el("div", "dalt-palette-box", { role: "dialog", "aria-modal": "true", "aria-label": say("palette") }, this.#field, this.#list, this.#told);
    this.node = el("div", "dalt-palette", { "data-dalt": "palette", hidden: "" }, box);
    this.node.addEventListener("click", ({ target }) => target === this.node && this.#hide());
    this.node.addEventListener("keydown", (event) => this.#key(event));
  }
  #input() {
    const label = this.#desk.words.say("palette_field");
    const field = el("input", "dalt-palette-field", { type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", "aria-expanded": "true", "aria-autocomplete": "list", "aria-controls": this.#list.id, "aria-label": label, placeholder: label, "data-dalt": "palette-field" });
    field.addEventListener("input", () => this.#fill());
    return field;
  }
  get open() {
    return !this.node.hidden;
  }
  actionOf(event) {
    if (opensPalette(event)) return () => this.open ? this.#hide() : this.#show();
    return this.open ? () => {
    } : null;
  }
  close() {
    if (this.open) this.#hide();
  }
  #show() {
    const { root } = this.#desk;
    if (find(root, ":scope > [inert]")) return;
    this.#offered = offered2(this.#desk);
    this.#field.value = "";
    this.node.hidden = false;
    cover(root, true, this.node);
    this.#field.focus({ preventScroll: true });
    this.#fill();
  }
  #hide() {
    const { root } = this.#desk;
    this.node.hidden = true;
    this.#list.replaceChildren();
    this.#offered = [];
    cover(root, false);
    root.focus({ preventScroll: true });
  }
  #fill() {
    const { say, number } = this.#desk.words;
    const found = matching(this.#field.value, this.#offered);
    this.#listed = found.slice(0, MOST);
    this.#list.replaceChildren(...this.#listed.map((entry, index) => this.#option(entry, index)));
    this.#list.scrollTop = 0;
    const more = found.length - this.#listed.length;
    put(this.#told, !found.length ? say("palette_none") : more ? say("palette_more", { n: number(more) }) : "");
    this.#point(0);
  }
  #option({ name, key, command, colour }, index) {
    const chip = el("span", "dalt-chip", { "aria-hidden": "true" });
    chip.style.setProperty("--chip", colour ?? "transparent");
    const node = el("li", "dalt-palette-option", { role: "option", id: `${this.#list.id}-${index}`, "aria-selected": "false" }, chip, el("span", "dalt-palette-name", { dir: "auto" }, name), el("kbd", "", {}, key));
    mark(node, command ? "data-command" : "data-class", command ?? name);
    node.addEventListener("click", () => this.#run(index));
    return node;
  }
  #point(index) {
    this.#list.children[this.#at]?.setAttribute("aria-selected", "false");
    this.#at = Math.max(0, Math.min(index, this.#listed.length - 1));
    const node = this.#list.children[this.#at] ?? null;
    mark(this.#field, "aria-activedescendant", node?.id ?? null);
    if (!node) return;
    node.setAttribute("aria-selected", "true");
    node.scrollIntoView({ block: "nearest" });
  }
  #run(index) {
    const entry = this.#listed[index];
    if (!entry) return;
    this.#hide();
    entry.run();
  }
  #key(event) {
    event.stopPropagation();
    if (event.isComposing) return;
    const does = this.#does(event);
    if (!does) return;
    event.preventDefault();
    does();
  }
  #does(event) {
    const { key, repeat } = event;
    const last = this.#listed.length - 1;
    if (key === "Escape" || opensPalette(event)) return () => this.#hide();
    if (key === "Enter") return () => repeat || this.#run(this.#at);
    if (key === "ArrowDown") return () => this.#point(this.#at === last ? 0 : this.#at + 1);
    if (key === "ArrowUp") return () => this.#point(this.#at === 0 ? last : this.#at - 1);
    if (key === "PageDown") return () => this.#point(this.#at + 8);
    if (key === "PageUp") return () => this.#point(this.#at - 8);
    return key === "Tab" ? () => {
    } : null;
  }
};
var PersonLine = class {
  aside;
  constructor({ words, setup }) {
    const server = setup.login && offered();
    if (!server) return;
    this.aside = button("dalt-quiet dalt-person", "logout", () => location.assign(server.logout), el("bdi", "dalt-person-name", {}, setup.annotator), el("span", "", {}, words.say("log_out")));
  }
};
var FIGURES_SOON = 1500;
var PLOT = { width: 420, height: 150, left: 40, bottom: 22, top: 8, right: 10 };
var ProgressPanel = class {
  button;
  panel;
  #desk;
  #panel;
  #state = "";
  #timer;
  #parts = {};
  #ended = new AbortController();
  constructor(desk) {
    this.#desk = desk;
    const { say } = desk.words;
    const parts = this.#parts;
    parts.pace = el("p", "dalt-pace");
    parts.curve = el("figure", "dalt-curve");
    parts.counts = el("ul", "dalt-class-counts", { "aria-label": say("class_counts") });
    this.#panel = new Panel(desk, { name: "progress", dalt: "progress-button", mark: "progress-panel", label: say("progress_button"), title: say("progress_button"), look: "dalt-progress-panel", changed: (shown) => shown && this.#ask() }, parts.pace, parts.curve, el(alone() ? "h3" : "h4", "", {}, say("class_counts")), parts.counts);
    this.button = this.#panel.button;
    this.panel = this.#panel.node;
    desk.engine.addEventListener("kernel:progress", ({ detail: detail2 }) => this.#take(detail2.message), { signal: this.#ended.signal });
  }
  get open() {
    return this.#panel.open;
  }
  close() {
    this.#ended.abort();
    this.#panel.close();
    clearTimeout(this.#timer);
  }
  actionOf(event, letter) {
    return this.#panel.actionOf(event, letter);
  }
  paint() {
    this.#panel.begin();
    const { acknowledged, standing, waiting } = this.#desk.engine;
    const state = `${acknowledged}:${standing?.snapshot}`;
    if (!this.#panel.shown || waiting || state === this.#state) return;
    this.#state = state;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), FIGURES_SOON);
  }
  #ask() {
    this.#desk.engine.ask({ type: "progress" });
  }
  #take({ counts, curve, seconds_per_label: pace, left }) {
    this.#paintPace(pace, left);
    this.#paintCurve(curve);
    this.#paintCounts(counts);
  }
  #paintPace(pace, left) {
    const { say, number, duration } = this.#desk.words;
    if (!pace) {
      put(this.#parts.pace, say("no_pace", { left: number(left) }));
      return;
    }
    const one = (value) => number(Math.round(value * 10) / 10);
    put(this.#parts.pace, `${say("pace", { value: one(pace.value), n: number(pace.n) })} ${left === 0 ? "" : say("estimate", { left: number(left), low: duration(pace.low * left), high: duration(pace.high * left) })}`);
  }
  #paintCurve(curve) {
    const { say, percent, number } = this.#desk.words;
    if (curve.length < 2) {
      this.#parts.curve.replaceChildren(el("p", "dalt-no-curve", {}, say("no_curve")));
      return;
    }
    const [first, last] = [curve[0], curve[curve.length - 1]];
    const told = say("curve", { from: percent(first.accuracy.value), n: number(first.n_labels), to: percent(last.accuracy.value), m: number(last.n_labels) });
    this.#parts.curve.replaceChildren(this.#drawing(curve, told), el("figcaption", "", {}, told));
  }
  #drawing(curve, told) {
    const svg = (tag, attributes, ...children) => {
      const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
      node.append(...children);
      return node;
    };
    const { percent, number } = this.#desk.words;
    const most2 = curve[curve.length - 1].n_labels;
    const x = (n) => (PLOT.left + n / most2 * (PLOT.width - PLOT.left - PLOT.right)).toFixed(1);
    const y = (share2) => (PLOT.top + (1 - share2) * (PLOT.height - PLOT.top - PLOT.bottom)).toFixed(1);
    const at = (key) => curve.map(({ n_labels: n, accuracy }) => `${x(n)},${y(accuracy[key])}`);
    const text = (content, attributes) => svg("text", { class: "dalt-axis", ...attributes }, content);
    return svg("svg", { viewBox: `0 0 ${PLOT.width} ${PLOT.height}`, role: "img", "aria-label": told }, ...[0, 0.5, 1].flatMap((share2) => [svg("line", { class: "dalt-gridline", x1: PLOT.left, x2: PLOT.width - PLOT.right, y1: y(share2), y2: y(share2) }), text(percent(share2), { x: PLOT.left - 6, y: Number(y(share2)) + 4, "text-anchor": "end" })]), text(number(0), { x: PLOT.left, y: PLOT.height - 5 }), text(number(most2), { x: PLOT.width - PLOT.right, y: PLOT.height - 5, "text-anchor": "end" }), svg("polygon", { class: "dalt-band", points: [...at("high"), ...at("low").reverse()].join(" ") }), svg("polyline", { class: "dalt-line", points: at("value").join(" ") }));
  }
  #paintCounts(counts) {
    const { number, called } = this.#desk.words;
    const most2 = Math.max(1, ...counts.map(([, n]) => n));
    this.#parts.counts.replaceChildren(...counts.map(([name, n]) => {
      const spec = this.#desk.setup.classes.find((each) => each.name === name);
      const bar = el("span", "dalt-count-bar", { "aria-hidden": "true" });
      bar.style.setProperty("--share", (n / most2).toFixed(3));
      bar.style.setProperty("--chip", spec?.colour ?? "var(--muted)");
      const text = el("span", "dalt-name", { dir: "auto" });
      called(text, name);
      const row = el("li", "", {}, text, bar, el("span", "dalt-percent", {}, number(n)));
      row.dataset.class = name;
      return row;
    }));
  }
};
var ReviewPanel = class {
  button;
  panel;
  #desk;
  #panel = null;
  #small = new Thumbnails();
  #entries = [];
  #found = null;
  #parts = {};
  #ended = new AbortController();
  #refresh = () => {
  };
  constructor(desk) {
    this.#desk = desk;
    if (desk.setup.task !== "classes") return;
    if (desk.setup.blind) return;
    const { say } = desk.words;
    const parts = this.#parts;
    parts.said = el("p", "dalt-review-said", { role: "status", "data-dalt": "review-said" });
    parts.all = button("dalt-review-all", "review-all", () => this.#open(this.#entries), say("review_all"));
    parts.again = button("dalt-quiet", "review-again", () => this.#ask(), say("review_again"));
    parts.list = el("ul", "dalt-history-list", { "aria-label": say("review_title") });
    this.#refresh = roving(parts.list);
    this.#panel = new Panel(desk, { name: "review", mark: "review-panel", label: say("review"), title: say("review_title"), look: "dalt-review", changed: (shown) => shown && this.#ask() }, el("div", "dalt-review-head", {}, parts.said, parts.all, parts.again), parts.list);
    this.button = this.#panel.button;
    this.panel = this.#panel.node;
    const on = (name, handler) => desk.engine.addEventListener(name, handler, { signal: this.#ended.signal });
    on("kernel:review", ({ detail: detail2 }) => this.#take(detail2));
    on("kernel:ack", ({ detail: detail2 }) => this.#gone(detail2.message.sample_id));
    on("kept", ({ detail: detail2 }) => {
      const entry = this.#entries.find(({ sample_id: id }) => id === detail2);
      if (entry) this.#confirm(entry);
    });
  }
  get open() {
    return this.#panel?.open ?? false;
  }
  close() {
    this.#ended.abort();
    this.#panel?.close();
    this.#small.close();
  }
  actionOf(event, letter) {
    return this.#panel?.actionOf(event, letter) ?? null;
  }
  paint() {
    this.#panel?.begin();
  }
  #ask() {
    this.#found = null;
    this.#paintHead();
    this.#desk.engine.ask({ type: "review", known: this.#small.known });
  }
  #take({ message, buffers }) {
    this.#small.take(message.entries, buffers);
    this.#entries = message.entries;
    this.#found = message;
    this.#paintHead();
    const cards = this.#entries.map((entry) => this.#card(entry));
    inPlace(this.#parts.list, () => this.#parts.list.replaceChildren(...cards));
    this.#refresh();
  }
  #paintHead() {
    const { say, number } = this.#desk.words;
    const { said, all, again } = this.#parts;
    const found = this.#found;
    all.hidden = !found || this.#entries.length === 0;
    again.hidden = !found;
    if (!found) put(said, say("review_busy"));
    else if (found.trouble) put(said, found.trouble);
    else if (!found.judged) put(said, say("review_few"));
    else {
      const [n, shown] = [found.n, this.#entries.length];
      const which = n === 0 ? "review_none" : n === 1 ? "review_one" : n > shown ? "review_most" : "review_some";
      put(said, say(which, { n: number(n), judged: number(found.judged), shown: number(shown) }));
    }
  }
  #card(entry) {
    const { say, answer, percent, called } = this.#desk.words;
    const { sample_id: id, label, suggested: suggested2, probability } = entry;
    const [given, model] = [answer(label), answer(suggested2)];
    const line = (who, name, share2) => {
      const text = el("span", "dalt-name", { dir: "auto" });
      called(text, name);
      return el("span", "dalt-review-line", {}, el("span", "dalt-review-who", {}, say(who)), text, el("span", "dalt-percent", {}, share2));
    };
    const open = button(`dalt-small dalt-small-${this.#small.kind(id)}`, "review-open", () => this.#open([entry]), this.#small.view(id), el("span", "dalt-review-lines", {}, line("you_said", given, ""), line("model_says", model, probability === null ? "" : percent(probability))));
    mark(open, "aria-label", say("review_open", { name: given, suggested: model }));
    open.dataset.sampleId = id;
    const right = button("dalt-quiet dalt-right", "review-confirm", () => this.#confirm(entry), el("span", "", { "aria-hidden": "true" }, "✓"), el("span", "", {}, say("confirm_label")));
    mark(right, "aria-label", say("confirm_label_of", { name: given }));
    const node = el("li", "dalt-review-card", {}, open, right);
    node.dataset.sampleId = id;
    return node;
  }
  #open(entries) {
    this.#panel?.leave();
    this.#desk.engine.ask({ type: "open_review", sample_ids: entries.map(({ sample_id: id }) => id) });
  }
  #confirm(entry) {
    this.#desk.engine.post({ type: "confirm", event_id: entry.event_id });
    this.#gone(entry.sample_id);
  }
  #gone(id) {
    const at = this.#entries.findIndex(({ sample_id: listed }) => listed === id);
    if (at < 0) return;
    this.#entries.splice(at, 1);
    if (this.#found) this.#found.n -= 1;
    inPlace(this.#parts.list, () => this.#parts.list.children[at]?.remove());
    this.#refresh();
    this.#paintHead();
  }
};
var SWIPE_LEAST = 90;
var SWIPE_SHARE = 0.25;
var SWIPES_TO_LEARN = 3;
var SWIPE_START = 12;
var Swipe = class {
  lines;
  status;
  #desk;
  #found = null;
  #from = null;
  #far = 0;
  #fingers = /* @__PURE__ */ new Set();
  #hint;
  #kept = new Remembered();
  #ended = new AbortController();
  constructor(desk) {
    this.#desk = desk;
    this.lines = el("div", "dalt-swipe", { "data-dalt": "swipe", "aria-hidden": "true", hidden: "" });
    this.#hint = el("p", "dalt-swipe-hint", { "data-dalt": "swipe-hint" }, desk.words.say(desk.setup.multi_label ? "swipe_hint_several" : "swipe_hint"));
    this.status = this.#hint;
    this.#paintKnown();
  }
  close() {
    this.#ended.abort();
  }
  get #stage() {
    return this.#found;
  }
  paint() {
    if (this.#found) return;
    this.#found = find(this.#desk.root, ".dalt-stage");
    const on = (name, handler) => this.#stage.addEventListener(name, handler, { signal: this.#ended.signal });
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#up(event));
    on("pointercancel", (event) => this.#cancel(event));
  }
  #down(event) {
    if (event.pointerType !== "touch") return;
    this.#fingers.add(event.pointerId);
    const wide = closest(event.target, "[data-scroll]");
    const own = closest(event.target, "audio, button, input, .dalt-regions, [data-draws]");
    const id = this.#stage.dataset.sampleId;
    const free = this.#fingers.size === 1 && !own && !this.#stage.classList.contains("dalt-zoomed") && !(wide && wide.scrollWidth > wide.clientWidth);
    this.#from = free && id ? { x: event.clientX, y: event.clientY, id } : null;
    this.#far = 0;
  }
  #move(event) {
    if (!this.#from) return;
    const [dx, dy] = [event.clientX - this.#from.x, event.clientY - this.#from.y];
    this.#far = Math.abs(dx) > 2 * Math.abs(dy) ? dx : 0;
    this.#paintHint();
  }
  #button() {
    const name = this.#far > 0 ? "accept" : "skip";
    return find(this.#desk.root, `[data-dalt="${name}"]:enabled`);
  }
  get #enough() {
    return Math.abs(this.#far) >= Math.max(SWIPE_LEAST, SWIPE_SHARE * this.#stage.clientWidth);
  }
  #paintHint() {
    const button3 = this.#button();
    const shown = Math.abs(this.#far) > SWIPE_START && button3 !== null;
    this.lines.hidden = !shown;
    if (!shown) return;
    const { say } = this.#desk.words;
    const taken2 = this.#desk.setup.multi_label ? say("swipe_submit") : button3.dataset.label;
    put(this.lines, this.#far < 0 ? `← ${say("skip")}` : `${taken2} →`);
    mark(this.lines, "data-way", this.#far < 0 ? "left" : "right");
    mark(this.lines, "data-enough", this.#enough ? "" : null);
  }
  #up(event) {
    const [from, enough, button3] = [this.#from, this.#enough, this.#button()];
    const far = this.#far;
    this.#cancel(event);
    if (!from || !far || !enough || !button3 || from.id !== this.#stage.dataset.sampleId) return;
    button3.click();
    this.#kept.set("swipes", this.#kept.get("swipes", 0) + 1);
    this.#paintKnown();
  }
  #paintKnown() {
    this.#hint.hidden = this.#kept.get("swipes", 0) >= SWIPES_TO_LEARN;
  }
  #cancel(event) {
    this.#fingers.delete(event.pointerId);
    this.#from = null;
    this.#far = 0;
    this.lines.hidden = true;
  }
};
var MOST_ZOOM = 16;
var ZOOM_STEP = 1.4;
var LARGE_PIXEL = 32;
var SMALL_PIXEL = 24;
var STEPS = 8;
var LINE = 24;
var LONG_PRESS2 = 500;
var NEAR = 30;
var TAP_SOON = 300;
function draws({ target }) {
  return Boolean(closest(target, "[data-draws]"));
}
var Zoom = class {
  scale = 1;
  peeking = false;
  #stage;
  #changed;
  #image = null;
  #x = 0;
  #y = 0;
  #fingers = /* @__PURE__ */ new Map();
  #tap = null;
  #moved = false;
  #drawing = false;
  #touched = -Infinity;
  #pressing = void 0;
  #room = [0, 0];
  constructor(stage, changed, signal) {
    this.#stage = stage;
    this.#changed = changed;
    const on = (name, handler) => stage.addEventListener(name, handler, { signal, passive: false });
    on("wheel", (event) => this.#wheel(event));
    on("dblclick", (event) => this.#image && event.timeStamp - this.#touched > 2 * TAP_SOON && this.#double(event));
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel", "pointerleave"]) on(name, (event) => this.#up(event));
    const watcher = new ResizeObserver(([{ contentRect }]) => this.#resized(contentRect));
    watcher.observe(stage);
    signal.addEventListener("abort", () => {
      watcher.disconnect();
      clearTimeout(this.#pressing);
    });
    on("contextmenu", (event) => this.#fingers.size > 0 && this.scale > 1 && event.preventDefault());
  }
  get #frame() {
    return this.#image?.closest("[data-frame]") ?? this.#stage;
  }
  show(image, locked) {
    this.#image = image;
    this.peeking = false;
    this.#fingers.clear();
    if (!locked) [this.scale, this.#x, this.#y] = [1, 0, 0];
    this.#place();
  }
  reset() {
    this.peeking = false;
    [this.scale, this.#x, this.#y] = [1, 0, 0];
    this.#place();
  }
  by(steps2, point = null) {
    const step = this.#most > MOST_ZOOM ? this.#most ** (1 / STEPS) : ZOOM_STEP;
    this.#to(this.scale * step ** steps2, point);
  }
  pan(dx, dy) {
    this.#x += dx;
    this.#y += dy;
    this.#place();
  }
  peek(whole2) {
    if (this.peeking === whole2 || whole2 && (!this.#image || this.scale <= 1)) return;
    this.peeking = whole2;
    this.#place();
  }
  get magnification() {
    return this.scale * devicePixelRatio * this.#fit;
  }
  get #fit() {
    const { naturalWidth = 0, naturalHeight = 0 } = this.#image ?? {};
    return naturalWidth ? Math.min(this.#room[0] / naturalWidth, this.#room[1] / naturalHeight) : 0;
  }
  get line() {
    const { naturalWidth = 0, naturalHeight = 0 } = this.#image ?? {};
    return this.#fit > 0 && this.#fit * Math.min(naturalWidth, naturalHeight) < LINE;
  }
  get #most() {
    return this.line ? Math.max(MOST_ZOOM, Math.min(this.#filled, LARGE_PIXEL / this.#fit)) : MOST_ZOOM;
  }
  get #least() {
    return this.#image?.classList.contains("dalt-pixels") && this.#fit ? Math.min(1, SMALL_PIXEL / this.#fit) : 1;
  }
  get #filled() {
    const { naturalWidth = 1, naturalHeight = 1 } = this.#image ?? {};
    const [x, y] = [this.#room[0] / naturalWidth, this.#room[1] / naturalHeight];
    return Math.max(x, y) / (Math.min(x, y) || 1);
  }
  #resized({ width, height }) {
    const before2 = this.#fit;
    this.#room = [width, height];
    const grown = before2 ? this.#fit / before2 : 1;
    this.#x *= grown;
    this.#y *= grown;
    this.#place();
  }
  #to(wanted, point) {
    if (!this.#image) return;
    this.peeking = false;
    const scale = Math.min(this.#most, Math.max(this.#least, wanted));
    const box = this.#frame.getBoundingClientRect();
    const px = point ? point.clientX - box.left - box.width / 2 : 0;
    const py = point ? point.clientY - box.top - box.height / 2 : 0;
    const grown = scale / this.scale;
    this.#x = px - (px - this.#x) * grown;
    this.#y = py - (py - this.#y) * grown;
    this.scale = Math.abs(scale - 1) < 0.01 ? 1 : scale;
    this.#place();
  }
  #place() {
    const image = this.#image;
    if (image && (this.scale === 1 || this.peeking)) {
      if (this.scale === 1) [this.#x, this.#y] = [0, 0];
      if (image.style.transform) image.style.transform = "";
    } else if (image) {
      const pixel = this.#fit * this.scale;
      const room = (side, size) => Math.max(0, (side * pixel - size) / 2);
      const [rx, ry] = [room(image.naturalWidth, this.#room[0]), room(image.naturalHeight, this.#room[1])];
      this.#x = Math.max(-rx, Math.min(rx, this.#x));
      this.#y = Math.max(-ry, Math.min(ry, this.#y));
      image.style.transform = `translate(${this.#x}px, ${this.#y}px) scale(${this.scale})`;
    }
    this.#stage.classList.toggle("dalt-zoomed", image !== null && this.scale > 1);
    this.#changed();
  }
  #wheel(event) {
    if (!this.#image) return;
    const drawn2 = this.scale > 1 && draws(event);
    if (!event.ctrlKey && !drawn2 || this.peeking) return;
    event.preventDefault();
    if (!event.ctrlKey) {
      this.pan(-event.deltaX, -event.deltaY);
      return;
    }
    this.#to(this.scale * Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / 100), event);
  }
  #double(event) {
    if (draws(event)) return;
    if (this.scale > 1) this.reset();
    else this.#to(this.line ? this.#most : 3, event);
  }
  #down(event) {
    if (!within(this.#frame, event.target)) return;
    if (!this.#image || event.button > 0 && !(draws(event) && event.button === 1)) return;
    this.#fingers.set(event.pointerId, event);
    this.#moved = this.#fingers.size > 1;
    clearTimeout(this.#pressing);
    if (event.pointerType === "touch" && !this.#moved && !draws(event)) {
      this.#pressing = setTimeout(() => this.peek(true), LONG_PRESS2);
    }
    this.#drawing = draws(event) && event.button !== 1;
    if (event.button === 1) event.preventDefault();
    if (this.scale > 1 && !this.#drawing) this.#stage.setPointerCapture(event.pointerId);
  }
  #move(event) {
    const before2 = this.#fingers.get(event.pointerId);
    if (!before2) return;
    const [a, b] = this.#fingers.values();
    this.#fingers.set(event.pointerId, event);
    const [dx, dy] = [event.clientX - before2.clientX, event.clientY - before2.clientY];
    if (b || Math.hypot(dx, dy) > 3) clearTimeout(this.#pressing);
    if (b) {
      const other = before2 === a ? b : a;
      const far = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
      const middle = { clientX: (event.clientX + other.clientX) / 2, clientY: (event.clientY + other.clientY) / 2 };
      this.#to(this.scale * far(event) / Math.max(1, far(before2)), middle);
    }
    if (b || this.scale > 1 && !this.#drawing && !this.peeking) {
      this.#moved ||= Math.hypot(dx, dy) > 3;
      this.pan(b ? dx / 2 : dx, b ? dy / 2 : dy);
    }
  }
  #up(event) {
    if (!this.#fingers.delete(event.pointerId) || event.pointerType === "mouse") return;
    clearTimeout(this.#pressing);
    if (this.peeking && event.pointerType === "touch") {
      this.peek(false);
      return;
    }
    this.#touched = event.timeStamp;
    if (event.type !== "pointerup" || this.#moved) return;
    const last = this.#tap;
    this.#tap = event;
    if (last && event.timeStamp - last.timeStamp < TAP_SOON && Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY) < NEAR) {
      this.#tap = null;
      this.#double(event);
    }
  }
};
var HELD = 350;
var Peek = class {
  node;
  #zoom;
  #key = null;
  #since = Infinity;
  constructor({ words: { say }, keys }, zoom, signal) {
    this.#zoom = zoom;
    this.node = button("dalt-quiet dalt-tool", "peek", ({ detail: detail2 }) => detail2 === 0 && this.#show(!zoom()?.peeking), el("span", "", {}, say("peek_short")), el("kbd", "", {}, keys.shown("peek")));
    this.node.title = say("peek");
    mark(this.node, "aria-label", say("peek"));
    const node = this.node;
    node.addEventListener("pointerdown", (event) => this.#press(event));
    for (const name of ["pointerup", "pointercancel"]) node.addEventListener(name, ({ timeStamp }) => timeStamp - this.#since > HELD && this.#show(false));
    node.addEventListener("contextmenu", (event) => event.preventDefault());
    document.addEventListener("keyup", ({ code }) => code === this.#key && this.#release(), { signal, capture: true });
    window.addEventListener("blur", () => this.#release(), { signal });
    this.paint();
  }
  hold({ code }) {
    return () => {
      this.#key = code;
      this.#show(true);
    };
  }
  paint() {
    const zoom = this.#zoom();
    mark(this.node, "aria-pressed", zoom?.peeking ?? false);
    mark(this.node, "aria-disabled", zoom && zoom.scale > 1 ? null : "true");
  }
  #press({ button: button3, pointerId, timeStamp }) {
    if (button3 > 0) return;
    this.node.setPointerCapture(pointerId);
    const whole2 = !this.#zoom()?.peeking;
    this.#since = whole2 ? timeStamp : Infinity;
    this.#show(whole2);
  }
  #release() {
    if (this.#key === null) return;
    this.#key = null;
    this.#show(false);
  }
  #show(whole2) {
    this.#zoom()?.peek(whole2);
  }
};
var RATES = [0.5, 0.75, 1, 1.25, 1.5, 2];
var SEEK_MOST = 5;
var SEEK_SHARE = 0.1;
var SoundTools = class {
  node;
  #desk;
  #kept;
  #stage = null;
  #waits = null;
  #hint = el("span", "dalt-tool-hint", { role: "status", "data-dalt": "autoplay-waits" });
  #rate;
  #signal;
  constructor(desk, kept, { button: button3, toggle: toggle2 }, signal) {
    this.#desk = desk;
    this.#kept = kept;
    this.#signal = signal;
    this.#rate = button3("rate", "rate", () => this.#faster(1, true), "");
    this.node = el("div", "dalt-tool-row", { hidden: "" }, this.#hint, toggle2("autoplay", () => this.#play()), toggle2("loop", () => this.#tune()), this.#rate);
    for (const name of ["keydown", "pointerup"]) document.addEventListener(name, () => this.#waits && setTimeout(() => this.#again()), { signal, capture: true });
  }
  get #sound() {
    return this.#stage?.querySelector("audio") ?? null;
  }
  show(stage) {
    if (!this.#stage) {
      this.#stage = stage;
      stage.addEventListener("volumechange", () => this.#keepVolume(), { signal: this.#signal, capture: true });
    }
    this.#wait(null);
    this.#tune();
    this.#play();
  }
  #play() {
    const sound = this.#sound;
    if (!sound || !this.#kept.get("autoplay", false)) {
      this.#wait(null);
      return;
    }
    sound.play().then(() => this.#wait(null), ({ name }) => this.#sound === sound && this.#wait(name === "NotAllowedError" ? sound : null));
  }
  #again() {
    const sound = this.#waits;
    this.#wait(null);
    if (sound?.paused && sound === this.#sound && sound.currentTime === 0) this.#play();
  }
  #wait(sound) {
    this.#waits = sound;
    put(this.#hint, sound ? this.#desk.words.say("autoplay_waits") : "");
  }
  #tune() {
    const rate = this.#kept.get("rate", 1);
    put(this.#rate, `${this.#desk.words.number(rate)} ×`);
    const sound = this.#sound;
    if (!sound) return;
    sound.loop = this.#kept.get("loop", false);
    sound.playbackRate = sound.defaultPlaybackRate = rate;
    sound.volume = this.#kept.get("volume", 1);
    sound.muted = this.#kept.get("muted", false);
  }
  #keepVolume() {
    const sound = this.#sound;
    if (!sound) return;
    if (sound.volume !== this.#kept.get("volume", 1)) this.#kept.set("volume", sound.volume);
    if (sound.muted !== this.#kept.get("muted", false)) this.#kept.set("muted", sound.muted);
  }
  #faster(step, around2 = false) {
    const at = RATES.indexOf(this.#kept.get("rate", 1)) + step;
    const to = around2 ? at % RATES.length : Math.max(0, Math.min(RATES.length - 1, at));
    this.#kept.set("rate", RATES[to]);
    this.#tune();
  }
  #seek(way) {
    const sound = this.#sound;
    if (!sound || !Number.isFinite(sound.duration)) return;
    sound.currentTime += way * Math.min(SEEK_MOST, SEEK_SHARE * sound.duration);
  }
  actionOf(key) {
    if (key === "," || key === ".") return () => this.#faster(key === "," ? -1 : 1);
    if (key !== "ArrowLeft" && key !== "ArrowRight") return null;
    return Object.assign(() => this.#seek(key === "ArrowLeft" ? -1 : 1), { repeats: true });
  }
};
var PAN = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
var ENOUGH = 1.02;
var Viewing = class {
  tools;
  #desk;
  #kept;
  #found = null;
  #sample = null;
  #zoom = null;
  #taken;
  #parts = {};
  #ended = new AbortController();
  #peek;
  #sounds;
  constructor(desk) {
    this.#desk = desk;
    this.#kept = new Remembered(desk.setup.project);
    this.#taken = new Set(desk.setup.classes.map(({ key }) => key.toLowerCase()));
    const { signal } = this.#ended;
    this.#peek = new Peek(desk, () => this.#zoom, signal);
    this.#sounds = new SoundTools(desk, this.#kept, { button: (dalt, name, onClick, ...children) => this.#button(dalt, name, onClick, ...children), toggle: (name, changed) => this.#toggle(name, changed) }, signal);
    this.#parts.audio = this.#sounds.node;
    this.tools = el("div", "dalt-tools", { "data-dalt": "tools", role: "toolbar", "aria-label": desk.words.say("view") }, this.#pictureTools(), this.#textTools(), this.#sounds.node);
    this.tools.addEventListener("keydown", (event) => this.#typed(event));
    this.#filter();
    desk.engine.addEventListener("kernel:full", ({ detail: detail2 }) => this.#full(detail2), { signal: this.#ended.signal });
  }
  close() {
    this.#ended.abort();
    highlight(null, []);
  }
  #button(dalt, name, onClick, ...children) {
    const made = button("dalt-quiet dalt-tool", dalt, onClick, ...children);
    made.setAttribute("aria-label", this.#desk.words.say(name));
    made.title = this.#desk.words.say(name);
    return made;
  }
  #toggle(name, changed, text) {
    const made = this.#button(name, name, () => {
      this.#kept.set(name, !this.#kept.get(name, false));
      mark(made, "aria-pressed", this.#kept.get(name, false));
      changed?.();
    }, text ?? this.#desk.words.say(name));
    mark(made, "aria-pressed", this.#kept.get(name, false));
    return made;
  }
  #pictureTools() {
    const { say } = this.#desk.words;
    const parts = this.#parts;
    parts.scale = this.#button("zoom-reset", "zoom_reset", () => this.#zoom?.reset(), "");
    const slider = (name) => {
      const input = el("input", "", { type: "range", min: "20", max: "300", step: "10", "data-dalt": name });
      input.value = String(this.#kept.get(name, 100));
      input.addEventListener("input", () => {
        this.#kept.set(name, Number(input.value));
        this.#filter();
      });
      parts[name] = input;
      return el("label", "", {}, say(name), input);
    };
    parts.panel = el("div", "dalt-adjust", { hidden: "" }, slider("contrast"), slider("brightness"), this.#button("adjust-reset", "adjust_reset", () => {
      for (const name of ["contrast", "brightness"]) {
        parts[name].value = "100";
        this.#kept.set(name, 100);
      }
      this.#filter();
    }, say("adjust_reset")));
    parts.adjust = this.#button("adjust", "adjust", () => this.#fold(parts.panel.hidden !== false), "◐");
    controls(parts.adjust, parts.panel);
    mark(parts.adjust, "aria-expanded", false);
    parts.size = el("span", "dalt-hidden", { role: "status", "data-dalt": "picture-size" });
    parts.rest = el("div", "dalt-view-rest", {}, this.#button("zoom-out", "zoom_out", () => this.#zoom?.by(-1), "−"), parts.scale, this.#button("zoom-in", "zoom_in", () => this.#zoom?.by(1), "+"), this.#peek.node, this.#toggle("zoom_lock", void 0, say("zoom_keep")), parts.adjust, parts.panel);
    parts.more = this.#button("view-menu", "view", () => this.#unfold(!parts.rest.hasAttribute("data-open")), "⌕");
    controls(parts.more, parts.rest);
    mark(parts.more, "aria-expanded", false);
    parts.image = el("div", "dalt-tool-row", { hidden: "" }, parts.size, parts.more, parts.rest);
    return parts.image;
  }
  #textTools() {
    const { say } = this.#desk.words;
    const field = el("input", "dalt-words", { type: "text", "data-dalt": "words", placeholder: say("words"), "aria-label": say("words"), autocomplete: "off", spellcheck: "false" });
    field.value = this.#kept.get("words", "");
    field.addEventListener("input", () => {
      this.#kept.set("words", field.value);
      this.#highlight();
    });
    this.#parts.words = field;
    this.#parts.found = el("span", "dalt-found-count", { role: "status" });
    this.#parts.text = el("div", "dalt-tool-row", { hidden: "" }, this.#parts.found, field);
    return this.#parts.text;
  }
  #fold(open) {
    hide(this.#parts.panel, !open);
    mark(this.#parts.adjust, "aria-expanded", open);
  }
  #unfold(open) {
    mark(this.#parts.rest, "data-open", open ? "" : null);
    mark(this.#parts.more, "aria-expanded", open);
  }
  get #stage() {
    return this.#found;
  }
  paint() {
    const { root, engine } = this.#desk;
    if (!this.#found) {
      this.#found = find(root, ".dalt-stage");
      this.#stage.addEventListener("dalt:painted", () => this.#highlight(), { signal: this.#ended.signal });
      this.#zoom = new Zoom(this.#stage, () => this.#zoomed(), this.#ended.signal);
      this.#stage.addEventListener("pointerdown", () => this.#putAway(), { signal: this.#ended.signal });
    }
    const id = this.#stage.dataset.sampleId;
    const sample = id ? engine.queue.find((each) => each.id === id) ?? null : null;
    if (sample !== this.#sample) this.#show(sample);
  }
  #show(sample) {
    this.#sample = sample;
    const kind = sample && !sample.trouble ? sample.display.kind : null;
    const parts = this.#parts;
    for (const each of ["image", "text", "audio"]) {
      hide(parts[each], each !== kind && !(each === "text" && kind === "table"));
    }
    mark(this.#stage, "data-kind", kind);
    const picture2 = this.#stage.querySelector(".dalt-image");
    this.#zoom?.show(picture2, this.#kept.get("zoom_lock", false));
    this.#scrolled();
    if (kind === "text") this.#offerRest();
    if (kind === "text" || kind === "table") this.#highlight();
    this.#sounds.show(this.#stage);
  }
  #scrolled() {
    const sample = this.#sample;
    const scroller = find(this.#stage, "[data-scroll]");
    if (!scroller || !sample) return;
    if (sample.scrolled) scroller.scrollTop = sample.scrolled;
    scroller.onscroll = () => {
      sample.scrolled = scroller.scrollTop;
    };
  }
  #offerRest() {
    const sample = this.#sample;
    const scroller = this.#stage.querySelector(".dalt-text");
    if (!scroller || !sample?.display.reduced || scroller.querySelector("button")) return;
    const rest2 = button("dalt-quiet dalt-rest", "rest", () => {
      rest2.disabled = true;
      this.#desk.engine.ask({ type: "full", sample_id: sample.id });
    }, this.#desk.words.say("rest"));
    scroller.append(rest2);
  }
  get #unfolded() {
    return this.#parts.panel.hidden === false || this.#parts.rest.hasAttribute("data-open");
  }
  #putAway() {
    if (!this.#unfolded) return;
    this.#fold(false);
    this.#unfold(false);
    if (this.tools.contains(document.activeElement)) this.#desk.root.focus({ preventScroll: true });
  }
  #zoomed() {
    const { percent } = this.#desk.words;
    const zoom = this.#zoom;
    if (!zoom) return;
    put(this.#parts.scale, percent(zoom.scale));
    mark(this.#stage, "data-zoom", zoom.scale.toFixed(2));
    mark(this.#stage, "data-peek", zoom.peeking ? "" : null);
    this.#peek.paint();
    this.#sized(zoom.line && (zoom.scale === 1 || zoom.peeking));
    this.#stage.firstElementChild?.dispatchEvent(new Event("dalt-zoom"));
    const sample = this.#sample;
    if (sample?.display.reduced && !sample.asked && zoom.magnification > ENOUGH) {
      sample.asked = true;
      this.#desk.engine.ask({ type: "full", sample_id: sample.id });
    }
  }
  #sized(line) {
    const { say, number } = this.#desk.words;
    const { size, display } = this.#sample ?? {};
    const [width, height] = size ?? [display?.width ?? 0, display?.height ?? 0];
    const told = line ? say("line", { width: number(width), height: number(height) }) : "";
    put(this.#parts.size, told);
    mark(this.#stage, "data-line", told || null);
  }
  #full({ message, buffers }) {
    const sample = this.#sample;
    if (sample?.id !== message.sample_id) return;
    if (sample.display.kind === "text") {
      Object.assign(sample.display, { text: message.text, reduced: false });
      const scroller = find(this.#stage, ".dalt-text");
      if (!scroller) return;
      const at = scroller.scrollTop;
      this.#desk.root.focus({ preventScroll: true });
      fill(scroller, message.text);
      scroller.scrollTop = at;
      this.#highlight();
      return;
    }
    const image = this.#stage.querySelector(".dalt-image");
    if (!image || !buffers.length) return;
    const url = URL.createObjectURL(new Blob([buffers[0]], { type: message.mime }));
    const full = new Image();
    full.src = url;
    full.decode().then(() => {
      URL.revokeObjectURL(sample.url ?? "");
      sample.url = url;
      image.src = url;
      return image.decode().then(() => mark(image, "data-full", ""));
    }).catch(() => {
      if (sample.url !== url) URL.revokeObjectURL(url);
    });
  }
  #filter() {
    const [contrast, brightness] = ["contrast", "brightness"].map((name) => this.#kept.get(name, 100));
    const changed = contrast !== 100 || brightness !== 100;
    const { style } = this.#desk.root;
    if (changed) style.setProperty("--picture-filter", `contrast(${contrast}%) brightness(${brightness}%)`);
    else style.removeProperty("--picture-filter");
    const { say } = this.#desk.words;
    put(this.#parts.adjust, changed ? `◐ ${contrast} · ${brightness}` : "◐");
    mark(this.#parts.adjust, "data-on", changed ? "" : null);
    mark(this.#parts.adjust, "aria-label", changed ? say("adjusted", { contrast, brightness }) : say("adjust"));
  }
  #highlight() {
    const words = wordsOf(this.#parts.words.value);
    const n = highlight(this.#stage.querySelector("[data-scroll]"), words);
    put(this.#parts.found, words.length ? this.#desk.words.say("found", { n: this.#desk.words.number(n) }) : "");
  }
  #typed(event) {
    if (!closest(event.target, "input")) return;
    if (takesText(event.target)) event.stopPropagation();
    else if (event.key === "Enter") return;
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    if (event.key === "Enter") reveal(find(this.#stage, "[data-scroll]"));
    this.#desk.root.focus({ preventScroll: true });
  }
  actionOf(event, letter) {
    const { key, target } = event;
    const { root, engine } = this.#desk;
    if (!this.#sample || engine.mode === "verify" || this.#taken.has(letter) || this.#taken.has(key)) return null;
    if (root.querySelector(".dalt-help:not([hidden])") || closest(target, "dialog, [role=dialog]")) return null;
    const kind = this.#stage.dataset.kind;
    if (key === "Escape" && this.#unfolded) return () => this.#putAway();
    const again = (action) => Object.assign(action, { repeats: true });
    if (kind === "image") {
      if (this.#desk.keys.actionOf(letter) === "peek") return this.#peek.hold(event);
      if (key === "+" || key === "=") return again(() => this.#zoom?.by(1));
      if (key === "-") return again(() => this.#zoom?.by(-1));
      if (key === "0" || key === "Home") return () => this.#zoom?.reset();
      const pulls = this.#stage.querySelector("[data-pulls]");
      if (key in PAN && this.#zoom && this.#zoom.scale > 1 && !pulls) return again(() => this.#zoom?.pan(...PAN[key]));
    }
    return kind === "audio" ? this.#sounds.actionOf(key) : null;
  }
};
var ADDONS = [Palette, AdjudicationPanel, ClassGuide, GuidelinePanel, HistoryPanel, ReviewPanel, ProgressPanel, LanguageSwitch, PersonLine, Coach, DetailsLine, NotesBar, Viewing, Swipe, CloseUp];
var Drag = class {
  under = false;
  #done;
  #due = null;
  constructor(node, done, signal) {
    this.#done = done;
    const on = (target, names, does) => {
      const listener = does;
      for (const name of names) target.addEventListener(name, listener, { signal, capture: true });
    };
    on(node, ["pointerdown"], (event) => this.#begin(event));
    on(document, ["pointerup", "pointercancel", "dragend"], () => this.#release());
    on(document, ["pointermove"], ({ buttons }) => buttons === 0 && this.#release());
    on(window, ["blur"], ({ target }) => target === window && this.#release());
    signal.addEventListener("abort", () => clearTimeout(this.#due ?? void 0));
  }
  settle() {
    if (this.#due !== null) this.end();
  }
  end() {
    clearTimeout(this.#due ?? void 0);
    this.#due = null;
    this.under = false;
    this.#done();
  }
  #begin({ button: button3, isPrimary }) {
    this.settle();
    this.under = isPrimary && button3 === 0;
  }
  #release() {
    if (this.under) this.#due ??= setTimeout(() => this.end());
  }
};
function unitsOf(text) {
  const units = [];
  for (let at = 0; at < text.length; at += text.codePointAt(at) > 65535 ? 2 : 1) units.push(at);
  units.push(text.length);
  return units;
}
function pointAt(units, unit) {
  let [low, high] = [0, units.length - 1];
  while (low < high) {
    const middle = low + high + 1 >> 1;
    if (units[middle] <= unit) low = middle;
    else high = middle - 1;
  }
  return low;
}
function trimmed(text, from, to) {
  while (from < to && /\s/.test(text[from])) from += 1;
  while (to > from && /\s/.test(text[to - 1])) to -= 1;
  return from < to ? [from, to] : null;
}
function wordPlaces(text, locale) {
  const words = [];
  for (const { segment, index, isWordLike } of new Intl.Segmenter(locale, { granularity: "word" }).segment(text)) {
    if (isWordLike) words.push([index, index + segment.length]);
  }
  return words;
}
var Marks = class extends MarkList {
  proposed;
  constructor(sample, engine) {
    super();
    this.text = sample.display.text ?? "";
    this.units = unitsOf(this.text);
    const former2 = (sample.answered ?? sample.before)?.label;
    const proposals = sample.proposals ?? [];
    this.proposed = former2 ? [] : proposals.map(({ region }) => region);
    const outlined = !sample.submits_proposals;
    this.all = former2 ? former2.map((region) => this.#spanOf(region, false, false)) : this.proposed.map((region) => this.#spanOf(region, true, outlined));
    this.sample = sample;
    this.engine = engine;
    this.begin(sample.draft);
  }
  get spans() {
    return this.all;
  }
  #spanOf({ start, end, label }, proposed2, outlined) {
    const [from, to] = [this.units[start], this.units[end]];
    return { id: this.nextId, from, to, label, proposed: proposed2, outlined, ranked: null };
  }
  get answer() {
    return this.counted.sort((a, b) => a.from - b.from || b.to - a.to).map((span) => this.#region(span));
  }
  #region({ from, to, label }) {
    return { shape: "span", label, start: pointAt(this.units, from), end: pointAt(this.units, to) };
  }
  add(from, to, label) {
    const place = trimmed(this.text, from, to);
    if (!place) return null;
    const there = this.spans.find((span2) => span2.from === place[0] && span2.to === place[1]);
    if (there) {
      this.current = there.id;
      this.take(there);
      return there;
    }
    const span = { id: this.nextId, from: place[0], to: place[1], label, proposed: false, outlined: false, ranked: null };
    this.all = this.all.filter((each) => !each.outlined || each.to <= span.from || span.to <= each.from);
    this.all.push(span);
    this.all.sort((a, b) => a.from - b.from || b.to - a.to);
    this.current = span.id;
    this.engine.ask({ type: "rank_region", sample_id: this.sample.id, region: this.#region(span), ask: span.id });
    return span;
  }
};
var TAG = 16;
var SpanStage = class {
  node;
  #desk;
  #sample = null;
  #active = 0;
  #text = el("div", "dalt-text dalt-spans-text", { dir: "auto", "data-scroll": "", tabindex: "0" });
  list = el("ul", "dalt-spans-list");
  bar = null;
  #blocks = [];
  #words = null;
  #caret = null;
  #drag;
  #named = false;
  #stale = false;
  constructor(desk, signal) {
    this.#desk = desk;
    const { say } = desk.words;
    mark(this.list, "aria-label", say("spans"));
    mark(this.list, "data-hint", say("coach_spans"));
    this.node = el("div", "dalt-spans", {}, this.#text);
    this.#drag = new Drag(this.#text, () => this.#drawn(), signal);
    this.#text.addEventListener("click", (event) => this.#click(event), { signal });
    desk.engine.addEventListener("kernel:ranked_region", ({ detail: { message } }) => {
      if (!this.#sample) return;
      this.#here.rank(message.ask, desk.setup.classes, message);
      this.#paint();
    }, { signal });
  }
  show(sample) {
    const text = sample.trouble || sample.display.kind !== "text" ? null : sample;
    if (text === this.#sample) return;
    this.#sample = text;
    this.#caret = null;
    this.#words = null;
    this.#text.scrollTop = 0;
    this.#blocks = text ? this.#laidOut(this.#here.text) : [];
    this.#text.replaceChildren(...this.#blocks.map(({ node }) => node));
    if (text) this.#paint();
    else this.list.replaceChildren();
  }
  get sample() {
    return this.#sample;
  }
  get #here() {
    const sample = this.#sample;
    sample.marks ??= new Marks(sample, this.#desk.engine);
    return sample.marks;
  }
  get settled() {
    if (this.drawing) return false;
    const confirmed2 = this.#here.confirm();
    if (!confirmed2) this.#paint();
    return confirmed2;
  }
  get drawing() {
    this.#drag.settle();
    return this.#drag.under;
  }
  cancel() {
    getSelection()?.removeAllRanges();
    this.#drag.end();
  }
  take(all) {
    if (this.drawing) return;
    this.#caret = null;
    this.#change((marks) => all ? marks.takeAll() : marks.takeNext());
    this.#text.querySelector(".dalt-part-meant")?.scrollIntoView({ block: "nearest" });
  }
  get tally() {
    return this.#here.tally;
  }
  get answer() {
    return this.#here.answer;
  }
  get proposed() {
    return this.#here.proposed;
  }
  get ranked() {
    return this.#sample && (this.#here.meant?.ranked ?? null);
  }
  get active() {
    const meant = this.#sample && !this.#drag.under && this.#here.meant;
    const at = meant ? this.#desk.setup.classes.findIndex(({ name }) => name === meant.label) : -1;
    return at < 0 ? this.#active : at;
  }
  choose(index) {
    this.#named = this.drawing;
    this.#active = index;
    if (!this.#sample) return;
    if (this.#named) {
      this.#desk.repaint();
      return;
    }
    const marks = this.#here;
    const { name } = this.#desk.setup.classes[index];
    if (this.#caret) {
      const words = this.#allWords();
      const made = marks.add(words[this.#caret[0]][0], words[this.#caret[1]][1], name);
      if (made) made.chosen = true;
      this.#caret = null;
    }
    marks.relabel(name);
    this.#paint();
  }
  #drawn() {
    const place = this.#sample && this.#selected();
    if (place) {
      const { name } = this.#desk.setup.classes[this.#active];
      const span = this.#here.add(...place, name);
      if (span && this.#named) this.#here.relabel(name);
    }
    this.#named = false;
    if (place || this.#sample && this.#stale) this.#paint();
    this.#desk.released();
  }
  #selected() {
    const selection = getSelection();
    if (!selection || selection.isCollapsed || !selection.rangeCount) return null;
    const range = selection.getRangeAt(0);
    if (!this.#text.contains(range.commonAncestorContainer)) return null;
    const place = [this.#unitOf(range.startContainer, range.startOffset), this.#unitOf(range.endContainer, range.endOffset)];
    selection.removeAllRanges();
    return place;
  }
  #unitOf(node, offset) {
    const part = closest(node.nodeType === Node.TEXT_NODE ? node.parentElement : node, "[data-from]");
    if (node.nodeType === Node.TEXT_NODE && part) {
      const before2 = document.createRange();
      before2.setStart(part, 0);
      before2.setEnd(node, offset);
      return Number(part.dataset.from) + before2.toString().length;
    }
    const range = document.createRange();
    range.setStart(node, offset);
    const parts = [...this.#text.querySelectorAll("[data-from]")];
    const next2 = parts.find((part2) => range.comparePoint(part2, 0) >= 0);
    return next2 ? Number(next2.dataset.from) : this.#here.text.length;
  }
  #click(event) {
    const part = closest(event.target, "[data-spans]");
    if (!part?.dataset.spans || !getSelection()?.isCollapsed) return;
    const ids = part.dataset.spans.split(" ").map(Number);
    const marks = this.#here;
    if (!marks.meant?.outlined || !ids.includes(marks.current ?? Number.NaN)) {
      marks.current = ids[(ids.indexOf(marks.current ?? Number.NaN) + 1) % ids.length];
    }
    marks.take(marks.meant);
    this.#caret = null;
    this.#paint();
  }
  #allWords() {
    this.#words ??= wordPlaces(this.#here.text, this.#desk.words.locale);
    return this.#words;
  }
  actionOf({ key, shiftKey }) {
    if (!this.#sample) return null;
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const move = () => this.#moveCaret(key === "ArrowRight" ? 1 : -1, shiftKey);
      move.repeats = true;
      return move;
    }
    if (key === "Delete" || key === "Backspace" && this.#here.meant) {
      return this.#here.meant ? () => this.#change((marks) => marks.remove()) : () => {
      };
    }
    if (key === "[" || key === "]") return () => this.#step(key === "]" ? 1 : -1);
    if (key === "Escape" && (this.#caret || this.#here.meant)) {
      return () => this.#change((marks) => {
        marks.current = null;
        this.#caret = null;
      });
    }
    return null;
  }
  #step(by) {
    this.#caret = null;
    this.#change((marks) => marks.step(by));
    this.#text.querySelector(".dalt-part-meant")?.scrollIntoView({ block: "nearest" });
  }
  #moveCaret(by, extend) {
    const words = this.#allWords();
    if (!words.length) return;
    const last = words.length - 1;
    const clip = (at) => Math.max(0, Math.min(last, at));
    if (!this.#caret) {
      const meant = this.#here.meant;
      const near = meant ? words.findIndex(([from]) => from >= meant.from) : by > 0 ? 0 : last;
      this.#caret = [clip(near), clip(near)];
    } else if (extend) {
      const [first, end] = this.#caret;
      this.#caret = by > 0 ? [first, clip(end + 1)] : end > first ? [first, end - 1] : [clip(first - 1), end];
    } else {
      const at = clip((by > 0 ? this.#caret[1] : this.#caret[0]) + by);
      this.#caret = [at, at];
    }
    this.#here.current = null;
    this.#paint();
    this.#text.querySelector(".dalt-part-caret")?.scrollIntoView({ block: "nearest" });
  }
  #change(change) {
    change(this.#here);
    this.#paint();
  }
  #laidOut(text) {
    const blocks = blocksOf(text);
    let from = 0;
    return blocks.map((piece) => {
      const node = el("div", blocks.length > 1 ? "dalt-piece" : "");
      const block = { from, to: from + piece.length, node, looks: null };
      from = block.to;
      return block;
    });
  }
  #paint() {
    this.#stale = this.#drag.under;
    if (this.#stale) return;
    const marks = this.#here;
    const scroll = this.#text.scrollTop;
    const caret = this.#caretRange();
    for (const block of this.#blocks) this.#paintBlock(block, marks, caret);
    this.#text.scrollTop = scroll;
    const rows = marks.spans.map((span) => this.#row(span));
    inPlace(this.list, () => this.list.replaceChildren(...rows));
    this.#text.dispatchEvent(new Event("dalt:painted", { bubbles: true }));
    this.#desk.repaint();
  }
  #caretRange() {
    if (!this.#caret) return null;
    const words = this.#allWords();
    return { from: words[this.#caret[0]][0], to: words[this.#caret[1]][1] };
  }
  #paintBlock(block, { text, spans, current, next: next2 }, caret) {
    const inside2 = ({ from, to }) => from < block.to && block.from < to;
    const here = spans.filter(inside2);
    const chosen2 = caret && inside2(caret) ? caret : null;
    const looks = JSON.stringify([here, chosen2, here.some(({ id }) => id === current) && current, here.find((span) => span === next2)?.id ?? false]);
    if (looks === block.looks) return;
    block.looks = looks;
    const ends = [...here, ...chosen2 ? [chosen2] : []].flatMap(({ from, to }) => [from, to]);
    const cuts = /* @__PURE__ */ new Set([block.from, block.to, ...ends.filter((end) => block.from < end && end < block.to)]);
    const places = [...cuts].sort((a, b) => a - b);
    block.node.replaceChildren(...places.slice(0, -1).map((from, at) => {
      const to = places[at + 1];
      const covers = (range) => range.from <= from && to <= range.to;
      const over = here.filter(covers);
      return this.#part(text.slice(from, to), from, over, current, chosen2 !== null && covers(chosen2), next2);
    }));
  }
  #part(text, from, over, current, chosen2, next2) {
    const begins = over.filter((span) => span.from === from);
    const tags = begins.map((span) => {
      const tag = el("span", `dalt-span-tag${span.outlined ? " dalt-span-tag-outlined" : ""}`, { "aria-hidden": "true", dir: "auto" });
      const name = this.#desk.words.short(span.label, TAG);
      tag.dataset.name = span.proposed ? `${name}?` : name;
      tag.style.setProperty("--chip", this.#colour(span.label));
      return tag;
    });
    const part = el("span", "dalt-part", { "data-from": from }, ...tags, document.createTextNode(text));
    if (over.length) {
      part.dataset.spans = over.map(({ id }) => id).join(" ");
      const outlined = over.every((span) => span.outlined);
      part.classList.add(outlined ? "dalt-part-outlined" : "dalt-part-marked");
      part.classList.toggle("dalt-part-proposed", !outlined && over.every(({ proposed: proposed2 }) => proposed2));
      part.classList.toggle("dalt-part-next", over.some((span) => span === next2));
      part.classList.toggle("dalt-part-meant", over.some(({ id }) => id === current));
      part.style.setProperty("--chip", this.#colour(over[over.length - 1].label));
    }
    if (chosen2) part.classList.add("dalt-part-caret");
    return part;
  }
  #colour(label) {
    return this.#desk.setup.classes.find(({ name }) => name === label)?.colour ?? "transparent";
  }
  #row(span) {
    const { say } = this.#desk.words;
    const { text } = this.#here;
    const name = el("span", "dalt-span-class", { dir: "auto" });
    this.#desk.words.called(name, span.label);
    name.style.setProperty("--chip", this.#colour(span.label));
    const quote = el("span", "dalt-span-quote", { dir: "auto" }, text.slice(span.from, span.to));
    const go = button("dalt-span-go", "span", () => {
      this.#caret = null;
      this.#change((marks) => {
        marks.current = span.id;
        marks.take(span);
      });
    }, ...takenBy(this.#here, span, this.#desk), name, quote, el("span", "dalt-percent", {}, span.proposed ? say("proposed") : ""));
    mark(go, "aria-pressed", String(span.id === this.#here.current));
    mark(go, "data-outlined", span.outlined ? "" : null);
    go.dataset.class = span.label;
    const remove = button("dalt-quiet dalt-span-remove", "remove-span", () => this.#change((marks) => marks.remove(span.id)), "✕");
    mark(remove, "aria-label", say("remove_span", { name: span.label, text: text.slice(span.from, span.to) }));
    return el("li", "dalt-span", {}, go, remove);
  }
};
var SpanStrip = class {
  node;
  #words;
  #stage;
  #unit;
  #text = el("span", "dalt-name");
  #more = el("span", "dalt-percent dalt-submit-more", { role: "status" });
  #button;
  #take;
  #all = el("span", "");
  #takes;
  constructor(words, keys, { submit, take }, stage, unit) {
    this.#words = words;
    this.#unit = unit;
    this.#stage = stage;
    this.#button = button("dalt-top dalt-submit", "accept", submit, el("span", "dalt-top-line", {}, el("kbd", "", {}, keys.shown("accept")), this.#text), this.#more);
    const key = keys.shown("take");
    const shown = (text) => key ? [el("kbd", "", {}, text)] : [];
    this.#take = button("dalt-take", "take", () => take(false), ...shown(key), el("span", "", {}, words.say("take")));
    this.#takes = el("div", "dalt-takes", {}, this.#take, button("dalt-take", "take-all", () => take(true), ...shown(`⇧ ${key}`), this.#all));
    this.node = el("div", "dalt-strip dalt-strip-several dalt-strip-marks", { role: "group", "aria-label": words.say("answer") }, this.#button, this.#takes);
  }
  paint(_suggestion, shown, broken = false) {
    const { say, number } = this.#words;
    const { sample } = this.#stage;
    const unit = this.#unit;
    this.#button.disabled = !sample;
    const { counted: n, proposed: proposed2, outlined, warned } = sample ? this.#stage.tally : { counted: 0, outlined: 0 };
    const undecided = n === 0 && outlined > 0;
    put(this.#text, !sample ? shown || broken ? say("cannot_mark") : "" : undecided ? say(warned ? "submit_again" : "submit_not_yet") : n === 0 ? say(`submit_no_${unit}`) : say(n === 1 ? `submit_${unit}` : `submit_${unit}s`, { n: number(n) }));
    put(this.#more, undecided ? say(warned ? "submit_again_hint" : "submit_not_yet_hint", { n: number(outlined) }) : outlined ? say(outlined === 1 ? "left_out_one" : "left_out", { n: number(outlined) }) : proposed2 ? say(proposed2 === 1 ? "as_proposed_one" : "as_proposed", { n: number(proposed2) }) : "");
    mark(this.#button, "data-undecided", undecided ? warned ? "warned" : "" : null);
    if (!outlined && this.#takes.contains(document.activeElement)) this.#button.focus({ preventScroll: true });
    hide(this.#takes, outlined === 0);
    put(this.#all, say("take_all", { n: number(outlined) }));
  }
};
var Foot = class {
  node;
  #words;
  #parts = {};
  constructor(words, keys, on, reading) {
    this.#words = words;
    const parts = this.#parts;
    const { say } = words;
    parts.undo = button("dalt-quiet", "undo", on.undo, say("undo"), el("kbd", "", {}, keys.shown("undo")));
    parts.redo = button("dalt-quiet", "redo", on.redo, say("redo"), el("kbd", "", {}, `⇧${keys.shown("undo")}`));
    parts.skip = button("dalt-quiet", "skip", on.skip, say(reading ? "next" : "skip"), el("kbd", "", {}, keys.shown("skip")));
    parts.last = el("span", "dalt-last", { dir: "auto" });
    parts.sending = el("span", "dalt-sending");
    const focus = alone() ? "" : el("span", "dalt-focus", {}, say("focus"));
    this.node = el("footer", "dalt-foot", {}, parts.undo, parts.redo, el("span", "dalt-told", {}, parts.last, parts.sending, focus), parts.skip);
  }
  get skip() {
    return this.#parts.skip;
  }
  paint({ waiting, timeline, offline, durable }) {
    const { say, number } = this.#words;
    this.#parts.redo.classList.toggle("dalt-absent", !timeline.redoable);
    const last = timeline.history.at(-1);
    put(this.#parts.last, !last ? "" : last.page ? say("last_page", { n: number(last.page.samples.length), name: last.page.label }) : last.label === null || last.label === void 0 ? say("last_skipped") : say("last", { name: this.#words.answer(last.label) }));
    mark(this.#parts.last, "title", this.#parts.last.textContent || null);
    const tell = !offline && (waiting > 1 || waiting && !durable);
    put(this.#parts.sending, tell ? say(waiting === 1 ? "sending_one" : "sending", { n: number(waiting) }) : "");
  }
};
var NARROW = 700;
var FIGURES = 420;
var GAP = 4;
var MORE = 44;
var MoreMenu = class {
  nodes;
  #items;
  #row = el("div", "dalt-row-actions");
  #button;
  #list;
  constructor(words, items) {
    const { say } = words;
    this.#items = items;
    this.#row.append(...items);
    this.#button = button("dalt-quiet dalt-more", "more", (event) => this.#toggle(event.detail === 0), el("span", "", { "aria-hidden": "true" }, "⋯"));
    mark(this.#button, "aria-label", say("more_actions"));
    mark(this.#button, "aria-expanded", "false");
    this.#list = el("div", "dalt-rest-actions", { role: "group", "aria-label": say("more_actions") });
    this.nodes = [this.#row, this.#button, this.#list];
    this.#list.addEventListener("click", ({ target }) => closest(target, "button") && this.#show(false));
    for (const node of [this.#button, this.#list]) {
      node.addEventListener("keydown", (event) => this.#key(event));
      node.addEventListener("focusout", ({ relatedTarget: to }) => to && !this.#holds(to) && this.#left(to));
    }
  }
  get open() {
    return this.#button.getAttribute("aria-expanded") === "true";
  }
  #left(to) {
    if (!(to instanceof Node && to.contains(this.#button))) this.#show(false);
  }
  #holds(target) {
    return within(this.#button, target) || within(this.#list, target);
  }
  fit(width, mode) {
    const items = this.#items;
    this.#row.append(...items);
    const wide = items.map((item) => item.offsetWidth + GAP);
    const room = width - FIGURES - mode.offsetWidth - GAP;
    const sum = (each) => each.reduce((all, one) => all + one, 0);
    let n = width < NARROW ? 0 : items.length;
    while (n > 0 && sum(wide.slice(0, n)) + (n < items.length ? MORE : 0) > room) n -= 1;
    this.#list.append(...items.slice(n));
    hide(this.#button, n === items.length);
    if (n === items.length) this.#show(false);
  }
  clicked(target) {
    if (this.open && !this.#holds(target)) this.#show(false);
  }
  close() {
    this.#show(false);
  }
  #toggle(byKey) {
    this.#show(!this.open);
    if (this.open && byKey) this.#listed[0].focus();
  }
  #show(open) {
    mark(this.#button, "aria-expanded", String(open));
    mark(this.#list, "data-open", open ? "" : null);
  }
  get #listed() {
    return [...this.#list.children];
  }
  #key(event) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (!this.open || event.key !== "Escape" && !step) return;
    event.preventDefault();
    event.stopPropagation();
    if (step) {
      const items = this.#listed;
      const at = items.indexOf(document.activeElement);
      items.at((at + step + items.length) % items.length)?.focus();
    } else {
      this.#show(false);
      this.#button.focus();
    }
  }
};
var TROUBLES = { lost: "offline_lost", rests: "rests" };
var HINTS = { lost: "offline_back", rests: "rests_hint" };
var Head = class {
  node;
  alerts;
  state;
  menu;
  #words;
  #keys;
  #owner;
  #whole;
  #parts = {};
  #notice = null;
  #said = 0;
  #stopped = false;
  #again;
  #watcher = null;
  constructor({ title, pages, task, owner, read_only }, words, keys, on, more = [], aside = []) {
    this.#whole = task === "classes";
    this.#owner = mayCommand(owner);
    this.#words = words;
    this.#keys = keys;
    const help = button("dalt-quiet", "help", on.help, words.say("keys"), el("kbd", "", {}, keys.shown("help")));
    this.menu = new MoreMenu(words, [...more, help, ...aside]);
    this.node = this.#buildHead(title, pages, on);
    this.state = el("p", "dalt-state", {}, this.#parts.learning, this.#parts.proposal);
    this.alerts = this.#buildAlerts(read_only);
  }
  #buildHead(title, pages, on) {
    const parts = this.#parts;
    parts.bar = el("div", "dalt-bar-fill");
    for (const name of ["counts", "accuracy", "snapshot", "learning"]) {
      parts[name] = el("span", `dalt-${name}`);
    }
    parts.learning.setAttribute("data-dalt", "trainer");
    parts.proposal = el("span", "dalt-proposal", { "data-dalt": "proposal" });
    parts.live = el("p", "dalt-hidden", { role: "status", "aria-live": "polite" });
    const actions = el("div", "dalt-actions", { "data-unfit": "" });
    parts.modeText = el("span", "");
    parts.mode = button("dalt-quiet", "mode", on.mode, parts.modeText, el("kbd", "", {}, this.#keys.shown("mode")));
    if (pages) actions.append(parts.mode);
    actions.append(...this.menu.nodes);
    const head = el("header", "dalt-head", {}, el(alone() ? "h1" : "h2", "dalt-title", { dir: "auto", title }, title), el("p", "dalt-progress", { "data-dalt": "progress" }, parts.counts, parts.accuracy, parts.snapshot), actions, el("div", "dalt-bar", { "aria-hidden": "true" }, parts.bar), parts.live);
    this.#watcher = new ResizeObserver(([{ contentRect }]) => {
      mark(actions, "data-unfit", null);
      this.menu.fit(contentRect.width, parts.mode);
    });
    this.#watcher.observe(head);
    return head;
  }
  close() {
    this.#watcher?.disconnect();
  }
  #buildAlerts(reading) {
    const parts = this.#parts;
    const say = (name) => this.#words.say(name);
    parts.offlineText = el("p", "");
    parts.offline = el("div", "dalt-alert dalt-alert-offline", { role: "alert", "data-dalt": "offline", hidden: "" }, parts.offlineText);
    if (alone()) {
      parts.offline.append(button("dalt-quiet", "reload", () => location.reload(), say("reload")));
    }
    parts.noticeText = el("p", "", { dir: "auto" });
    parts.notice = el("div", "dalt-alert", { role: "alert", "data-dalt": "notice", hidden: "" }, parts.noticeText, button("dalt-quiet", "dismiss", () => this.show(null), say("dismiss")));
    parts.reading = el("div", "dalt-alert", { role: "status", "data-dalt": "reading" }, el("p", "", {}, say("reading")));
    parts.reading.hidden = !reading;
    return el("div", "dalt-alerts", reading ? {} : { hidden: "" }, parts.offline, parts.reading, parts.notice);
  }
  #showAlerts() {
    const { offline, reading, notice } = this.#parts;
    hide(this.alerts, Boolean(offline.hidden && reading.hidden && notice.hidden));
  }
  paint(engine) {
    const parts = this.#parts;
    const { say, percent, number } = this.#words;
    const { waiting, standing, offline, durable, mode } = engine;
    put(parts.modeText, say(mode === "verify" ? "to_single" : "to_verify"));
    if (standing) {
      const { n_samples: all, n_labelled: made, n_skipped: skipped, accuracy } = standing;
      const counts = say("progress", { made: number(made), all: number(all) });
      put(parts.counts, skipped ? `${counts}, ${say("skipped", { n: number(skipped) })}` : counts);
      parts.bar.style.transform = `scaleX(${all ? made / all : 0})`;
      put(parts.accuracy, accuracy ? say(accuracy.n === 1 ? "accuracy_one" : "accuracy", { value: percent(accuracy.value), n: number(accuracy.n), low: number(Math.round(accuracy.low * 100)), high: percent(accuracy.high) }) : "");
      mark(parts.accuracy, "title", parts.accuracy.textContent || null);
      put(parts.snapshot, this.#whole ? this.#learned(standing) : "");
      put(parts.learning, this.#learning(standing));
      mark(parts.learning, "data-state", standing.state);
      mark(parts.learning, "title", parts.learning.textContent || null);
      parts.learning.classList.toggle("dalt-failed", ["failed", "stopped"].includes(standing.state));
      const proposed2 = engine.proposal;
      put(parts.proposal, proposed2 ? say(`propose_${proposed2}`) : "");
      mark(parts.proposal, "data-proposed", proposed2);
      mark(parts.mode, "data-proposed", proposed2);
      this.#announce();
    }
    const count = (one, many) => say(waiting === 1 ? one : many, { n: number(waiting) });
    hide(parts.offline, !offline);
    this.#showAlerts();
    const { trouble: trouble2 } = engine;
    const hint = trouble2 && HINTS[trouble2];
    put(parts.offlineText, [say(trouble2 ? TROUBLES[trouble2] : "offline"), waiting && durable ? count("offline_kept_one", "offline_kept") : "", durable ? say(hint ?? (alone() ? "offline_reload" : "offline_lab")) : say("storage")].filter(Boolean).join(" "));
  }
  #learned({ snapshot, n_learned: n, suggesters }) {
    const { say, number, list } = this.#words;
    if (snapshot === null) return say("not_learned");
    if (n === 0) return suggesters.length ? say("suggested_by", { names: list(suggesters) }) : say("not_learned");
    return n === null ? "" : say(n === 1 ? "learned_one" : "learned", { n: number(n) });
  }
  #learning({ state, message, snapshot, to_check: n, preparing }) {
    const { say, number } = this.#words;
    if (state === "stopped") this.#stopped = true;
    else if (this.#stopped) [this.#stopped, this.#again] = [false, snapshot];
    if (this.#again !== void 0 && (snapshot !== this.#again || state === "stopped")) {
      this.#again = void 0;
    }
    if (state === "failed") return say("failed", { message });
    if (state === "waiting" && preparing !== null) return say("preparing", { percent: number(preparing) });
    if (state === "waiting" && message && this.#whole) return say(this.#owner ? "unlearned_owner" : "unlearned");
    if (state === "stopped") return say("stopped");
    if (this.#again !== void 0) return say("learns_again");
    if (n) return say(n === 1 ? "checking_one" : "checking", { n: number(n) });
    return state === "learning" ? say("learning") : "";
  }
  #announce() {
    const now = performance.now();
    if (now - this.#said < 5e3) return;
    this.#said = now;
    const parts = this.#parts;
    put(parts.live, [parts.counts, parts.accuracy, parts.learning, parts.proposal].map((part) => part.textContent).filter(Boolean).join(". "));
  }
  show(notice) {
    this.#notice = notice;
    this.#parts.notice.hidden = notice === null;
    this.#showAlerts();
    if (notice) put(this.#parts.noticeText, this.#words.say(notice.name, { message: notice.message }));
  }
  settled(key) {
    if (this.#notice && this.#notice.key === key) this.show(null);
  }
};
var MODIFIERS2 = /* @__PURE__ */ new Set(["Shift", "Control", "Alt", "Meta", "CapsLock", "HangulMode", "Process"]);
var Help = class {
  node;
  #words;
  #keys;
  #engine;
  #onClose;
  #wanted = null;
  #status = el("p", "dalt-remap-status", { role: "status" });
  #rows = /* @__PURE__ */ new Map();
  #ended = new AbortController();
  constructor(setup, words, keys, engine, onClose) {
    this.#words = words;
    this.#keys = keys;
    this.#engine = engine;
    this.#onClose = onClose;
    const { say } = words;
    const { remap_keys: may } = setup;
    const sheet = el("div", "dalt-sheet", { role: "dialog", "aria-modal": "true", "aria-label": say("keys_title") }, el("h2", "", {}, say("keys_title")), ...may ? [el("p", "dalt-remap-hint", {}, say("remap_hint"))] : [], ...setup.hides_some ? [el("p", "dalt-remap-hint", { "data-dalt": "hides-some" }, say("hides_some"))] : [], ...setup.by_turns ? [el("p", "dalt-remap-hint", { "data-dalt": "by-turns" }, say("by_turns"))] : [], this.#status, el("dl", "", {}, ...this.#list(setup)), el("div", "dalt-sheet-foot", {}, button("dalt-quiet", "close", onClose, say("close"), el("kbd", "", {}, "Esc")), button("dalt-quiet dalt-with-keys", "coach-again", () => this.#coach(), say("coach_again"))));
    this.node = el("div", "dalt-help", { hidden: "" }, sheet);
    this.node.addEventListener("click", (event) => {
      if (event.target === this.node) onClose();
    });
    this.node.addEventListener("keydown", (event) => this.#onKey(event), { capture: true });
    const { signal } = this.#ended;
    engine.addEventListener("kernel:key_refused", ({ detail: detail2 }) => this.#told(detail2.message.message), { signal });
    engine.addEventListener("kernel:key_changed", ({ detail: { message } }) => {
      const row = this.#rows.get(message.class ? `class:${message.class}` : `action:${message.action}`);
      this.#told(this.#words.say("remapped"));
      if (!this.node.hidden) row?.focus();
    }, { signal });
  }
  close() {
    this.#ended.abort();
  }
  #coach() {
    this.#onClose();
    this.#engine.dispatchEvent(new Event("coach"));
  }
  #list({ classes, several, pages, by_turns, task, remap_keys: may }) {
    const say = (name) => this.#words.say(name);
    const action = (name, text) => this.#row(`action:${name}`, this.#keys.shown(name), say(text), may);
    const fixed = (key, text) => this.#row(null, key, say(text), false);
    return [action("accept", acceptPhrase({ task, several })), action("skip", "key_skip"), ...task === "classes" ? [] : [action("take", "key_take"), fixed(`⇧ ${this.#keys.shown("take")}`, "key_take_all")], action("undo", "key_undo"), fixed(`⇧ ${this.#keys.shown("undo")}`, "key_redo"), action("guideline", "key_guideline"), action("search", "key_search"), action("history", "key_history"), action("progress", "key_progress"), ...task === "classes" ? [action("review", "key_review")] : [], action("flag", "key_flag"), action("comment", "key_comment"), ...task in SHAPE_OF ? [] : [fixed("↑ ↓", "key_scroll"), action("play", "key_play")], ...task !== "spans" ? [] : [fixed("← →", "key_word"), fixed("⇧ ← →", "key_more_words"), fixed("[ ]", "key_span"), fixed("Del", "key_remove")], ...task in SHAPE_OF ? this.#marking(SHAPE_OF[task]) : [], fixed("+ −", "key_zoom"), action("peek", "key_peek"), fixed(classes.some(({ key }) => key === "0") ? "Home" : "0", "key_zoom_reset"), ...task in SHAPE_OF ? [] : [fixed(", .", "key_rate")], ...task === "classes" ? [fixed("← →", "key_seek")] : [], ...pages ? [action("mode", "key_mode")] : [], ...!pages && !by_turns ? [] : [fixed(this.#keys.shown("accept"), "key_confirm"), fixed("← →", "key_move"), fixed(say("space"), "key_toggle"), fixed("+", "key_look")], action("help", "key_help"), fixed(PALETTE, "key_palette"), ...classes.filter(({ key }) => key).map(({ key, name }) => this.#row(`class:${name}`, keyText(key, this.#words), name, may))];
  }
  #marking(shape) {
    const fixed = (key, text) => this.#row(null, key, this.#words.say(text), false);
    return [fixed("Ins", `add_${shape}`), fixed("[ ]", "key_region"), fixed("←↑↓→", "key_move_region"), ...shape === "box" ? [fixed("⇧ ←↑↓→", "key_resize_region")] : [], ...shape === "point" ? [] : [fixed(", .", "key_corner")], ...shape === "polygon" ? [fixed("Enter", "key_close_polygon")] : [], fixed("Del", "key_remove_region"), fixed("Ctrl Z", "key_back"), fixed("Esc", "key_leave_region")];
  }
  #row(id, key, text, may) {
    const shown = el("kbd", "", {}, key || "–");
    let cell2 = shown;
    if (may && id) {
      const remap = button("dalt-remap", "remap", () => this.#want(id), shown);
      remap.dataset.of = id;
      mark(remap, "aria-label", this.#words.say("remap", { name: text, key: key || "–" }));
      this.#rows.set(id, remap);
      cell2 = remap;
    }
    return el("div", "", {}, el("dt", "", {}, cell2), el("dd", "", { dir: "auto" }, text));
  }
  #want(id) {
    this.#told("");
    this.#wanted = id;
    const row = this.#rows.get(id);
    row?.classList.add("dalt-wanted");
    row?.focus();
    put(this.#status, this.#words.say("press_key"));
  }
  #told(message) {
    this.#rows.get(this.#wanted ?? "")?.classList.remove("dalt-wanted");
    this.#wanted = null;
    put(this.#status, message);
  }
  #onKey(event) {
    if (this.#wanted === null || MODIFIERS2.has(event.key)) return;
    const id = this.#wanted;
    if (event.key !== "Tab") {
      event.preventDefault();
      event.stopPropagation();
    }
    if (event.repeat) return;
    this.#told("");
    if (event.key === "Escape" || event.key === "Tab") return;
    const [kind, name] = [id.slice(0, id.indexOf(":")), id.slice(id.indexOf(":") + 1)];
    this.#engine.ask({ type: "change_key", key: this.#keys.nameOf(event), [kind]: name });
  }
};
function differingFirst(rows) {
  const columns = /* @__PURE__ */ new Map();
  for (const row of rows) {
    for (const [name, value] of row) {
      const column = columns.get(name) ?? { values: /* @__PURE__ */ new Set(), n: 0 };
      columns.set(name, column);
      column.values.add(value);
      column.n += 1;
    }
  }
  const names = [...columns.keys()];
  if (rows.length < 2) return names;
  const differs = new Set([...columns].filter(([, { values, n }]) => values.size > 1 || n < rows.length).map(([name]) => name));
  return [...names.filter((name) => differs.has(name)), ...names.filter((name) => !differs.has(name))];
}
var FIRST_LOOK = 4e3;
var MOST_READ = 8e6;
var LONG_LINE = 160;
var ALIKE = 20;
var BACK = 24;
var AROUND = 40;
var MOST_FOUND2 = 3;
var SHORTEST = 12;
var FIELD = /^([\p{L}][\p{L}\p{N} _-]{0,30}):(\s|$)/u;
var TELLING = /* @__PURE__ */ new Set(["subject", "title", "제목"]);
var WIDE2 = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/;
var GRAPHEMES = new Intl.Segmenter(void 0, { granularity: "grapheme" });
function passagesOf(texts, { columns, lines, words = [] }) {
  const room = columns * lines;
  const whole2 = texts.map((text) => rowsOf(text, columns, lines) <= lines);
  if (whole2.every(Boolean)) return texts.map((text) => [{ from: 0, to: text.length }]);
  const own = differing(texts, whole2, room);
  return texts.map((text, at) => {
    if (whole2[at]) return [{ from: 0, to: text.length }];
    const found = around(text, words);
    const left = found.reduce((sum, { from, to }) => sum - (to - from), room);
    const kept = filled(text, own[at].own, Math.max(left, room / 3));
    return joined(text, [...found, ...kept, ...filled(text, own[at].rest, left - sized(text, kept))]);
  });
}
function written2(text, passages) {
  const parts = passages.map(({ from, to }) => text.slice(from, to).replace(/\s*\n\s*\n\s*/g, "\n"));
  const before2 = passages[0]?.from > 0 ? "… " : "";
  const after = (passages.at(-1)?.to ?? 0) < text.length ? " …" : "";
  return before2 + parts.map((part) => part.trim()).join(" … ") + after;
}
function boundary(text, at) {
  if (at <= 0 || at >= text.length) return Math.max(0, Math.min(text.length, at));
  let from = Math.max(0, at - 64);
  if (/[\udc00-\udfff]/.test(text[from])) from += 1;
  const found = GRAPHEMES.segment(text.slice(from, at + 32)).containing(at - from);
  return from + (found?.index ?? at - from);
}
function rowsOf(text, columns, most2) {
  if (text.length > columns * most2) return most2 + 1;
  let rows = 0;
  for (const line of text.trimEnd().split("\n")) rows += Math.max(1, Math.ceil(cells(line) / columns));
  return rows;
}
function cells(line) {
  let sum = 0;
  for (const character of line) sum += WIDE2.test(character) ? 2 : 1;
  return sum;
}
function filled(text, passages, room) {
  const kept = [];
  let left = room;
  for (const { from, to } of passages) {
    if (left < SHORTEST) break;
    const end = fittingEnd(text, from, to, left);
    kept.push({ from, to: end });
    left -= sized(text, [{ from, to: end }]);
  }
  return kept;
}
function fittingEnd(text, from, to, room) {
  let end = from;
  for (let left = room; end < to && left > 0; end += 1) left -= WIDE2.test(text[end]) ? 2 : 1;
  if (end >= to) return to;
  const space = text.slice(Math.max(from + 1, end - BACK), end).search(/\s\S*$/);
  const word = space < 0 ? boundary(text, end) : Math.max(from + 1, end - BACK) + space;
  return word > from ? word : end;
}
function sized(text, passages) {
  return passages.reduce((sum, { from, to }) => sum + cells(text.slice(from, to)) + 3, 0);
}
function joined(text, passages) {
  const kept = [];
  for (const { from, to } of [...passages].sort((one, other) => one.from - other.from)) {
    const last = kept.at(-1);
    if (last && !text.slice(last.to, from).trim()) last.to = Math.max(last.to, to);
    else kept.push({ from, to });
  }
  return kept;
}
function around(text, words) {
  if (!words.length) return [];
  const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(escaped.join("|"), "giu");
  const found = [];
  let done = 0;
  for (const { index, 0: word } of text.matchAll(pattern)) {
    if (index < done) continue;
    const to = boundary(text, Math.min(text.length, index + word.length + AROUND));
    found.push({ from: wordStart(text, Math.max(0, index - AROUND)), to });
    done = to;
    if (found.length >= MOST_FOUND2) break;
  }
  return found;
}
function differing(texts, whole2, room) {
  const most2 = Math.max(FIRST_LOOK, MOST_READ / texts.length);
  for (let look = FIRST_LOOK; ; look *= 8) {
    const units = texts.map((text) => unitsOf2(text.slice(0, boundary(text, Math.min(look, most2)))));
    const kept = withoutShared(units);
    const enough = kept.every((own, at) => {
      const found = own.reduce((sum, { from, to }) => sum + to - from, 0);
      return whole2[at] || texts[at].length <= look || found >= room;
    });
    if (!enough && look < most2) continue;
    return kept.map((own, at) => ({ own: afterBeginning(texts, kept, at, own), rest: units[at].filter((unit) => unit.from > (own[0]?.from ?? 0) && !own.includes(unit) && !unit.field) }));
  }
}
function unitsOf2(text) {
  const units = [];
  let head = true;
  for (const { index, 0: line } of text.matchAll(/[^\n]+/g)) {
    if (!line.trim()) continue;
    const field = head ? FIELD.exec(line.trim()) : null;
    head = field !== null || /^\s/.test(line);
    for (const [from, to] of line.length > LONG_LINE ? sentences(line) : [[0, line.length]]) {
      const exact = line.slice(from, to).trim();
      if (!exact) continue;
      const named2 = field && !TELLING.has(field[1].toLowerCase()) ? `${field[1].toLowerCase()}:` : "";
      const loose = named2 || exact.replace(/\d+/g, "0");
      units.push({ from: index + from, to: index + to, exact, loose, field: named2 !== "" });
    }
  }
  return units;
}
function sentences(line) {
  const found = [];
  let from = 0;
  for (const { index, 0: end } of line.matchAll(/[.!?…]+["')\]]*\s+|[。！？]+/g)) {
    found.push([from, index + end.length]);
    from = index + end.length;
  }
  if (from < line.length) found.push([from, line.length]);
  return found;
}
function withoutShared(units) {
  const [loose, exact] = ["loose", "exact"].map((key) => sharedBy(units, key));
  return units.map((own) => {
    const left = own.filter((unit) => !loose.has(unit.loose));
    if (left.length) return left;
    const differs = own.filter((unit) => !exact.has(unit.exact));
    const said = differs.filter((unit) => !unit.field);
    return said.length ? said : differs.length ? differs : own;
  });
}
function sharedBy(units, key) {
  const counts = /* @__PURE__ */ new Map();
  for (const own of units) {
    for (const name of new Set(own.map((unit) => unit[key]))) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const least = Math.max(2, Math.ceil(units.length / 2));
  return new Set([...counts].filter(([, count]) => count >= least).map(([name]) => name));
}
function afterBeginning(texts, kept, at, own) {
  const [first, ...rest2] = own;
  if (!first) return [{ from: 0, to: texts[at].length }];
  const others = kept.flatMap(([other], place) => other && place !== at ? [common2(first.exact, other.exact)] : []);
  const half = Math.max(1, Math.ceil(kept.length / 2) - 1);
  const shared = others.sort((one, other) => other - one)[half - 1] ?? 0;
  if (shared < ALIKE || shared >= first.exact.length) return own;
  const text = texts[at];
  const start = first.from + text.slice(first.from, first.to).search(/\S/);
  const from = wordStart(text, start + shared);
  return [{ from: Math.max(from, start), to: first.to }, ...rest2];
}
function common2(one, other) {
  const most2 = Math.min(one.length, other.length);
  let n = 0;
  while (n < most2 && one.charCodeAt(n) === other.charCodeAt(n)) n += 1;
  return n;
}
function wordStart(text, at) {
  for (let from = at; from > 0 && from > at - BACK; from -= 1) if (/\s/.test(text[from - 1])) return from;
  return at <= BACK ? 0 : boundary(text, at);
}
var LETTER = 7.4;
var LINE2 = 20;
var AROUND2 = [26, 46];
var ROW = 24;
var MOST_ROWS = 40;
var VALUE = { columns: 22, lines: 2 };
function excerptsOf(samples, [width, height], search2, words) {
  const shown = samples.filter(({ trouble: trouble2 }) => !trouble2);
  const texts = shown.filter(({ display }) => display.kind === "text");
  const rows = shown.filter(({ display }) => display.kind === "table");
  const lines = Math.max(2, Math.floor((height - AROUND2[1]) / LINE2));
  const columns = Math.max(16, Math.floor((width - AROUND2[0]) / LETTER));
  return new Map([...textsOf(texts, { columns, lines, words: search2 }), ...tablesOf(rows, Math.max(2, Math.ceil((height - AROUND2[1]) / ROW) + 1), search2, words)]);
}
function textsOf(samples, room) {
  const texts = samples.map(({ display }) => display.text ?? "");
  const passages = passagesOf(texts, room);
  return samples.map((sample, at) => [sample, el("div", "dalt-text", { dir: "auto", "data-excerpt": "" }, written2(texts[at], passages[at]))]);
}
function tablesOf(samples, most2, search2, words) {
  const rows = samples.map(({ display }) => display.rows ?? []);
  const names = differingFirst(rows).slice(0, Math.min(most2, MOST_ROWS));
  const maps = rows.map((row) => new Map(row));
  const shown = rows.map(() => []);
  for (const name of names) {
    const having = [...maps.entries()].filter(([, row]) => row.has(name));
    const values = having.map(([, row]) => row.get(name) ?? "");
    const passages = passagesOf(values, { ...VALUE, words: search2 });
    having.forEach(([at], place) => {
      shown[at].push([name, written2(values[place], passages[place])]);
    });
  }
  return samples.map((sample, at) => [sample, table(shown[at], words)]);
}
var Tile = class {
  node;
  button;
  #view = el("div", "dalt-tile-view");
  #chip = el("span", "dalt-chip", { "aria-hidden": "true" });
  #text = el("span", "dalt-name", { dir: "auto" });
  #percent = el("span", "dalt-percent");
  #words;
  constructor(sample, words) {
    this.sample = sample;
    this.#words = words;
    const { kind } = sample.display;
    this.#view.id = `dalt-tile-${sample.id}`;
    this.button = el("button", "dalt-tile-said", { type: "button", tabindex: "-1", "aria-describedby": this.#view.id }, this.#chip, this.#text, this.#percent);
    this.node = el("li", `dalt-tile dalt-tile-${kind}`, { "data-dalt": "tile", "data-sample-id": sample.id }, this.#view, this.button);
    if (!sample.trouble) this.node.append(this.#look(words));
    this.node.classList.toggle("dalt-tile-broken", Boolean(sample.trouble));
  }
  hold(content) {
    const { trouble: trouble2 } = this.sample;
    const within2 = content.querySelectorAll("[tabindex]");
    for (const node of within2) node.tabIndex = -1;
    if (content.hasAttribute("tabindex")) content.removeAttribute("tabindex");
    if (trouble2) {
      this.#view.title = trouble2;
      put(content, this.#words.say("tile_broken"));
    }
    markSliver(content);
    this.#view.replaceChildren(content);
  }
  #look(words) {
    const look = el("button", "dalt-look", { type: "button", tabindex: "-1", "data-dalt": "look", "aria-hidden": "true" }, "⤢");
    look.title = words.say("look");
    return look;
  }
  get sound() {
    return this.#view.querySelector("audio");
  }
  paint(page, said, spec, at, current) {
    const { say, percent, called } = this.#words;
    const right = said === void 0;
    const share2 = percent(this.sample.suggestion.probabilities[0] ?? 0);
    const name = right ? say("tile_right", { name: page.label }) : said === null ? say("tile_out") : say("tile_other", { name: said });
    called(this.#text, right ? "" : said ?? say("tile_out"));
    put(this.#percent, right ? share2 : "");
    this.#chip.style.setProperty("--chip", spec?.colour ?? "transparent");
    mark(this.node, "data-said", right ? "right" : said === null ? "out" : "other");
    mark(this.node, "data-flagged", this.sample.note?.flagged ? "" : null);
    mark(this.node, "data-class", right ? page.label : said);
    mark(this.button, "aria-pressed", String(!right));
    mark(this.button, "aria-label", say("tile", { at: at + 1, n: page.samples.length, percent: share2, said: name }));
    mark(this.button, "tabindex", current || at === 0 && current === null ? "0" : "-1");
    this.node.classList.toggle("dalt-current", current === true);
  }
};
var GAP2 = 10;
var MOST2 = 48;
var LEAST = 6;
var SAID = 29;
var SMALL2 = 64;
var PHONE = 480;
var GIVE = 0.3;
var LOOSE = 1.2;
var FORMS = { image: { side: 150, leastSide: 92, most: 560 }, text: { natural: [300, 176], least: [220, 112], most: 420 }, table: { natural: [280, 200], least: [220, 124], most: 520 }, audio: { natural: [240, 136], least: [200, 120], most: 200 } };
var SMALL_PICTURE = { side: 104, leastSide: 72, most: 320 };
var PHONE_SIDE = 106;
var WIDEST = 1.6;
function formOf(displays2, width) {
  const kind = displays2[0]?.kind ?? "image";
  if (kind !== "image") return { ...FORMS[kind], aspect: 0 };
  const sides = displays2.filter((each) => each.width && each.height).map(({ width: w = 1, height: h = 1 }) => [w, h]);
  const small = sides.length > 0 && sides.every((side2) => Math.max(...side2) <= SMALL2);
  const form = small ? SMALL_PICTURE : FORMS.image;
  const side = width < PHONE ? Math.min(form.side, PHONE_SIDE) : form.side;
  const ratios = sides.map(([w, h]) => w / h).sort((one, other) => one - other);
  const aspect = Math.min(WIDEST, Math.max(1 / WIDEST, ratios[Math.floor(ratios.length / 2)] ?? 1));
  const place = (length) => [length * Math.sqrt(aspect), length / Math.sqrt(aspect) + SAID];
  return { natural: place(side), least: place(form.leastSide), most: form.most, aspect };
}
function fitting(length, each, give = 0) {
  return Math.max(1, Math.floor((length + GAP2) / (each + GAP2) + give));
}
function share(length, n) {
  return (length - GAP2 * (n - 1)) / n;
}
function roomFor(displays2, width, height) {
  const { natural, least } = formOf(displays2, width);
  let [columns, rows] = [fitting(width, natural[0], GIVE), fitting(height, natural[1], GIVE)];
  if (columns * rows < LEAST) [columns, rows] = [fitting(width, least[0]), fitting(height, least[1])];
  if (columns * rows < LEAST) [columns, rows] = [fitting(width, natural[0], GIVE), 0];
  if (rows === 0) return columns * Math.ceil(LEAST / columns);
  return columns * rows <= MOST2 ? columns * rows : most(columns, rows);
}
function most(columns, rows) {
  let best = 0;
  for (let n = 1; n <= columns; n += 1) best = Math.max(best, n * Math.min(rows, Math.floor(MOST2 / n)));
  return best;
}
function tiled(displays2, width, height) {
  const n = displays2.length;
  const { natural, least, most: highest, aspect } = formOf(displays2, width);
  const picture2 = aspect > 0;
  const around2 = picture2 ? SAID : 0;
  let best = { columns: 1, height: 0, size: 0 };
  for (let columns2 = 1; columns2 <= Math.min(n, fitting(width, least[0])); columns2 += 1) {
    const wide2 = share(width, columns2);
    const limit = picture2 ? Math.min(highest, LOOSE * wide2 / aspect + SAID) : highest;
    const high = Math.min(limit, share(height, Math.ceil(n / columns2)));
    const size = Math.min(wide2 / natural[0], (high - around2) / (natural[1] - around2));
    if (high >= Math.floor(least[1]) && size > best.size) best = { columns: columns2, height: high, size };
  }
  if (best.size > 0) return { columns: best.columns, height: Math.floor(best.height) };
  const columns = Math.min(n, fitting(width, natural[0], GIVE));
  const wide = share(width, columns);
  return { columns, height: Math.floor(picture2 ? wide / aspect + SAID : natural[1]) };
}
var EDGE = 4;
var EXCERPTS = ["text", "table"];
var MIN_LOOK = 300;
var MOVES = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: "up", ArrowDown: "down", Home: "first", End: "last" };
var VerifyView = class {
  node;
  page = null;
  #engine;
  #root;
  #words;
  #repaint;
  #parts = {};
  #tiles = [];
  #at = null;
  #contents = /* @__PURE__ */ new WeakMap();
  #clock;
  #ended = new AbortController();
  #timed;
  #since = 0;
  #room = [0, 0];
  #tiling = { columns: 1, height: 0 };
  #scrolled = false;
  constructor(engine, root, words, repaint, former2) {
    this.#engine = engine;
    this.#root = root;
    this.#words = words;
    this.#repaint = repaint;
    this.node = this.#build();
    this.#clock = new ActiveClock(this.#parts.grid, root, this.#ended.signal, former2 ? former2.#clock : null);
    this.#timed = former2 ? former2.#timed : null;
    const watcher = new ResizeObserver((entries) => {
      const box = entries.at(-1)?.borderBoxSize[0];
      if (box?.inlineSize) this.#resized(box.inlineSize, box.blockSize);
    });
    watcher.observe(this.#parts.grid);
    this.#ended.signal.addEventListener("abort", () => watcher.disconnect());
  }
  close() {
    this.#ended.abort();
  }
  #build() {
    const parts = this.#parts;
    const { say } = this.#words;
    parts.name = el("strong", "dalt-verify-name", { dir: "auto" });
    parts.chip = el("span", "dalt-chip", { "aria-hidden": "true" });
    parts.title = el(alone() ? "h2" : "h3", "dalt-verify-title", { "data-dalt": "verify-class" }, el("span", "", {}, say("verify_title")), parts.chip, parts.name, "?");
    parts.head = el("div", "dalt-verify-head", {}, parts.title, el("p", "dalt-verify-hint dalt-with-keys", {}, say("verify_hint")), el("p", "dalt-verify-hint dalt-by-touch", {}, say("verify_touch")));
    parts.grid = el("ul", "dalt-grid", { "data-dalt": "grid", "aria-label": say("tiles") });
    parts.grid.addEventListener("click", (event) => this.#click(event));
    parts.grid.addEventListener("focusin", ({ target }) => {
      const at = this.#indexOf(target);
      if (at < 0 || at === this.#at) return;
      this.#at = at;
      this.#repaint();
    });
    parts.grid.addEventListener("scroll", () => {
      this.#scrolled = true;
    });
    parts.message = el("div", "dalt-message", { role: "status" });
    parts.confirmText = el("span", "dalt-name", { dir: "auto" });
    parts.confirmMore = el("span", "dalt-percent");
    parts.confirm = button("dalt-confirm", "confirm", () => this.#confirm(), el("kbd", "", {}, "Enter"), parts.confirmText, parts.confirmMore);
    return el("section", "dalt-verify", { "aria-label": say("tiles"), hidden: "" }, parts.head, parts.grid, parts.message, el("div", "dalt-confirm-bar", {}, parts.confirm));
  }
  get current() {
    return this.#at === null ? null : this.#tiles[this.#at].sample;
  }
  get state() {
    const engine = this.#engine;
    if (this.page) return "ready";
    if (engine.pages.length) return "waiting";
    if (engine.done) return engine.waiting ? "waiting" : "done";
    return engine.unsure ? "empty" : "waiting";
  }
  rest() {
    hide(this.node, true);
  }
  paint() {
    hide(this.node, false);
    for (const page of this.#engine.pages) for (const sample of page.samples) this.#isReady(sample);
    const first = this.#engine.pages[0] ?? null;
    const ready = first?.samples.every((sample) => this.#isReady(sample)) ? first : null;
    if (ready !== this.page) this.#show(ready);
    const empty = this.page === null;
    for (const part of ["head", "grid", "confirm"]) this.#parts[part].hidden = empty;
    this.#parts.message.hidden = !empty;
    if (empty) this.#paintMessage();
    else this.#paintPage();
  }
  #contentOf(sample) {
    let made = this.#contents.get(sample);
    if (!made) {
      made = buildSample(sample, this.#words, () => this.#repaint());
      this.#contents.set(sample, made);
    }
    return made;
  }
  #isReady(sample) {
    return excerpted(sample) || this.#contentOf(sample).ready;
  }
  #show(page) {
    if (this.#tiles.some((tile) => tile.node.contains(document.activeElement))) {
      this.#root.focus({ preventScroll: true });
    }
    this.page = page;
    this.#at = null;
    for (const { id, trouble: trouble2 } of page?.samples ?? []) if (trouble2) page?.said.set(id, null);
    this.#tiles = (page?.samples ?? []).map((sample) => new Tile(sample, this.#words));
    for (const tile of this.#tiles) if (!excerpted(tile.sample)) tile.hold(this.#contentOf(tile.sample).node);
    this.#arrange();
    this.#parts.grid.replaceChildren(...this.#tiles.map(({ node }) => node));
    if (page && page !== this.#timed) this.#clock.restart();
    this.#timed = page;
    mark(this.#root, "data-tile-details", page?.samples.some(({ details }) => details?.length) ? "" : null);
    if (!page) return;
    if (this.#scrolled) this.#parts.grid.scrollTop = 0;
    this.#scrolled = false;
    this.#since = performance.now();
  }
  #paintMessage() {
    const { state } = this;
    const name = state === "done" ? "done" : state === "empty" ? "unsure" : "waiting";
    putMessage(this.#parts.message, name, this.#words, this.#engine);
  }
  #paintPage() {
    const { page } = this;
    const { say, number } = this.#words;
    const classes = this.#engine.setup?.classes;
    if (!page || !classes) return;
    const specs = new Map(classes.map((spec) => [spec.name, spec]));
    this.#tiles.forEach((tile, at) => {
      const said2 = page.said.get(tile.sample.id);
      const spec = specs.get(said2 === void 0 ? page.label : said2 ?? "");
      tile.paint(page, said2, spec, at, this.#at === null ? null : this.#at === at);
    });
    const said = [...page.said.values()];
    const out = said.filter((label) => label === null).length;
    const others = said.length - out;
    const right = page.samples.length - said.length;
    this.#words.called(this.#parts.name, page.label);
    this.#parts.chip.style.setProperty("--chip", specs.get(page.label)?.colour ?? "transparent");
    put(this.#parts.confirmText, say(right ? "confirm" : "confirm_none", { n: number(right), name: page.label }));
    put(this.#parts.confirmMore, [others ? say("confirm_others", { n: number(others) }) : "", out ? say("confirm_out", { n: number(out) }) : ""].filter(Boolean).join(", "));
    mark(this.node, "data-class", page.label);
  }
  measure() {
    if (!this.node.hidden || !this.node.isConnected) return;
    const { mode } = this.#root.dataset;
    const { grid, head, confirm, message } = this.#parts;
    mark(this.#root, "data-mode", "verify");
    for (const part of [this.node, grid, head, confirm]) part.hidden = false;
    message.hidden = true;
    const { offsetWidth, offsetHeight } = grid;
    this.node.hidden = true;
    mark(this.#root, "data-mode", mode ?? null);
    if (offsetWidth) this.#resized(offsetWidth, offsetHeight);
  }
  #resized(width, height) {
    this.#room = [width - 2 * EDGE, height - 2 * EDGE];
    const engine = this.#engine;
    const samples = engine.pages[0]?.samples ?? engine.queue;
    engine.pageSize = roomFor(displays(samples), ...this.#room);
    this.#arrange();
  }
  #arrange() {
    const samples = this.#tiles.map(({ sample }) => sample);
    if (!samples.length) return;
    const { columns, height } = tiled(displays(samples), ...this.#room);
    this.#tiling = { columns, height };
    const { style } = this.#parts.grid;
    style.setProperty("--columns", String(columns));
    style.setProperty("--row", `${height}px`);
    if (samples.some(excerpted)) this.#excerpt(samples);
  }
  #excerpt(samples) {
    const { columns, height } = this.#tiling;
    const width = (this.#room[0] - GAP2 * (columns - 1)) / columns;
    const words = wordsOf(new Remembered(this.#engine.setup?.project ?? null).get("words", ""));
    const excerpts = excerptsOf(samples, [width, height], words, this.#words);
    for (const tile of this.#tiles) {
      const node = excerpts.get(tile.sample);
      if (node) tile.hold(node);
    }
    highlight(this.#parts.grid, words, "dalt-words-in-tiles");
  }
  say(label) {
    const { current } = this;
    if (this.#at === null || !current || !this.page) return false;
    const { id, trouble: trouble2 } = current;
    const { said, label: own } = this.page;
    if (trouble2) said.set(id, null);
    else if (label === own || label === null && said.has(id)) said.delete(id);
    else said.set(id, label);
    this.#tiles[this.#at].button.focus({ preventScroll: true });
    this.#repaint();
    return !trouble2;
  }
  #confirm() {
    if (!this.page || performance.now() - this.#since < MIN_LOOK) return;
    this.#engine.verify(this.page, this.#clock.read());
  }
  #moveTo(at) {
    this.#at = Math.max(0, Math.min(this.#tiles.length - 1, at));
    this.#repaint();
    this.#tiles[this.#at].button.focus();
  }
  #move(way) {
    if (!this.page) return;
    const last = this.#tiles.length - 1;
    const from = this.#at;
    if (way === "first") this.#moveTo(0);
    else if (way === "last") this.#moveTo(last);
    else if (from === null) this.#moveTo(0);
    else if (typeof way === "number") this.#moveTo(from + way);
    else {
      const to = from + (way === "up" ? -1 : 1) * this.#tiling.columns;
      if (to >= 0 && to <= last) this.#moveTo(to);
    }
  }
  #indexOf(target) {
    const node = closest(target, ".dalt-tile");
    return this.#tiles.findIndex((tile) => tile.node === node);
  }
  #click(event) {
    const at = this.#indexOf(event.target);
    if (at < 0 || closest(event.target, "audio")) return;
    this.#at = at;
    this.say(null);
  }
  homeOf(control) {
    const at = this.#indexOf(control);
    if (at < 0) return null;
    this.#at = at;
    this.#repaint();
    return this.#tiles[at].button;
  }
  takesFocus(target) {
    return this.#indexOf(target) >= 0;
  }
  actionOf({ key, target, shiftKey }) {
    const focused2 = this.#indexOf(target);
    if (focused2 >= 0) this.#at = focused2;
    if (key in MOVES) {
      const move = () => this.#move(MOVES[key]);
      move.repeats = true;
      return move;
    }
    const elsewhere = focused2 < 0 && closest(target, "button");
    if (elsewhere) return null;
    if (key === "Enter" && !shiftKey) return () => this.#confirm();
    const sound = key === " " && shiftKey && this.#at !== null && this.#tiles[this.#at].sound;
    if (sound) return () => togglePlay(sound);
    if (key === " ") return () => this.say(null);
    return null;
  }
};
function excerpted({ trouble: trouble2, display }) {
  return !trouble2 && EXCERPTS.includes(display.kind);
}
function displays(samples) {
  return samples.map(({ display }) => display);
}
var Layout = class {
  spans = null;
  #ended = new AbortController();
  constructor(setup, hands, former2) {
    const { engine, root } = hands;
    this.setup = setup;
    this.words = speak(setup.language, setup.classes);
    this.keys = new KeyTable(setup, this.words);
    const { words, keys } = this;
    root.lang = words.locale;
    mark(root, "data-marks", setup.task in SHAPE_OF ? "regions" : null);
    root.setAttribute("aria-label", `${words.say("page")}: ${setup.title}`);
    if (alone()) document.title = setup.title;
    former2?.close();
    if (setup.task !== "classes") this.spans = this.#stage(hands);
    this.help = new Help(setup, words, keys, engine, () => hands.help(false));
    this.strip = this.#strip(hands);
    this.classes = new ClassList(setup, words, keys, { choose: (index) => hands.choose(index), leave: () => root.focus({ preventScroll: true }), add: (name) => engine.ask({ type: "add_class", name }) });
    const steps2 = { undo: () => hands.undo(), redo: () => hands.redo(), skip: () => hands.choose(null) };
    this.foot = new Foot(words, keys, steps2, setup.read_only);
    this.addons = this.#addons(hands);
    this.head = new Head(setup, words, keys, { help: () => hands.help(true), mode: () => hands.switchMode() }, this.addons.flatMap(({ button: button3 }) => button3 ?? []), this.addons.flatMap(({ aside }) => aside ?? []));
    this.verify = new VerifyView(engine, root, words, () => hands.paint(), former2?.verify ?? null);
  }
  arrange(keeps, stage) {
    const { addons, head, verify, strip, classes, foot, help, spans } = this;
    const of = (place) => addons.flatMap((addon) => addon[place] ?? []);
    return [head.node, el("div", "dalt-main", {}, el("div", "dalt-toolbar", {}, ...of("tools"), ...spans?.bar ? [spans.bar] : []), ...of("lines"), stage, verify.node, head.alerts, el("div", "dalt-status", {}, head.state, ...of("status"), keeps)), el("div", "dalt-panels", {}, ...of("panel")), el("div", "dalt-side", {}, strip.node, ...spans ? [spans.list] : [], classes.node, foot.node), ...of("node"), help.node];
  }
  close() {
    this.#ended.abort();
    this.head.close();
    this.help.close();
    this.verify.close();
    for (const addon of this.addons) addon.close?.();
  }
  get covered() {
    return this.helping || this.addons.some((addon) => addon.open);
  }
  get helping() {
    return !this.help.node.hidden;
  }
  #stage({ engine, repaint, released }) {
    const { words, setup, keys } = this;
    const Stage = setup.task in SHAPE_OF ? RegionStage : SpanStage;
    return new Stage({ engine, words, setup, repaint, released, keys }, this.#ended.signal);
  }
  #strip(hands) {
    const { words, setup, keys, spans } = this;
    const submit = () => hands.accept();
    if (spans) {
      const on = { submit, take: (all) => hands.take(all) };
      return new SpanStrip(words, keys, on, spans, setup.task === "spans" ? "span" : "region");
    }
    if (setup.multi_label) return new SubmitStrip(setup, words, keys, submit);
    return new Strip(setup, words, keys, (rank) => hands.chooseRank(rank));
  }
  #addons({ engine, root, paint, current, rebuild }) {
    const { words, setup, keys } = this;
    const desk = { engine, root, words, setup, keys, repaint: paint, current, taken: (letter) => keys.classOf(letter) !== void 0, rebuild };
    const addons = ADDONS.map((Addon) => new Addon(desk));
    for (const { button: button3, node } of addons) if (button3 && node) controls(button3, node);
    return addons;
  }
};
function looksSame(one, other) {
  return other !== null && lookOf(one) === lookOf(other);
}
function lookOf({ classes, guideline, keys, new_classes, remap_keys, language, pages, by_turns, hides_some, read_only }) {
  const may = [new_classes, remap_keys, pages, by_turns, hides_some, read_only];
  return JSON.stringify([classes, guideline, keys, language, may]);
}
function skeleton(waiting) {
  const bone = (name) => el("div", `dalt-bone ${name}`);
  return el("div", "dalt-skeleton", { role: "status" }, waiting, bone("dalt-bone-sample"), bone("dalt-bone-strip"), bone("dalt-bone-classes"));
}
var View = class {
  shown = null;
  #engine;
  #root;
  #signal;
  #hands;
  #setup = null;
  #layout = null;
  #nodes = /* @__PURE__ */ new WeakMap();
  #painted = "single";
  #drafts;
  #clock = null;
  #timed = null;
  #scrolled = false;
  #told = "";
  #typing = null;
  #later = /* @__PURE__ */ new Set();
  #auto = speak("auto");
  #waiting = el("p", "dalt-waiting");
  #stage = el("section", "dalt-stage", { "data-dalt": "sample" });
  #message = el("div", "dalt-message", { role: "status" });
  #answered = el("p", "", { dir: "auto" });
  #keeps = el("div", "dalt-answered", { role: "status", "data-dalt": "answered", hidden: "" });
  constructor(engine, root, signal) {
    this.#engine = engine;
    this.#root = root;
    this.#signal = signal;
    this.#hands = this.#handed();
    put(this.#waiting, this.#auto.say("waiting"));
    root.append(skeleton(this.#waiting));
    root.addEventListener("mousedown", (event) => this.#takeFocus(event), { signal });
    document.addEventListener("click", ({ target }) => this.#layout?.head.menu.clicked(target), { signal });
    const scrolled = () => {
      this.#scrolled = true;
    };
    this.#stage.addEventListener("scroll", scrolled, { signal });
    this.#drafts = new Drafts(() => this.shown, signal);
    new Keyboard(root, this.#keyDesk(), signal);
    engine.addEventListener("change", () => this.paint(), { signal });
    engine.addEventListener("notice", ({ detail: detail2 }) => this.#still(() => this.#layout?.head.show(detail2)), { signal });
    engine.addEventListener("kernel:class_refused", ({ detail: detail2 }) => this.#layout?.classes.refuse(detail2.message.message), { signal });
    engine.addEventListener("settled", ({ detail: detail2 }) => this.#layout?.head.settled(detail2), { signal });
    engine.views.add(this);
    signal.addEventListener("abort", () => {
      engine.views.delete(this);
      this.#layout?.close();
    });
    this.paint();
  }
  get #built() {
    return this.#layout;
  }
  #handed() {
    return { engine: this.#engine, root: this.#root, choose: (index) => this.#choose(index), chooseRank: (rank) => this.#chooseRank(rank), accept: () => this.#accept(), take: (all) => this.#take(all), undo: () => this.#undo(), redo: () => this.#redo(), switchMode: () => this.#switch(), help: (open) => this.#help(open), paint: () => this.paint(), repaint: () => this.#paintSuggestion(this.shown?.suggestion ?? null, this.shown), released: () => this.#released(), current: () => (this.#verifies ? this.#built.verify.current : this.shown) ?? null, rebuild: () => {
      this.#build(this.#built.setup);
      this.#painted = null;
      this.#nodes = /* @__PURE__ */ new WeakMap();
      this.shown = null;
      this.paint();
    } };
  }
  #build(setup) {
    this.#setup = setup;
    this.#typing = typingIn(this.#root);
    const former2 = this.#layout;
    const reading = former2?.helping;
    const searched = former2?.classes.searched;
    const layout = new Layout(setup, this.#hands, former2);
    this.#layout = layout;
    this.#speakStage();
    this.#root.replaceChildren(...layout.arrange(this.#keeps, this.#stage));
    if (reading) this.#help(true);
    layout.classes.resume(searched);
    this.#clock ??= new ActiveClock(this.#stage, this.#root, this.#signal);
  }
  #speakStage() {
    const { say } = this.#built.words;
    mark(this.#stage, "aria-label", say("sample"));
    delete this.#message.dataset.says;
    this.#keeps.replaceChildren(this.#answered, button("dalt-quiet", "keep", () => this.#keep(), say("keep"), el("kbd", "", {}, "Esc")));
  }
  paint() {
    this.#still(this.#paintNow);
  }
  #still(does) {
    if (this.#layout?.spans?.drawing) this.#later.add(does);
    else does();
  }
  #released() {
    const later = [...this.#later];
    this.#later.clear();
    for (const does of later) does();
  }
  #paintNow = () => {
    const engine = this.#engine;
    let built = false;
    if (engine.setup && engine.setup !== this.#setup) {
      built = !looksSame(engine.setup, this.#setup);
      if (built) this.#build(engine.setup);
      this.#setup = engine.setup;
      this.#built.setup = engine.setup;
    }
    for (const sample of engine.queue) this.#nodeOf(sample);
    const first = engine.queue[0] ?? null;
    const ready = first && this.#nodeOf(first).ready ? first : null;
    mark(this.#root, "data-mode", engine.mode);
    const { snapshot = null, to_check = 0 } = engine.standing ?? {};
    const told = [snapshot !== null, Boolean(to_check)].join();
    const met = told !== this.#told;
    this.#told = told;
    if (this.#verifies) this.#paintPage();
    else if (this.#layout && (built || ready !== this.shown || !ready || this.#painted !== "single")) {
      this.#painted = "single";
      this.#layout.verify.rest();
      this.#paintSample(ready);
    } else if (met && this.#layout) this.#hands.repaint();
    mark(this.#root, "data-state", this.#state());
    mark(this.#root, "data-acknowledged", engine.acknowledged);
    if (this.#layout) {
      this.#layout.head.paint(engine);
      this.#layout.foot.paint(engine);
      for (const addon of this.#layout.addons) addon.paint?.();
      if (built) this.#typeOn();
    } else put(this.#waiting, engine.offline ? farewell(this.#auto) : this.#auto.say("waiting"));
  };
  #typeOn() {
    const typing = this.#typing;
    this.#typing = null;
    if (!typing?.field) return;
    for (const addon of this.#built.addons) addon.expect?.(typing.field);
    typeOn(this.#root, typing);
  }
  get #verifies() {
    return this.#layout !== null && this.#engine.mode === "verify";
  }
  #paintPage() {
    const { verify } = this.#built;
    verify.paint();
    this.#painted = "verify";
    this.#paintSuggestion(verify.current?.suggestion ?? null, verify.current);
  }
  #state() {
    const engine = this.#engine;
    if (engine.offline) return "offline";
    if (this.#verifies) return this.#built.verify.state;
    if (this.shown) return "ready";
    if (!this.#layout || engine.queue.length) return "waiting";
    if (engine.done) return engine.waiting ? "waiting" : "done";
    return engine.nothing ? "empty" : "waiting";
  }
  #nodeOf(sample) {
    let made = this.#nodes.get(sample);
    if (!made) {
      made = buildSample(sample, this.#built.words, () => this.paint());
      this.#nodes.set(sample, made);
    }
    return made;
  }
  #paintSample(sample) {
    const [stage, message] = [this.#stage, this.#message];
    const changed = sample !== this.shown;
    this.shown = sample;
    mark(stage, "data-sample-id", sample ? sample.id : null);
    if (sample && changed) this.#drafts.resume(sample, this.#built.setup);
    if (sample) this.#putSample(sample, changed);
    if (sample && changed) {
      if (this.#scrolled) stage.scrollTop = 0;
      this.#scrolled = false;
      if (sample !== this.#timed) this.#clock?.restart();
    } else if (!sample) {
      const state = this.#state();
      const name = state === "done" || state === "empty" ? state : "waiting";
      if (changed || !message.isConnected) stage.replaceChildren(message);
      putMessage(message, name, this.#built.words, this.#engine);
    }
    if (sample || this.#engine.queue[0] !== this.#timed) this.#timed = sample;
    mark(this.#root, "data-sampleless", sample ? null : "");
    this.#paintAnswered(sample?.answered ?? null);
    this.#paintSuggestion(sample?.suggestion ?? null, sample);
  }
  #putSample(sample, changed) {
    const stage = this.#stage;
    const { spans } = this.#built;
    const { node } = this.#nodeOf(sample);
    spans?.show(sample, node);
    if (spans?.sample !== sample) {
      if (changed) stage.replaceChildren(node);
    } else if (!stage.contains(spans.node)) stage.replaceChildren(spans.node);
  }
  #paintAnswered(answered) {
    hide(this.#keeps, answered === null);
    mark(this.#keeps.parentElement, "data-answered", answered === null ? null : "");
    if (answered === null) return;
    const { say, answer } = this.#built.words;
    put(this.#answered, answered.label === null ? say("answered_skipped") : say("answered_as", { name: answer(answered.label) }));
    mark(this.#answered, "title", this.#answered.textContent);
  }
  #paintSuggestion(suggestion, sample) {
    const { strip, classes, foot, spans } = this.#built;
    mark(this.#root, "data-snapshot", suggestion?.snapshot ?? "");
    if (spans) suggestion = spans.ranked;
    const seen2 = sample?.trouble ? null : sample;
    if (sample && !seen2) suggestion = null;
    const plain = seen2?.suggestion.condition === "order";
    classes.paint(plain ? null : suggestion, seen2, spans ? spans.active : null);
    strip.paint(suggestion, seen2, sample !== seen2, this.#engine.standing);
    foot.skip.disabled = !sample;
  }
  #choose(index) {
    const { covered, setup, spans, verify } = this.#built;
    if (covered) return;
    const label = index === null ? null : setup.classes[index].name;
    if (this.#verifies) {
      if (verify.say(label)) this.#flash(index);
      return;
    }
    if (!this.shown || this.shown.trouble && index !== null) return;
    this.#flash(index);
    if (spans && index !== null) spans.choose(index);
    else if (setup.multi_label && index !== null) {
      toggle(this.shown, setup.classes, index);
      this.#paintSuggestion(this.shown.suggestion, this.shown);
    } else this.#answer(label);
  }
  #answer(label) {
    const look = this.#clock?.read();
    if (!this.shown || !look) return;
    const { head, spans } = this.#built;
    head.settled(null);
    const proposed2 = label === null || !spans ? [] : spans.proposed;
    this.#engine.answer(this.shown, label, look, proposed2);
  }
  #accept() {
    const { covered, setup, spans, strip } = this.#built;
    if (spans) {
      if (spans.sample && !covered && spans.settled) this.#answer(spans.answer);
    } else if (!setup.multi_label) this.#acceptFirst();
    else if (this.shown && !this.shown.trouble && !covered) strip.submit?.(this.shown, (set2) => this.#answer(set2));
  }
  #acceptFirst() {
    const { covered, strip } = this.#built;
    const condition = this.#verifies || covered ? null : this.shown?.suggestion.condition;
    if (this.shown?.trouble || condition !== "none" && condition !== "emphasis") this.#chooseRank(0);
    else strip.urge?.();
  }
  #take(all) {
    const { covered, spans } = this.#built;
    if (spans?.sample && !covered) spans.take(all);
  }
  #chooseRank(rank) {
    const index = this.shown?.suggestion.classes[rank];
    if (index !== void 0) this.#choose(index);
  }
  #keep() {
    if (this.shown?.answered && !this.#verifies && !this.#built.covered) this.#engine.keep(this.shown);
  }
  #redo() {
    if (this.#layout && !this.#layout.covered) this.#engine.redo();
  }
  #undo() {
    if (this.#layout && !this.#layout.covered) this.#engine.undo();
  }
  #switch() {
    const { covered, setup, verify } = this.#built;
    if (!setup.pages || covered) return;
    verify.measure();
    this.#engine.setMode(this.#verifies ? "single" : "verify");
    this.#root.focus({ preventScroll: true });
  }
  #flash(index) {
    const { foot, classes } = this.#built;
    const lit = index === null ? foot.skip : classes.at(index);
    lit.classList.remove("dalt-flash");
    requestAnimationFrame(() => setTimeout(() => lit.classList.add("dalt-flash")));
    setTimeout(() => lit.classList.remove("dalt-flash"), 350);
  }
  #help(open) {
    const { node } = this.#built.help;
    node.hidden = !open;
    cover(this.#root, open, node);
    if (open) find(node, '[data-dalt="close"]')?.focus({ preventScroll: true });
    else this.#root.focus({ preventScroll: true });
  }
  #takeFocus(event) {
    if (closest(event.target, "input, textarea, select")) return;
    if (this.#layout?.verify.takesFocus(event.target)) return;
    if (closest(event.target, "button")) event.preventDefault();
    const inside2 = this.#layout?.covered && this.#root.contains(document.activeElement);
    if (!inside2) this.#root.focus({ preventScroll: true });
  }
  #keyDesk() {
    const view = this;
    return { get built() {
      return view.#layout !== null;
    }, get keys() {
      return view.#built.keys;
    }, get addons() {
      return view.#built.addons;
    }, get menu() {
      return view.#layout?.head.menu ?? null;
    }, get covered() {
      return view.#built.covered;
    }, get helping() {
      return view.#built.helping;
    }, get verify() {
      return view.#verifies ? view.#built.verify : null;
    }, get spans() {
      return view.#built.spans;
    }, get shown() {
      return view.shown;
    }, get stage() {
      return view.#stage;
    }, help: (open = !view.#built.helping) => view.#help(open), search: () => view.#built.classes.search(), choose: (index) => view.#choose(index), accept: () => view.#accept(), take: (all) => view.#take(all), keep: () => view.#keep(), undo: () => view.#undo(), redo: () => view.#redo(), switchMode: () => view.#switch() };
  }
};
function container(signal) {
  const root = el(alone() ? "main" : "section", "dalt", { "data-dalt": "page", tabindex: "0" });
  followTheme(root, signal);
  followRoom(root, signal);
  return root;
}
var page_default = () => {
  let engine = null;
  return { initialize({ model, signal }) {
    if (!model.get("notice")) engine = new Engine(model, signal);
  }, render({ model, el: place, signal }) {
    const root = container(signal);
    place.classList.add("dalt-place");
    place.append(root);
    const cover2 = () => coverSaved(place, model.get("saved"));
    if (engine === null) {
      cover2();
      mark(root, "data-state", "failed");
      root.append(el("div", "dalt-message dalt-stop", { role: "alert" }, el("p", "dalt-message-head", {}, model.get("heading") ?? ""), el("p", "", { dir: "auto" }, model.get("notice") ?? "")));
      return;
    }
    if (engine.setup) cover2();
    else engine.addEventListener("kernel:setup", cover2, { signal });
    new View(engine, root, signal);
    engine.start();
  } };
};
export { page_default as default };
