/** Values in the text of a statement, where no parameter can be bound. */

/** A string or a number. */
export function sqlLiteral(value: string | number): string {
  return typeof value === 'number' ? String(value) : `'${value.replace(/[\\']/g, '\\$&')}'`;
}

/** What follows `SETTINGS`. */
export function sqlSettings(settings: Readonly<Record<string, string | number>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${sqlLiteral(value)}`)
    .join(', ');
}
