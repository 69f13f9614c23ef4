/** Every limit of every part, as one table: collected from the limits that the parts themselves go by. */
import { CONTROL_LIMITS } from '../../agent/control/limits.ts';
import { BUILD_LIMITS } from '../../agent/deploy/limits.ts';
import { EVIDENCE_SPOOL_LIMITS } from '../../agent/evidence/limits.ts';
import { AGENT_LIMITS } from '../../agent/limits.ts';
import { CONFIG_FILE_LIMITS } from '../../agent/load-config.ts';
import { ACCESS_LIMITS } from '../../collector/access/limits.ts';
import { API_LIMITS } from '../../collector/api/limits.ts';
import { CALIBRATION_LIMITS } from '../../collector/calibrate/settings.ts';
import { CHANGE_LIMITS } from '../../collector/changes/limits.ts';
import { CONFIRM_LIMITS } from '../../collector/confirm/limits.ts';
import { SEASON_LIMITS } from '../../collector/detect/hour-of-week.ts';
import { LEAF_LIMITS } from '../../collector/detect/leaves/settings.ts';
import { DETECT_LIMITS } from '../../collector/detect/settings.ts';
import { EVIDENCE_INTAKE_LIMITS, INCIDENT_COPY_LIMITS } from '../../collector/evidence/limits.ts';
import { INCIDENT_LIMITS } from '../../collector/incidents/limits.ts';
import { SEASON_READ_LIMITS } from '../../collector/incidents/seasons.ts';
import { INGEST_LIMITS } from '../../collector/ingest/limits.ts';
import { MEMBER_LIMITS } from '../../collector/members/limits.ts';
import { NOTIFY_LIMITS } from '../../collector/notify/limits.ts';
import { OTLP_LIMITS } from '../../collector/otlp/limits.ts';
import { PUBLICATION_LIMITS } from '../../collector/publish/limits.ts';
import { DIAGNOSIS_LIMITS } from '../../collector/registry/diagnosis.ts';
import { REGISTRY_LIMITS } from '../../collector/registry/limits.ts';
import { STORE_LIMITS } from '../../collector/store/limits.ts';
import { BROWSER_LIMITS } from '../../probes/browser/limits.ts';
import { DNS_LIMITS } from '../../probes/dns/limits.ts';
import { EVIDENCE_LIMITS } from '../../probes/evidence.ts';
import { FEED_LIMITS } from '../../probes/feed/limits.ts';
import { GRPC_LIMITS } from '../../probes/grpc/params.ts';
import { HTTP_LIMITS } from '../../probes/http/limits.ts';
import type { Limit } from '../../probes/limit.ts';
import { LOCATION_LIMITS } from '../../probes/location.ts';
import { CMCD_LIMITS } from '../../probes/net/cmcd.ts';
import { EXCHANGE_LIMITS } from '../../probes/net/exchange.ts';
import { HOST_LIMITS } from '../../probes/net/host-port.ts';
import { PATH_LIMITS } from '../../probes/net/path-trace.ts';
import { RESOLVER_LIMITS } from '../../probes/net/resolver.ts';
import { ATTRIBUTE_LIMITS } from '../../probes/net/response-attributes.ts';
import { BODY_LIMITS } from '../../probes/net/response-body.ts';
import { STARTTLS_LIMITS } from '../../probes/net/starttls.ts';
import { OWN_LIMITS } from '../../probes/own/limits.ts';
import { PING_LIMITS } from '../../probes/ping/params.ts';
import { PLAYBACK_LIMITS } from '../../probes/playback/limits.ts';
import { PUBLISH_LIMITS } from '../../probes/publish/limits.ts';
import { formatDuration, SPEC_LIMITS } from '../../probes/spec.ts';
import { TCP_LIMITS } from '../../probes/tcp/params.ts';
import { TIMELINE_LIMITS } from '../../probes/timeline.ts';
import { TLS_LIMITS } from '../../probes/tls/params.ts';
import { UPLOAD_LIMITS } from '../../probes/upload/limits.ts';
import { VIDEO_START_LIMITS } from '../../probes/video-start/limits.ts';
import { WEBSOCKET_LIMITS } from '../../probes/websocket/params.ts';
import { LINK_LIMITS } from '../../protocol/limits.ts';
import { SEALED_LIMITS } from '../../protocol/sealed-secret.ts';
import { ORIGIN_LIMITS, PROXY_LIMITS } from '../../sandbox/limits.ts';
import { COMPLETION_LIMITS } from '../completion/named.ts';
import { DOCTOR_LIMITS } from '../doctor/limits.ts';
import { REPORT_LIMITS } from '../report/limits.ts';
import { SIMULATE_LIMITS } from '../simulate/limits.ts';
import { CHILD_LIMITS } from '../up/child.ts';
import { FLEET_LIMITS } from '../up/fleet.ts';
import { UP_LIMITS } from '../up/options.ts';
import { API_LIMITS as CLIENT_LIMITS } from './api-client.ts';
import { CONTEXTS_FILE_LIMITS } from './contexts-file.ts';
import { CSV_LIMITS } from './csv-file.ts';
import { FOLLOW_LIMITS } from './follow-run.ts';
import { RESULT_LIMITS } from './result-rows.ts';
import { JOIN_LIMITS } from './run-joiner.ts';
import { SPEC_FILE_LIMITS } from './spec-file.ts';

