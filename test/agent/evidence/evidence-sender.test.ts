import { describe, expect, it } from 'vitest';
import { EvidenceSender } from '../../../agent/evidence/evidence-sender.ts';
import type { EvidenceEntry } from '../../../agent/evidence/evidence-spool.ts';
import { EVIDENCE_SPOOL_LIMITS } from '../../../agent/evidence/limits.ts';
import { VirtualTime } from '../virtual-time.ts';

function sending(...runs: string[]) {
  const time = new VirtualTime();
  const entries: EvidenceEntry[] = runs.map((run) => ({ run, probe: 'p', target: 't', atMs: 1, text: '{}' }));
  const sent: string[] = [];
  const sender = new EvidenceSender({
    timers: time.timers,
    spool: {
      givenUp: 7,
      next: () => entries[0],
      done: (run) =>
        void entries.splice(
          entries.findIndex((entry) => entry.run === run),
          1,
        ),
    },
    send: ({ run, givenUp }) => sent.push(`${run}:${givenUp}`),
  });
  const stored = (run: string): void => sender.answered({ type: 'evidence_ack', run, retryAfterMs: 0 });
  const later = (run: string, retryAfterMs: number): void =>
    sender.answered({ type: 'evidence_ack', run, retryAfterMs });
  return { time, sender, sent, stored, later, entries };
}

describe('EvidenceSender', () => {
  it('sends one piece, and the next when that is in the store', () => {
    const { sender, sent, stored, entries } = sending('a', 'b');
    sender.offer();
    sender.offer();
    expect(sent).toEqual(['a:7']);
    stored('a');
    expect(sent).toEqual(['a:7', 'b:7']);
    stored('b');
    expect(entries).toEqual([]);
  });

  it('passes over an answer to something else', () => {
    const { sender, sent, stored } = sending('a', 'b');
    sender.offer();
    stored('b');
    expect(sent).toEqual(['a:7']);
  });

  it('sends it again when the collector says, and not before', () => {
    const { sender, sent, later, time } = sending('a');
    sender.offer();
    later('a', 30_000);
    sender.offer();
    time.advance(29_999);
    expect(sent).toHaveLength(1);
    time.advance(1);
    expect(sent).toHaveLength(2);
  });

  it('waits no longer than retryMaxMs', () => {
    const { sender, sent, later, time } = sending('a');
    sender.offer();
    later('a', 2 ** 40);
    time.advance(EVIDENCE_SPOOL_LIMITS.retryMaxMs.value);
    expect(sent).toHaveLength(2);
  });

  it('does nothing more once its session has ended', () => {
    const { sender, sent, stored, later, time, entries } = sending('a', 'b');
    sender.offer();
    later('a', 1000);
    sender.close();
    time.advance(10_000);
    stored('a');
    sender.offer();
    expect(sent).toHaveLength(1);
    expect(entries).toHaveLength(2);
  });
});
