/** A schedule plan for people: a line a probe, a line an agent. */
import type { PlanJson } from '../../collector/api/answers/checks.ts';
import { formatTable } from './output.ts';

type PlannedProbe = PlanJson['probes'][number];

/** The busiest agents that are shown; JSON has them all. */
const AGENTS_SHOWN = 30;

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;

/** `9.2 s – 14 s`, and as what, where that is not the region. */
function detectionText({ paused, regions }: PlannedProbe): string {
  if (paused) return 'paused';
  if (regions.length === 0) return 'never: no agent runs it';
  const times = regions.flatMap(({ detect_outage_ms: ms }) => ms ?? []);
  const missing = regions.filter(({ detect_outage_ms: ms }) => ms === null).map(({ region }) => region);
  const others = new Set(
    regions.flatMap(({ detected_as: as }) => (as === null || as === 'region' ? [] : as)),
  );
  const span =
    times.length === 0
      ? []
      : [...new Set([seconds(Math.min(...times)), seconds(Math.max(...times))])].join(' – ');
  const as = others.size > 0 ? [`in some regions as an incident of the ${[...others].join(', ')}`] : [];
  const never = missing.length > 0 ? [`never in ${missing.join(', ')}`] : [];
  return [span, as, never].flat().join('; ');
}

export function planTables({ agents, probes }: PlanJson, options: { readonly who: boolean }): string {
  const probeRows = probes.map((probe) => [
    probe.probe,
    probe.type,
    `${probe.every_ms / 1000} s`,
    probe.targets,
    probe.agents,
    probe.short,
    probe.runs_per_minute,
    detectionText(probe),
  ]);
  const agentRows = agents
    .slice(0, AGENTS_SHOWN)
    .map((load) => [
      load.agent,
      load.region,
      load.checks,
      load.runs_per_minute,
      load.at_once_max,
      load.browser_at_once_max,
    ]);
  const placeRows = probes.flatMap(({ probe, places }) =>
    places.map(({ value, wanted, matching, agents: chosen }) => [
      probe,
      value,
      `${chosen.length} of ${matching}`,
      wanted,
      chosen.join(', '),
    ]),
  );
  const more = agents.length - AGENTS_SHOWN;
  return [
    formatTable(
      [
        ...['probe', { text: 'type', spare: 2 }, 'every', { text: 'targets', spare: 1 }, 'agents', 'short'],
        ...['runs/min', 'outage shows after'],
      ],
      probeRows,
    ),
    ...(options.who ? [formatTable(['probe', 'place', 'chosen', 'wanted', 'agents'], placeRows)] : []),
    formatTable(
      [
        ...['agent', 'region', { text: 'checks', spare: 1 }, 'runs/min', 'at once'],
        { text: 'browser at once', spare: 2 },
      ],
      agentRows,
    ) + (more > 0 ? `\n… and ${more} less busy agents` : ''),
  ].join('\n\n');
}
