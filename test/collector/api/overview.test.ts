import { describe, expect, it } from 'vitest';
import type { DetectedIncidentJson } from '../../../collector/api/answers/incidents.ts';
import { judgeRegion, type RegionFacts } from '../../../collector/api/overview.ts';
import { overviewTimes } from '../../../collector/api/overview-source.ts';
import type { AgentConnection, AgentView } from '../../../collector/registry/registry.ts';
import { labelsOf } from '../../support/records.ts';

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);

function agents(...states: AgentConnection[]): AgentView[] {
  return states.map((state, index) => ({
    id: `eu-west-${index}`,
    labels: labelsOf('eu-west'),
    capabilities: { probeTypes: ['http'], browser: '' },
    software: '0.1.0',
    boot: 'b',
    state,
    firstSeenMs: NOW - 60_000,
    lastSeenMs: NOW,
    collector: 'c1',
    revision: 1,
    toldMs: 0,
    assignments: 1,
  }));
}

const incident = {
  summary: 'Slow in eu-west.',
  started_at: '2026-11-21T11:58:00.000Z',
} as DetectedIncidentJson;

function judge(facts: Partial<RegionFacts>) {
  return judgeRegion({
    region: 'eu-west',
    agents: agents('connected', 'connected', 'connected'),
    openIncidents: [],
    lastResultMs: NOW - 2000,
    nowMs: NOW,
    freshMs: 30_000,
    ...facts,
  });
}

describe('a region', () => {
  it('is ok while its agents are connected and fresh results come', () => {
    expect(judge({})).toEqual({ state: 'ok', reason: '' });
  });

  it('is unknown, never ok, before the first result', () => {
    expect(judge({ lastResultMs: null }).state).toBe('unknown');
  });

  it('is unknown, never ok, once its results have grown old, and says for how long', () => {
    expect(judge({ lastResultMs: NOW - 45_000 })).toEqual({
      state: 'unknown',
      reason: 'No run has finished for 45 s.',
    });
  });

  it('is unknown, never ok, while its agents disturb every run themselves', () => {
    const runs = { ok: 0, fail: 0, missed: 1, disturbed: 7 };
    expect(judge({ runs })).toEqual({
      state: 'unknown',
      reason: 'All 7 runs were disturbed by the agents’ own machines.',
    });
    expect(judge({ runs: { ...runs, ok: 1 } }).state).toBe('ok');
    expect(judge({ runs: { ...runs, disturbed: 0 } }).state).toBe('ok');
  });

  it('is silent when none of its agents is connected, however fresh the last results are', () => {
    expect(judge({ agents: agents('silent', 'silent', 'stopped') }).state).toBe('silent');
  });

  it('tells agents that were stopped from agents that vanished', () => {
    expect(judge({ agents: agents('stopped', 'stopped') }).reason).toMatch(/stopped/);
    expect(judge({ agents: agents('stopped', 'silent') }).reason).toMatch(/heard/);
  });

  it('stays ok when one agent of three is silent, and says so', () => {
    expect(judge({ agents: agents('connected', 'connected', 'silent') })).toEqual({
      state: 'ok',
      reason: '1 of 3 agents is silent.',
    });
  });

  it('is degraded by an open incident, whose sentence it takes', () => {
    expect(judge({ openIncidents: [incident] })).toEqual({ state: 'degraded', reason: 'Slow in eu-west.' });
  });

  it('is degraded rather than silent when both are true: the incident may be the silence', () => {
    expect(judge({ openIncidents: [incident], agents: agents('silent') }).state).toBe('degraded');
  });

  it('is unknown when only old results tell of it', () => {
    expect(judge({ agents: [], lastResultMs: NOW - 90_000 }).state).toBe('unknown');
  });
});

describe('the times of an overview', () => {
  it('cover two runs of the slowest probe, and let results of the fastest grow three intervals old', () => {
    expect(overviewTimes([20_000, 120_000])).toEqual({ windowMs: 240_000, freshMs: 60_000 });
  });

  it('are at least a minute and thirty seconds, for figures that do not jump', () => {
    expect(overviewTimes([500, 2000])).toEqual({ windowMs: 60_000, freshMs: 30_000 });
    expect(overviewTimes([])).toEqual({ windowMs: 60_000, freshMs: 30_000 });
  });

  it('stop at a quarter of an hour, so that the figures are about now', () => {
    expect(overviewTimes([86_400_000]).windowMs).toBe(900_000);
  });
});
