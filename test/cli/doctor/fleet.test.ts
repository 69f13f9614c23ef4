/** What is usually wrong in a fleet is made at a real collector, and seen; and is not seen where there is none. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../../cli/doctor/check.ts';
import type { Health } from '../../../protocol/frame.ts';
import { slotAtOrAfter, slotSeries } from '../../../protocol/slots.ts';
import { helloOf, incidentOf, type RunningApi, SPEC, startApi } from '../../collector/api/running-api.ts';
import { healthOf, SPOOL } from '../../support/health.ts';
import { look } from './look.ts';

/** Whether this user may mount. */
const mayMount = process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0;

let api: RunningApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const here = (name: string): Promise<Finding> =>
  look(name, { collector: api.url, nowMs: () => api.clock.nowMs });

/** The agent says that it is well, but for `more`. */
function says(more: Partial<Health> = {}, agent = 'eu-west-1'): void {
  const scheduleRevision = api.registry.agent(agent)?.revision ?? 0;
  api.registry.heard(agent, healthOf({ scheduleRevision, ...more }));
}

/** A check that is well before something is done, and of this state after it. */
async function turns(
  name: string,
  state: Finding['state'],
  finding: RegExp,
  misconfigure: () => unknown,
): Promise<Finding> {
  expect(await here(name)).toMatchObject({ state: 'ok' });
  await misconfigure();
  const found = await here(name);
  expect(found).toMatchObject({ state, finding: expect.stringMatching(finding) });
  expect(found.why, 'what comes of it').not.toBe('');
  expect(found.hint, 'what to do').not.toBe('');
  return found;
}

describe('the doctor, of a collector that has just started', () => {
  it('says that no agent ever connected and no probe is declared', async () => {
    expect(await here('agents')).toMatchObject({
      state: 'warning',
      finding: 'No agent has ever connected.',
      hint: expect.stringContaining(`--collector ${api.url.replace('http', 'ws')}`),
    });
    expect(await here('agents-silent')).toMatchObject({ state: 'skipped' });
    expect(await here('probes')).toMatchObject({
      state: 'warning',
      hint: expect.stringContaining('probes import'),
    });
    await api.registry.apply(SPEC);
    await api.connect('eu-west-1', 'eu-west');
    expect(await here('agents')).toMatchObject({ state: 'ok', finding: '1 agent, 1 connected.' });
    expect(await here('probes')).toMatchObject({ state: 'ok' });
  });
});

