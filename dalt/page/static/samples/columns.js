// Which columns tell the rows of a page apart.

/** @typedef {[name: string, value: string][]} Row */

/**
 * The columns of some rows: those in which the rows differ first, then those that are the same for all.
 * @param {Row[]} rows
 * @returns {string[]}
 */
export function differingFirst(rows) {
  /** @type {Map<string, { values: Set<string>, n: number }>} */
  const columns = new Map();
  for (const row of rows) {
    for (const [name, value] of row) {
      const column = columns.get(name) ?? { values: new Set(), n: 0 };
      columns.set(name, column);
      column.values.add(value);
      column.n += 1;
    }
  }
  const names = [...columns.keys()];
  if (rows.length < 2) return names;
  const differs = new Set(
    [...columns].filter(([, { values, n }]) => values.size > 1 || n < rows.length).map(([name]) => name),
  );
  return [...names.filter((name) => differs.has(name)), ...names.filter((name) => !differs.has(name))];
}
