import { describe, expect, it } from 'vitest';
import { capable } from '../../../collector/registry/checks.ts';
import { METRICS } from '../../../probes/metrics.ts';
import { execProbe, ownProbe } from '../../../probes/own/own.ts';
import type { OwnRun, OwnRuns } from '../../../probes/own/own-runs.ts';
import type { RunResult } from '../../../probes/probe.ts';
import { probeOf } from '../../../probes/registry.ts';
import { probeSchema } from '../../../probes/spec.ts';
import { labelsOf } from '../../support/records.ts';
import { loopbackNetwork, runContext } from '../net/run-context.ts';

const OK: RunResult = { outcome: 'ok', metrics: { own_ms: 1 }, attributes: {}, phases: [] };

function offering(...capabilities: string[]) {
  const runs: [string, OwnRun][] = [];
  const own: OwnRuns = {
    capabilities,
    run: async (kind, run) => {
      runs.push([kind, run]);
      return OK;
    },
  };
  return { own, runs };
}

const target = (url = 'http://127.0.0.1/') => ({ name: 'shop', url, labels: {} });
const module = (name: string, params = {}) => ownProbe.params.parse({ module: name, params });
const codeOf = (result: RunResult) => result.outcome === 'fail' && result.failure.code;

describe('the probes own and exec', () => {
  it.each([ownProbe, execProbe])('are registered and judge what has a smallest effect: $type', (probe) => {
    expect(probeOf(probe.type)).toBe(probe);
    for (const name of probe.judged) expect(METRICS[name]).toHaveProperty('minEffect');
  });

  it('hand over the target and the parameters as they are', async () => {
    const { own, runs } = offering('own:sign-in', 'exec:sign-in');
    const context = { ...runContext(), own };
    expect(await ownProbe.run(context, target(), module('sign-in', { user: 'a' }))).toBe(OK);
    expect(await execProbe.run(context, target(), { program: 'sign-in', params: {} })).toBe(OK);
    expect(
      runs.map(
        ([
          kind,
          {
            name,
            params,
            target: { url },
          },
        ]) => [kind, name, params, url],
      ),
    ).toEqual([
      ['own', 'sign-in', { user: 'a' }, 'http://127.0.0.1/'],
      ['exec', 'sign-in', {}, 'http://127.0.0.1/'],
    ]);
  });

  it('are no fault of the target where the agent does not have the module or the program', async () => {
    const { own, runs } = offering('own:sign-in');
    const without = await ownProbe.run(runContext(), target(), module('sign-in'));
    const other = await ownProbe.run({ ...runContext(), own }, target(), module('sign-out'));
    const kind = await execProbe.run({ ...runContext(), own }, target(), { program: 'sign-in', params: {} });
    for (const result of [without, other, kind])
      expect(result).toMatchObject({ outcome: 'fail', failure: { blame: 'agent', code: 'not_allowed' } });
    expect(runs).toEqual([]);
  });

  it.each([
    'http://169.254.169.254/',
    'http://[::ffff:127.0.0.1]:9/',
    'tcp://10.0.0.1:25',
    'tcp://0x7f.1:25',
    'http://u:p@example.com/',
  ])('do not begin on a target that the agent may not reach: %s', async (url) => {
    const { own, runs } = offering('own:sign-in', 'exec:sign-in');
    const network = loopbackNetwork({ policy: { allow: [], deny: [] } });
    const context = { ...runContext({ network }), own };
    expect(codeOf(await ownProbe.run(context, target(url), module('sign-in')))).toBe('forbidden_target');
    expect(codeOf(await execProbe.run(context, target(url), { program: 'sign-in', params: {} }))).toBe(
      'forbidden_target',
    );
    expect(runs).toEqual([]);
  });

  it('take a target of any scheme whose host may be reached', async () => {
    const { own } = offering('own:sign-in');
    expect(
      await ownProbe.run({ ...runContext(), own }, target('tcp://127.0.0.1:25'), module('sign-in')),
    ).toBe(OK);
    expect(codeOf(await ownProbe.run({ ...runContext(), own }, target('nowhere'), module('sign-in')))).toBe(
      'bad_params',
    );
  });

  it.each(['', 'Sign', '../etc', 'a b', 'x'.repeat(49)])('refuse the name %j', (name) => {
    expect(ownProbe.params.safeParse({ module: name }).success).toBe(false);
    expect(execProbe.params.safeParse({ program: name }).success).toBe(false);
  });
});

describe('a collector', () => {
  const probe = (module: string) =>
    probeSchema.parse({ name: 'front', type: 'own', targets: ['shop'], every: '60s', params: { module } });
  const agent = (...probeTypes: string[]) => ({
    id: 'a',
    labels: labelsOf('eu-west'),
    capabilities: { probeTypes, browser: '' },
  });

  it('gives a module to the agents alone that told they have it', () => {
    expect(capable(probe('sign-in'), agent('http', 'own', 'own:sign-in'))).toBe(true);
    expect(capable(probe('sign-in'), agent('http', 'own', 'own:sign-out'))).toBe(false);
    expect(capable(probe('sign-in'), agent('exec', 'exec:sign-in'))).toBe(false);
    expect(capable(probe('sign-in'), agent('http'))).toBe(false);
  });
});
