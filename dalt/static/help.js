// The list of keys that "?" opens.

import { button, el } from "./dom.js";

/** Build the list, hidden; `onClose` is called by its button and by a click beside it. */
export function buildHelp({ classes, several, task }, words, onClose) {
  const say = (name) => words.say(name);
  const rows = [
    ["Enter", say(task === "spans" ? "key_submit_spans" : several ? "key_submit" : "key_accept")],
    ["S", say("key_skip")],
    ["U", say("key_undo")],
    ["⇧ U", say("key_redo")],
    ["H", say("key_history")],
    ["P", say("key_progress")],
    ["↑ ↓", say("key_scroll")],
    [say("space"), say("key_play")],
    ...(task !== "spans" ? [] : [
      ["← →", say("key_word")], ["⇧ ← →", say("key_more_words")], ["[ ]", say("key_span")],
      ["Del", say("key_remove")],
    ]),
    ["+ −", say("key_zoom")],
    ["0", say("key_zoom_reset")],
    [", .", say("key_rate")],
    ...(several ? [] : [
      ["V", say("key_mode")], ["Enter", say("key_confirm")],
      ["← →", say("key_move")], [say("space"), say("key_toggle")],
    ]),
    ["?", say("key_help")],
    ...classes.filter(({ key }) => key).map(({ key, name }) => [key.toUpperCase(), name]),
  ];
  const list = rows.map(([key, text]) => el("div", "", {},
    el("dt", "", {}, el("kbd", "", {}, key)), el("dd", "", { dir: "auto" }, text)));
  const sheet = el("div", "dalt-sheet",
    { role: "dialog", "aria-modal": "true", "aria-label": say("keys_title") },
    el("h2", "", {}, say("keys_title")),
    el("dl", "", {}, ...list),
    button("dalt-quiet", "close", onClose, say("close"), el("kbd", "", {}, "Esc")));
  const help = el("div", "dalt-help", { hidden: "" }, sheet);
  help.addEventListener("click", (event) => {
    if (event.target === help) onClose();
  });
  return help;
}
