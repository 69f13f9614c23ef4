import { describe, expect, it } from 'vitest';
import type { Overview, RegionState } from '../../../collector/api/overview.ts';
import { listWords, verdict } from '../../../collector/dashboard/verdict.js';

function overviewOf(states: Record<string, RegionState>, incidents: object[] = []): Overview {
  const regions = Object.entries(states).map(([region, state]) => ({ region, state, reason: '' }));
  return { regions, incidents, regions_without_agents: [] } as unknown as Overview;
}

const open = { status: 'open', summary: 'TTFB rose.' };

describe('the one sentence', () => {
  it('is good only when every region is ok and no incident is open', () => {
    expect(verdict(overviewOf({ a: 'ok', b: 'ok' }))).toMatchObject({
      state: 'ok',
      title: 'All 2 regions are well',
    });
    expect(verdict(overviewOf({ a: 'ok' })).title).toBe('a is well');
  });

  it('does not say that every region reports where one has no agent', () => {
    const told = verdict({ ...overviewOf({ a: 'ok', b: 'ok' }), regions_without_agents: ['nz', 'za'] });
    expect(told).toMatchObject({
      title: 'All 2 regions are well',
      text: 'No open incident. Nothing is known of nz and za: no agent is there.',
    });
  });

  it('names the degraded region and says what is wrong', () => {
    expect(verdict(overviewOf({ a: 'ok', b: 'degraded' }, [open]))).toEqual({
      state: 'degraded',
      title: 'b is degraded',
      text: 'TTFB rose.',
    });
  });

  it('does not let a degraded region hide a silent one', () => {
    expect(verdict(overviewOf({ a: 'silent', b: 'degraded' }, [open])).text).toContain('a: no figures');
  });

  it('says of a long summary its first part alone, and still what is quiet beside it', () => {
    const long = {
      status: 'open',
      summary: 'b: TTFB rose at 3 of 3 agents since 12:00:00Z; a not affected.',
    };
    const told = 'b: TTFB rose at 3 of 3 agents since 12:00:00Z. a: no figures, so nothing can be said.';
    expect(verdict(overviewOf({ a: 'silent', b: 'degraded' }, [long])).text).toBe(told);
    expect(verdict(overviewOf({ a: 'silent', b: 'ok' }, [long])).text).toBe(told);
  });

  it('says what is wrong in a region that it names, not what is newest elsewhere', () => {
    const overview = overviewOf({ b: 'degraded' }, [{ ...open, summary: 'Network Two is slow.' }]);
    const regions = overview.regions.map((region) => ({
      ...region,
      reason: 'b: TTFB rose; a not affected.',
    }));
    expect(verdict({ ...overview, regions })).toMatchObject({
      title: 'b is degraded',
      text: 'b: TTFB rose.',
    });
  });

  it('is not good while an agent or a target has an open incident', () => {
    expect(verdict(overviewOf({ a: 'ok' }, [open]))).toEqual({
      state: 'degraded',
      title: '1 open incident',
      text: 'TTFB rose.',
    });
  });

  it('is not good while a region is silent or unknown', () => {
    expect(verdict(overviewOf({ a: 'ok', b: 'silent' })).title).toBe('b is silent');
    expect(verdict(overviewOf({ a: 'ok', b: 'unknown' })).title).toBe('Waiting for figures from b');
    expect(verdict(overviewOf({}))).toMatchObject({ state: 'unknown', title: 'No region reports yet' });
  });

  it('ignores incidents that are resolved', () => {
    expect(verdict(overviewOf({ a: 'ok' }, [{ ...open, status: 'resolved' }])).state).toBe('ok');
  });

  it('counts regions when they are more than a sentence can name', () => {
    const states = { a: 'degraded', b: 'degraded', c: 'degraded', d: 'degraded' } as const;
    expect(verdict(overviewOf(states, [open])).title).toBe('4 regions are degraded');
    const { d: _d, ...three } = states;
    expect(verdict(overviewOf(three, [open])).title).toBe('a, b and c are degraded');
  });
});

it('words are listed as people list them', () => {
  expect([listWords([]), listWords(['a']), listWords(['a', 'b']), listWords(['a', 'b', 'c'])]).toEqual([
    '',
    'a',
    'a and b',
    'a, b and c',
  ]);
});