describe('the doctor, of a fleet', () => {
  beforeEach(async () => {
    await api.registry.apply(SPEC);
    await api.connect('eu-west-1', 'eu-west');
    says();
  });

  it('finds agents that are silent', async () => {
    const { hint } = await turns('agents-silent', 'problem', /^1 agent of 1 silent.*eu-west-1/, () => {
      api.clock.nowMs += 600_000;
    });
    expect(hint).toContain('outrider agents why eu-west-1');
  });

  it('finds clocks that are wrong', async () => {
    await turns('agents-clock', 'problem', /eu-west-1 by 1 min 30 s/, () => says({ clockOffsetMs: -90_000 }));
  });

  it('finds spools that are nearly full', async () => {
    const spool = { ...SPOOL, bytes: 60e6 };
    await turns('agents-spool', 'problem', /^1 spool nearly full: eu-west-1; 60 MB of 64 MB/, () =>
      says({ spool }),
    );
  });

  it('finds disks of agents that take no writes', async () => {
    const spool = { ...SPOOL, refusing: true };
    await turns('agents-spool', 'problem', /^The disks of 1 agent take no writes/, () => says({ spool }));
  });

  it('finds results that were dropped', async () => {
    await turns(
      'agents-dropped',
      'problem',
      /^3 results were dropped within the hour \(spool_full\), by eu-west-1/,
      async () => {
        api.clock.nowMs += 120_000;
        says({ dropped: { spool_full: 3 } });
        await api.registry.settled();
      },
    );
  });

  it('finds agents that did not take their schedule', async () => {
    const revision = api.registry.agent('eu-west-1')?.revision ?? 0;
    expect(revision).toBeGreaterThan(0);
    await turns('agents-schedule', 'problem', /^1 agent with an old schedule: eu-west-1/, () => {
      api.clock.nowMs += 20_000;
      says({ scheduleRevision: revision - 1 });
    });
  });

  it('finds secrets that are sealed for other agents alone', async () => {
    await turns(
      'secrets',
      'problem',
      /The secret api-token of front-page is sealed for other agents alone/,
      () => says({ lastError: 'The secret api-token of front-page is sealed for other agents alone.' }),
    );
  });

  it('finds a region that is probably misspelt', async () => {
    await turns('regions', 'warning', /eu-wset \(eu-west\?\)/, async () => {
      await api.connect('eu-west-2', 'eu-west');
      await api.connect('eu-west-3', 'eu-wset');
    });
  });

  it('finds a region that is not declared, where regions are', async () => {
    await turns('regions', 'warning', /mars \(not among the 1 declared\)/, async () => {
      await api.registry.apply({ ...SPEC, regions: [{ name: 'eu-west', country: 'DE', lat: 50, lon: 8 }] });
      expect(await here('regions')).toMatchObject({ state: 'ok' });
      await api.connect('mars-1', 'mars');
    });
  });

  it.each([
    ['agents-overrun', 'overrun', /could not start in time/],
    ['agents-shed', 'shed', /too little memory/],
    ['agents-capped', 'capped', /caps/],
  ] as const)('finds slots that were not run: %s', async (name, missedReason, finding) => {
    const startMs = api.clock.nowMs;
    await turns(name, 'warning', finding, async () => {
      api.clock.nowMs += 120_000;
      const series = slotSeries('front-page', 'origin', 'eu-west-1', 2000);
      const slots: number[] = [];
      for (let at = slotAtOrAfter(series, startMs + 2000); at < startMs + 20_000; at += 2000) slots.push(at);
      await api.insert(
        'eu-west',
        slots.map((scheduledMs) => ({
          scheduledMs,
          outcome: 'missed' as const,
          metrics: {},
          durationMs: 0,
          missedReason,
        })),
      );
    });
  });

  it('finds that most agents do not say in which network they stand', async () => {
    await turns('labels', 'warning', /^1 of 2 agents say neither.*bare-1/, () => {
      const hello = helloOf('bare-1', 'eu-west');
      const labels = { ...hello.labels, country: '', isp: '', asn: 0 };
      return api.registry.connected({ ...hello, labels }, { send: () => undefined });
    });
  });

  it('finds two processes with one id', async () => {
    await turns('agents-twins', 'problem', /^Two processes use the id of eu-west-1/, () =>
      api.registry.contested('eu-west-1'),
    );
  });

  it.skipIf(!mayMount)('finds that the disk is full before results are old', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'outrider-growth-'));
    const growth = (dataDir: string) => look('growth', { collector: api.url, dataDir });
    expect(await growth(folder)).toMatchObject({ state: 'ok' });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'none', folder]);
    try {
      // 30 runs a minute.
      expect(await growth(folder)).toMatchObject({
        state: 'warning',
        finding: expect.stringMatching(/is full after [1-7] days?\.$/),
        hint: expect.stringContaining('schedule plan'),
      });
    } finally {
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true });
    }
  });

  it('finds probes that are paused', async () => {
    const { hint } = await turns('probes-paused', 'warning', /^1 probe of 1 paused: front-page/, () =>
      api.registry.pause('front-page'),
    );
    expect(hint).toContain('outrider probes resume front-page');
  });

  it.each([
    ['whose from matches nobody', { from: { region: ['us-east'] } }, /its from: matches none/],
    ['that nobody’s types allow', { type: 'ping', params: {} }, /no agent takes probes of type ping/],
    ['in the browser without one', { type: 'feed', params: {} }, /no agent has a browser/],
  ])('finds a probe %s', async (_what, more, finding) => {
    await turns('probes-unrun', 'problem', finding, () =>
      api.registry.apply({
        ...SPEC,
        probes: [{ name: 'idle', type: 'http', targets: ['origin'], every: '60s', ...more }],
      }),
    );
  });

  it('finds targets that agents refuse', async () => {
    const failure = {
      layer: 'agent',
      blame: 'agent',
      code: 'forbidden_target',
      message: '10.1.2.3 is private.',
    } as const;
    const { hint } = await turns(
      'targets-forbidden',
      'problem',
      /front-page \(1 runs at 1 agent\): 10\.1\.2\.3 is private/,
      () =>
        api.insert('eu-west', [{ outcome: 'fail', failure, metrics: {}, scheduledMs: Date.now() - 60_000 }]),
    );
    expect(hint).toContain('--allow');
  });
});

describe('the doctor, of who is told', () => {
  it('finds an open incident that no route takes', async () => {
    await api.close();
    api = await startApi({
      notify: {
        version: 1,
        receivers: [{ name: 'nobody', type: 'webhook', url: { env: 'OUTRIDER_TEST_NOWHERE' } }],
        routes: [{ name: 'some', match: { region: 'us-east' }, receivers: ['nobody'] }],
      },
    });
    await turns('told', 'warning', /^1 open incident that no route takes/, async () => {
      const { nowMs } = api.clock;
      api.shelf.put('opened', incidentOf({ startedMs: nowMs - 5000, detectedMs: nowMs - 1000 }));
      await api.notifier.tick();
    });
  });
});
