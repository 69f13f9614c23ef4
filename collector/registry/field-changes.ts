/** What a change does to a thing, field by field. Pure. */

/** One field; `from` is absent where it is new, `to` where it goes. */
export interface FieldChange {
  /** `slo.objective`, `targets[1]`; parts of a list that have names go by them: `routes[pager].wait`. */
  readonly path: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const nameOf = (value: unknown): string | undefined =>
  isObject(value) && typeof value.name === 'string' ? value.name : undefined;

/** Entries by key: of a list by name where all have one, by place otherwise. */
function partsOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (isObject(value)) return new Map(Object.entries(value).filter(([, part]) => part !== undefined));
  if (!Array.isArray(value)) return undefined;
  const named = value.length > 0 && value.every((part) => nameOf(part) !== undefined);
  return new Map(value.map((part, index) => [`[${named ? nameOf(part) : index}]`, part]));
}

const join = (path: string, key: string): string =>
  path === '' || key.startsWith('[') ? `${path}${key}` : `${path}.${key}`;

/** What has to change for `from` to become `to`; nothing when they are equal. */
export function fieldChanges(from: unknown, to: unknown, path = ''): readonly FieldChange[] {
  const before = partsOf(from);
  const after = partsOf(to);
  if (!before || !after || Array.isArray(from) !== Array.isArray(to)) {
    if (JSON.stringify(from) === JSON.stringify(to)) return [];
    return [{ path, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }];
  }
  const changes = [...new Set([...before.keys(), ...after.keys()])].flatMap((key) =>
    fieldChanges(before.get(key), after.get(key), join(path, key)),
  );
  // The same parts in another order.
  const isMoved =
    Array.isArray(to) && changes.length === 0 && [...before.keys()].join() !== [...after.keys()].join();
  return isMoved ? [{ path, from: [...before.keys()], to: [...after.keys()] }] : changes;
}
