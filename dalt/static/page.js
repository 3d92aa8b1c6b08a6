// The labelers' page as an anywidget view: the sample on top, suggestions and classes below.
//
// The next sample is painted from what the engine holds, without asking the kernel.  Sample
// content and class names are only ever put in as text.  Elements stay in place and change
// their content, so that focus stays where it is; `data-dalt` marks the parts.

import { ADDONS } from "./addons/addons.js";
import { ActiveClock } from "./dom/clock.js";
import { alone, button, controls, el, followTheme, hide, mark, put, typeOn, typingIn } from "./dom/dom.js";
import { speak } from "./i18n/text.js";
import { Keyboard } from "./keys/keyboard.js";
import { KeyTable } from "./keys/keys.js";
import { RegionStage, SHAPE_OF } from "./marks/regions.js";
import { SpanStage, SpanStrip } from "./marks/spans.js";
import { Engine } from "./protocol/engine.js";
import { putMessage } from "./samples/message.js";
import { buildSample } from "./samples/sample.js";
import { ClassList } from "./views/classes.js";
import { Foot } from "./views/foot.js";
import { Head } from "./views/head.js";
import { Help } from "./views/help.js";
import { answerOf, SubmitStrip, toggle } from "./views/several.js";
import { Strip } from "./views/strip.js";
import { VerifyView } from "./views/verify.js";

class View {
  shown = null; // the sample on screen

  #engine;
  #root;
  #signal;
  #words = speak("auto");
  #setup = null; // what the page is built from
  #parts = {};
  #keys = null; // what each key means
  #nodes = new WeakMap(); // sample → what buildSample made
  #painted = "single"; // the mode that the classes were painted for
  #clock = null;
  #shownAt = new Date();
  #scrolled = false; // whether the stage was
  #head = null;
  #verify = null; // the grid of verify mode
  #addons = [];
  #typing = null; // what was being typed when the page was built anew
  #spans = null; // what marks spans or regions, where the task is that
  #spanning = null; // ends it
  #later = new Set(); // what waits until nothing is being drawn

