// The widgets of a kernel as anywidget's scripts know them: state, custom messages, changes.

/** @import { Buffers } from "../types.js" */
/** @import { Connection } from "./connection.js" */
/** @import { Heard } from "./wire.js" */

const MODULE = "_model_module"; // in every whole state
const ASK_AGAIN = 3_000; // ms until a kernel is asked again for a state
const MOST_ASKED = 10; // times, while it can be reached

/** @typedef {Record<string, any>} State */
/** @typedef {(...said: any[]) => void} Handler */

export class WidgetModel {
  /** @type {State} */
  #state;
  /** @type {Map<string, Set<Handler>>} */
  #handlers = new Map();
  /** @type {Set<string>} */
  #changed = new Set(); // names to be saved
  /** @type {(data: object, buffers?: (ArrayBufferView | ArrayBuffer)[]) => void} */
  #say;

  /**
   * @param {State} state
   * @param {(data: object, buffers?: (ArrayBufferView | ArrayBuffer)[]) => void} say
   */
  constructor(state, say) {
    this.#state = state;
    this.#say = say;
  }

  /** @param {string} name */
  get(name) {
    return this.#state[name];
  }

  /**
   * @param {string | State} name
   * @param {unknown} [value]
   */
  set(name, value) {
    const given = typeof name === "string" ? { [name]: value } : name;
    for (const each of Object.keys(given)) this.#changed.add(each);
    this.#take(given);
  }

  save_changes() {
    if (!this.#changed.size) return;
    const state = Object.fromEntries([...this.#changed].map((name) => [name, this.#state[name]]));
    this.#changed.clear();
    this.#say({ method: "update", state, buffer_paths: [] });
  }

  /**
   * @param {object} content
   * @param {unknown} [_callbacks]
   * @param {(ArrayBufferView | ArrayBuffer)[]} [buffers]
   */
  send(content, _callbacks, buffers) {
    this.#say({ method: "custom", content }, buffers);
  }

  /**
   * @param {string} names
   * @param {Handler} handler
   */
  on(names, handler) {
    for (const name of names.split(" ")) {
      if (!this.#handlers.has(name)) this.#handlers.set(name, new Set());
      this.#handlers.get(name)?.add(handler);
    }
  }

  /**
   * @param {string | null} [names]
   * @param {Handler | null} [handler]
   */
  off(names, handler) {
    for (const name of names?.split(" ") ?? this.#handlers.keys()) {
      if (handler) this.#handlers.get(name)?.delete(handler);
      else this.#handlers.delete(name);
    }
  }

  /**
   * @param {string} name
   * @param {...unknown} said
   */
  trigger(name, ...said) {
    for (const handler of [...(this.#handlers.get(name) ?? [])]) handler(...said);
  }

  /**
   * What the kernel says to this widget.
   * @param {State} data
   * @param {Buffers} buffers
   */
  hear(data, buffers) {
    if (data.method === "custom") this.trigger("msg:custom", data.content, buffers);
    else if (data.method === "update") this.#take(whole(data.state, data.buffer_paths ?? [], buffers));
  }

  /** @param {State} given */
  #take(given) {
    const names = Object.keys(given).filter((name) => this.#state[name] !== given[name]);
    Object.assign(this.#state, given);
    for (const name of names) this.trigger(`change:${name}`, this, given[name]);
    if (names.length) this.trigger("change", this);
  }
}

export class Models {
  closed = (/** @type {string} */ _id) => {}; // called when the kernel has closed a widget

  /** @type {Connection} */
  #connection;
  /** @type {Map<string, WidgetModel>} */
  #models = new Map();
  /** @type {Map<string, (state: State | null) => void>} */
  #asked = new Map(); // who waits for the state of a widget

  /** @param {Connection} connection */
  constructor(connection) {
    this.#connection = connection;
    connection.hears = (heard) => this.#hear(heard);
    connection.back = () => {
      for (const id of this.#asked.keys()) this.#askFor(id);
      for (const model of this.#models.values()) model.trigger("comm_live_update");
    };
  }

  /**
   * The states of DALT's own widgets, by their ids; null where one of them is of somebody else.
   * @param {string[]} ids
   * @returns {Promise<Map<string, State> | null>}
   */
  async states(ids) {
    /** @type {Map<string, State>} */
    const said = new Map();
    const each = [...new Set(ids)].map(async (id) => {
      const state = await this.#state(id);
      if (state) said.set(id, state);
    });
    await Promise.all(each);
    return each.length === said.size && [...said.values()].every(own) ? said : null;
  }

  /**
   * @param {string} id
   * @param {State} state
   */
  model(id, state) {
    const made = this.#models.get(id) ?? new WidgetModel(state, (data, buffers) => this.#say(id, data, buffers));
    this.#models.set(id, made);
    return made;
  }

  /**
   * What the kernel says of a widget when it is asked; null if it is asked in vain.
   * @param {string} id
   * @returns {Promise<State | null>}
   */
  #state(id) {
    return new Promise((resolve) => {
      let asked = 1;
      const again = setInterval(() => {
        if (!this.#connection.up) return; // it is asked when that is up again
        if (++asked > MOST_ASKED) this.#asked.get(id)?.(null);
        else this.#askFor(id);
      }, ASK_AGAIN);
      this.#asked.set(id, (state) => {
        clearInterval(again);
        this.#asked.delete(id);
        resolve(state);
      });
      this.#askFor(id);
    });
  }

  /** @param {string} id */
  #askFor(id) {
    this.#say(id, { method: "request_state" });
  }

  /**
   * @param {string} id
   * @param {object} data
   * @param {(ArrayBufferView | ArrayBuffer)[]} [buffers]
   */
  #say(id, data, buffers) {
    this.#connection.send("comm_msg", { comm_id: id, data }, buffers);
  }

  /** @param {Heard} heard */
  #hear({ header, content, buffers }) {
    const { comm_id: id, data } = content;
    if (header.msg_type === "comm_close") {
      this.#asked.get(id)?.(null);
      this.#models.delete(id);
      this.closed(id);
      return;
    }
    const asked = this.#asked.get(id);
    if (asked && data.method === "update" && MODULE in data.state) {
      const state = whole(data.state, data.buffer_paths ?? [], buffers);
      this.model(id, state); // it hears what is said of it from now on
      asked(state);
      return;
    }
    this.#models.get(id)?.hear(data, buffers);
  }
}

/**
 * Whether a widget is one of DALT's: of others it is not known what they need of a front end.
 * @param {State} state
 */
function own({ [MODULE]: module, _anywidget_id: id }) {
  return module === "anywidget" && typeof id === "string" && id.startsWith("dalt.");
}

/**
 * A state with its buffers in their places.
 * @param {State} state
 * @param {(string | number)[][]} paths
 * @param {Buffers} buffers
 */
function whole(state, paths, buffers) {
  paths.forEach((path, at) => {
    /** @type {any} */
    let place = state;
    for (const step of path.slice(0, -1)) place = place[step];
    place[path[path.length - 1]] = buffers[at];
  });
  return state;
}
