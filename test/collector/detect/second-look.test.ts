import { describe, expect, it } from 'vitest';
import type { ConfirmAnswer, Confirmation, ConfirmVerdict } from '../../../collector/detect/confirmation.ts';
import type { IncidentScope } from '../../../collector/detect/incident.ts';
import {
  SECOND_LOOK_STANDS,
  type SecondLookQuestion,
  type SecondLookStand,
  secondLook,
  severityAfter,
} from '../../../collector/detect/second-look.ts';

const EDGE = { probe: 'edge', target: 'clip' };
const SCOPES = {
  agent: { kind: 'agent', region: 'eu-west', agent: 'eu-west-1' },
  region: { kind: 'region', region: 'eu-west' },
  target: { kind: 'target', target: 'clip' },
  global: { kind: 'global' },
} as const satisfies Record<string, IncidentScope>;

function answer(agent: string, role: ConfirmAnswer['role'], raised: boolean | null): ConfirmAnswer {
  const region = agent.replace(/-\d+$/, '');
  return {
    ...{ agent, region, role, raised, network: 'AS1 One', outcome: 'ok' },
    ...{ value: 20, limit: 30, code: '', runId: `${agent}/b/1` },
  };
}

function look(verdict: ConfirmVerdict, more: Partial<Confirmation> = {}): Confirmation {
  const seen = verdict !== 'gone';
  return {
    ...{ region: 'eu-west', agent: 'eu-west-1', ...EDGE, metric: 'ttfb_ms', verdict },
    ...{ requestId: `r-${verdict}`, askedMs: 4000, settledMs: 5000 },
    answers: [
      answer('eu-west-1', 'same', seen),
      answer('eu-west-2', 'sibling', seen && verdict !== 'agent'),
      answer('eu-west-3', 'sibling', null),
      answer('eu-north-1', 'neighbour', verdict === 'wider'),
    ],
    ...more,
  };
}

function ask(
  kind: keyof typeof SCOPES,
  looks: readonly Confirmation[],
  more: Partial<SecondLookQuestion> = {},
) {
  return secondLook({
    ...{ scope: SCOPES[kind], checks: [EDGE], confirmations: looks },
    ...{ raisedSince: () => 0, severity: 'critical', ...more },
  });
}

/** The scope that first tries gave, what was found on asking, how many agents show it since, and what that comes to. */
const TABLE: readonly (readonly [keyof typeof SCOPES, readonly ConfirmVerdict[], number, SecondLookStand])[] =
  [
    ['region', ['region'], 0, 'supports'],
    ['region', ['wider'], 0, 'differs'],
    ['region', ['network'], 0, 'differs'],
    ['region', ['agent'], 0, 'contradicts'],
    ['region', ['agent'], 1, 'contradicts'],
    ['region', ['agent'], 2, 'outvoted'],
    ['region', ['gone'], 0, 'contradicts'],
    ['region', ['gone'], 1, 'contradicts'],
    ['region', ['gone'], 3, 'outvoted'],
    ['region', ['here'], 0, 'unsure'],
    ['region', ['mixed'], 0, 'unsure'],
    ['region', ['unclear'], 0, 'unsure'],
    ['agent', ['agent'], 0, 'supports'],
    ['agent', ['region'], 0, 'differs'],
    ['agent', ['network'], 0, 'differs'],
    ['agent', ['wider'], 0, 'differs'],
    ['agent', ['gone'], 0, 'contradicts'],
    ['agent', ['gone'], 1, 'outvoted'],
    ['target', ['wider'], 0, 'supports'],
    ['target', ['region'], 0, 'differs'],
    ['target', ['gone'], 0, 'contradicts'],
    ['global', ['wider'], 0, 'supports'],
    ['global', ['agent'], 0, 'contradicts'],
    ['global', ['agent'], 9, 'outvoted'],
    // Of several looks the one that saw the most is believed.
    ['region', ['gone', 'region'], 0, 'supports'],
    ['region', ['agent', 'wider'], 0, 'differs'],
    ['region', ['gone', 'here'], 0, 'unsure'],
    ['region', ['gone', 'agent'], 0, 'contradicts'],
    ['region', ['unclear', 'gone'], 0, 'contradicts'],
  ];

