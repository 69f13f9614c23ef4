import { describe, expect, it } from 'vitest';
import type { ConfirmAsked, Confirmation, Suspicion } from '../../../collector/detect/confirmation.ts';
import { Detector } from '../../../collector/detect/detector.ts';
import { type Incident, type IncidentScope, scopeText } from '../../../collector/detect/incident.ts';
import { Playback } from '../../../collector/detect/replay.ts';
import type { Series } from '../../../collector/detect/series.ts';
import { DETECT_DEFAULTS } from '../../../collector/detect/settings.ts';
import { type TellingCase, tellApart, tellingSuspicion } from '../../../collector/detect/telling.ts';
import { runOf, seriesOf } from './observations.ts';

const REGION: IncidentScope = { kind: 'region', region: 'r1' };
const POP: IncidentScope = { kind: 'pop', pop: 'b' };

/** Two agents of r1 on edge b, one of r1 on edge a, two elsewhere on edge b, one elsewhere on edge a. */
const FLEET: readonly Series[] = [
  ...[['r1-1', 'r1', 'b'] as const, ['r1-2', 'r1', 'b'] as const, ['r1-3', 'r1', 'a'] as const],
  ...[['r2-1', 'r2', 'b'] as const, ['r2-2', 'r2', 'b'] as const, ['r2-3', 'r2', 'a'] as const],
].map(([agent, region, pop]) => seriesOf({ agent, region, dims: { pop } }));

const CASE: TellingCase = {
  id: 'inc-1',
  scope: REGION,
  place: { share: 1, score: 20, alternatives: [POP] },
  lead: { region: 'r1', cell: { probe: 'edge', target: 'clip', metric: 'ttfb_ms' } },
  looks: [],
};

/** What these agents answered. */
function look(raised: Readonly<Record<string, boolean | null>>, requestId = 'q1'): Confirmation {
  return {
    ...{ region: 'r1', agent: 'r1-1', probe: 'edge', target: 'clip', metric: 'ttfb_ms', verdict: 'told' },
    ...{ requestId, askedMs: 0, settledMs: 900, about: 'inc-1' },
    answers: Object.entries(raised).map(([agent, raised]) => ({
      ...{ agent, region: agent.slice(0, 2), role: 'telling', outcome: 'ok', raised, value: 20 },
      ...{ limit: 30, code: '', runId: `${agent}/b/1` },
    })),
  };
}
const placeAfter = (...looks: Confirmation[]) => tellApart({ ...CASE, looks }, FLEET, 0.9, DETECT_DEFAULTS);

describe('who can tell two places apart', () => {
  it('are agents of one that are not of the other, of each in turn', () => {
    const suspicion = tellingSuspicion(CASE, FLEET);
    expect(suspicion?.telling).toEqual({ incident: 'inc-1', agents: ['r2-1', 'r1-3', 'r2-2'] });
    expect(suspicion).toMatchObject({ probe: 'edge', target: 'clip', metric: 'ttfb_ms' });
  });

  it('is nobody where every agent lies in both or in neither, or runs another check', () => {
    const both = FLEET.filter(({ agent }) => ['r1-1', 'r1-2', 'r2-3'].includes(agent));
    expect(tellingSuspicion(CASE, both)).toBeUndefined();
    const other = { region: 'r1', cell: { probe: 'edge', target: 'live', metric: 'ttfb_ms' } };
    expect(tellingSuspicion({ ...CASE, lead: other }, FLEET)).toBeUndefined();
  });

  it('need not be asked where nothing is ambiguous, or where three looks have not told', () => {
    expect(tellingSuspicion({ ...CASE, place: { share: 1, alternatives: [] } }, FLEET)).toBeUndefined();
    const looks = ['q1', 'q2', 'q3'].map((id) => look({}, id));
    expect(tellingSuspicion({ ...CASE, looks }, FLEET)).toBeUndefined();
  });
});

