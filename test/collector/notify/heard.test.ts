import { describe, expect, it } from 'vitest';
import type { IncidentScope } from '../../../collector/detect/incident.ts';
import { type HeardAgent, isHeard } from '../../../collector/notify/heard.ts';
import { labelsOf } from '../../support/records.ts';
import { incidentOf } from '../incidents/incidents.ts';

const agent = (id: string, region: string, state: HeardAgent['state'], isp = 'Cable Two'): HeardAgent => ({
  id,
  labels: { ...labelsOf(region), isp, country: region.slice(0, 2) },
  state,
});
const FLEET = [
  agent('eu-west-1', 'eu-west', 'silent'),
  agent('eu-west-2', 'eu-west', 'connected', 'Fibre One'),
  agent('us-east-1', 'us-east', 'stopped'),
];

describe('an incident is measured by somebody', () => {
  it.each<readonly [IncidentScope, boolean]>([
    [{ kind: 'agent', region: 'eu-west', agent: 'eu-west-1' }, false],
    [{ kind: 'agent', region: 'eu-west', agent: 'eu-west-2' }, true],
    [{ kind: 'region', region: 'eu-west' }, true],
    [{ kind: 'region', region: 'us-east' }, false],
    [{ kind: 'region', region: 'nowhere' }, false],
    [{ kind: 'country', country: 'eu' }, true],
    [{ kind: 'country', country: 'us' }, false],
    [{ kind: 'isp', isp: 'Fibre One' }, true],
    [{ kind: 'isp', isp: 'Cable Two' }, false],
    [{ kind: 'isp', isp: 'Fibre One', region: 'us-east' }, false],
    [{ kind: 'route', region: 'eu-west', pop: 'ams1' }, true],
    [{ kind: 'route', region: 'us-east', pop: 'ams1' }, false],
    [{ kind: 'target', target: 'clip' }, true],
    [{ kind: 'global' }, true],
  ])('%j: %s', (scope, expected) => {
    expect(isHeard(incidentOf({ scope }), FLEET)).toBe(expected);
  });

  it('by nobody where the whole fleet is silent', () => {
    expect(
      isHeard(
        incidentOf({ scope: { kind: 'global' } }),
        FLEET.filter(({ state }) => state !== 'connected'),
      ),
    ).toBe(false);
  });
});