type Limits = Readonly<Record<string, Limit>>;

/** A table of limits, and where it is written: file and name. */
interface Part {
  readonly part: string;
  readonly source: string;
  readonly limits: Limits;
}

const part = (name: string, source: string, limits: Limits): Part => ({ part: name, source, limits });

/** Along the way of the data. */
export const LIMIT_PARTS: readonly Part[] = [
  part('probes', 'probes/spec.ts SPEC_LIMITS', SPEC_LIMITS),
  part('probes', 'probes/location.ts LOCATION_LIMITS', LOCATION_LIMITS),
  part('probes', 'probes/timeline.ts TIMELINE_LIMITS', TIMELINE_LIMITS),
  part('net', 'probes/net/resolver.ts RESOLVER_LIMITS', RESOLVER_LIMITS),
  part('net', 'probes/net/cmcd.ts CMCD_LIMITS', CMCD_LIMITS),
  part('net', 'probes/net/exchange.ts EXCHANGE_LIMITS', EXCHANGE_LIMITS),
  part('net', 'probes/net/host-port.ts HOST_LIMITS', HOST_LIMITS),
  part('net', 'probes/net/response-body.ts BODY_LIMITS', BODY_LIMITS),
  part('net', 'probes/net/response-attributes.ts ATTRIBUTE_LIMITS', ATTRIBUTE_LIMITS),
  part('net', 'probes/net/starttls.ts STARTTLS_LIMITS', STARTTLS_LIMITS),
  part('net', 'probes/net/path-trace.ts PATH_LIMITS', PATH_LIMITS),
  part('http', 'probes/http/limits.ts HTTP_LIMITS', HTTP_LIMITS),
  part('dns', 'probes/dns/limits.ts DNS_LIMITS', DNS_LIMITS),
  part('tcp', 'probes/tcp/params.ts TCP_LIMITS', TCP_LIMITS),
  part('tls', 'probes/tls/params.ts TLS_LIMITS', TLS_LIMITS),
  part('ping', 'probes/ping/params.ts PING_LIMITS', PING_LIMITS),
  part('websocket', 'probes/websocket/params.ts WEBSOCKET_LIMITS', WEBSOCKET_LIMITS),
  part('grpc', 'probes/grpc/params.ts GRPC_LIMITS', GRPC_LIMITS),
  part('playback', 'probes/playback/limits.ts PLAYBACK_LIMITS', PLAYBACK_LIMITS),
  part('upload', 'probes/upload/limits.ts UPLOAD_LIMITS', UPLOAD_LIMITS),
  part('publish', 'probes/publish/limits.ts PUBLISH_LIMITS', PUBLISH_LIMITS),
  part('own', 'probes/own/limits.ts OWN_LIMITS', OWN_LIMITS),
  part('browser', 'probes/browser/limits.ts BROWSER_LIMITS', BROWSER_LIMITS),
  part('video-start', 'probes/video-start/limits.ts VIDEO_START_LIMITS', VIDEO_START_LIMITS),
  part('feed', 'probes/feed/limits.ts FEED_LIMITS', FEED_LIMITS),
  part('agent', 'agent/limits.ts AGENT_LIMITS', AGENT_LIMITS),
  part('agent', 'agent/load-config.ts CONFIG_FILE_LIMITS', CONFIG_FILE_LIMITS),
  part('build', 'agent/deploy/limits.ts BUILD_LIMITS', BUILD_LIMITS),
  part('control', 'agent/control/limits.ts CONTROL_LIMITS', CONTROL_LIMITS),
  part('evidence', 'probes/evidence.ts EVIDENCE_LIMITS', EVIDENCE_LIMITS),
  part('evidence', 'agent/evidence/limits.ts EVIDENCE_SPOOL_LIMITS', EVIDENCE_SPOOL_LIMITS),
  part('evidence', 'collector/evidence/limits.ts EVIDENCE_INTAKE_LIMITS', EVIDENCE_INTAKE_LIMITS),
  part('incident copies', 'collector/evidence/limits.ts INCIDENT_COPY_LIMITS', INCIDENT_COPY_LIMITS),
  part('secrets', 'protocol/sealed-secret.ts SEALED_LIMITS', SEALED_LIMITS),
  part('link', 'protocol/limits.ts LINK_LIMITS', LINK_LIMITS),
  part('ingest', 'collector/ingest/limits.ts INGEST_LIMITS', INGEST_LIMITS),
  part('store', 'collector/store/limits.ts STORE_LIMITS', STORE_LIMITS),
  part('members', 'collector/members/limits.ts MEMBER_LIMITS', MEMBER_LIMITS),
  part('access', 'collector/access/limits.ts ACCESS_LIMITS', ACCESS_LIMITS),
  part('registry', 'collector/registry/limits.ts REGISTRY_LIMITS', REGISTRY_LIMITS),
  part('diagnosis', 'collector/registry/diagnosis.ts DIAGNOSIS_LIMITS', DIAGNOSIS_LIMITS),
  part('publications', 'collector/publish/limits.ts PUBLICATION_LIMITS', PUBLICATION_LIMITS),
  part('confirm', 'collector/confirm/limits.ts CONFIRM_LIMITS', CONFIRM_LIMITS),
  part('detect', 'collector/detect/settings.ts DETECT_LIMITS', DETECT_LIMITS),
  part('detect', 'collector/detect/leaves/settings.ts LEAF_LIMITS', LEAF_LIMITS),
  part('changes', 'collector/changes/limits.ts CHANGE_LIMITS', CHANGE_LIMITS),
  part('incidents', 'collector/incidents/limits.ts INCIDENT_LIMITS', INCIDENT_LIMITS),
  part('incidents', 'collector/incidents/seasons.ts SEASON_READ_LIMITS', SEASON_READ_LIMITS),
  part('detect', 'collector/detect/hour-of-week.ts SEASON_LIMITS', SEASON_LIMITS),
  part('notify', 'collector/notify/limits.ts NOTIFY_LIMITS', NOTIFY_LIMITS),
  part('otlp', 'collector/otlp/limits.ts OTLP_LIMITS', OTLP_LIMITS),
  part('calibrate', 'collector/calibrate/settings.ts CALIBRATION_LIMITS', CALIBRATION_LIMITS),
  part('api', 'collector/api/limits.ts API_LIMITS', API_LIMITS),
  part('cli', 'cli/support/api-client.ts API_LIMITS', CLIENT_LIMITS),
  part('cli', 'cli/completion/named.ts COMPLETION_LIMITS', COMPLETION_LIMITS),
  part('cli', 'cli/support/contexts-file.ts CONTEXTS_FILE_LIMITS', CONTEXTS_FILE_LIMITS),
  part('cli', 'cli/support/follow-run.ts FOLLOW_LIMITS', FOLLOW_LIMITS),
  part('cli', 'cli/support/csv-file.ts CSV_LIMITS', CSV_LIMITS),
  part('cli', 'cli/support/result-rows.ts RESULT_LIMITS', RESULT_LIMITS),
  part('cli', 'cli/support/run-joiner.ts JOIN_LIMITS', JOIN_LIMITS),
  part('cli', 'cli/support/spec-file.ts SPEC_FILE_LIMITS', SPEC_FILE_LIMITS),
  part('report', 'cli/report/limits.ts REPORT_LIMITS', REPORT_LIMITS),
  part('up', 'cli/up/options.ts UP_LIMITS', UP_LIMITS),
  part('up', 'cli/up/fleet.ts FLEET_LIMITS', FLEET_LIMITS),
  part('up', 'cli/up/child.ts CHILD_LIMITS', CHILD_LIMITS),
  part('doctor', 'cli/doctor/limits.ts DOCTOR_LIMITS', DOCTOR_LIMITS),
  part('simulate', 'cli/simulate/limits.ts SIMULATE_LIMITS', SIMULATE_LIMITS),
  part('sandbox', 'sandbox/limits.ts ORIGIN_LIMITS', ORIGIN_LIMITS),
  part('sandbox', 'sandbox/limits.ts PROXY_LIMITS', PROXY_LIMITS),
];

