// What is marked in one sample: a list, of which one may be meant.
//
// A mark has {id, label, proposed, chosen, ranked}: `proposed` came from the model and was not
// touched, `chosen` says that the person named its class, `ranked` is what it is likely to be.

const SURE = 0.5;

let numbers = 0;

export class MarkList {
  all = [];
  current = null; // the id of the one that is meant

  /** A number that no other mark on this page has. */
  get nextId() {
    return ++numbers;
  }

  get meant() {
    return this.all.find(({ id }) => id === this.current) ?? null;
  }

  /** Follow classes into a new list; `present` gives a former name's present one. */
  rename(present) {
    for (const each of this.all) each.label = present(each.label) ?? each.label;
  }

  relabel(label) {
    const { meant } = this;
    if (meant) Object.assign(meant, { label, proposed: false, chosen: true });
  }

  remove(id = this.current) {
    const at = this.all.findIndex((each) => each.id === id);
    if (at < 0) return;
    this.all.splice(at, 1);
    this.current = (this.all[at] ?? this.all[at - 1])?.id ?? null;
  }

  /** The next or former one becomes the one that is meant. */
  step(by) {
    if (!this.all.length) return;
    const at = this.all.findIndex(({ id }) => id === this.current);
    const to = at < 0 ? (by > 0 ? 0 : this.all.length - 1) : at + by;
    this.current = this.all[(to + this.all.length) % this.all.length].id;
  }

  /**
   * The kernel says what one is likely to be: a new one is that, unless the person said more.
   * Tells whether it was one of these.
   */
  rank(id, classes, ranked) {
    const mark = this.all.find((each) => each.id === id);
    if (!mark) return false;
    mark.ranked = ranked;
    const [best] = ranked.classes;
    const settled = mark.chosen || mark.proposed;
    if (!settled && best !== undefined && ranked.probabilities[0] >= SURE) {
      mark.label = classes[best].name;
    }
    return true;
  }
}
