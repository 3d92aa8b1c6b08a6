// The labelers' page: the sample on top, suggestions and classes below.
//
// The next sample is painted from what the engine holds, without asking the kernel.  Sample
// content and class names are only ever put in as text.  Elements stay in place and change
// their content, so that focus stays where it is; `data-dalt` marks the parts.

import { ActiveClock } from "../dom/clock.js";
import { button, closest, cover, el, find, hide, mark, put, typeOn, typingIn } from "../dom/dom.js";
import { speak } from "../i18n/text.js";
import { Keyboard } from "../keys/keyboard.js";
import { Drafts } from "../protocol/drafts.js";
import { farewell, putMessage } from "../samples/message.js";
import { buildSample } from "../samples/sample.js";
import { Layout, looksSame } from "./layout.js";
import { toggle } from "./several.js";
import { skeleton } from "./skeleton.js";

/** @import { Content, Engine, KeyDesk, Label, Sample, Suggestion, Task, Typing } from "../types.js" */
/** @import { Hands } from "./layout.js" */

export class View {
  /** @type {Sample | null} */
  shown = null; // the sample on screen

  /** @type {Engine} */
  #engine;
  /** @type {HTMLElement} */
  #root;
  /** @type {AbortSignal} */
  #signal;
  /** @type {Hands} */
  #hands;
  /** @type {Task | null} */
  #setup = null; // what the page is built from
  /** @type {Layout | null} */
  #layout = null;
  /** @type {WeakMap<Sample, Content>} */
  #nodes = new WeakMap(); // sample → what buildSample made
  /** @type {"single" | "verify" | null} */
  #painted = "single"; // the mode that the classes were painted for
  /** @type {Drafts} */
  #drafts;
  /** @type {ActiveClock | null} */
  #clock = null;
  /** @type {Sample | null} */
  #timed = null; // what the clock speaks of
  #scrolled = false; // whether the stage was
  #told = ""; // why there may be no suggestion: whether there is a model, and whether it is being checked
  /** @type {Typing | null} */
  #typing = null; // what was being typed when the page was built anew
  /** @type {Set<() => void>} */
  #later = new Set(); // what waits until nothing is being drawn

  // What stays when the page is built anew: where classes changed, the sample stays in sight.
  #auto = speak("auto"); // until the kernel has said what the page speaks
  #waiting = el("p", "dalt-waiting");
  #stage = el("section", "dalt-stage", { "data-dalt": "sample" });
  #message = el("div", "dalt-message", { role: "status" });
  #answered = el("p", "", { dir: "auto" });
  #keeps = el("div", "dalt-answered", { role: "status", "data-dalt": "answered", hidden: "" });

  /**
   * @param {Engine} engine
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  constructor(engine, root, signal) {
    this.#engine = engine;
    this.#root = root;
    this.#signal = signal;
    this.#hands = this.#handed();
    put(this.#waiting, this.#auto.say("waiting"));
    root.append(skeleton(this.#waiting));
    // A click anywhere puts the focus on the page and leaves it there: buttons do not take it.
    root.addEventListener("mousedown", (event) => this.#takeFocus(event), { signal });
    document.addEventListener("click", ({ target }) => this.#layout?.head.menu.clicked(target), { signal });
    // Known without asking: the question alone makes the browser lay the page out.
    const scrolled = () => {
      this.#scrolled = true;
    };
    this.#stage.addEventListener("scroll", scrolled, { signal });
    this.#drafts = new Drafts(() => this.shown, signal);
    new Keyboard(root, this.#keyDesk(), signal);
    engine.addEventListener("change", () => this.paint(), { signal });
    engine.addEventListener("notice", ({ detail }) => this.#still(() => this.#layout?.head.show(detail)), { signal });
    engine.addEventListener(
      "kernel:class_refused",
      ({ detail }) => this.#layout?.classes.refuse(detail.message.message),
      { signal },
    );
    engine.addEventListener("settled", ({ detail }) => this.#layout?.head.settled(detail), { signal });
    engine.views.add(this);
    signal.addEventListener("abort", () => {
      engine.views.delete(this);
      this.#layout?.close();
    });
    this.paint();
  }

  // --- building

  /** What is built; before it is, nothing can be answered. */
  get #built() {
    return /** @type {Layout} */ (this.#layout);
  }

