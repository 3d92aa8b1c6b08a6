// Why the page does not come up in this browser or behind this proxy, in one sentence.
//
// It comes before all other scripts and needs neither inline scripts nor eval nor a WebSocket: it
// works where those that it waits for do not.  Once the page is there, that tells by itself.
(() => {
  const PATIENCE = 10_000; // ms for a WebSocket to open
  const REFUSALS = 2; // one can happen while a server starts

  const box = document.getElementById("dalt-hurdles");
  const own = [location.origin, location.origin.replace(/^http/, "ws")];
  let refused = 0;

  const config = () => JSON.parse(document.getElementById("jupyter-config-data").textContent);
  const isUp = () => document.querySelector('[data-dalt="page"]') !== null;

  box.hidden = true;
  box.classList.remove("dalt-hurdles-late");

  /** Say what is in the way; null takes it back. */
  function say(hurdle) {
    box.hidden = hurdle === null || isUp();
    if (!box.hidden) box.firstElementChild.textContent = config().daltHurdles[hurdle];
  }

  /** A page that has come up after all is shown. */
  new MutationObserver((_, observer) => {
    if (!isUp()) return;
    observer.disconnect();
    say(null);
  }).observe(document.body, { childList: true, subtree: true });

  // --- a policy that somebody on the way has added: our own lets all of this through

  document.addEventListener("securitypolicyviolation", ({ disposition, effectiveDirective: rule, blockedURI: what }) => {
    if (disposition !== "enforce") return;
    const ours = own.some((origin) => what.startsWith(origin));
    const script = rule.startsWith("script-src") && (ours || what === "inline" || what.startsWith("blob"));
    if (script || (rule === "connect-src" && ours)) whenParsed(() => say("policy"));
  });

  /** What the server says stands further below in the page. */
  function whenParsed(action) {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", action, { once: true });
    else action();
  }

  // --- the WebSocket to the kernel

  const Native = window.WebSocket;
  if (!Native) {
    whenParsed(() => say("socket"));
    return;
  }
  window.WebSocket = class extends Native {
    constructor(...how) {
      super(...how);
      watch(this);
    }
  };

  function watch(socket) {
    const late = setTimeout(() => { refused = REFUSALS; find(); }, PATIENCE);
    let opened = false;
    socket.addEventListener("open", () => {
      clearTimeout(late);
      opened = true;
      refused = 0;
      say(null);
    });
    socket.addEventListener("close", () => {
      clearTimeout(late);
      if (!opened) refused += 1, find();
    });
  }

  /** No WebSocket opens: is that the server's fault? */
  async function find() {
    const { dalt, kernelId } = config();
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
