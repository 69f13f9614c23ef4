import { describe, expect, it } from 'vitest';
import type { Look } from '../../../agent/control/control-probe.ts';
import type { Disturbance } from '../../../agent/control/disturbance.ts';
import { createJudge } from '../../../agent/control/judge.ts';
import { CONTROL_LIMITS } from '../../../agent/control/limits.ts';
import type { Failure } from '../../../probes/outcome.ts';
import type { RunResult } from '../../../probes/probe.ts';
import { OK } from '../fixtures.ts';

const NEVER = new AbortController().signal;
const CUT_OFF: Look = {
  linkUp: false,
  anchors: [{ anchor: 'tcp://192.0.2.1:1', reached: false, layer: 'connect', code: 'timeout' }],
};

function judging(look: Look, clock?: { offsetMs: number; errorMs: number }) {
  let looks = 0;
  const judge = createJudge({
    control: {
      look: async () => {
        looks += 1;
        return look;
      },
    },
    offset: { offsetMs: () => clock?.offsetMs ?? 0, errorMs: () => clock?.errorMs },
  });
  const of = (result: RunResult, disturbances: readonly Disturbance[] = []) =>
    judge({ result, disturbances }, NEVER);
  return { of, looks: () => looks };
}

function failed(failure: Omit<Failure, 'message'>): RunResult {
  return {
    ...OK,
    outcome: 'fail',
    failure: { ...failure, message: 'as the probe saw it' },
    attributes: { pop: 'fra' },
  };
}

describe('a judge', () => {
  it('leaves a run that went well alone, and asks nobody', async () => {
    const { of, looks } = judging(CUT_OFF);
    expect(await of(OK)).toEqual(OK);
    expect(looks()).toBe(0);
  });

  it('says on a disturbed run what disturbed it', async () => {
    const { attributes } = await judging(CUT_OFF).of(OK, ['event_loop', 'memory']);
    expect(attributes).toEqual({ disturbed_by: 'event_loop,memory' });
  });

  it('changes the blame of a failure and nothing else of it, and says by which rule', async () => {
    const seen = { layer: 'connect', blame: 'network', code: 'timeout' } as const;
    const result = await judging(CUT_OFF).of(failed(seen));
    expect(result).toMatchObject({
      outcome: 'fail',
      failure: { ...seen, blame: 'agent', message: 'as the probe saw it' },
      attributes: { pop: 'fra', blame_rule: 'uplink_dead', control: 'anchors 0/1, link down' },
    });
  });

  it('asks nobody about what the agent says of itself', async () => {
    const { of, looks } = judging(CUT_OFF);
    const result = await of(failed({ layer: 'agent', blame: 'agent', code: 'browser_missing' }));
    expect(result).toMatchObject({ failure: { blame: 'agent' }, attributes: { blame_rule: 'own_fault' } });
    expect(looks()).toBe(0);
  });

  it('holds a certificate against the clock only once that was measured', async () => {
    const expired = failed({ layer: 'tls', blame: 'target', code: 'cert_expired' });
    const look: Look = { linkUp: true, anchors: [] };
    expect(await judging(look).of(expired)).toMatchObject({ failure: { blame: 'target' } });
    const offsetMs = 2 * CONTROL_LIMITS.clockWrongMs.value;
    expect(await judging(look, { offsetMs, errorMs: 5 }).of(expired)).toMatchObject({
      failure: { blame: 'agent' },
      attributes: { blame_rule: 'clock_wrong' },
    });
  });
});
