// How far the project is.

import { alone, el, put } from "../dom/dom.js";
import { curvePlot } from "./plots.js";
import { NOTHING } from "./words.js";

/** @import { Estimate, OwnerDesk, OwnerPhrase, OwnerProgress } from "../types.js" */

const MOST_CLASSES = 40; // bars; where there are more, the most frequent

export class ProgressSection {
  static section = "progress";
  /** @type {OwnerPhrase} */
  static title = "progress_title";
  static wide = true;

  #desk;
  #bar = el("div", "dalt-owner-bar", { "aria-hidden": "true" }, el("span", ""));
  #figures = el("dl", "dalt-figures");
  #curve = el("figure", "dalt-owner-curve");
  #classes = el("div", "dalt-owner-classes");
  #state = el("p", "dalt-owner-state", { dir: "auto" });
  node = el("div", "dalt-owner-progress", { "data-dalt": "owner-progress" });

  /** @param {OwnerDesk} desk */
  constructor(desk) {
    this.#desk = desk;
    this.node.append(
      el("div", "dalt-owner-standing", {}, this.#bar, this.#figures, this.#state),
      this.#curve,
      this.#classes,
    );
    desk.engine.hear("owner_progress", (progress) => this.#take(progress), desk.signal);
  }

  /** @param {OwnerProgress} progress */
  #take(progress) {
    const { n_samples: all, n_labelled: made } = progress;
    /** @type {HTMLElement} */ (this.#bar.firstElementChild).style.transform = `scaleX(${all ? made / all : 0})`;
    this.#paintFigures(progress);
    this.#paintState(progress);
    this.#paintCurve(progress);
    this.#paintClasses(progress);
  }

  /** @param {OwnerProgress} progress */
  #paintFigures(progress) {
    const { tell, number, percent } = this.#desk.words;
    const { n_samples: all, n_labelled: made, accuracy } = progress;
    this.#figures.replaceChildren(
      figure(
        "labelled",
        tell("labelled"),
        tell("made_of", { made: number(made), all: number(all) }),
        all ? percent(made / all) : "",
      ),
      figure(
        "accuracy",
        tell("suggestions_right"),
        accuracy ? percent(accuracy.value) : NOTHING,
        accuracy
          ? `${this.#interval(accuracy)}, ${this.#desk.words.count("of_drawn", accuracy.n)}`
          : tell("no_accuracy"),
      ),
      figure("left", tell("left"), number(progress.left), this.#pace(progress)),
      figure("skipped", tell("skips"), number(progress.n_skipped), ""),
      figure("gold", tell("gold"), number(progress.n_gold), ""),
      figure("adjudicated", tell("decided"), number(progress.n_adjudicated), ""),
    );
  }

  /** @param {Estimate} share */
  #interval({ low, high }) {
    const { percent } = this.#desk.words;
    return `${percent(low)}–${percent(high)}`;
  }

  /** @param {OwnerProgress} progress */
  #pace({ seconds_per_label: pace, left }) {
    const { tell, tenth, duration } = this.#desk.words;
    if (!pace) return tell("no_pace_yet");
    const [low, high] = [duration(pace.low * left), duration(pace.high * left)];
    const name = !left ? "pace_only" : low === high ? "pace_left_about" : "pace_left";
    return tell(name, { value: tenth(pace.value), low, high });
  }

  /** Only what somebody has to know of the training. */
  /** @param {OwnerProgress} progress */
  #paintState({ n_samples: all, trained, state, message }) {
    const { tell } = this.#desk.words;
    let said = "";
    if (!all) said = tell("no_samples");
    else if (state === "failed") said = tell("training_failed", { message });
    else if (state === "stopped") said = tell("training_stopped");
    else if (!trained) said = message || tell("not_trained");
    put(this.#state, said);
    this.#state.hidden = !said;
  }

  /** @param {OwnerProgress} progress */
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

  /** @param {OwnerProgress} progress */
  #paintClasses({ counts }) {
    const { words, setup } = this.#desk;
    const { tell, number, called } = words;
    const most = Math.max(1, ...counts.map(([, n]) => n));
    const shown =
      counts.length <= MOST_CLASSES ? counts : [...counts].sort(([, a], [, b]) => b - a).slice(0, MOST_CLASSES);
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
    this.#classes.replaceChildren(
      el(alone() ? "h3" : "h4", "dalt-owner-sub", {}, tell("by_class")),
      list,
      ...(more > 0 ? [el("p", "dalt-owner-empty", {}, words.count("more_classes", more))] : []),
    );
  }
}

/**
 * A figure with what it is and what one should know of it.
 * @param {string} name
 * @param {string} title
 * @param {string} value
 * @param {string} more
 */
function figure(name, title, value, more) {
  return el(
    "div",
    "dalt-figure",
    { "data-figure": name },
    el("dt", "", {}, title),
    el("dd", "dalt-figure-value", {}, value),
    ...(more ? [el("dd", "dalt-figure-more", {}, more)] : []),
  );
}
