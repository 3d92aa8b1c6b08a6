// Suggestions name classes by their places in the list: they follow into a new list.

/** @import { ClassSpec, Page, Sample } from "../types.js" */

/**
 * Change samples and pages that are at hand from the classes of before to those of now.
 * @param {Pick<ClassSpec, "name">[]} former
 * @param {Pick<ClassSpec, "name" | "formerly">[]} classes
 * @param {Sample[]} samples
 * @param {Page[]} pages
 */
export function renumber(former, classes, samples, pages) {
  const places = former.map(({ name }) =>
    classes.findIndex((each) => each.name === name || each.formerly.includes(name)),
  );
  /** @param {string} name */
  const present = (name) => classes[places[former.findIndex((each) => each.name === name)]]?.name;
  for (const page of pages) {
    page.label = present(page.label) ?? page.label;
    // What was relabelled as a class that is gone is left out.
    for (const [id, name] of page.said) page.said.set(id, name && (present(name) ?? null));
  }
  for (const sample of samples) {
    const { classes: old, probabilities } = sample.suggestion;
    const moved = old.map((index, rank) => [places[index], probabilities[rank]]);
    // Without those that are gone; of two that became one, the likelier.
    const kept = moved.filter(([place], rank) => place >= 0 && moved.findIndex(([other]) => other === place) === rank);
    sample.suggestion = {
      ...sample.suggestion,
      classes: kept.map(([place]) => place),
      probabilities: kept.map(([, share]) => share),
    };
    // What the person has set and marked is called by the present names, too.
    if (sample.set) sample.set = new Set([...sample.set].flatMap((name) => present(name) ?? []));
    sample.marks?.rename(present);
  }
}
