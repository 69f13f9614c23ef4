/** The whole way of evidence: a real agent whose probe fails, a real collector and store, and what people are shown. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAgent } from '../../../agent/agent.ts';
import type { RunningAgent } from '../../../agent/agent-deps.ts';
import { parseAgentConfig } from '../../../agent/config.ts';
import { runText } from '../../../cli/support/run-text.ts';
import type { RunJson } from '../../../collector/api/answers/checks.ts';
import { type Collector, startCollector } from '../../../collector/collector.ts';
import type { Incident } from '../../../collector/detect/incident.ts';
import { failingRuns } from '../../../collector/evidence/failing-runs.ts';
import { REDACTED } from '../../../probes/redact.ts';
import { outrider } from '../../support/outrider.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'outrider-evidence-'));
const target = createHttp((_request, response) => {
  response.writeHead(503, { 'content-type': 'text/plain', 'set-cookie': 'sid=0123', server: 'edge-7' });
  response.end('no capacity in this place, token=0123456789');
});

let collector: Collector;
let agent: RunningAgent;
let anchorPort: number;

beforeAll(async () => {
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  anchorPort = (target.address() as AddressInfo).port;
  collector = await startCollector({
    ...{ port: 0, log: SILENT_LOG, version: '0.0.0-test' },
    dataDir: join(dataDir, 'collector'),
  });
  await collector.registry.apply({
    version: 1,
    targets: [
      { name: 'origin', url: `http://127.0.0.1:${anchorPort}/v.mp4` },
      { name: 'nobody', url: 'http://127.0.0.1:1/' },
    ],
    probes: [{ name: 'front', type: 'http', targets: ['origin', 'nobody'], every: '1s', timeout: '1s' }],
  });
  agent = await startAgent(
    parseAgentConfig({
      id: 'eu-west-1',
      labels: { region: 'eu-west' },
      collectors: [collector.url],
      dataDir: join(dataDir, 'agent'),
      network: { policy: { allow: ['127.0.0.0/8'] } },
      anchors: [`tcp://127.0.0.1:${anchorPort}`],
    }),
  );
});

afterAll(async () => {
  await agent?.stop('the test ends');
  await collector?.close();
  target.closeAllConnections();
  target.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** The first failed run on a target that a busy machine did not disturb, once its evidence is there. */
async function failedRun(name: string): Promise<RunJson> {
  for (;;) {
    const answer = await fetch(`${collector.url}/api/v1/results?target=${name}&outcome=fail&limit=1000`);
    const { data } = (await answer.json()) as { data: RunJson[] };
    for (const { attributes, run_id } of data) {
      if (attributes.disturbed_by) continue;
      const { body } = await run(run_id);
      if (body.evidence) return body;
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function run(id: string): Promise<{ readonly status: number; readonly body: RunJson }> {
  const answer = await fetch(`${collector.url}/api/v1/results/${encodeURIComponent(id)}`);
  return { status: answer.status, body: (await answer.json()) as RunJson };
}

describe('the evidence of a failed run', () => {
  it('is what the run saw, redacted, beside a result that says by what it was judged', async () => {
    const shown = await failedRun('origin');
    expect(shown).toMatchObject({
      layer: 'http',
      blame: 'target',
      code: 'status',
      attributes: { blame_rule: 'as_seen', control: 'anchors 1/1, link up' },
      evidence: {
        dials: [{ host: '127.0.0.1', port: anchorPort, address: '127.0.0.1' }],
        requests: [
          {
            status: 503,
            answerHeaders: { server: 'edge-7', 'set-cookie': REDACTED },
            body: `no capacity in this place, token=${REDACTED}`,
          },
        ],
      },
    });
    expect(shown.evidence?.phases.map(({ name }) => name)).toContain('ttfb');
  }, 30_000);

  it('has the dial of a run that came no further', async () => {
    const shown = await failedRun('nobody');
    expect(shown.evidence).toMatchObject({
      dials: [{ port: 1, failed: { layer: 'connect', code: 'refused' } }],
      requests: [],
    });
  }, 30_000);

  it('reads as text, with the waterfall and without control characters', async () => {
    const shown = await failedRun('origin');
    const text = runText(shown);
    for (const part of ['WATERFALL', 'CONNECTIONS', '503 after', '< server: edge-7', '| no capacity'])
      expect(text).toContain(part);
    const evil = { ...shown, message: '\u001b[31mred' };
    expect(runText(evil)).not.toContain('\u001b');
    expect(runText({ ...shown, evidence: null })).toContain('No evidence was kept of this run.');
  }, 30_000);

  it('stands with the failed runs of an incident, in its scope and time alone', async () => {
    const shown = await failedRun('origin');
    const incident = (changes: Partial<Incident>) =>
      ({
        scope: { kind: 'target', target: 'origin' },
        probe: 'front',
        target: 'origin',
        startedMs: Date.now() - 60_000,
        resolvedMs: null,
        ...changes,
      }) as Incident;
    const runs = await failingRuns(collector.store, incident({}), Date.now());
    expect(runs.length).toBeGreaterThan(0);
    expect(new Set(runs.map((one) => one.target))).toEqual(new Set(['origin']));
    const mine = (list: typeof runs) => list.find((one) => one.run_id === shown.run_id);
    const until = incident({ resolvedMs: Date.parse(shown.scheduled_at) });
    expect(mine(await failingRuns(collector.store, until, Date.now()))).toMatchObject({ has_evidence: true });
    const elsewhere = incident({ scope: { kind: 'region', region: 'us-east' } });
    expect(await failingRuns(collector.store, elsewhere, Date.now())).toEqual([]);
  }, 30_000);

  it('is what `outrider results get` prints', async () => {
    const { run_id } = await failedRun('origin');
    const printed = await outrider('results', 'get', run_id, '--collector', collector.url);
    expect(printed).toMatchObject({ code: 0, stderr: '' });
    expect(printed.stdout).toContain('< server: edge-7');
    const json = await outrider('results', 'get', run_id, '--collector', collector.url, '-o', 'json');
    expect(JSON.parse(json.stdout)).toMatchObject({ run_id, evidence: { requests: [{ status: 503 }] } });
    const unknown = await outrider('results', 'get', 'a/b/1', '--collector', collector.url);
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('There is no result a/b/1');
  }, 30_000);

  it('is not there for a run that does not exist, and that is said', async () => {
    for (const id of ['eu-west-1/no-boot/7', 'nonsense'])
      expect(await run(id)).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
  });
});
