import { describe, expect, it } from 'vitest';
import type { Failure } from '../../../probes/outcome.ts';
import type { RunResult } from '../../../probes/probe.ts';
import {
  commandOf,
  FAULTS,
  type FaultName,
  faultOf,
  inject,
  isInjected,
  wrongWith,
} from './browser-faults.ts';

const measured = { metrics: {}, attributes: {}, phases: [] };
const failed = (blame: Failure['blame'], code: Failure['code']): RunResult => ({
  ...measured,
  outcome: 'fail',
  failure: { layer: 'player', blame, code, message: 'x' },
});

describe('what goes wrong', () => {
  const plan = Array.from({ length: 1000 }, (_, at) => faultOf(at));
  const count = (fault: FaultName): number => plan.filter((each) => each === fault).length;

  it('is each fault as often as it says, to processes in every second hundred alone, and nothing in most runs', () => {
    for (const [name, { every }] of Object.entries(FAULTS) as [FaultName, { every: number }][])
      if (name !== 'none') expect(count(name), name).toBe((isInjected(name) ? 500 : 1000) / every);
    expect(count('none')).toBeGreaterThan(750);
    expect(plan.slice(100, 200).some(isInjected)).toBe(false);
  });

  it('begins soon, so that a short trial meets every kind', () => {
    expect(new Set(plan.slice(0, 25))).toEqual(new Set(Object.keys(FAULTS)));
  });

  it('is done to a process in some cases, and is told when there is none', () => {
    expect(isInjected('browser_kill')).toBe(true);
    expect(isInjected('server_hang')).toBe(false);
    expect(inject('server_hang', 2 ** 22 + 1)).toBe(true);
    expect(inject('page_kill', 2 ** 22 + 1)).toBe(false);
    expect(inject('browser_kill', 2 ** 22 + 1)).toBe(false);
  });
});

describe('what a run says of it', () => {
  it('is right when it is of the kind that was done to it', () => {
    expect(wrongWith('none', { ...measured, outcome: 'ok' })).toBeUndefined();
    expect(wrongWith('browser_kill', failed('agent', 'browser_crashed'))).toBeUndefined();
    expect(wrongWith('server_hang', failed('unknown', 'start_timeout'))).toBeUndefined();
  });

  it('is wrong when it played, or blames somebody else', () => {
    expect(wrongWith('browser_kill', { ...measured, outcome: 'ok' })).toBe('browser_kill came out as ok');
    expect(wrongWith('page_kill', failed('target', 'status'))).toBe('page_kill came out as target status');
  });
});

describe('the command of a process', () => {
  it('is that with which it was started', () => {
    expect(commandOf(process.pid)).toContain('node');
    expect(commandOf(2 ** 22 + 1)).toBe('');
  });
});
