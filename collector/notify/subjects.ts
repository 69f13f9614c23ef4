/**
 * Incidents that anybody is to be told of: what detection has, and from the store what it has forgotten, or has not heard of yet, while
 * somebody was told of it: whoever was told that it began is told how it ended.
 */
import type { Incident } from '../detect/incident.ts';
import type { IncidentTable } from '../incidents/incident-table.ts';
import { NOTIFY_LIMITS } from './limits.ts';

export class Subjects {
  readonly #table: Pick<IncidentTable, 'withIds'>;
  /** From the store, over for good; null for what is not there either. */
  readonly #recalled = new Map<string, Incident | null>();

  constructor(table: Pick<IncidentTable, 'withIds'>) {
    this.#table = table;
  }

  /** What is open, what somebody was told of, and what has taken either over. Rejects with a `StoreError`. */
  async of(known: readonly Incident[], told: ReadonlySet<string>): Promise<readonly Incident[]> {
    const byId = new Map(known.map((incident) => [incident.id, incident]));
    const seen = new Map<string, Incident>();
    let wanted = new Set([...known.filter(({ status }) => status === 'open').map(({ id }) => id), ...told]);
    for (let depth = 0; depth < NOTIFY_LIMITS.mergeDepth.value && wanted.size > 0; depth += 1) {
      const recalled = await this.#recall([...wanted].filter((id) => !byId.has(id)));
      const next = new Set<string>();
      for (const id of wanted) {
        const incident = byId.get(id) ?? recalled.get(id);
        if (!incident) continue;
        seen.set(id, incident);
        if (incident.mergedInto !== null && !seen.has(incident.mergedInto)) next.add(incident.mergedInto);
      }
      wanted = next;
    }
    for (const id of this.#recalled.keys()) if (!told.has(id) && !seen.has(id)) this.#recalled.delete(id);
    return [...seen.values()];
  }

  async #recall(ids: readonly string[]): Promise<ReadonlyMap<string, Incident>> {
    const unknown = ids.filter((id) => !this.#recalled.has(id));
    const found = new Map((await this.#table.withIds(unknown)).map((incident) => [incident.id, incident]));
    for (const id of unknown) {
      const incident = found.get(id) ?? null;
      // What is open there is on its way here: it is asked for again until it has come.
      if (incident?.status !== 'open') this.#recalled.set(id, incident);
    }
    for (const id of ids) {
      const incident = this.#recalled.get(id);
      if (incident) found.set(id, incident);
    }
    return found;
  }
}
