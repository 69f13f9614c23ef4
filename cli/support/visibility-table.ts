/** When what was published could be played, by region: the results of those who watched for it. */
import type { ResultJson } from '../../collector/api/answers/checks.ts';
import { metricText } from './metric-text.ts';
import { formatTable } from './output.ts';

/** A row a region. Where an agent reported after the collector had given it up, what the agent saw is shown. */
export function visibilityTable(results: readonly ResultJson[]): string {
  const reported = new Set(results.filter((result) => !isGivenUp(result)).map(({ agent }) => agent));
  const rows = results
    .filter((result) => !isGivenUp(result) || !reported.has(watcherOf(result)))
    .toSorted((a, b) => a.region.localeCompare(b.region))
    .map((result) => [
      result.region,
      watcherOf(result),
      result.outcome,
      measured(result, 'publish_visible_ms'),
      measured(result, 'publish_poll_ms'),
      result.missed_reason || result.message,
    ]);
  return formatTable(['region', 'agent', 'outcome', 'visible after', '±', 'why'], rows);
}

/** Written by the collector, for an agent that was not there or did not report. */
function isGivenUp({ agent }: ResultJson): boolean {
  return agent.startsWith('collector:');
}

function watcherOf(result: ResultJson): string {
  return isGivenUp(result) ? (result.attributes.watcher ?? '') : result.agent;
}

function measured({ metrics }: ResultJson, name: string): string {
  const value = metrics[name];
  return value === undefined ? '' : metricText(name, value);
}
