/** Evidence and signs of life over real sessions with a scripted collector. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { EvidenceSpool } from '../../../agent/evidence/evidence-spool.ts';
import { systemClock } from '../../../agent/time.ts';
import type { AgentFrame, EvidenceReport } from '../../../protocol/frame.ts';
import { temporaryFolder } from '../fixtures.ts';
import { linkTo } from '../linked.ts';
import { type Script, ScriptedCollector } from '../scripted-collector.ts';

const NEVER = new AbortController().signal;

function evidenceOf(...runs: string[]): EvidenceSpool {
  const spool = new EvidenceSpool({ dataDir: temporaryFolder(), clock: systemClock, onTrouble: () => {} });
  onTestFinished(() => spool.close());
  for (const run of runs) spool.keep({ run, probe: 'home', target: 'origin', atMs: 1, text: '{}' });
  return spool;
}

async function joined(script: Script, evidence: EvidenceSpool) {
  const reports: EvidenceReport[] = [];
  const collector = await ScriptedCollector.start({
    ...script,
    onFrame: (frame: AgentFrame, peer) => {
      if (frame.type === 'evidence') reports.push(frame);
      script.onFrame?.(frame, peer);
    },
  });
  const { link } = linkTo([collector.url], { evidence });
  link.start();
  const peer = await collector.session(0);
  return { collector, link, peer, reports };
}

const STORES: Script = {
  welcome: () => ({ evidence: true }),
  onFrame: (frame, peer) => {
    if (frame.type === 'evidence') peer.send({ type: 'evidence_ack', run: frame.run, retryAfterMs: 0 });
  },
};

describe('a session', () => {
  it('hands over what is kept, and what comes later, until the collector has it all', async () => {
    const evidence = evidenceOf('a', 'b');
    const { link, peer, reports } = await joined(STORES, evidence);
    await peer.until(() => reports.length === 2);
    evidence.keep({ run: 'c', probe: 'home', target: 'origin', atMs: 2, text: '{"dials":[]}' });
    link.offerEvidence();
    await peer.until(() => reports.length === 3);
    expect(reports.map(({ run }) => run)).toEqual(['a', 'b', 'c']);
    expect(reports[2]).toMatchObject({ probe: 'home', atMs: 2, text: '{"dials":[]}' });
    await peer.quiet(50);
    expect(evidence.pending).toBe(0);
  });

  it('keeps it from a collector that does not know of evidence', async () => {
    const evidence = evidenceOf('a');
    const { link, peer, reports } = await joined({}, evidence);
    await peer.quiet(100);
    link.offerEvidence();
    await peer.quiet(50);
    expect(reports).toEqual([]);
    expect(evidence.pending).toBe(1);
  });

  it('offers again to the next what the last did not acknowledge', async () => {
    const evidence = evidenceOf('a');
    const { collector, link, peer, reports } = await joined(
      { welcome: () => ({ evidence: true }) },
      evidence,
    );
    await peer.until(() => reports.length === 1);
    link.interrupt();
    const next = await collector.session(1);
    await next.until(() => reports.length === 2);
    expect(reports.map(({ run }) => run)).toEqual(['a', 'a']);
  });
});

describe('a link', () => {
  it('hears a collector that is there, and not one that stands still or is gone', async () => {
    const { link, peer } = await joined({}, evidenceOf());
    await peer.quiet(50);
    expect(await link.hears(NEVER)).toBe(true);
    peer.socket.pause();
    expect(await link.hears(AbortSignal.timeout(200))).toBe(false);
    link.interrupt();
    expect(await link.hears(AbortSignal.timeout(200))).toBe(false);
  });
});
