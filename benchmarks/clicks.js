// What was on screen when a class was clicked, as the person saw it: [class, sample].
//
// DALT's page says which sample it shows; of the picture of a plain page the bytes' digest
// stands for the sample.
(page) => {
  const clicks = (window.clicks = []);
  const digests = (window.digests = {});
  const picture = document.querySelector(page.sample);
  const digest = async () => {
    const { src } = picture;
    const bytes = await (await fetch(src)).arrayBuffer();
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    digests[src] = [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  if (picture.tagName === "IMG") {
    // The address of a picture ends with the picture: it is read before the next one comes.
    const revoke = URL.revokeObjectURL;
    URL.revokeObjectURL = (address) => setTimeout(() => revoke.call(URL, address), 60_000);
    new MutationObserver(digest).observe(picture, { attributeFilter: ["src"] });
    digest();
  }
  document.addEventListener("click", (event) => {
    const button = event.isTrusted && event.target.closest(page.button);
    if (!button) return;
    const sample = picture.tagName === "IMG" ? picture.src : picture.dataset.sampleId ?? null;
    clicks.push([button.dataset.class ?? button.textContent.trim(), sample]);
  }, { capture: true });
}
