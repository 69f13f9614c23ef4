/** The collector that sends is killed in the middle of requests, again and again: nothing is lost, nothing is told wrongly. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { incidentRow } from '../../../collector/incidents/incident-table.ts';
import { OTLP_LIMITS } from '../../../collector/otlp/limits.ts';
import { openStore } from '../../../collector/store/open-store.ts';
import { resultBlock } from '../../../collector/store/result-block.ts';
import { rowOf } from '../../support/records.ts';
import { incidentOf } from '../api/running-api.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { logsOf, pointsOf } from './sent.ts';

const PROCESS = join(import.meta.dirname, 'exporter-process.ts');
const MINUTE = 60_000;
const MINUTES = 6;
const NOW = Math.floor(Date.now() / MINUTE) * MINUTE;
/** The last of the minutes has just settled. */
const START = Math.floor((NOW - OTLP_LIMITS.settleMs.value) / MINUTE) * MINUTE - MINUTES * MINUTE;
/** Three requests of them. */
const INCIDENTS = 2 * OTLP_LIMITS.incidentsPerRequest.value + 1;
/** Of all requests, those at which the sender is killed: two of incidents, two of minutes. */
const KILLED_AT = [2, 4, 7, 10];

describe('an exporter that is killed while it sends', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'outrider-otlp-'));
  let receiver: Receiver;
  let child: ChildProcess | undefined;
  let kills = 0;

  beforeAll(async () => {
    receiver = await startReceiver();
    const store = await openStore({ dataDir });
    const rows = Array.from({ length: MINUTES }, (_, minute) =>
      Array.from({ length: minute + 1 }, (_, n) =>
        rowOf(1 + minute * 100 + n, { scheduledMs: START + minute * MINUTE + 1000 * (n + 1) }),
      ),
    );
    await store.insertResults(resultBlock('otlp', rows.flat()), { ingestedMs: NOW });
    const incidents = Array.from({ length: INCIDENTS }, (_, n) => incidentOf({ id: `i${n}` }));
    await store.insertRows(
      'incidents',
      incidents.map((incident, n) => incidentRow(incident, NOW + n)),
    );
    const row = { receiver: receiver.url, kind: 'minute', id: '', words: '', lease: '' };
    await store.insertRows('otlp_told', [{ ...row, at: START, version: START }]);
    await store.close();
    receiver.onRequest = () => {
      if (!KILLED_AT.includes(receiver.received.length + 1)) return;
      kills += 1;
      child?.kill('SIGKILL');
    };
    for (let code: number | null = null; code !== 0 && kills <= KILLED_AT.length; ) code = await run();
  }, 120_000);
  afterAll(async () => {
    await receiver.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  function run(): Promise<number | null> {
    child = spawn(process.execPath, [PROCESS, dataDir, receiver.url, String(NOW)], { stdio: 'ignore' });
    return new Promise((resolve) => child?.once('exit', resolve));
  }

  it('has told every incident, and again only what one request held when it was killed', () => {
    expect(kills).toBe(KILLED_AT.length);
    const ids = logsOf(receiver).map(({ attributes }) => attributes['outrider.incident.id']);
    expect(new Set(ids).size).toBe(INCIDENTS);
    expect(ids.length - INCIDENTS).toBeLessThanOrEqual(2 * OTLP_LIMITS.incidentsPerRequest.value);
  });

  it('has told every minute with what happened in it, and again only those at which it was killed', () => {
    const told = pointsOf(receiver, 'outrider.runs').map(({ asInt, startMs }) => [
      (startMs - START) / MINUTE,
      Number(asInt),
    ]);
    expect(told.filter(([minute = 0, runs]) => runs !== minute + 1)).toEqual([]);
    expect(new Set(told.map(([minute]) => minute))).toEqual(new Set(Array.from({ length: MINUTES }).keys()));
    expect(told.length).toBeLessThanOrEqual(MINUTES + 2);
  });
});
