// Everything that the page can do, by the words that people look for it with.

import { find } from "../dom/dom.js";
import { inEveryLanguage } from "../i18n/text.js";
import { acceptPhrase } from "../keys/keys.js";
import { togglePlay } from "../samples/sound.js";
import { folded, haystack } from "../views/search.js";

/** @import { AddonDesk, ClassSpec, Engine, Phrase } from "../types.js" */

/**
 * What a command does, where the page offers it now; null where it does not.
 * @typedef {(root: HTMLElement, engine: Engine) => (() => void) | null} Doing
 *
 * @typedef {{ phrases: Phrase[], key?: string, shifted?: boolean, doing: Doing }} Command
 *   Its first phrase is its name; `shifted`: with Shift its key does it.
 *
 * @typedef {{ name: string, key: string, stack: string, command?: string, colour?: string, run: () => void }} Entry
 *   An action has the name of its command, a class its colour.
 */

/**
 * Press a button, wherever it stands: also in a menu that is closed, but in no panel that is.
 * @param {string} name
 * @returns {Doing}
 */
const press = (name) => (root) => {
  const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (root.querySelectorAll(`button[data-dalt="${name}"]`));
  const offered = [...buttons].find(
    (button) => !button.disabled && button.ariaDisabled !== "true" && !button.closest("[hidden]"),
  );
  return offered ? () => offered.click() : null;
};

/** @type {Doing} */
const play = (root) => {
  const sound = /** @type {HTMLAudioElement | null} */ (find(root, '[data-dalt="sample"] audio'));
  return sound && (() => togglePlay(sound));
};

/**
 * Put the cursor into a field.
 * @param {string} selector
 * @returns {Doing}
 */
const enter = (selector) => (root) => {
  const field = find(root, selector);
  return field && !field.closest("[hidden]") ? () => field.focus() : null;
};

/**
 * @param {string} mark
 * @param {Phrase[]} phrases
 * @param {string} [key]
 * @returns {Command}
 */
const button = (mark, phrases, key) => ({ phrases, key, doing: press(mark) });

/** By the marks of their buttons; those that are no buttons have names of their own. */
/** @type {Record<string, Command>} */
export const COMMANDS = {
  accept: button("accept", ["key_accept", "key_submit", "key_submit_spans"], "accept"),
  skip: button("skip", ["key_skip", "skip"], "skip"),
  undo: button("undo", ["key_undo", "undo"], "undo"),
  redo: { ...button("redo", ["key_redo", "redo"], "undo"), shifted: true },
  keep: button("keep", ["keep"]),
  confirm: button("confirm", ["key_confirm"], "accept"),
  mode: button("mode", ["key_mode", "to_verify", "to_single"], "mode"),
  take: button("take", ["key_take"], "take"),
  "take-all": { ...button("take-all", ["key_take_all"], "take"), shifted: true },
  "open-skipped": button("open-skipped", ["open_skipped"]),
  guideline: button("guideline", ["key_guideline", "guideline"], "guideline"),
  history: button("history", ["key_history", "history"], "history"),
  review: button("review", ["key_review", "review"], "review"),
  "review-all": button("review-all", ["review_all"]),
  "review-again": button("review-again", ["review_again"]),
  "progress-button": button("progress-button", ["key_progress", "progress_button"], "progress"),
  adjudicate: button("adjudicate", ["adjudicate_title", "adjudicate"]),
  flag: button("flag", ["key_flag", "flag"], "flag"),
  comment: button("comment", ["key_comment", "comment"], "comment"),
  search: { phrases: ["key_search", "search_classes"], key: "search", doing: enter(".dalt-search-field") },
  words: { phrases: ["words"], doing: enter('[data-dalt="words"]') },
  play: { phrases: ["key_play"], key: "play", doing: play },
  autoplay: button("autoplay", ["autoplay"]),
  loop: button("loop", ["loop"]),
  rate: button("rate", ["rate"]),
  "zoom-in": button("zoom-in", ["zoom_in"]),
  "zoom-out": button("zoom-out", ["zoom_out"]),
  "zoom-reset": button("zoom-reset", ["zoom_reset"]),
  peek: button("peek", ["key_peek"], "peek"),
  zoom_lock: button("zoom_lock", ["zoom_lock"]),
  adjust: button("adjust", ["adjust"]),
  "adjust-reset": button("adjust-reset", ["adjust_reset"]),
  language: button("language", ["other_language"]),
  help: button("help", ["key_help", "keys"], "help"),
  coach: { phrases: ["coach_again"], doing: (_, engine) => () => engine.dispatchEvent(new Event("coach")) },
  dismiss: button("dismiss", ["dismiss"]),
  reload: button("reload", ["reload"]),
  logout: button("logout", ["log_out"]),
};

/**
 * What the page offers now: what can be done, and the classes.
 * @param {Pick<AddonDesk, "root" | "engine" | "setup" | "words" | "keys">} desk
 * @returns {Entry[]}
 */
export function offered({ root, engine, setup, words, keys }) {
  const actions = Object.entries(COMMANDS).flatMap(([command, { phrases, key, shifted, doing }]) => {
    const run = doing(root, engine);
    const shown = key ? keys.shown(key) : "";
    const entry = {
      command,
      name: words.say(command === "accept" ? acceptPhrase(setup) : phrases[0]),
      key: shown && shifted ? `⇧ ${shown}` : shown,
      stack: folded(phrases.flatMap(inEveryLanguage).join("\n")),
    };
    return run ? [{ ...entry, run }] : [];
  });
  return [...actions, ...choices(root, setup.classes)];
}

/**
 * @param {HTMLElement} root
 * @param {ClassSpec[]} classes
 * @returns {Entry[]}
 */
function choices(root, classes) {
  const specs = new Map(classes.map((spec) => [spec.name, spec]));
  const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (root.querySelectorAll('button[data-dalt="class"]'));
  return [...buttons].flatMap((button) => {
    const spec = specs.get(button.dataset.class ?? "");
    if (!spec || button.disabled) return [];
    const { name, key, colour } = spec;
    return [{ name, key: key.toUpperCase(), colour, stack: haystack(spec), run: () => button.click() }];
  });
}

/**
 * Those that have all the words, the likeliest meant first: whose name begins so, then what has a word
 * that begins so, then the rest, each in their order.
 * @param {string} query
 * @param {Entry[]} entries
 */
export function matching(query, entries) {
  const words = folded(query).split(/\s+/).filter(Boolean);
  if (!words.length) return entries;
  const whole = words.join(" ");
  /** @param {Entry} entry */
  const distance = ({ name, stack }) => {
    if (folded(name).startsWith(whole)) return 0;
    return stack.split(/[\s\n]+/).some((word) => word.startsWith(words[0])) ? 1 : 2;
  };
  return entries
    .filter(({ stack }) => words.every((word) => stack.includes(word)))
    .map((entry) => ({ entry, far: distance(entry) }))
    .sort((one, other) => one.far - other.far)
    .map(({ entry }) => entry);
}
