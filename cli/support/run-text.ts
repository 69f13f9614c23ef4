/** One run with its evidence as text: what happened first, then what was seen of it. */
import type { DialEvidence, Evidence, RequestEvidence } from '../../probes/evidence.ts';
import { formatMs, renderWaterfall } from '../../probes/waterfall.ts';
import type { RunJson } from './api-types.ts';
import { cellText, formatTable } from './output.ts';

/** Sections with a blank line between them. What servers said is printed without control characters. */
export function runText(run: RunJson): string {
  const { evidence, metrics, attributes, agent_state, ...rest } = run;
  const facts = Object.entries(rest).filter(([, value]) => value !== null && value !== '');
  const sections = [
    formatTable(['field', 'value'], facts),
    section('METRICS', Object.entries(metrics)),
    section('ATTRIBUTES', Object.entries(attributes)),
    section('AGENT', Object.entries(agent_state)),
    ...(evidence
      ? evidenceText(evidence)
      : [run.outcome === 'fail' ? 'No evidence was kept of this run.' : '']),
  ];
  return sections.filter((text) => text !== '').join('\n\n');
}

function section(title: string, rows: readonly (readonly [string, unknown])[]): string {
  return rows.length === 0 ? '' : `${title}\n${formatTable(['name', 'value'], rows)}`;
}

function evidenceText({ dials, requests, requestsLeftOut, phases, screenshot }: Evidence): string[] {
  const waterfall = renderWaterfall(phases);
  return [
    waterfall.length > 0 ? ['WATERFALL', ...waterfall].join('\n') : '',
    dials.length > 0 ? ['CONNECTIONS', ...dials.flatMap(dialLines)].join('\n') : '',
    requestsLeftOut > 0 ? `(${requestsLeftOut} earlier requests are left out)` : '',
    ...requests.map((request) => requestLines(request).join('\n')),
    screenshot ? `SCREENSHOT\n${screenshot.type}, in the JSON: -o json` : '',
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
    ...(failed ? [`    failed: ${failed.layer}/${failed.code}: ${cellText(failed.message)}`] : []),
    ...(certificate
      ? [
          `    certificate: ${cellText(certificate.subject)}, valid ${certificate.validFrom} to ${certificate.validTo}`,
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
  const answer = status === undefined ? 'no answer' : `${status} after ${formatMs((headMs ?? 0) - startMs)}`;
  return [
    cellText(`${method} ${url}`),
    ...Object.entries(headers).map(([name, value]) => `  > ${cellText(`${name}: ${value}`)}`),
    `  ${answer}`,
    ...Object.entries(answerHeaders).map(([name, value]) => `  < ${cellText(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : body.split('\n').map((line) => `  | ${cellText(line)}`)),
    ...(bodyCut ? [`  (${bodyBytes} bytes in all)`] : []),
  ];
}