/** A look at another check of the incident each. */
const looksOf = (verdicts: readonly ConfirmVerdict[]) =>
  verdicts.map((verdict, i) => look(verdict, { probe: `p${i}` }));

describe('second looks', () => {
  it.each(TABLE)(
    'at a fault of scope %s that found %j, %i agents showing it since: %s',
    (kind, verdicts, since, stand) => {
      const checks = verdicts.map((_, i) => ({ probe: `p${i}`, target: 'clip' }));
      expect(ask(kind, looksOf(verdicts), { checks, raisedSince: () => since })?.stand).toBe(stand);
    },
  );

  it('come to every stand in that table', () => {
    expect(new Set(TABLE.map(([, , , stand]) => stand))).toEqual(new Set(SECOND_LOOK_STANDS));
  });

  it('say nothing of an incident when nobody looked, or at other checks only', () => {
    expect(ask('region', [])).toBeUndefined();
    expect(ask('region', [look('gone', { probe: 'other' }), look('gone', { target: 'x' })])).toBeUndefined();
  });

  it('at one check count by the newest', () => {
    expect(ask('region', [look('gone'), look('region')])?.stand).toBe('supports');
    expect(ask('region', [look('region'), look('gone')])?.stand).toBe('contradicts');
  });

  it('are outvoted only by what began when the last of them was settled', () => {
    const asked: number[] = [];
    const looks = [look('gone'), look('gone', { probe: 'p1', settledMs: 9000 })];
    ask('region', looks, {
      checks: [EDGE, { probe: 'p1', target: 'clip' }],
      raisedSince: (ms) => {
        asked.push(ms);
        return 0;
      },
    });
    expect(asked).toEqual([9000]);
  });

  it('take severity from a contradicted incident alone, and keep what it would be', () => {
    for (const [kind, verdicts, since, stand] of TABLE) {
      const checks = verdicts.map((_, i) => ({ probe: `p${i}`, target: 'clip' }));
      const found = ask(kind, looksOf(verdicts), { checks, raisedSince: () => since });
      expect(severityAfter(found, 'critical')).toBe(stand === 'contradicts' ? 'warning' : 'critical');
      expect(severityAfter(found, 'warning')).toBe('warning');
      expect(found?.severityWithout).toBe('critical');
    }
    expect(severityAfter(undefined, 'critical')).toBe('critical');
  });
});

describe('the words of second looks', () => {
  it.each([
    ['region', 'region', 0, 'confirmed: asked again, several agents of eu-west saw it and eu-north did not'],
    ['region', 'wider', 0, 'asked again, eu-north saw it too'],
    ['region', 'network', 0, 'asked again, only agents on AS1 One saw it, those on other networks did not'],
    ['region', 'agent', 0, 'not confirmed: asked again, only eu-west-1 saw it'],
    ['region', 'gone', 0, 'not confirmed: asked again, all 2 agents that could say did not see it'],
    [
      'region',
      'gone',
      2,
      'when asked again at 00:00:05Z all 2 agents that could say did not see it, but first tries since then show it',
    ],
    ['agent', 'agent', 0, 'confirmed: asked again, others of its region did not see it'],
    ['agent', 'region', 0, 'asked again, other agents of eu-west saw it too'],
    ['target', 'wider', 0, 'confirmed: asked again, eu-north saw it too'],
    ['region', 'here', 0, 'asked again, it was still there'],
    ['region', 'mixed', 0, 'asked again, some of the agents saw it'],
    ['region', 'unclear', 0, ''],
  ] as const)('of scope %s, verdict %s, %i agents since', (kind, verdict, since, text) => {
    expect(ask(kind, [look(verdict)], { raisedSince: () => since })?.text).toBe(text);
  });

  it('name a few of many', () => {
    const looks = ['a', 'b', 'c'].map((region) => look('agent', { region, agent: `${region}-1` }));
    expect(ask('global', looks)?.text).toBe('not confirmed: asked again, only a-1 and b-1 and others saw it');
  });
});
