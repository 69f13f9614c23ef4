/** The frames that carry evidence: to the wire, and back with everything checked. */
import { bad, cut, finite, name, text, whole } from './check.ts';
import type { EvidenceAck, EvidenceReport } from './frame.ts';
import { LINK_LIMITS } from './limits.ts';
import type { WireEvidence, WireEvidenceAck } from './wire.ts';

export function toWireEvidence({
  run,
  probe,
  target,
  atMs,
  text: body,
  givenUp,
}: EvidenceReport): WireEvidence {
  return { run, probe: cut(probe), target: cut(target), atMs, json: body, givenUp };
}

export function fromWireEvidence(evidence: WireEvidence): EvidenceReport {
  const body = text(evidence.json, 'json', LINK_LIMITS.evidenceBytes.value);
  return {
    type: 'evidence',
    run: name(evidence.run, 'run'),
    probe: name(evidence.probe, 'probe'),
    target: name(evidence.target, 'target'),
    atMs: finite(evidence.atMs, 'at_ms'),
    text: checkedJson(body),
    givenUp: whole(evidence.givenUp, 'given_up'),
  };
}

export function fromWireEvidenceAck(ack: WireEvidenceAck): EvidenceAck {
  return {
    type: 'evidence_ack',
    run: name(ack.run, 'run'),
    retryAfterMs: whole(ack.retryAfterMs, 'retry_after_ms'),
  };
}

/** An object: whoever reads it from the store need not doubt that. */
function checkedJson(body: string): string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return bad('json is not JSON');
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? body
    : bad('json is not an object');
}
