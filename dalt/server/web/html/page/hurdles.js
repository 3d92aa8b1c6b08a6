// Why the page does not come up in this browser or behind this proxy, in one sentence.
//
// It comes before all other scripts and needs neither inline scripts nor eval nor a WebSocket: it
// works where those that it waits for do not.  Once the page is there, that tells by itself.
(() => {
  const PATIENCE = 10_000; // ms for a WebSocket to open
  const LONGEST = 30_000; // ms from the end of the page's text until there must have been one
  const REFUSALS = 2; // one can happen while a server starts

  const box = /** @type {HTMLElement} */ (document.getElementById("dalt-hurdles"));
  const words = JSON.parse(box.dataset.words ?? "{}");
  const own = [location.origin, location.origin.replace(/^http/, "ws")];
  let refused = 0;
  let opened = false; // whether a WebSocket ever was
  /** @type {string | null} */
  let shown = null; // what is said to be in the way

  const isUp = () => document.querySelector('[data-dalt="page"]') !== null;

  box.hidden = true;
  box.classList.remove("dalt-hurdles-late");

  /**
   * Say what is in the way; null takes it back.
   * @param {string | null} hurdle
   */
  function say(hurdle) {
    shown = isUp() ? null : hurdle;
    box.hidden = shown === null;
    if (shown && box.firstElementChild) box.firstElementChild.textContent = words[shown];
  }

  /** A page that has come up after all is shown. */
  new MutationObserver((_, observer) => {
    if (!isUp()) return;
    observer.disconnect();
    say(null);
  }).observe(document.body, { childList: true, subtree: true });

  // --- the frame that the server has sent: it goes when the page behind it has something to show

  new MutationObserver((_, observer) => {
    const page = document.querySelector('[data-dalt="page"]');
    if (!page || page.getAttribute("data-state") === "waiting") return;
    observer.disconnect();
    document.getElementById("dalt-first")?.remove();
  }).observe(document.body, { childList: true, subtree: true, attributeFilter: ["data-state"] });

  // --- a policy that somebody on the way has added: our own lets all of this through

  document.addEventListener(
    "securitypolicyviolation",
    ({ disposition, effectiveDirective: rule, blockedURI: what }) => {
      if (disposition !== "enforce") return;
      const ours = own.some((origin) => what.startsWith(origin));
      const script = rule.startsWith("script-src") && (ours || what === "inline" || what.startsWith("blob"));
      if (script || (rule === "connect-src" && ours)) say("policy");
    },
  );

  // A sandbox takes the page's origin away, and with it the cookies.
  if (window.origin === "null") say("policy");

  // --- a script of the page that does not come

  window.addEventListener(
    "error",
    ({ target }) => {
      if (target instanceof HTMLScriptElement && shown !== "policy") say("server");
    },
    true,
  );

  // --- the WebSocket to the kernel

  const Native = window.WebSocket;
  if (!Native) {
    say("socket");
    return;
  }
  window.WebSocket = class extends Native {
    /** @param {ConstructorParameters<typeof WebSocket>} how */
    constructor(...how) {
      super(...how);
      watch(this);
    }
  };

  /** @param {WebSocket} socket */
  function watch(socket) {
    const late = setTimeout(() => {
      refused = REFUSALS;
      find();
    }, PATIENCE);
    socket.addEventListener("open", () => {
      clearTimeout(late);
      opened = true;
      refused = 0;
      if (shown !== "policy") say(null);
    });
    socket.addEventListener("close", () => {
      clearTimeout(late);
      if (opened) return;
      refused += 1;
      find();
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (!document.getElementById("jupyter-config-data")) return find(); // its kernel did not start
    setTimeout(() => {
      if (opened || shown) return;
      refused = REFUSALS;
      find();
    }, LONGEST);
  });

  /** No WebSocket opens: is that the server's fault? */
  async function find() {
    if (shown === "policy") return;
    const config = document.getElementById("jupyter-config-data");
    const { dalt, kernelId } = JSON.parse(config?.textContent ?? "{}");
    let kernel = null;
    try {
      const response = await fetch(`${dalt.state}/${kernelId}`, { cache: "no-store" });
      if (response.status === 401) return location.assign(dalt.login);
      kernel = response.ok ? (await response.json()).kernel : null;
    } catch {
      // It does not answer.
    }
    if (kernel !== "alive") say("server");
    else if (refused >= REFUSALS) say("socket");
  }
})();
