/** What became of an incident, in one list: what the detector saw, what people said, and who was told. */
import type { Incident } from '../detect/incident.ts';
import type { Resolution } from '../incidents/resolution-table.ts';
import type { Delivery } from '../notify/delivery.ts';
import type { Ack } from '../notify/thread.ts';
import type { TimelineJson } from './answers/incidents.ts';
import { iso } from './instant.ts';
import { API_LIMITS } from './limits.ts';

interface Step {
  readonly atMs: number;
  readonly what: string;
  readonly text: string;
}

/** Messages of one kind that came within so long of each other are one entry. */
const TOGETHER_MS = 10_000;

export function timelineOf(
  incident: Incident,
  said: {
    readonly ack: Ack | undefined;
    readonly resolution: Resolution | undefined;
    readonly deliveries: readonly Delivery[];
  },
): readonly TimelineJson[] {
  const steps: Step[] = [...seen(incident), ...told(said.deliveries)];
  const words = (by: string, comment: string) => `by ${by}${comment ? `: ${comment}` : ''}`;
  if (said.ack)
    steps.push({ atMs: said.ack.atMs, what: 'acknowledged', text: words(said.ack.by, said.ack.comment) });
  if (said.resolution) {
    const { atMs, by, comment } = said.resolution;
    steps.push({ atMs, what: 'said to be over', text: words(by, comment) });
  }
  return steps
    .toSorted((a, b) => a.atMs - b.atMs)
    .slice(0, API_LIMITS.timelineEntries.value)
    .map(({ atMs, what, text }) => ({ at: iso(atMs), what, text }));
}

/** Of an earlier version, or one whose own list is full, the ends are known at least. */
function seen({ detectedMs, evidence, mergedInto, resolvedMs, startedMs }: Incident): Step[] {
  const steps: Step[] = [...(evidence.timeline ?? [])];
  if (steps.length === 0)
    steps.push(
      { atMs: startedMs, what: 'began', text: '' },
      { atMs: detectedMs, what: 'detected', text: '' },
    );
  if (resolvedMs !== null && !steps.some(({ what }) => what === 'resolved'))
    steps.push({ atMs: resolvedMs, what: 'resolved', text: mergedInto ? `part of ${mergedInto}` : '' });
  return steps;
}

/** What was delivered or given up; what is on its way is no history yet. */
function told(deliveries: readonly Delivery[]): Step[] {
  const steps: (Step & { readonly event: string; readonly receivers: string[] })[] = [];
  const over = deliveries
    .filter(({ status }) => status === 'delivered' || status === 'failed')
    .toSorted((a, b) => (a.doneMs ?? a.createdMs) - (b.doneMs ?? b.createdMs));
  for (const { createdMs, doneMs, error, notice, status } of over) {
    const atMs = doneMs ?? createdMs;
    const what = status === 'delivered' ? 'told' : 'not told';
    const event = notice.event.replace(/^incident\./, '').replaceAll('_', ' ');
    const why = status === 'failed' && error ? ` (${error})` : '';
    const same = steps.findLast(
      (step) => step.what === what && step.event === event && atMs - step.atMs <= TOGETHER_MS,
    );
    if (same) same.receivers.push(`${notice.receiver}${why}`);
    else steps.push({ atMs, what, event, text: '', receivers: [`${notice.receiver}${why}`] });
  }
  return steps.map(({ atMs, event, receivers, what }) => ({
    ...{ atMs, what, text: `${event}: ${receivers.join(', ')}` },
  }));
}
