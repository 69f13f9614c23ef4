/** The newest runs as blackbox_exporter would show them. */
import type { LatestRun } from './metrics-queries.ts';
import type { Family, Sample } from './prometheus.ts';
import { metricsOf } from './result-json.ts';

/** blackbox_exporter's names of the phases of an HTTP request, and ours. */
const HTTP_PHASES = {
  resolve: 'dns_ms',
  connect: 'connect_ms',
  tls: 'tls_ms',
  processing: 'ttfb_ms',
  transfer: 'transfer_ms',
} as const;

function labelsOf({ probe, type, target, region }: LatestRun): Record<string, string> {
  return { probe, type, target, region };
}

function phaseSamples(run: LatestRun): Sample[] {
  const metrics = metricsOf(run);
  return Object.entries(HTTP_PHASES).flatMap(([phase, name]) => {
    const ms = metrics[name];
    return ms === undefined ? [] : [{ labels: { ...labelsOf(run), phase }, value: ms / 1000 }];
  });
}

/** Samples are left out where a run has nothing to say: a status of 0 would be a claim. */
export function probeFamilies(runs: readonly LatestRun[]): Family[] {
  const of = (pick: (run: LatestRun) => number | undefined): Sample[] =>
    runs.flatMap((run) => {
      const value = pick(run);
      return value === undefined || !Number.isFinite(value) ? [] : [{ labels: labelsOf(run), value }];
    });
  const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);
  const http = runs.filter((run) => run.type === 'http');
  return [
    {
      name: 'probe_success',
      type: 'gauge',
      help: 'Whether the newest run in the region was a success.',
      samples: of((run) => (run.outcome === 'ok' ? 1 : 0)),
    },
    {
      name: 'probe_duration_seconds',
      type: 'gauge',
      help: 'How long the newest run in the region took.',
      samples: of((run) => run.duration_us / 1e6),
    },
    {
      name: 'probe_dns_lookup_time_seconds',
      type: 'gauge',
      help: 'Time of the name resolution, of the newest run in the region.',
      samples: of((run) => seconds(metricsOf(run).dns_ms)),
    },
    {
      name: 'probe_http_status_code',
      type: 'gauge',
      help: 'HTTP status of the newest run in the region.',
      samples: of((run) => {
        const status = run.attributes.http_status;
        return status === undefined ? undefined : Number(status);
      }),
    },
    {
      name: 'probe_http_duration_seconds',
      type: 'gauge',
      help: 'Time of each phase of the HTTP request, of the newest run in the region.',
      samples: http.flatMap(phaseSamples),
    },
  ];
}
