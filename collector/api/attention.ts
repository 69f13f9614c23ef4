/** Who sees to incidents and what keeps them quiet: the same at every collector, whoever tells. */
import type { Incident } from '../detect/incident.ts';
import { occurrenceAt } from '../notify/maintenance.ts';
import { facetsOf } from '../notify/matchers.ts';
import { quietBy, quietsAt } from '../notify/plan.ts';
import type { Store } from '../store/store.ts';
import type { AttentionJson, QuietJson } from './answers/incidents.ts';
import type { ApiDeps } from './deps.ts';
import { iso, isoOrNull } from './instant.ts';
import { ackJson } from './notify-json.ts';

const NOBODY: AttentionJson['told'] = { delivered: 0, waiting: 0, failed: 0 };

const TOLD_SQL = `
SELECT incident, uniqExactIf(receiver, status = 'delivered') AS delivered, uniqExactIf(receiver, status = 'waiting') AS waiting,
  uniqExactIf(receiver, status = 'failed') AS failed
FROM notifications FINAL ARRAY JOIN incidents AS incident
WHERE kind != 'thread' AND incident IN {ids:Array(String)} AND created_at >= fromUnixTimestamp64Milli({from:Int64})
GROUP BY incident`;

export interface AttentionDeps extends Pick<ApiDeps, 'notifier' | 'registry'> {
  readonly store: Pick<Store, 'query'>;
}

/** By id. Rejects with a `StoreError`. */
export async function attentionOf(
  incidents: readonly Incident[],
  { notifier, registry, store }: AttentionDeps,
): Promise<ReadonlyMap<string, AttentionJson>> {
  if (incidents.length === 0) return new Map();
  const ids = incidents.map(({ id }) => id);
  const from = Math.floor(Math.min(...incidents.map(({ detectedMs }) => detectedMs)));
  const [acks, silences, told] = await Promise.all([
    notifier.silences.acks(ids),
    notifier.silences.list(),
    store.query<AttentionJson['told'] & { readonly incident: string }>(TOLD_SQL, { ids, from }),
  ]);
  const counts = new Map(told.map(({ incident, ...count }) => [incident, count]));
  const labels = new Map(registry.targets().map(({ spec }) => [spec.name, spec.labels]));
  const nowMs = notifier.nowMs();
  const quiets = quietsAt(silences, notifier.windows, nowMs);
  const quietJson = (name: string): QuietJson => {
    const [kind = '', id = ''] = [name.slice(0, name.indexOf(' ')), name.slice(name.indexOf(' ') + 1)];
    const silence = kind === 'silence' ? silences.find((one) => one.id === id) : undefined;
    if (silence)
      return {
        kind: 'silence',
        id,
        until: iso(silence.endsMs),
        by: silence.author,
        comment: silence.comment,
      };
    const window = notifier.windows.find((one) => one.name === id);
    const open = window && occurrenceAt(window, nowMs);
    return { kind: 'maintenance', id, until: isoOrNull(open?.endMs), by: '', comment: window?.comment ?? '' };
  };
  return new Map(
    incidents.map((incident): [string, AttentionJson] => {
      const facets = facetsOf(incident, (target) => labels.get(target));
      const quiet = incident.status === 'open' ? quietBy(facets, quiets) : null;
      const ack = acks.get(incident.id);
      return [
        incident.id,
        {
          acknowledged: ack ? ackJson(ack) : null,
          silenced: quiet === null ? null : quietJson(quiet),
          told: counts.get(incident.id) ?? NOBODY,
        },
      ];
    }),
  );
}
