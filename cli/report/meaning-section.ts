/** What the numbers mean, for who was not there. */
import { isMetricName, metricDefinition } from '../../probes/metrics.ts';
import type { ReportData } from './gather.ts';
import { html, type Markup } from './markup.ts';

export function meaningSection({ incident, series }: ReportData): Markup {
  const { metric } = incident;
  const step = series ? `${series.step_seconds} s` : 'a minute';
  const words: readonly (readonly [string, string])[] = [
    ...(isMetricName(metric) ? [[metric, metricDefinition(metric).description] as const] : []),
    ...(metric === 'failure_ratio' ? [[metric, 'The share of runs that failed.'] as const] : []),
    ...(metric === 'silence'
      ? [[metric, 'Agents that are no longer heard: nothing is known of users there.'] as const]
      : []),
    ...(metric === 'error_budget'
      ? [
          [
            metric,
            'How many times faster than promised runs fail: at 1 the budget lasts exactly as long as its window.',
          ] as const,
        ]
      : []),
    [
      'p50, p95',
      'Half, and 95 of 100, of the successful runs were no worse. Failed runs are counted beside them, never as a duration.',
    ],
    [
      'here, elsewhere',
      `The place of the incident, and all other places that run the same checks. A point is of ${step}.`,
    ],
    ['began', 'An estimate, out of the first runs that differ.'],
    [
      'missed',
      'A run that was due and did not happen, for a reason of the agent’s own. It is no failure of the service.',
    ],
    ['blame', 'Whose part of the way the evidence points at. It is a lead, not a verdict.'],
    ['runs', 'Made by agents on a schedule. They stand for users, and are not counted users.'],
  ];
  return html`<section><h2>What the numbers mean</h2><dl>${words.map(([word, text]) => html`<dt>${word}</dt><dd>${text}</dd>\n`)}</dl></section>
`;
}
