/** One run with its evidence as text: what happened first, then what was seen of it. */

import type { RunJson } from '../../collector/api/answers/checks.ts';
import {
  type DialEvidence,
  EVIDENCE_LIMITS,
  type Evidence,
  type RequestEvidence,
} from '../../probes/evidence.ts';
import { formatMs, renderWaterfall } from '../../probes/waterfall.ts';
import { cellText } from './cell-text.ts';
import { metricText } from './metric-text.ts';
import { formatTable } from './output.ts';
import { timeText } from './time-text.ts';

/** Sections with a blank line between them. What servers said is printed without control characters. */
export function runText(run: RunJson): string {
  const { evidence, metrics, attributes, agent_state, ...rest } = run;
  const facts = Object.entries(rest)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => [name, valueText(name, value)] as const);
  const sections = [
    formatTable(['field', 'value'], facts),
    section(
      'METRICS',
      Object.entries(metrics).map(([name, value]) => [name, metricText(name, value)] as const),
    ),
    section('ATTRIBUTES', Object.entries(attributes)),
    section(
      'AGENT',
      Object.entries(agent_state).map(([name, value]) => [name, valueText(name, value)] as const),
    ),
    ...(evidence
      ? evidenceText(evidence, run.run_id)
      : [run.outcome === 'fail' ? 'No evidence was kept of this run.' : '']),
  ];
  return sections.filter((text) => text !== '').join('\n\n');
}

/** Numbers with the unit that their name ends in, instants in UTC. */
function valueText(name: string, value: unknown): unknown {
  if (typeof value === 'number') return metricText(name, value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return name.endsWith('_at') ? timeText(String(value)) : value;
}

function section(title: string, rows: readonly (readonly [string, unknown])[]): string {
  return rows.length === 0 ? '' : `${title}\n${formatTable(['name', 'value'], rows)}`;
}

/**
 * Sections of what a run saw, no more of each than an honest agent sends. Of one that sends what is no evidence it is said that
 * it cannot be read.
 */
export function evidenceText(evidence: Evidence, runId: string): string[] {
  try {
    return sections(evidence, runId);
  } catch {
    return ['The evidence of this run cannot be read; -o json shows it as it came.'];
  }
}

function sections(evidence: Evidence, runId: string): string[] {
  const { requestsLeftOut, screenshot } = evidence;
  const dials = evidence.dials.slice(-EVIDENCE_LIMITS.dials.value);
  const requests = evidence.requests.slice(-EVIDENCE_LIMITS.requests.value);
  const waterfall = renderWaterfall(evidence.phases.slice(-EVIDENCE_LIMITS.phases.value));
  return [
    waterfall.length > 0 ? ['WATERFALL', ...waterfall.map(cellText)].join('\n') : '',
    dials.length > 0 ? ['CONNECTIONS', ...dials.flatMap(dialLines)].join('\n') : '',
    requestsLeftOut > 0 ? `(${requestsLeftOut} earlier requests are left out)` : '',
    ...requests.map((request) => requestLines(request).join('\n')),
    screenshot
      ? `SCREENSHOT\n  A JPEG, at /api/v1/results/${encodeURIComponent(runId)}/screenshot of the collector, and on its dashboard.`
      : '',
  ];
}

function dialLines(dial: DialEvidence): string[] {
  const { host, port, address, certificate, failed, tlsVersion, alpn } = dial;
  const steps = (['dnsMs', 'connectMs', 'tlsMs'] as const)
    .filter((name) => dial[name] !== undefined)
    .map((name) => `${name.slice(0, -2)} ${formatMs(dial[name] ?? 0)}`);
  const facts = [`${host}:${port}`, address ?? 'not resolved', tlsVersion ?? '', alpn ?? '', ...steps];
  return [
    `  ${facts
      .filter((fact) => fact !== '')
      .map(cellText)
      .join('  ')}`,
    ...(failed ? [`    failed: ${cellText(`${failed.layer}/${failed.code}: ${failed.message}`)}`] : []),
    ...(certificate
      ? [
          `    certificate: ${cellText(`${certificate.subject}, valid ${certificate.validFrom} to ${certificate.validTo}`)}`,
          `    for: ${cellText(certificate.names)}  issuer: ${cellText(certificate.issuer)}`,
        ]
      : []),
  ];
}

function requestLines(request: RequestEvidence): string[] {
  const {
    method,
    url,
    startMs,
    headers,
    status,
    answerHeaders = {},
    headMs,
    body,
    bodyBytes,
    bodyCut,
  } = request;
  const answer =
    status === undefined ? 'no answer' : cellText(`${status} after ${formatMs((headMs ?? 0) - startMs)}`);
  return [
    cellText(`${method} ${url}`),
    ...Object.entries(headers).map(([name, value]) => `  > ${cellText(`${name}: ${value}`)}`),
    `  ${answer}`,
    ...Object.entries(answerHeaders).map(([name, value]) => `  < ${cellText(`${name}: ${value}`)}`),
    ...(body === undefined
      ? []
      : body
          .slice(0, EVIDENCE_LIMITS.bodyBytes.value)
          .split('\n')
          .map((line) => (line === '' ? '  |' : `  | ${cellText(line)}`))),
    ...(bodyCut ? [cellText(`  (${bodyBytes} bytes in all)`)] : []),
  ];
}