  /** @returns {Hands} */
  #handed() {
    return {
      engine: this.#engine,
      root: this.#root,
      choose: (index) => this.#choose(index),
      chooseRank: (rank) => this.#chooseRank(rank),
      accept: () => this.#accept(),
      take: (all) => this.#take(all),
      undo: () => this.#undo(),
      redo: () => this.#redo(),
      switchMode: () => this.#switch(),
      help: (open) => this.#help(open),
      paint: () => this.paint(),
      repaint: () => this.#paintSuggestion(this.shown?.suggestion ?? null, this.shown),
      released: () => this.#released(),
      current: () => (this.#verifies ? this.#built.verify.current : this.shown) ?? null,
      rebuild: () => {
        this.#build(this.#built.setup);
        this.#painted = null; // anew, in whatever mode
        this.#nodes = new WeakMap();
        this.shown = null;
        this.paint();
      },
    };
  }

  /** @param {Task} setup */
  #build(setup) {
    this.#setup = setup;
    this.#typing = typingIn(this.#root);
    const former = this.#layout;
    // Looked at while it still stands: what is taken away has no focus.
    const reading = former?.helping; // keys are changed in it
    const searched = former?.classes.searched;
    const layout = new Layout(setup, this.#hands, former);
    this.#layout = layout;
    this.#speakStage();
    this.#root.replaceChildren(...layout.arrange(this.#keeps, this.#stage));
    if (reading) this.#help(true);
    layout.classes.resume(searched);
    this.#clock ??= new ActiveClock(this.#stage, this.#root, this.#signal);
  }

  /** What stays may speak another language now. */
  #speakStage() {
    const { say } = this.#built.words;
    mark(this.#stage, "aria-label", say("sample"));
    delete this.#message.dataset.says;
    this.#keeps.replaceChildren(
      this.#answered,
      button("dalt-quiet", "keep", () => this.#keep(), say("keep"), el("kbd", "", {}, "Esc")),
    );
  }

  // --- painting

  paint() {
    this.#still(this.#paintNow);
  }

  /**
   * Now, or once nothing is being drawn: what is under the pointer must not move.
   * @param {() => void} does
   */
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
    const met = told !== this.#told; // what is said of suggestions changes
    this.#told = told;
    if (this.#verifies) this.#paintPage();
    // What is painted behind a page waits there for the return to single mode.
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

  /** Where the page was built anew under somebody's hands, keys must not become answers. */
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

  /** The grid; the classes below it are those of the sample that has the focus there. */
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

  /**
   * @param {Sample} sample
   * @returns {Content}
   */
  #nodeOf(sample) {
    let made = this.#nodes.get(sample);
    if (!made) {
      made = buildSample(sample, this.#built.words, () => this.paint());
      this.#nodes.set(sample, made);
    }
    return made;
  }

  /** @param {Sample | null} sample */
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
      // Where the page was built anew around it, its time goes on.
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

  /**
   * Put a sample into the stage; where parts are marked, into what marks them, also a new one.
   * @param {Sample} sample
   * @param {boolean} changed
   */
  #putSample(sample, changed) {
    const stage = this.#stage;
    const { spans } = this.#built;
    const { node } = this.#nodeOf(sample);
    spans?.show(sample, node);
    if (spans?.sample !== sample) {
      if (changed) stage.replaceChildren(node);
    } else if (!stage.contains(spans.node)) stage.replaceChildren(spans.node);
  }

