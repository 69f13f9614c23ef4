/** What access control counts, for Prometheus. */
import type { ApiDeps } from './deps.ts';
import type { Family } from './prometheus.ts';

export function accessFamilies({ access, audit }: Pick<ApiDeps, 'access' | 'audit'>): Family[] {
  const { forbidden, refused } = access.counters;
  const plain = (name: string, type: Family['type'], help: string, value: number): Family => ({
    name: `outrider_${name}`,
    type,
    help,
    samples: [{ value }],
  });
  return [
    plain('access_required', 'gauge', '1 where everybody is asked who they are.', access.required ? 1 : 0),
    {
      name: 'outrider_access_refused_total',
      type: 'counter',
      help: 'Tokens and keys that were not taken, by reason.',
      samples: Object.entries(refused).map(([reason, value]) => ({ labels: { reason }, value })),
    },
    plain('access_forbidden_total', 'counter', 'Requests that the role did not allow.', forbidden),
    plain(
      'audit_written_total',
      'counter',
      'Entries of the audit log that were stored.',
      audit.counters.written,
    ),
    plain(
      'audit_lost_total',
      'counter',
      'Entries that were given up: the log has them.',
      audit.counters.lost,
    ),
    plain('audit_waiting', 'gauge', 'Entries that wait for the store.', audit.waiting),
  ];
}
