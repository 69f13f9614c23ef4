/** Rows for CSV: what lies within a field has a column of its own, `diff.p50.low` as `diff_p50_low`. */

type Row = Readonly<Record<string, unknown>>;

/** Every row has every column, in the order in which they first appear; of a whole that is not there, they are null. */
export function flatRows(rows: readonly Row[]): Row[] {
  const flat = rows.map((row) => Object.fromEntries(fieldsOf(row)));
  const columns = [...new Set(flat.flatMap((row) => Object.keys(row)))];
  const wholes = new Set(columns.filter((name) => columns.some((other) => other.startsWith(`${name}_`))));
  const isWhole = (name: string): boolean =>
    wholes.has(name) && rows.some((row) => typeof row[name] === 'object' && row[name] !== null);
  const kept = columns.filter((name) => !isWhole(name));
  return flat.map((row) => Object.fromEntries(kept.map((name) => [name, row[name] ?? null])));
}

function fieldsOf(row: Row, prefix = ''): [string, unknown][] {
  return Object.entries(row).flatMap(([name, value]): [string, unknown][] =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? fieldsOf(value as Row, `${prefix}${name}_`)
      : [[`${prefix}${name}`, value]],
  );
}
