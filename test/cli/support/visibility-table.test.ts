import { describe, expect, it } from 'vitest';
import { visibilityTable } from '../../../cli/support/visibility-table.ts';
import type { ResultJson } from '../../../collector/api/answers/checks.ts';
import { resultJsonOf } from '../../support/result-json.ts';

const watched = (region: string, agent: string, more: Partial<ResultJson>): ResultJson =>
  resultJsonOf({
    ...{ run_id: `${agent}/boot-1/1`, agent, region, probe: 'post', type: 'publish' },
    ...{ request_id: 'u1', trigger: 'publish', ...more },
  });
const givenUp = (region: string, watcher?: string) =>
  watched(region, 'collector:c1', {
    ...{ outcome: 'missed', missed_reason: 'agent_down', attributes: { ...(watcher && { watcher }) } },
  });

const cells = (results: readonly ResultJson[]) =>
  visibilityTable(results)
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s{2,}/));

describe('the table of who saw what was published', () => {
  it('has when each region could play it, how exactly that is known, or why it is not', () => {
    const rows = cells([
      watched('us-east', 'us-1', { metrics: { publish_visible_ms: 1234.56, publish_poll_ms: 500 } }),
      watched('ap-south', 'ap-1', { outcome: 'fail', message: 'status 404' }),
      givenUp('mars'),
      givenUp('sa-east', 'sa-1'),
    ]);
    expect(rows).toEqual([
      ['ap-south', 'ap-1', 'fail', '–', '–', 'status 404'],
      ['mars', '–', 'missed', '–', '–', 'agent_down'],
      ['sa-east', 'sa-1', 'missed', '–', '–', 'agent_down'],
      ['us-east', 'us-1', 'ok', '1234.6 ms', '500.0 ms', '–'],
    ]);
  });

  it('believes an agent that reported after it was given up', () => {
    const late = watched('us-east', 'us-1', { metrics: { publish_visible_ms: 9000 } });
    expect(cells([givenUp('us-east', 'us-1'), late])).toEqual([
      ['us-east', 'us-1', 'ok', '9000.0 ms', '–', '–'],
    ]);
  });
});