  /**
   * Of a sample that is open again: what it was answered as.
   * @param {{ label: Label | null } | null} answered
   */
  #paintAnswered(answered) {
    hide(this.#keeps, answered === null);
    mark(/** @type {HTMLElement} */ (this.#keeps.parentElement), "data-answered", answered === null ? null : "");
    if (answered === null) return;
    const { say, answer } = this.#built.words;
    put(
      this.#answered,
      answered.label === null ? say("answered_skipped") : say("answered_as", { name: answer(answered.label) }),
    );
    mark(this.#answered, "title", this.#answered.textContent); // it may be cut off
  }

  /**
   * @param {Suggestion | null} suggestion
   * @param {Sample | null} sample
   */
  #paintSuggestion(suggestion, sample) {
    const { strip, classes, foot, spans } = this.#built;
    mark(this.#root, "data-snapshot", suggestion?.snapshot ?? "");
    if (spans) suggestion = spans.ranked;
    // What nobody can see is not answered blindly: it can only be skipped.
    const seen = sample?.trouble ? null : sample;
    if (sample && !seen) suggestion = null;
    const plain = seen?.suggestion.condition === "order"; // in order above, and not emphasised
    classes.paint(plain ? null : suggestion, seen, spans ? spans.active : null);
    strip.paint(suggestion, seen, sample !== seen, this.#engine.standing);
    foot.skip.disabled = !sample;
  }

  // --- answering

  /** @param {number | null} index */
  #choose(index) {
    const { covered, setup, spans, verify } = this.#built;
    if (covered) return;
    const label = index === null ? null : setup.classes[index].name;
    if (this.#verifies) {
      if (verify.say(label)) this.#flash(index);
      return;
    }
    if (!this.shown || (this.shown.trouble && index !== null)) return;
    this.#flash(index);
    if (spans && index !== null) spans.choose(index);
    else if (setup.multi_label && index !== null) {
      toggle(this.shown, setup.classes, index);
      this.#paintSuggestion(this.shown.suggestion, this.shown);
    } else this.#answer(label);
  }

  /** @param {Label | null} label */
  #answer(label) {
    const look = this.#clock?.read();
    if (!this.shown || !look) return;
    const { head, spans } = this.#built;
    head.settled(null);
    const proposed = label === null || !spans ? [] : spans.proposed;
    this.#engine.answer(this.shown, label, look, proposed);
  }

  /** Enter: the first suggestion, or all that is set. */
  #accept() {
    const { covered, setup, spans, strip } = this.#built;
    if (spans) {
      if (spans.sample && !covered && spans.settled) this.#answer(spans.answer);
    } else if (!setup.multi_label) this.#acceptFirst();
    else if (this.shown && !this.shown.trouble && !covered) strip.submit?.(this.shown, (set) => this.#answer(set));
  }

  /** The first suggestion; where chance decided that there is none to take, people choose. */
  #acceptFirst() {
    const { covered, strip } = this.#built;
    const condition = this.#verifies || covered ? null : this.shown?.suggestion.condition;
    if (this.shown?.trouble || (condition !== "none" && condition !== "emphasis")) this.#chooseRank(0);
    else strip.urge?.();
  }

  /**
   * The next proposal that is outlined, or all of them, count from now on.
   * @param {boolean} all
   */
  #take(all) {
    const { covered, spans } = this.#built;
    if (spans?.sample && !covered) spans.take(all);
  }

  /** @param {number} rank */
  #chooseRank(rank) {
    const index = this.shown?.suggestion.classes[rank];
    if (index !== undefined) this.#choose(index);
  }

  /** Leave the answer of a sample that was opened again as it is. */
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
    verify.measure(); // before the first page is asked for
    this.#engine.setMode(this.#verifies ? "single" : "verify");
    this.#root.focus({ preventScroll: true });
  }

  /**
   * Light the chosen class up for a moment: the hand sees what it did.
   * @param {number | null} index
   */
  #flash(index) {
    const { foot, classes } = this.#built;
    const lit = index === null ? foot.skip : classes.at(index);
    lit.classList.remove("dalt-flash");
    // Behind the frame that shows the next sample, which it would make later.
    requestAnimationFrame(() => setTimeout(() => lit.classList.add("dalt-flash")));
    setTimeout(() => lit.classList.remove("dalt-flash"), 350);
  }

  /** @param {boolean} open */
  #help(open) {
    const { node } = this.#built.help;
    node.hidden = !open;
    cover(this.#root, open, node);
    if (open) find(node, '[data-dalt="close"]')?.focus({ preventScroll: true });
    else this.#root.focus({ preventScroll: true });
  }

  // --- focus and keys

  /** @param {MouseEvent} event */
  #takeFocus(event) {
    if (closest(event.target, "input, textarea, select")) return;
    if (this.#layout?.verify.takesFocus(event.target)) return;
    if (closest(event.target, "button")) event.preventDefault();
    // Within what covers the page the focus stays where it is.
    const inside = this.#layout?.covered && this.#root.contains(document.activeElement);
    if (!inside) this.#root.focus({ preventScroll: true });
  }

  /**
   * What keys act on; it changes each time the page is built.
   * @returns {KeyDesk}
   */
  #keyDesk() {
    const view = this;
    return {
      get built() {
        return view.#layout !== null;
      },
      get keys() {
        return view.#built.keys;
      },
      get addons() {
        return view.#built.addons;
      },
      get menu() {
        return view.#layout?.head.menu ?? null;
      },
      get covered() {
        return view.#built.covered;
      },
      get helping() {
        return view.#built.helping;
      },
      get verify() {
        return view.#verifies ? view.#built.verify : null;
      },
      get spans() {
        return view.#built.spans;
      },
      get shown() {
        return view.shown;
      },
      get stage() {
        return view.#stage;
      },
      help: (open = !view.#built.helping) => view.#help(open),
      search: () => view.#built.classes.search(),
      choose: (index) => view.#choose(index),
      accept: () => view.#accept(),
      take: (all) => view.#take(all),
      keep: () => view.#keep(),
      undo: () => view.#undo(),
      redo: () => view.#redo(),
      switchMode: () => view.#switch(),
    };
  }
}
