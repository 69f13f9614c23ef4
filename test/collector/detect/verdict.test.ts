import { describe, expect, it } from 'vitest';
import type { Evidence, IncidentScope } from '../../../collector/detect/incident.ts';
import { SILENCE_METRIC } from '../../../collector/detect/incident.ts';
import type { SecondLook } from '../../../collector/detect/second-look.ts';
import { FAILURE_METRIC } from '../../../collector/detect/series.ts';
import { blameOf, faultPlaceOf, summarise } from '../../../collector/detect/verdict.ts';

const EU: IncidentScope = { kind: 'region', region: 'eu-west' };
const WELL = [{ kind: 'region', name: 'us-east', share: 0.01 }] as const;

function evidenceOf(more: Partial<Evidence> = {}): Evidence {
  return {
    confirmed: true,
    evidence: 1e6,
    threshold: 3e5,
    agents: ['eu-west-1', 'eu-west-2', 'eu-west-3'],
    agentsHeard: 3,
    silentAgents: [],
    cells: [],
    series: [],
    unaffected: WELL,
    failures: [],
    phases: [],
    ...more,
  };
}

const timeouts = (blame: 'unknown' | 'network' | 'target', count: number) =>
  ({ layer: 'http', blame, code: 'timeout', count }) as const;

describe('blame', () => {
  it('follows the votes of the failures', () => {
    const failures = [timeouts('target', 12), timeouts('network', 3)];
    expect(blameOf(EU, FAILURE_METRIC, evidenceOf({ failures }))).toBe('target');
    expect(blameOf(EU, FAILURE_METRIC, evidenceOf({ failures: [timeouts('network', 5)] }))).toBe('network');
  });

  it('of requests never answered in one region only is the network’s: from elsewhere the target answers', () => {
    const failures = [timeouts('unknown', 40), timeouts('target', 1)];
    expect(blameOf(EU, FAILURE_METRIC, evidenceOf({ failures }))).toBe('network');
  });

  it('of a target that fails from every region is the target’s', () => {
    const failures = [timeouts('unknown', 40)];
    const scope = { kind: 'target', target: 'clip' } as const;
    expect(blameOf(scope, FAILURE_METRIC, evidenceOf({ failures }))).toBe('target');
  });

  it('of latency is the network’s where connections grew, the target’s where only its first byte did', () => {
    const slowLink = [
      { metric: 'connect_ms', before: 10, after: 210 },
      { metric: 'ttfb_ms', before: 20, after: 220 },
    ];
    const slowServer = [
      { metric: 'connect_ms', before: 10, after: 11 },
      { metric: 'ttfb_ms', before: 20, after: 420 },
    ];
    expect(blameOf(EU, 'ttfb_ms', evidenceOf({ phases: slowLink }))).toBe('network');
    expect(blameOf(EU, 'ttfb_ms', evidenceOf({ phases: slowServer }))).toBe('target');
  });

  it('is not guessed: without phases, or for what everybody shares, it is unknown', () => {
    expect(blameOf(EU, 'ttfb_ms', evidenceOf())).toBe('unknown');
    const phases = [{ metric: 'ttfb_ms', before: 20, after: 420 }];
    expect(blameOf({ kind: 'global' }, 'ttfb_ms', evidenceOf({ phases, unaffected: [] }))).toBe('unknown');
  });

  it('of one agent beside healthy neighbours is its own; without neighbours nobody knows', () => {
    const scope = { kind: 'agent', region: 'eu-west', agent: 'eu-west-1' } as const;
    const neighbours = [{ kind: 'agent', name: 'eu-west-2', share: 0 }] as const;
    expect(blameOf(scope, 'ttfb_ms', evidenceOf({ unaffected: neighbours }))).toBe('agent');
    expect(blameOf(scope, 'ttfb_ms', evidenceOf({ unaffected: [] }))).toBe('unknown');
  });

  it('of a silent region is the network’s, of a silent fleet unknown: it may be ourselves', () => {
    expect(blameOf(EU, SILENCE_METRIC, evidenceOf())).toBe('network');
    expect(blameOf({ kind: 'global' }, SILENCE_METRIC, evidenceOf())).toBe('unknown');
  });
});

describe('the summary', () => {
  const base = {
    scope: EU,
    metric: 'ttfb_ms',
    probe: 'edge',
    target: 'clip',
    blame: 'target',
    startedMs: Date.UTC(2026, 10, 21, 3, 40, 45),
    size: { before: 12.3, after: 415.2, unit: 'ms', ratio: 33.8 },
    evidence: evidenceOf(),
  } as const;

  it('is one sentence: where, what, how much, for whom, since when, and what is well', () => {
    expect(summarise(base)).toBe(
      'eu-west: ttfb_ms of edge on clip went from 12 ms to 415 ms at 3 of 3 agents since 03:40:45Z; us-east not affected; looks like the target.',
    );
  });

  it('names failures and shares as people do', () => {
    const size = { before: 0, after: 0.97, unit: 'ratio', ratio: null };
    expect(summarise({ ...base, metric: FAILURE_METRIC, size, probe: null, target: null })).toContain(
      'failures of several probes went from 0% to 97%',
    );
  });

  it('of a silence counts the agents', () => {
    const evidence = evidenceOf({ silentAgents: ['a', 'b'] });
    expect(summarise({ ...base, metric: SILENCE_METRIC, evidence })).toBe(
      'eu-west: 2 agents fell silent together since 03:40:45Z.',
    );
  });
});

