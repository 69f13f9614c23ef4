import { expect, it } from 'vitest';
import { Timeline } from '../../probes/timeline.ts';

/** A clock that starts at 1000 and is moved by the test. */
function timelineAt(nowMs: { value: number }): Timeline {
  return new Timeline({ monotonicMs: () => nowMs.value, wallMs: () => 0 });
}

it('counts from its construction', () => {
  const now = { value: 1000 };
  const timeline = timelineAt(now);
  now.value = 1250;
  expect(timeline.elapsed()).toBe(250);
  expect(timeline.elapsed(1100)).toBe(100);
});

it('keeps phases in the order in which they were added, with their notes', () => {
  const timeline = timelineAt({ value: 1000 });
  timeline.add('connect', 1000, 1040, '192.0.2.1');
  timeline.add('ttfb', 1040, 1100);
  timeline.addAll([{ name: 'read', startMs: 100, durationMs: 5 }]);
  expect(timeline.phases).toEqual([
    { name: 'connect', startMs: 0, durationMs: 40, note: '192.0.2.1' },
    { name: 'ttfb', startMs: 40, durationMs: 60 },
    { name: 'read', startMs: 100, durationMs: 5 },
  ]);
});

it('never gives a phase a negative duration', () => {
  const timeline = timelineAt({ value: 1000 });
  timeline.add('odd', 1040, 1000);
  expect(timeline.phases[0]?.durationMs).toBe(0);
});

it('keeps the first phases when there are too many', () => {
  const timeline = timelineAt({ value: 0 });
  for (let i = 0; i < 100; i++) timeline.add(`${i}`, i, i + 1);
  expect(timeline.phases).toHaveLength(64);
  expect(timeline.phases.at(-1)?.name).toBe('63');
});
