import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Collector, startCollector } from '../../../collector/collector.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';
import { SimulateProcess } from './simulate-process.ts';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'outrider-simulate-process-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function collectorIn(dataDir: string): Promise<Collector> {
  const collector = await startCollector({ port: 0, dataDir, log: SILENT_LOG, version: '0.0.0-test' });
  onTestFinished(() => collector.close());
  return collector;
}

describe('a simulation in a process of its own', () => {
  it('says how it goes, counts anew from a mark, and ends with its summary', async () => {
    const dir = folder();
    const { url } = await collectorIn(join(dir, 'collector'));
    const args = ['--collector', url, '--agents', '20', '--regions', '2', '--rate', '40/s'];
    const fleet = new SimulateProcess(args, join(dir, 'simulate.log'));
    onTestFinished(() => fleet.kill());
    await fleet.until('connected', ({ welcomed }) => welcomed === 20, 60_000);
    await fleet.until('acknowledged', ({ acked }) => acked > 20, 60_000);
    fleet.mark();
    const { ackMs } = await fleet.until('acknowledged since', (now) => now.ackMs !== null, 60_000);
    expect(ackMs?.p99).toBeGreaterThan(0);
    expect(fleet.latest).toMatchObject({ connected: 20, dropped: 0 });
    const summary = await fleet.finish(60_000);
    expect(summary.ledger).toMatchObject({ pending: 0, unaccounted: 0, duplicates: 0 });
    expect(summary.results.acked).toBe(summary.results.made);
  });

  it('that cannot run tells why', async () => {
    const args = ['--collector', 'http://127.0.0.1:9'];
    const fleet = new SimulateProcess(args, join(folder(), 'simulate.log'));
    const gone = fleet.until('connected', () => true, 60_000);
    await expect(gone).rejects.toThrow(/ended before connected.*cannot be reached/s);
    await expect(fleet.finish(1000)).rejects.toThrow('without a summary');
  });
});