  constructor(engine, root, signal) {
    this.#engine = engine;
    this.#root = root;
    this.#signal = signal;
    root.append(this.#skeleton());
    // A click anywhere puts the focus on the page and leaves it there: buttons do not take it.
    root.addEventListener("mousedown", (event) => this.#takeFocus(event), { signal });
    document.addEventListener("click", ({ target }) => this.#head?.menu.clicked(target), { signal });
    new Keyboard(root, this.#keyDesk(), signal);
    engine.addEventListener("change", () => this.paint(), { signal });
    engine.addEventListener("notice", ({ detail }) => this.#still(() => this.#head?.show(detail)), { signal });
    engine.addEventListener(
      "kernel:class_refused",
      ({ detail }) => this.#parts.classes.refuse(detail.message.message),
      { signal },
    );
    engine.addEventListener("settled", ({ detail }) => this.#head?.settled(detail), { signal });
    engine.views.add(this);
    signal.addEventListener("abort", () => {
      engine.views.delete(this);
      this.#verify?.close();
      this.#parts.helper?.close();
      for (const addon of this.#addons) addon.close?.();
    });
    this.paint();
  }

  // --- building

  #skeleton() {
    const bone = (name) => el("div", `dalt-bone ${name}`);
    this.#parts.waiting = el("p", "dalt-waiting", {}, this.#words.say("waiting"));
    return el(
      "div",
      "dalt-skeleton",
      { role: "status" },
      this.#parts.waiting,
      bone("dalt-bone-sample"),
      bone("dalt-bone-strip"),
      bone("dalt-bone-classes"),
    );
  }

  #build(setup) {
    this.#setup = setup;
    this.#typing = typingIn(this.#root);
    this.#words = speak(setup.language, setup.classes);
    this.#keys = new KeyTable(setup, this.#words);
    this.#root.lang = this.#words.locale;
    mark(this.#root, "data-marks", setup.task in SHAPE_OF ? "regions" : null);
    this.#root.setAttribute("aria-label", `${this.#words.say("page")}: ${setup.title}`);
    if (alone()) document.title = setup.title;
    const [parts, words] = [this.#parts, this.#words];
    this.#spans = null;
    if (setup.task !== "classes") this.#buildSpans(setup);
    const reading = parts.help && !parts.help.hidden; // keys are changed in it
    parts.helper?.close();
    parts.helper = new Help(setup, words, this.#keys, this.#engine, () => this.#help(false));
    parts.help = parts.helper.node;
    const searched = parts.classes?.searched;
    parts.strip = this.#spans
      ? new SpanStrip(
          words,
          this.#keys,
          { submit: () => this.#accept(), take: (all) => this.#take(all) },
          this.#spans,
          setup.task === "spans" ? "span" : "region",
        )
      : setup.multi_label
        ? new SubmitStrip(setup, words, this.#keys, () => this.#accept())
        : new Strip(setup, words, this.#keys, (rank) => this.#chooseRank(rank));
    parts.classes = new ClassList(setup, words, this.#keys, {
      choose: (index) => this.#choose(index),
      leave: () => this.#root.focus({ preventScroll: true }),
      add: (name) => this.#engine.ask({ type: "add_class", name }),
    });
    parts.foot = new Foot(words, this.#keys, {
      undo: () => this.#undo(),
      redo: () => this.#redo(),
      skip: () => this.#choose(null),
    });
    this.#buildAddons(setup);
    const of = (name) => this.#addons.flatMap((addon) => addon[name] ?? []);
    this.#head = new Head(
      setup,
      words,
      this.#keys,
      { help: () => this.#help(true), mode: () => this.#switch() },
      of("button"),
      of("aside"),
    );
    this.#verify?.close();
    this.#verify = new VerifyView(this.#engine, this.#root, this.#words, () => this.paint());
    const stage = this.#buildStage();
    this.#root.replaceChildren(
      this.#head.node,
      this.#head.alerts,
      this.#parts.keep,
      ...of("tools"),
      stage,
      this.#verify.node,
      parts.strip.node,
      parts.classes.node,
      parts.foot.node,
      ...of("node"),
      parts.help,
    );
    if (reading) this.#help(true);
    parts.classes.resume(searched);
    this.#clock ??= new ActiveClock(this.#parts.stage, this.#signal);
  }

  #buildSpans(setup) {
    this.#spanning?.abort();
    this.#spanning = new AbortController();
    const repaint = () => this.#paintSuggestion(this.shown?.suggestion ?? null, this.shown);
    const released = () => this.#released();
    const desk = { engine: this.#engine, words: this.#words, setup, repaint, released, keys: this.#keys };
    const Stage = setup.task in SHAPE_OF ? RegionStage : SpanStage;
    this.#spans = new Stage(desk, this.#spanning.signal);
  }

  #buildAddons(setup) {
    for (const addon of this.#addons) addon.close?.();
    const desk = {
      engine: this.#engine,
      root: this.#root,
      words: this.#words,
      setup,
      repaint: () => this.paint(),
      keys: this.#keys,
      current: () => (this.#verifies ? this.#verify.current : this.shown) ?? null,
      taken: (letter) => this.#keys.classOf(letter) !== undefined,
      rebuild: () => {
        this.#build(setup);
        this.#painted = null; // anew, in whatever mode
        this.#nodes = new WeakMap();
        this.shown = null;
        this.paint();
      },
    };
    this.#addons = ADDONS.map((Addon) => new Addon(desk));
    for (const { button, node } of this.#addons) if (button && node) controls(button, node);
  }

  /** Whether something covers the page: no answer is given then. */
  get #covered() {
    return !this.#parts.help.hidden || this.#addons.some((addon) => addon.open);
  }

  #buildStage() {
    const parts = this.#parts;
    // Where classes changed, the sample stays in sight, and the clock goes on looking at it.
    if (parts.stage) return this.#speakStage();
    parts.stage = el("section", "dalt-stage", { "data-dalt": "sample" });
    // Known without asking: the question alone makes the browser lay the page out.
    parts.stage.addEventListener(
      "scroll",
      () => {
        this.#scrolled = true;
      },
      { signal: this.#signal },
    );
    parts.message = el("div", "dalt-message", { role: "status" });
    parts.answered = el("p", "", { dir: "auto" });
    parts.keep = el("div", "dalt-answered", { role: "status", "data-dalt": "answered", hidden: "" });
    return this.#speakStage();
  }

  /** What stays when the page is built anew may speak another language then. */
  #speakStage() {
    const { stage, message, answered, keep } = this.#parts;
    const { say } = this.#words;
    mark(stage, "aria-label", say("sample"));
    delete message.dataset.says;
    keep.replaceChildren(
      answered,
      button("dalt-quiet", "keep", () => this.#keep(), say("keep"), el("kbd", "", {}, "Esc")),
    );
    return stage;
  }

  // --- painting

  paint() {
    this.#still(this.#paintNow);
  }

  /** Now, or once nothing is being drawn: what is under the pointer must not move. */
  #still(does) {
    if (this.#spans?.drawing) this.#later.add(does);
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
      // A repeated setup (the page was found again) usually says what is built already.
      const told = (setup) =>
        JSON.stringify(
          setup && [setup.classes, setup.guideline, setup.keys, setup.new_classes, setup.remap_keys, setup.language],
        );
      const same = told(engine.setup) === told(this.#setup);
      if (!same) this.#build(engine.setup);
      built = !same;
      this.#setup = engine.setup;
    }
    for (const sample of engine.queue) this.#nodeOf(sample);
    const first = engine.queue[0] ?? null;
    const ready = first && this.#nodeOf(first).ready ? first : null;
    mark(this.#root, "data-mode", engine.mode);
    if (this.#verifies) this.#paintPage();
    // What is painted behind a page waits there for the return to single mode.
    else if (this.#setup && (built || ready !== this.shown || !ready || this.#painted !== "single")) {
      this.#painted = "single";
      this.#verify.rest();
      this.#paintSample(ready);
    }
    mark(this.#root, "data-state", this.#state());
    mark(this.#root, "data-acknowledged", engine.acknowledged);
    if (this.#setup) {
      this.#head.paint(engine);
      this.#parts.foot.paint(engine);
      for (const addon of this.#addons) addon.paint?.();
      if (built) this.#typeOn();
    } else put(this.#parts.waiting, engine.offline ? this.#farewell() : this.#words.say("waiting"));
  };

  /** Where the page was built anew under somebody's hands, keys must not become answers. */
  #typeOn() {
    const typing = this.#typing;
    this.#typing = null;
    if (!typing?.field) return;
    for (const addon of this.#addons) addon.expect?.(typing.field);
    typeOn(this.#root, typing);
  }

  #farewell() {
    const { say } = this.#words;
    return `${say("offline")} ${say(alone() ? "offline_reload" : "offline_lab")}`;
  }

  get #verifies() {
    return this.#setup !== null && this.#engine.mode === "verify";
  }

  /** The grid; the classes below it are those of the sample that has the focus there. */
  #paintPage() {
    this.#verify.paint();
    this.#painted = "verify";
    this.#paintSuggestion(this.#verify.current?.suggestion ?? null, this.#verify.current);
  }

  #state() {
    const engine = this.#engine;
    if (engine.offline) return "offline";
    if (this.#verifies) return this.#verify.state;
    if (this.shown) return "ready";
    if (!this.#setup || engine.queue.length) return "waiting";
    if (engine.done) return engine.waiting ? "waiting" : "done";
    return engine.nothing ? "empty" : "waiting";
  }

  #nodeOf(sample) {
    let made = this.#nodes.get(sample);
    if (!made) {
      made = buildSample(sample, this.#words, () => this.paint());
      this.#nodes.set(sample, made);
    }
    return made;
  }

  #paintSample(sample) {
    const { stage, message } = this.#parts;
    const changed = sample !== this.shown;
    this.shown = sample;
    mark(stage, "data-sample-id", sample ? sample.id : null);
    if (sample) this.#putSample(sample, changed);
    if (sample && changed) {
      if (this.#scrolled) stage.scrollTop = 0;
      this.#scrolled = false;
      this.#clock.restart();
      this.#shownAt = new Date();
      // The frame that holds the sample is on screen when the next one begins.
      requestAnimationFrame(() => {
        if (this.shown === sample) this.#shownAt = new Date();
      });
    } else if (!sample) {
      const state = this.#state();
      const name = ["done", "empty"].includes(state) ? state : "waiting";
      if (changed || !message.isConnected) stage.replaceChildren(message);
      putMessage(message, name, this.#words, this.#engine);
    }
    stage.classList.toggle("dalt-stage-empty", !sample);
    this.#paintAnswered(sample?.answered ?? null);
    this.#paintSuggestion(sample?.suggestion ?? null, sample);
  }

  /** Put a sample into the stage; where parts are marked, into what marks them, also a new one. */
  #putSample(sample, changed) {
    const { stage } = this.#parts;
    this.#spans?.show(sample, this.#nodeOf(sample).node);
    const marked = this.#spans?.sample === sample;
    if (marked && !stage.contains(this.#spans.node)) stage.replaceChildren(this.#spans.node);
    else if (!marked && changed) stage.replaceChildren(this.#nodeOf(sample).node);
  }

  /** Of a sample that is open again: what it was answered as. */
  #paintAnswered(answered) {
    const { keep, answered: line } = this.#parts;
    hide(keep, answered === null);
    if (answered === null) return;
    const { say, answer } = this.#words;
    put(line, answered.label === null ? say("answered_skipped") : say("answered_as", { name: answer(answered.label) }));
  }

  #paintSuggestion(suggestion, sample) {
    const { strip, classes, foot } = this.#parts;
    mark(this.#root, "data-snapshot", suggestion?.snapshot ?? "");
    if (this.#spans) suggestion = this.#spans.ranked;
    // What nobody can see is not answered blindly: it can only be skipped.
    const seen = sample?.trouble ? null : sample;
    if (sample && !seen) suggestion = null;
    classes.paint(suggestion, seen, this.#spans ? this.#spans.active : null);
    const { state, message } = this.#engine.standing ?? {};
    strip.paint(suggestion, seen, sample !== seen, state === "waiting" && Boolean(message));
    foot.skip.disabled = !sample;
  }

  // --- answering

  #choose(index) {
    if (this.#covered) return;
    const label = index === null ? null : this.#setup.classes[index].name;
    if (this.#verifies) {
      if (this.#verify.say(label)) this.#flash(index);
      return;
    }
    if (!this.shown || (this.shown.trouble && index !== null)) return;
    this.#flash(index);
    if (this.#spans && index !== null) this.#spans.choose(index);
    else if (this.#setup.multi_label && index !== null) {
      toggle(this.shown, this.#setup.classes, index);
      this.#paintSuggestion(this.shown.suggestion, this.shown);
    } else this.#answer(label);
  }

  #answer(label) {
    this.#head.settled(null);
    this.#engine.answer(
      this.shown,
      label,
      this.#shownAt,
      this.#clock.read(),
      label === null || !this.#spans ? [] : this.#spans.proposed,
    );
  }

  /** Enter: the first suggestion, or all that is set. */
  #accept() {
    if (this.#spans) {
      if (this.#spans.sample && !this.#covered && this.#spans.settled) this.#answer(this.#spans.answer);
    } else if (!this.#setup.multi_label) this.#chooseRank(0);
    else if (this.shown && !this.shown.trouble && !this.#covered)
      this.#answer(answerOf(this.shown, this.#setup.classes));
  }

  /** The next proposal that is outlined, or all of them, count from now on. */
  #take(all) {
    if (this.#spans?.sample && !this.#covered) this.#spans.take(all);
  }

  #chooseRank(rank) {
    const index = this.shown?.suggestion.classes[rank];
    if (index !== undefined) this.#choose(index);
  }

  /** Leave the answer of a sample that was opened again as it is. */
  #keep() {
    if (this.shown?.answered && !this.#verifies && !this.#covered) this.#engine.keep(this.shown);
  }

  #redo() {
    if (this.#setup && !this.#covered) this.#engine.redo();
  }

  #undo() {
    if (this.#setup && !this.#covered) this.#engine.undo();
  }

  #switch() {
    if (!this.#setup.pages || this.#covered) return;
    this.#verify.measure(); // before the first page is asked for
    this.#engine.setMode(this.#verifies ? "single" : "verify");
    this.#root.focus({ preventScroll: true });
  }

  /** Light the chosen class up for a moment: the hand sees what it did. */
  #flash(index) {
    const lit = index === null ? this.#parts.foot.skip : this.#parts.classes.at(index);
    lit.classList.remove("dalt-flash");
    // Behind the frame that shows the next sample, which it would make later.
    requestAnimationFrame(() => setTimeout(() => lit.classList.add("dalt-flash")));
    setTimeout(() => lit.classList.remove("dalt-flash"), 350);
  }

  #help(open) {
    const { help } = this.#parts;
    help.hidden = !open;
    // What lies behind is out of reach, also for Tab and screen readers.
    for (const part of this.#root.children) part.inert = open && part !== help;
    if (open) help.querySelector('[data-dalt="close"]').focus({ preventScroll: true });
    else this.#root.focus({ preventScroll: true });
  }

  // --- focus and keys

  #takeFocus(event) {
    if (event.target.closest("input, textarea, select")) return;
    if (this.#verify?.takesFocus(event.target)) return;
    if (event.target.closest("button")) event.preventDefault();
    // Within what covers the page the focus stays where it is.
    const inside = this.#setup && this.#covered && this.#root.contains(document.activeElement);
    if (!inside) this.#root.focus({ preventScroll: true });
  }

  /** What keys act on; it changes each time the page is built. */
  #keyDesk() {
    const view = this;
    return {
      get built() {
        return view.#setup !== null;
      },
      get keys() {
        return view.#keys;
      },
      get addons() {
        return view.#addons;
      },
      get covered() {
        return view.#covered;
      },
      get helping() {
        return !view.#parts.help.hidden;
      },
      get verify() {
        return view.#verifies ? view.#verify : null;
      },
      get spans() {
        return view.#spans;
      },
      get shown() {
        return view.shown;
      },
      get stage() {
        return view.#parts.stage;
      },
      help: (open = view.#parts.help.hidden) => view.#help(open),
      search: () => view.#parts.classes.search(),
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

// --- the widget

function container(signal) {
  const root = el(alone() ? "main" : "section", "dalt", { "data-dalt": "page", tabindex: "0" });
  followTheme(root, signal);
  return root;
}

export default () => {
  let engine = null;
  return {
    initialize({ model, signal }) {
      if (!model.get("notice")) engine = new Engine(model, signal);
    },
    render({ model, el: place, signal }) {
      const root = container(signal);
      place.classList.add("dalt-place");
      place.append(root);
      if (engine === null) {
        mark(root, "data-state", "failed");
        root.append(
          el(
            "div",
            "dalt-message dalt-stop",
            { role: "alert" },
            el("p", "dalt-message-head", {}, model.get("heading")),
            el("p", "", { dir: "auto" }, model.get("notice")),
          ),
        );
        return;
      }
      new View(engine, root, signal);
      engine.start();
    },
  };
};
