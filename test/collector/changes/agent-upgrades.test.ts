import { describe, expect, it } from 'vitest';
import { AgentUpgrades } from '../../../collector/changes/agent-upgrades.ts';
import { labelsOf } from '../../support/records.ts';

const agent = (software: string, browser = '', id = 'eu-west-1') => ({
  id,
  labels: labelsOf('eu-west'),
  software,
  capabilities: { probeTypes: ['http'], browser },
});

describe('upgrades of agents', () => {
  it('are seen when an agent comes back as another version or with another browser, once', () => {
    const upgrades = new AgentUpgrades();
    expect(upgrades.look([agent('outrider/0.1.0', 'Chromium 140')], 1)).toEqual([]);
    expect(upgrades.look([agent('outrider/0.1.0', 'Chromium 140')], 2)).toEqual([]);
    const seen = upgrades.look([agent('outrider/0.2.0', 'Chromium 141')], 3);
    expect(seen.map(({ kind, name, text }) => [kind, name, text])).toEqual([
      ['agent', 'eu-west-1', 'outrider/0.1.0 to outrider/0.2.0'],
      ['browser', 'eu-west-1', 'Chromium 140 to Chromium 141'],
    ]);
    expect(seen[0]).toMatchObject({
      atMs: 3,
      relearn: true,
      where: { agent: 'eu-west-1', region: 'eu-west' },
    });
    expect(upgrades.look([agent('outrider/0.2.0', 'Chromium 141')], 4)).toEqual([]);
  });

  it('are not seen in an agent that is new, or was gone from the list', () => {
    const upgrades = new AgentUpgrades();
    upgrades.look([agent('outrider/0.1.0'), agent('outrider/0.1.0', '', 'eu-west-2')], 1);
    upgrades.look([agent('outrider/0.1.0', '', 'eu-west-2')], 2);
    expect(upgrades.look([agent('outrider/0.2.0'), agent('outrider/0.1.0', '', 'eu-west-2')], 3)).toEqual([]);
  });
});
