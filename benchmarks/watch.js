// Times in the page, from the moment at which the browser got the key or click.
//
// `page.event` is what is watched for, `page.sample` the element that shows the sample,
// `page.pictures` how many pictures have to be loaded for it to count as shown.
(page) => {
  const times = (window.times = { pressed: [], painted: [], acknowledged: [] });
  let pressed = null, unacknowledged = null, loaded = 0;
  document.addEventListener(page.event, (event) => {
    if (!event.isTrusted) return;
    pressed = unacknowledged = event.timeStamp;
    loaded = 0;
    times.pressed.push(event.timeStamp);
  }, { capture: true });
  const painted = () => {
    if (pressed === null) return;
    const start = pressed;
    pressed = null;
    // The callback runs before the frame is produced, a message from it right after.
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => times.painted.push(performance.now() - start);
      channel.port2.postMessage(null);
    });
  };
  const shown = document.querySelectorAll(page.sample);
  for (const each of shown) {
    if (each.tagName === "IMG") {
      each.addEventListener("load", () => { if (++loaded === page.pictures) painted(); });
    } else {
      const what = { attributeFilter: ["data-sample-id"], childList: page.pictures > 1 };
      new MutationObserver(painted).observe(each, what);
    }
  }
  const root = document.querySelector('[data-dalt="page"]');
  if (root) {
    new MutationObserver(() => {
      if (unacknowledged !== null) times.acknowledged.push(performance.now() - unacknowledged);
      unacknowledged = null;
    }).observe(root, { attributeFilter: ["data-acknowledged"] });
  }
}