describe('what they found', () => {
  it('rules an alternative out where only the scope is raised', () => {
    const place = placeAfter(look({ 'r1-3': true, 'r2-1': false, 'r2-2': false }));
    expect(place).toEqual({ share: 1, score: 20, alternatives: [], ruledOut: [POP] });
  });

  it('speaks for the alternative where it is raised beyond the scope', () => {
    const place = placeAfter(look({ 'r1-3': false, 'r2-1': true, 'r2-2': true }));
    expect(place).toMatchObject({ alternatives: [POP], rather: POP });
  });

  it('tells nothing by one run, by agents in both, or by those that have no say', () => {
    for (const answers of [{ 'r2-1': false }, { 'r1-1': true, 'r1-2': true }, { 'r2-1': null, 'r2-2': null }])
      expect(placeAfter(look(answers))).toEqual({ share: 1, score: 20, alternatives: [POP], ruledOut: [] });
  });

  it('adds up over looks, and a later one may take back whom they speak for', () => {
    expect(placeAfter(look({ 'r2-1': false }), look({ 'r2-2': false }, 'q2')).ruledOut).toEqual([POP]);
    const spoken = placeAfter(look({ 'r2-1': true, 'r2-2': true }));
    expect(spoken.rather).toEqual(POP);
    const looks = [look({ 'r2-1': true, 'r2-2': true }), look({ 'r2-1': false, 'r2-2': false }, 'q2')];
    expect(tellApart({ ...CASE, place: spoken, looks }, FLEET, 0.9, DETECT_DEFAULTS).rather).toBeUndefined();
  });
});

/** Three agents in each of three regions; r1 is on an edge of its own, but for one agent of r2 that is away while r1 becomes slow. */
function ambiguousStory() {
  const detector = new Detector();
  const playback = new Playback(detector);
  let round = 0;
  const pass = (slow: boolean): Suspicion[] => {
    for (const region of ['r0', 'r1', 'r2'])
      for (const k of [1, 2, 3]) {
        const agent = `${region}-${k}`;
        if (slow && agent === 'r2-3') continue;
        const ttfb_ms = slow && region === 'r1' ? 500 : 20 + ((round * 7 + k * 3) % 11);
        const pop = region === 'r1' || agent === 'r2-3' ? 'b' : 'a';
        playback.take(runOf(round, { agent, region, dims: { pop }, metrics: { ttfb_ms } }));
      }
    round += 1;
    playback.until(runOf(round).scheduledMs);
    return [...detector.takeSuspicions()];
  };
  for (let i = 0; i < 60; i += 1) pass(false);
  let telling: Suspicion | undefined;
  for (let i = 0; i < 20 && !telling; i += 1) telling = pass(true).find((one) => one.telling);
  if (!telling) throw new Error('nobody was asked to tell');
  const answer = (ttfb_ms: number, requestId: string): Incident => {
    const asked: ConfirmAsked = {
      ...{ agent: 'r2-3', region: 'r2', role: 'telling', network: '' },
      run: {
        ...{ outcome: 'ok', code: '', blame: '', disturbed: false },
        ...{ metrics: { ttfb_ms }, runId: `r2-3/b/${requestId}` },
      },
    };
    const nowMs = runOf(round).scheduledMs;
    detector.confirm({
      ...{
        suspicion: telling as Suspicion,
        requestId,
        askedMs: nowMs,
        settledMs: nowMs + 500,
        asked: [asked],
      },
    });
    for (let i = 0; i < 8; i += 1) pass(true);
    return detector.open()[0] as Incident;
  };
  return { detector, telling, answer };
}

describe('an incident whose place cannot be told from another', () => {
  it('opens all the same, and asks the one agent that could tell', () => {
    const { detector, telling } = ambiguousStory();
    const [incident] = detector.open();
    expect(incident?.scope).toEqual({ kind: 'region', region: 'r1' });
    expect(incident?.evidence.place?.alternatives.map(scopeText)).toEqual(['pop:b']);
    expect(telling.telling).toEqual({ incident: incident?.id, agents: ['r2-3'] });
  });

  it('says what it ruled out once that agent is well more than once', () => {
    const { answer } = ambiguousStory();
    expect(answer(21, 'q1').evidence.place?.alternatives).toEqual([POP]);
    const told = answer(22, 'q2');
    expect(told.evidence.place).toMatchObject({ alternatives: [], ruledOut: [POP] });
    expect(told.summary).toContain('agents that were asked to tell rule out edge b');
    expect(told.summary).not.toContain('cannot tell it from');
    expect(told).toMatchObject({ scope: REGION, status: 'open', severity: 'critical' });
  });

  it('says what they speak for where that agent sees it too, and is about the same place still', () => {
    const { answer } = ambiguousStory();
    answer(500, 'q1');
    const told = answer(510, 'q2');
    expect(told.summary).toContain('agents that were asked to tell speak for edge b');
    expect(told.scope).toEqual(REGION);
    expect(told.evidence.confirmations?.map(({ verdict }) => verdict)).toEqual(['told', 'told']);
    expect(told.evidence.secondLook).toBeUndefined();
  });
});