describe('blame after second looks', () => {
  const AGENT: IncidentScope = { kind: 'agent', region: 'eu-west', agent: 'eu-west-1' };
  const TARGET: IncidentScope = { kind: 'target', target: 'clip' };
  const NEIGHBOURS = [{ kind: 'agent', name: 'eu-west-2', share: 0 }] as const;
  const lookOf = (verdict: SecondLook['verdict'], stand: SecondLook['stand'] = 'differs'): SecondLook => ({
    ...{ verdict, stand, text: 'asked again, so and so', severityWithout: 'critical' },
  });
  const unanswered = [timeouts('unknown', 40)];
  const refused = [timeouts('target', 40)];

  /** The scope, what was found on asking, failures by their own blame, and whose fault it looks like then. */
  it.each([
    [EU, lookOf('region', 'supports'), unanswered, 'network'],
    [EU, lookOf('network'), refused, 'network'],
    [EU, lookOf('agent', 'contradicts'), refused, 'agent'],
    [EU, lookOf('agent', 'outvoted'), refused, 'target'],
    [EU, lookOf('gone', 'contradicts'), refused, 'target'],
    // The neighbour is not well either: nothing speaks against the target any more, and nothing for it.
    [EU, lookOf('wider'), unanswered, 'unknown'],
    [EU, lookOf('wider'), refused, 'target'],
    [EU, lookOf('here', 'unsure'), unanswered, 'network'],
    [AGENT, lookOf('agent', 'supports'), refused, 'agent'],
    [AGENT, lookOf('region'), unanswered, 'network'],
    [AGENT, lookOf('region'), refused, 'target'],
    [AGENT, lookOf('network'), refused, 'network'],
    [AGENT, lookOf('wider'), unanswered, 'unknown'],
    [AGENT, lookOf('wider'), refused, 'target'],
    [AGENT, lookOf('gone', 'contradicts'), refused, 'agent'],
    [TARGET, lookOf('region'), unanswered, 'target'],
    [{ kind: 'global' }, lookOf('agent', 'contradicts'), refused, 'target'],
  ] as const)('of %o, where %o', (scope, secondLook, failures, blame) => {
    const unaffected = scope.kind === 'agent' ? NEIGHBOURS : WELL;
    const evidence = evidenceOf({ failures, secondLook, unaffected });
    expect(blameOf(scope, FAILURE_METRIC, evidence)).toBe(blame);
  });

  it('is in the sentence, and nothing is where there is nothing to say', () => {
    const facts = {
      ...{ scope: EU, metric: FAILURE_METRIC, probe: 'edge', target: 'clip' },
      blame: 'network',
      ...{ startedMs: 0, size: { before: 0, after: 0.5, unit: 'ratio', ratio: null } },
    } as const;
    const say = (secondLook: SecondLook) => summarise({ ...facts, evidence: evidenceOf({ secondLook }) });
    expect(say(lookOf('wider'))).toMatch(
      /us-east not affected; asked again, so and so; looks like the network\.$/,
    );
    expect(say({ ...lookOf('unclear'), text: '' })).toMatch(
      /us-east not affected; looks like the network\.$/,
    );
  });
});

describe('whose part of the way it is', () => {
  it.each<[string, IncidentScope]>([
    ['AGENT', { kind: 'agent', region: 'eu-west', agent: 'eu-west-1' }],
    ['ISP', { kind: 'isp', isp: 'Cable Two' }],
    ['REGION', EU],
    ['COUNTRY', { kind: 'country', country: 'IE' }],
    ['POP', { kind: 'pop', pop: 'dub1' }],
    ['ROUTE', { kind: 'route', region: 'eu-west', pop: 'dub1' }],
    ['TARGET', { kind: 'target', target: 'clip' }],
    ['GLOBAL', { kind: 'global' }],
  ])('is %s by the scope', (place, scope) => {
    expect(faultPlaceOf(scope, false)).toBe(place);
  });

  it('is ourselves where everybody falls silent at once, and is said so', () => {
    expect(faultPlaceOf({ kind: 'global' }, true)).toBe('OURSELVES');
    expect(faultPlaceOf(EU, true)).toBe('REGION');
    const silent = { scope: { kind: 'global' }, metric: SILENCE_METRIC, probe: null, target: null } as const;
    const size = { before: 0, after: 2, unit: 'count', ratio: null };
    const evidence = evidenceOf({ silentAgents: ['a', 'b'] });
    expect(summarise({ ...silent, blame: 'unknown', startedMs: 0, size, evidence })).toContain(
      'looks like ourselves',
    );
  });

  it('of a network or a way is the network’s to mend, of an edge the target’s', () => {
    const evidence = evidenceOf({ failures: [timeouts('unknown', 5)] });
    expect(blameOf({ kind: 'isp', isp: 'Cable Two' }, 'ttfb_ms', evidence)).toBe('network');
    expect(blameOf({ kind: 'route', region: 'eu-west', pop: 'dub1' }, FAILURE_METRIC, evidence)).toBe(
      'network',
    );
    expect(blameOf({ kind: 'pop', pop: 'dub1' }, FAILURE_METRIC, evidence)).toBe('target');
    expect(blameOf({ kind: 'country', country: 'IE' }, FAILURE_METRIC, evidence)).toBe('network');
  });

  it('is said to be unsure where the same runs speak for another place', () => {
    const place = { share: 1, alternatives: [{ kind: 'pop', pop: 'dub1' }] } as const;
    const size = { before: 10, after: 20, unit: 'ms', ratio: 2 };
    const facts = { scope: EU, metric: 'ttfb_ms', probe: 'edge', target: 'clip', startedMs: 0, size };
    const text = summarise({ ...facts, blame: 'target', evidence: evidenceOf({ place }) });
    expect(text).toContain('what is known cannot tell it from edge dub1');
  });
});
