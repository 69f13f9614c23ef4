import { describe, expect, it } from 'vitest';
import { chooseConfirmers } from '../../../collector/confirm/choose-confirmers.ts';
import { CONFIRM_LIMITS } from '../../../collector/confirm/limits.ts';
import type { Suspicion } from '../../../collector/detect/confirmation.ts';
import type { AgentLabels } from '../../../protocol/identity.ts';
import { labelsOf } from '../../support/records.ts';

const SUSPICION: Suspicion = {
  ...{ region: 'eu-west', agent: 'eu-west-1', probe: 'edge', target: 'clip' },
  ...{ metric: 'ttfb_ms', evidence: 12 },
};

const PLACES: Readonly<Record<string, readonly [lat: number, lon: number]>> = {
  'eu-west': [50.1, 8.7],
  'eu-north': [59.3, 18.1],
  'us-east': [39, -77.5],
  fiji: [-18, 178],
  samoa: [-13.8, -172],
};

function agent(id: string, more: Partial<AgentLabels> = {}) {
  const region = id.replace(/-\d+$/, '');
  const [lat = 0, lon = 0] = PLACES[region] ?? [];
  return { id, labels: labelsOf(region, { lat, lon, ...more }) };
}
const fleet = (...ids: readonly string[]) => ids.map((id) => agent(id));
const byRole = (chosen: ReturnType<typeof chooseConfirmers>, role: string) =>
  chosen.filter((one) => one.role === role).map((one) => one.agent);

describe('who tells two places apart', () => {
  it('are those that can, as many as may be asked, and nobody else', () => {
    const ids = ['us-east-2', 'eu-north-1', 'us-east-1', 'eu-north-2', 'eu-west-3'];
    const telling = { incident: 'inc-1', agents: ['gone-1', ...ids] };
    const chosen = chooseConfirmers({ ...SUSPICION, telling }, fleet('eu-west-1', 'eu-west-2', ...ids));
    expect(byRole(chosen, 'telling')).toEqual(ids.slice(0, CONFIRM_LIMITS.telling.value));
    expect(chosen).toHaveLength(CONFIRM_LIMITS.telling.value);
  });
});

describe('who looks again', () => {
  it('is the agent that saw it, its siblings, and one neighbouring region: the nearest', () => {
    const all = fleet(
      ...['us-east-1', 'us-east-2', 'eu-north-1', 'eu-north-2', 'eu-north-3'],
      ...['eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-west-4'],
    );
    const chosen = chooseConfirmers(SUSPICION, all);
    expect(byRole(chosen, 'same')).toEqual(['eu-west-1']);
    const siblings = byRole(chosen, 'sibling');
    expect(siblings).toHaveLength(CONFIRM_LIMITS.siblings.value);
    for (const id of siblings) expect(id).toMatch(/^eu-west-[234]$/);
    const neighbours = byRole(chosen, 'neighbour');
    expect(neighbours).toHaveLength(CONFIRM_LIMITS.neighbours.value);
    for (const id of neighbours) expect(id).toMatch(/^eu-north-/);
    expect(new Set(chosen.map((one) => one.agent)).size).toBe(chosen.length);
    expect(chosen.every((one) => one.agent.startsWith(one.region))).toBe(true);
  });

  it('does not depend on the order in which agents are known', () => {
    const all = fleet(
      'eu-west-1',
      'eu-west-2',
      'eu-west-3',
      'eu-west-4',
      'us-east-1',
      'us-east-2',
      'us-east-3',
    );
    expect(chooseConfirmers(SUSPICION, all)).toEqual(chooseConfirmers(SUSPICION, all.toReversed()));
  });

  it('takes one sibling on the network of the agent that saw it, and others on other networks', () => {
    const all = [
      agent('eu-west-1', { asn: 1 }),
      ...['2', '3', '4', '5', '6'].map((n) => agent(`eu-west-${n}`, { asn: 1 })),
      agent('eu-west-7', { asn: 2 }),
      agent('eu-west-8', { asn: 3 }),
      agent('eu-west-9', { asn: 2 }),
    ];
    const networks = chooseConfirmers(SUSPICION, all)
      .filter(({ role }) => role === 'sibling')
      .map((one) => all.find(({ id }) => id === one.agent)?.labels.asn);
    expect(networks).toEqual([expect.toBeOneOf([2, 3]), 1]);
  });

  it('takes siblings on different networks where the agent that saw it is alone on its own', () => {
    const all = [
      agent('eu-west-1', { asn: 1 }),
      ...['2', '3', '4', '5'].map((n) => agent(`eu-west-${n}`, { asn: 2 })),
      agent('eu-west-6', { asn: 3 }),
    ];
    const chosen = chooseConfirmers(SUSPICION, all).filter(({ role }) => role === 'sibling');
    expect(chosen.map(({ network }) => network.slice(0, 3)).sort()).toEqual(['AS2', 'AS3']);
  });

  it('takes as many siblings of one network as it can where there is no other', () => {
    const all = ['1', '2', '3', '4'].map((n) => agent(`eu-west-${n}`, { asn: 7 }));
    expect(byRole(chooseConfirmers(SUSPICION, all), 'sibling')).toHaveLength(CONFIRM_LIMITS.siblings.value);
  });

  it('says on whose network each is, and nothing where no label does', () => {
    const unknown = { asn: 0, isp: '', provider: '' };
    const all = [
      agent('eu-west-1', { asn: 3320, isp: 'Telekom', provider: 'host' }),
      agent('eu-west-2', unknown),
    ];
    expect(chooseConfirmers(SUSPICION, all).map(({ network }) => network)).toEqual([
      'AS3320 Telekom, host',
      '',
    ]);
  });

  it('does not pick on the same siblings for every check', () => {
    const all = fleet('eu-west-1', ...Array.from({ length: 12 }, (_, i) => `eu-west-${i + 2}`));
    const picked = new Set(
      Array.from({ length: 20 }, (_, i) => chooseConfirmers({ ...SUSPICION, target: `t${i}` }, all)).flatMap(
        (chosen) => byRole(chosen, 'sibling'),
      ),
    );
    expect(picked.size).toBeGreaterThan(6);
  });

  it('finds the neighbour across the date line', () => {
    const all = fleet('fiji-1', 'samoa-1', 'us-east-1');
    const chosen = chooseConfirmers({ ...SUSPICION, region: 'fiji', agent: 'fiji-1' }, all);
    expect(byRole(chosen, 'neighbour')).toEqual(['samoa-1']);
  });

  it('takes the first by name where places are unknown', () => {
    const nowhere = { lat: 0, lon: 0 };
    const all = ['eu-west-1', 'b-1', 'a-1', 'c-1'].map((id) => agent(id, nowhere));
    expect(byRole(chooseConfirmers(SUSPICION, all), 'neighbour')).toEqual(['a-1']);
  });

  it('is nobody in a role that nobody can take', () => {
    expect(chooseConfirmers(SUSPICION, [])).toEqual([]);
    const alone = chooseConfirmers(SUSPICION, fleet('eu-west-1'));
    expect(alone).toMatchObject([{ agent: 'eu-west-1', region: 'eu-west', role: 'same' }]);
    expect(alone).toHaveLength(1);
    const without = chooseConfirmers(SUSPICION, fleet('eu-west-2', 'us-east-1'));
    expect(without.map(({ role }) => role)).toEqual(['sibling', 'neighbour']);
  });
});
