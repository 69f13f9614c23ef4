/** The newest runs as blackbox_exporter would show them: its names, where the meaning is equal. */
import { isIP } from 'node:net';
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

const numberOf = (text: string | undefined): number | undefined => {
  const number = Number(text ?? Number.NaN);
  return Number.isFinite(number) ? number : undefined;
};

/** How far the time of a run and that of its look at the certificate may lie apart. */
const SAME_EXPIRY_S = 60;

/** Runs say how long is left: the date of the certificate itself does not move with them. */
function earliestExpiryS(run: LatestRun): number | undefined {
  const { tls_expiry_s: leftS } = metricsOf(run);
  if (leftS === undefined) return undefined;
  const aboutS = run.scheduled_ms / 1000 + leftS;
  const ownS = Date.parse(run.attributes.cert_not_after ?? '') / 1000;
  return Math.abs(ownS - aboutS) < SAME_EXPIRY_S ? ownS : aboutS;
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
      samples: of(({ attributes }) => numberOf(attributes.http_status)),
    },
    {
      name: 'probe_http_version',
      type: 'gauge',
      help: 'Version of HTTP of the newest run in the region.',
      samples: of(({ attributes }) => numberOf(attributes.http_version)),
    },
    {
      name: 'probe_http_ssl',
      type: 'gauge',
      help: 'Whether the last hop of the newest run in the region was over TLS: 1 or 0.',
      samples: of(({ attributes, type }) => {
        if (type !== 'http' || attributes.http_status === undefined) return undefined;
        return attributes.tls_version === undefined ? 0 : 1;
      }),
    },
    {
      name: 'probe_http_redirects',
      type: 'gauge',
      help: 'Redirects that the newest run in the region followed.',
      samples: of(({ attributes, type }) =>
        type === 'http' && attributes.http_status !== undefined
          ? Number(attributes.redirects ?? 0)
          : undefined,
      ),
    },
    {
      name: 'probe_ip_protocol',
      type: 'gauge',
      help: 'Whether the newest run in the region spoke IPv4 or IPv6: 4 or 6.',
      samples: of(({ attributes }) => isIP(attributes.server_ip ?? '') || undefined),
    },
    {
      name: 'probe_tls_version_info',
      type: 'gauge',
      help: 'Version of TLS of the newest run in the region; always 1.',
      samples: runs.flatMap((run) => {
        const { tls_version: version } = run.attributes;
        if (version === undefined) return [];
        return [{ labels: { ...labelsOf(run), version: version.replace(/^TLSv/, 'TLS ') }, value: 1 }];
      }),
    },
    {
      name: 'probe_ssl_earliest_cert_expiry',
      type: 'gauge',
      help: 'When the first certificate of the chain expires, the root apart, Unix time.',
      samples: of(earliestExpiryS),
    },
    {
      name: 'probe_http_duration_seconds',
      type: 'gauge',
      help: 'Time of each phase of the HTTP request, of the newest run in the region.',
      samples: http.flatMap(phaseSamples),
    },
  ];
}