/** One line of the table. */
export interface LimitRow {
  readonly part: string;
  readonly name: string;
  readonly value: number;
  /** `ms`, `bytes`, `1/s` …; empty of what is counted or a share. */
  readonly unit: string;
  readonly reason: string;
  /** What happens past it. */
  readonly past: string;
}

/** All of them, or those of one part. */
export function limitRows(only?: string): LimitRow[] {
  return LIMIT_PARTS.filter((one) => only === undefined || one.part === only).flatMap((one) =>
    Object.entries(one.limits).map(([name, { past, reason, value }]) => ({
      ...{ part: one.part, name, value, unit: unitOf(name) },
      ...{ reason, past },
    })),
  );
}

/** Names end in their unit; other endings say what is counted. */
const UNITS: readonly (readonly [ending: RegExp, unit: string])[] = [
  [/Ms(Max|Min)?$/, 'ms'],
  [/Seconds$/, 's'],
  [/PerSecond$/, '1/s'],
  [/[bB]ytes(Max)?$/, 'bytes'],
  [/([cC]hars|Length)$/, 'characters'],
];

export function unitOf(name: string): string {
  return UNITS.find(([ending]) => ending.test(name))?.[1] ?? '';
}

const KIB = 1024;

/** The value with its unit as people read it: `30s`, `64 MiB`, `20,000`. */
export function valueText({ unit, value }: Pick<LimitRow, 'unit' | 'value'>): string {
  if (unit === 'ms') return formatDuration(value);
  if (unit === 'bytes') return sizeText(value);
  const number = value.toLocaleString('en');
  return unit === '' ? number : `${number} ${unit}`;
}

function sizeText(bytes: number): string {
  for (const [size, unit] of [
    [KIB ** 3, 'GiB'],
    [KIB ** 2, 'MiB'],
    [KIB, 'KiB'],
  ] as const)
    if (bytes >= size && bytes % size === 0) return `${bytes / size} ${unit}`;
  return `${bytes.toLocaleString('en')} bytes`;
}
