/** What notifications count, for Prometheus. */
import type { LiveNotifier } from '../notify/live-notifier.ts';
import type { Family } from './prometheus.ts';

const RESULTS = ['delivered', 'failed', 'retried', 'superseded', 'resent', 'resend_failed'] as const;

export function notifyFamilies(notifier: Pick<LiveNotifier, 'counters' | 'receivers'>): Family[] {
  const { counters } = notifier;
  const states = notifier.receivers();
  const plain = (name: string, type: Family['type'], help: string, value: number): Family => ({
    name: `outrider_notify_${name}`,
    type,
    help,
    samples: [{ value }],
  });
  return [
    plain(
      'telling',
      'gauge',
      '1 at the collector that sends notifications, 0 at the others.',
      counters.telling,
    ),
    {
      name: 'outrider_notifications_total',
      type: 'counter',
      help: 'Attempts to deliver notifications, by receiver and how they ended; `resent` are alerts told again.',
      samples: states.flatMap((state) =>
        RESULTS.map((result) => ({ labels: { receiver: state.receiver, result }, value: state[result] })),
      ),
    },
    {
      name: 'outrider_notifications_waiting',
      type: 'gauge',
      help: 'Notifications that are not delivered yet.',
      samples: states.map(({ receiver, waiting }) => ({ labels: { receiver }, value: waiting })),
    },
    {
      name: 'outrider_notifications_oldest_seconds',
      type: 'gauge',
      help: 'Age of the oldest of them.',
      samples: states.map(({ receiver, oldestMs }) => ({ labels: { receiver }, value: oldestMs / 1000 })),
    },
    {
      name: 'outrider_notify_held_total',
      type: 'counter',
      help: 'What was not told for itself: silenced, damped while flapping, grouped in a storm, deferred by a full queue, crowded out of a full conversation, dropped.',
      samples: (['silenced', 'damped', 'grouped', 'deferred', 'crowded', 'dropped'] as const).map(
        (reason) => ({
          labels: { reason },
          value: counters[reason],
        }),
      ),
    },
    plain(
      'unrouted',
      'gauge',
      'Open incidents that no route takes: nobody is told of them.',
      counters.unrouted,
    ),
    plain(
      'routes_stale',
      'gauge',
      '1 while the file of routes cannot be used as it is now: what it said before is in force.',
      counters.routes_stale,
    ),
    plain('ticks_total', 'counter', 'Looks at what is to be told.', counters.ticks),
    plain('ticks_failed_total', 'counter', 'Looks that an error of the store ended.', counters.ticks_failed),
  ];
}
