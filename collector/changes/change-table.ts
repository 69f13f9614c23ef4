/** Changes in the store: those that somebody told or a collector saw, and every edit of targets and probes. */
import type { Change } from '../detect/change.ts';
import type { Store } from '../store/store.ts';
import { CHANGE_LIMITS } from './limits.ts';

interface Row {
  readonly at_ms: number;
  readonly kind: string;
  readonly name: string;
  readonly action: string;
  readonly detail: string;
}

/**
 * Of edits only the fact, from the table of their versions; the rows that the registry leaves of them among the changes are for people.
 * The first version of each name is no change.
 */
const SELECT_SQL = `
SELECT at_ms, kind, name, action, detail FROM (
  SELECT toUnixTimestamp64Milli(at) AS at_ms, toString(kind) AS kind, name, toString(action) AS action, detail FROM changes
  WHERE at >= fromUnixTimestamp64Milli({from_ms:Int64}) AND action = 'told'
  UNION ALL
  SELECT toUnixTimestamp64Milli(at) AS at_ms, toString(kind) AS kind, name, if(deleted = 1, 'deleted', 'updated') AS action, '' AS detail
  FROM spec_changes
  WHERE at >= fromUnixTimestamp64Milli({from_ms:Int64})
    AND (kind, name, version) NOT IN (SELECT kind, name, min(version) FROM spec_changes GROUP BY kind, name)
)
ORDER BY at_ms DESC, kind, name
LIMIT {limit:UInt32}`;

/** What a new change is made of; `where` and `relearn` as in `Change`. */
export type NewChange = Change;

function changeOf({ at_ms, kind, name, action, detail }: Row): Change {
  if (detail === '') {
    // An edit is of something else from then on: what was normal before says nothing.
    return { atMs: at_ms, kind, name, text: action, where: { [kind]: name }, relearn: action === 'updated' };
  }
  const { text, where, relearn } = JSON.parse(detail) as Pick<Change, 'text' | 'where' | 'relearn'>;
  return { atMs: at_ms, kind, name, text, where, relearn };
}

/** Since an instant, newest first; at most as many as the limit. Rejects with a `StoreError`. */
export async function readChanges(store: Pick<Store, 'query'>, fromMs: number): Promise<readonly Change[]> {
  const rows = await store.query<Row>(SELECT_SQL, {
    from_ms: Math.floor(fromMs),
    limit: CHANGE_LIMITS.read.value,
  });
  return rows.map(changeOf);
}

/** Rejects with a `StoreError`. */
export async function writeChanges(
  store: Pick<Store, 'insertRows'>,
  changes: readonly NewChange[],
): Promise<void> {
  if (changes.length === 0) return;
  await store.insertRows(
    'changes',
    changes.map(({ atMs, kind, name, ...detail }) => ({
      at: Math.floor(atMs),
      revision: 0,
      kind,
      name,
      action: 'told',
      detail: JSON.stringify(detail),
    })),
  );
}
