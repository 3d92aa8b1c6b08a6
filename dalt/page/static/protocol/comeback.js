// A page of its own (Voilà) notices that its kernel or its server is gone, or that it was never
// shown, and comes back.
//
// What is not acknowledged waits in the outbox and is sent again by the page that comes; that
// page also tells which sitting it follows, whose samples are free then.

import { alone } from "../dom/dom.js";

/** @import { Engine, Server, Timer } from "../types.js" */

/** @typedef {"lost" | "login" | "gone" | "idle" | "alive"} Said */

const LOOK = 2_000; // ms between two looks at the server
const LOOK_LOST = 700; // while it does not answer
const ANSWER_WITHIN = 4_000; // until an answer that does not come counts as none
const SILENCE = 1_000; // of the kernel, until the connection counts as lost where the server is silent too
const RECONNECT = 6_000; // for a connection to come back by itself, where kernel and server live
const FORMER = "dalt:former"; // in sessionStorage: of this tab alone
const TRIED = "dalt:tried";
const STEADY = 20_000; // a page that lives so long starts counting anew

/** What the server has written into a page of its own. */
function served() {
  const config = alone() && document.getElementById("jupyter-config-data");
  return config ? JSON.parse(config.textContent) : {};
}

/**
 * The addresses that `dalt serve` offers beside the kernel; null where another server (Voilà by
 * itself, Jupyter) shows the page, which has none of them.
 * @returns {Server | null}
 */
export function offered() {
  return served().dalt ?? null;
}

export class Comeback {
  /** @type {Engine} */
  #engine;
  /** @type {Server | null} */
  #server; // what it offers
  /** @type {string} */
  #address = "";
  /** @type {Timer | undefined} */
  #timer;
  #looking = false;
  /** @type {number | null} */
  #doubted = null; // when the kernel was asked because the server does not answer
  /** @type {number | null} */
  #answeredSince = null; // since when the server answers while the engine hears nothing
  #over = false;
  #began = performance.now();

  /**
   * @param {Engine} engine
   * @param {AbortSignal} signal
   */
  constructor(engine, signal) {
    this.#engine = engine;
    if (alone()) this.#watchDisplay(signal);
    this.#server = offered();
    if (!this.#server) return; // the engine notices silence
    this.#address = `${this.#server.state}/${served().kernelId}`;
    this.#look();
    const soon = () => this.#look();
    for (const name of ["online", "pageshow", "focus"]) window.addEventListener(name, soon, { signal });
    document.addEventListener("visibilitychange", soon, { signal });
    signal.addEventListener("abort", () => this.#stop());
  }

  /**
   * Where a browser is busy, the widget manager may give up the page's model in the very moment in
   * which it comes, and says so for ever (jupyterlab_widgets 3.0.17, `get_model`).
   * @param {AbortSignal} signal
   */
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

  /** @param {Said} said */
  #heed(said) {
    if (said !== "lost") this.#doubted = null;
    if (said !== "alive") this.#answeredSince = null;
    if (said === "lost") this.#doubt();
    else if (said === "login")
      this.#go(() => location.assign(`${this.#server?.login}?next=${encodeURIComponent(location.pathname)}`));
    else if (said === "gone") this.#reload();
    else if (said === "idle") this.#rest();
    else if (said === "alive") this.#wait();
  }

  /** The server does not answer: the connection is lost unless the kernel does. */
  #doubt() {
    const now = performance.now();
    if (this.#doubted === null || this.#engine.heardAt > this.#doubted) {
      this.#doubted = now;
      this.#engine.ask({ type: "heartbeat" });
    } else if (now - this.#doubted > SILENCE) this.#engine.lose("lost");
  }

  /** Kernel and server live: the connection may come back by itself. */
  #wait() {
    if (performance.now() - this.#began > STEADY) keepHere(TRIED, null);
    if (!this.#engine.offline) this.#answeredSince = null;
    else this.#answeredSince ??= performance.now();
    if (this.#answeredSince !== null && performance.now() - this.#answeredSince > RECONNECT) this.#reload();
  }

  /** Nobody used the page for long: whoever does, has it again. */
  #rest() {
    this.#stop();
    this.#engine.lose("rests");
    /** @type {(event: Event) => void} */
    const wake = (event) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.#go(() => location.reload());
    };
    for (const name of ["keydown", "pointerdown"]) window.addEventListener(name, wake, { capture: true, once: true });
  }

  /** Load the page anew; one that fails again and again tries less and less often. */
  #reload() {
    this.#stop();
    this.#engine.lose("lost");
    const tried = Number(keptHere(TRIED) ?? 0);
    keepHere(TRIED, String(tried + 1));
    setTimeout(() => this.#go(() => location.reload()), tried < 2 ? 0 : Math.min(30_000, 1_000 * 2 ** (tried - 2)));
  }

  /** @param {() => void} leave */
  #go(leave) {
    this.#stop();
    keepHere(FORMER, this.#engine.setup?.session ?? null);
    leave();
  }
}

/** The sitting that this page follows, once. */
export function former() {
  const session = keptHere(FORMER);
  keepHere(FORMER, null);
  return session;
}

function givenUp() {
  const nodes = [...document.querySelectorAll(".jupyter-widgets")];
  return nodes.some((node) => node.textContent.startsWith("Error displaying widget"));
}

/** @param {string} name */
function keptHere(name) {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
}

/**
 * @param {string} name
 * @param {string | null} value
 */
function keepHere(name, value) {
  try {
    value === null ? sessionStorage.removeItem(name) : sessionStorage.setItem(name, value);
  } catch {
    // Without storage a former sitting keeps its samples until their leases end.
  }
}
