/** Frames to bytes and back. One Envelope of `outrider.proto` a frame; results are columnar with a dictionary a batch. */

import { z } from 'zod';
import { decodeBatch, encodeBatch } from './batch-codec.ts';
import { type BatchView, viewBatch } from './batch-view.ts';
import { fromWireChallenge, fromWireProof } from './challenge-codec.ts';
import { atMost, bad, cut, finite, name, text, whole } from './check.ts';
import { fromWireEvidence, fromWireEvidenceAck, toWireEvidence } from './evidence-codec.ts';
import {
  ASKED_TRIGGERS,
  type AskedTrigger,
  type Assignment,
  type Frame,
  type Hello,
  type Results,
  type RunNow,
  type Schedule,
  type Welcome,
} from './frame.ts';
import { counts, fromWireHealth, toWireHealth } from './health-codec.ts';
import type { AgentLabels, NetworkKind } from './identity.ts';
import { NETWORK_KINDS } from './identity.ts';
import { LINK_LIMITS } from './limits.ts';
import {
  fromWatchAnswer,
  fromWatchRequest,
  fromWireWatch,
  toWatchAnswer,
  toWatchRequest,
  toWireWatch,
} from './watch-codec.ts';
import type { WireAssignment, WireEnvelope } from './wire.ts';
import { wire } from './wire.ts';

/** Encodes one frame. Our own strings over the limit are cut. Throws a RangeError for a batch with a gap. */
export function encodeFrame(frame: Frame): Uint8Array {
  return wire.Envelope.encode(toEnvelope(frame)).finish();
}

/** Decodes and validates one frame; throws `ProtocolError('bad_frame')` saying what is wrong. */
export function decodeFrame(bytes: Uint8Array): Frame {
  const envelope = parse(bytes);
  if (envelope.results) return { type: 'results', batch: decodeBatch(envelope.results) };
  return fromEnvelope(envelope);
}

/** A frame whose results are left in columns. */
export type ReceivedFrame = Exclude<Frame, Results> | { readonly type: 'results'; readonly view: BatchView };

/** As `decodeFrame`, for who stores results and looks at none. */
export function decodeReceived(bytes: Uint8Array): ReceivedFrame {
  const envelope = parse(bytes);
  if (envelope.results) return { type: 'results', view: viewBatch(envelope.results) };
  return fromEnvelope(envelope);
}

const secretsSchema = z.record(z.string(), z.array(z.string()));

function parse(bytes: Uint8Array): WireEnvelope {
  if (bytes.length > LINK_LIMITS.frameBytes.value) bad(`the frame has ${bytes.length} bytes`);
  try {
    return wire.Envelope.decode(bytes);
  } catch (error) {
    return bad(`the frame is not an Envelope: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function toWireAssignment(assignment: Assignment): WireAssignment {
  const { params, secrets, target, ...rest } = assignment;
  return {
    ...rest,
    target: { name: target.name, url: target.url, labels: { ...target.labels } },
    paramsJson: JSON.stringify(params ?? {}),
    ...(secrets && { secretsJson: JSON.stringify(secrets) }),
  };
}

function toEnvelope(frame: Frame): WireEnvelope {
  switch (frame.type) {
    case 'hello': {
      const { capabilities, labels, ...rest } = frame;
      return {
        hello: {
          ...rest,
          versions: [...frame.versions],
          spooledBoots: [...frame.spooledBoots],
          labels: { ...labels, tags: [...labels.tags] },
          probeTypes: [...capabilities.probeTypes],
          browser: cut(capabilities.browser),
        },
      };
    }
    case 'challenge':
      return { challenge: frame };
    case 'proof':
      return { proof: frame };
    case 'welcome':
      return { welcome: { ...frame, held: { ...frame.held }, schedule: toSchedule(frame.schedule) } };
    case 'schedule':
      return { schedule: toSchedule(frame) };
    case 'results':
      return { results: encodeBatch(frame.batch) };
    case 'ack':
      return { ack: frame };
    case 'run_now':
      return {
        runNow: {
          requestId: frame.requestId,
          trigger: frame.trigger,
          assignment: toWireAssignment(frame.assignment),
          ...(frame.watch && { watch: toWireWatch(frame.watch) }),
        },
      };
    case 'health':
      return { health: toWireHealth(frame) };
    case 'health_ack':
      return { healthAck: frame };
    case 'drain':
      return { drain: frame };
    case 'goodbye':
      return { goodbye: { ...frame, reason: cut(frame.reason) } };
    case 'watch_request':
      return { watchRequest: toWatchRequest(frame) };
    case 'watch_answer':
      return { watchAnswer: toWatchAnswer(frame) };
    case 'evidence':
      return { evidence: toWireEvidence(frame) };
    case 'evidence_ack':
      return { evidenceAck: frame };
  }
}

const toSchedule = (schedule: Schedule) => ({
  revision: schedule.revision,
  assignments: schedule.assignments.map(toWireAssignment),
});

/** Every frame but results. */
function fromEnvelope(envelope: WireEnvelope): Exclude<Frame, Results> {
  const { hello, welcome, schedule, ack, runNow, health, healthAck, drain, goodbye } = envelope;
  const { challenge, proof, watchRequest, watchAnswer, evidence, evidenceAck } = envelope;
  if (hello) return fromHello(hello);
  if (welcome) return fromWelcome(welcome);
  if (schedule) return fromSchedule(schedule);
  if (ack)
    return {
      type: 'ack',
      boot: name(ack.boot, 'boot'),
      seq: whole(ack.seq, 'seq'),
      credit: whole(ack.credit, 'credit'),
    };
  if (runNow) return fromRunNow(runNow);
  if (health) return fromWireHealth(health);
  if (healthAck) {
    const { echoSentMs, serverMs } = healthAck;
    return {
      type: 'health_ack',
      echoSentMs: finite(echoSentMs, 'echo_sent_ms'),
      serverMs: finite(serverMs, 'server_ms'),
    };
  }
  if (drain) return { type: 'drain', retryAfterMs: whole(drain.retryAfterMs, 'retry_after_ms') };
  if (goodbye) {
    return {
      type: 'goodbye',
      stoppedAtMs: finite(goodbye.stoppedAtMs, 'stopped_at_ms'),
      reason: text(goodbye.reason, 'reason'),
    };
  }
  if (watchRequest) return fromWatchRequest(watchRequest);
  if (watchAnswer) return fromWatchAnswer(watchAnswer);
  if (evidence) return fromWireEvidence(evidence);
  if (evidenceAck) return fromWireEvidenceAck(evidenceAck);
  if (challenge) return fromWireChallenge(challenge);
  if (proof) return fromWireProof(proof);
  return bad('the frame is of a kind that this version does not know');
}

function fromHello(hello: NonNullable<WireEnvelope['hello']>): Hello {
  const list = (entries: readonly string[] | null | undefined, field: string): string[] =>
    atMost(entries, LINK_LIMITS.helloEntries.value, field).map((entry) => name(entry, field));
  return {
    type: 'hello',
    versions: [...atMost(hello.versions, LINK_LIMITS.helloEntries.value, 'versions')],
    agent: name(hello.agent, 'agent'),
    boot: name(hello.boot, 'boot'),
    labels: fromLabels(hello.labels ?? {}),
    capabilities: {
      probeTypes: list(hello.probeTypes, 'probe_types'),
      browser: text(hello.browser, 'browser'),
    },
    software: text(hello.software, 'software'),
    scheduleRevision: whole(hello.scheduleRevision, 'schedule_revision'),
    spooledBoots: list(hello.spooledBoots, 'spooled_boots'),
    sentMs: finite(hello.sentMs, 'sent_ms'),
  };
}

function fromLabels(labels: NonNullable<NonNullable<WireEnvelope['hello']>['labels']>): AgentLabels {
  const network = text(labels.network, 'network') as NetworkKind;
  if (!NETWORK_KINDS.includes(network))
    bad(`network is ${JSON.stringify(network)}; it is one of ${NETWORK_KINDS.join(', ')}`);
  return {
    region: name(labels.region, 'region'),
    country: text(labels.country, 'country'),
    city: text(labels.city, 'city'),
    lat: finite(labels.lat, 'lat'),
    lon: finite(labels.lon, 'lon'),
    asn: whole(labels.asn, 'asn'),
    isp: text(labels.isp, 'isp'),
    provider: text(labels.provider, 'provider'),
    network,
    tags: atMost(labels.tags, LINK_LIMITS.helloEntries.value, 'tags').map((tag) => text(tag, 'tags')),
  };
}

function fromWelcome(welcome: NonNullable<WireEnvelope['welcome']>): Welcome {
  return {
    type: 'welcome',
    version: whole(welcome.version, 'version'),
    session: name(welcome.session, 'session'),
    serverMs: finite(welcome.serverMs, 'server_ms'),
    helloSentMs: finite(welcome.helloSentMs, 'hello_sent_ms'),
    held: counts(welcome.held, 'held'),
    credit: whole(welcome.credit, 'credit'),
    schedule: fromSchedule(welcome.schedule ?? {}),
    ...(welcome.watches && { watches: true }),
    ...(welcome.evidence && { evidence: true }),
  };
}

function fromSchedule(schedule: NonNullable<WireEnvelope['schedule']>): Schedule {
  return {
    type: 'schedule',
    revision: whole(schedule.revision, 'revision'),
    assignments: atMost(schedule.assignments, LINK_LIMITS.assignments.value, 'assignments').map(
      fromAssignment,
    ),
  };
}

function fromAssignment(assignment: WireAssignment): Assignment {
  const target = assignment.target ?? {};
  const everyMs = whole(assignment.everyMs, 'every_ms');
  if (everyMs === 0) bad('every_ms is 0');
  return {
    probe: name(assignment.probe, 'probe'),
    type: name(assignment.type, 'type'),
    target: {
      name: name(target.name, 'target'),
      url: text(target.url, 'url', LINK_LIMITS.urlBytes.value),
      labels: { ...target.labels },
    },
    everyMs,
    timeoutMs: whole(assignment.timeoutMs, 'timeout_ms'),
    params: fromJson(text(assignment.paramsJson, 'params', LINK_LIMITS.paramsBytes.value)),
    ...secretsOf(text(assignment.secretsJson, 'secrets', LINK_LIMITS.paramsBytes.value)),
    effectiveFromMs: finite(assignment.effectiveFromMs, 'effective_from_ms'),
  };
}

function secretsOf(json: string): Pick<Assignment, 'secrets'> {
  if (json === '') return {};
  const parsed = secretsSchema.safeParse(fromJson(json));
  return parsed.success ? { secrets: parsed.data } : bad('secrets are not sealed texts by name');
}

function fromJson(json: string): unknown {
  try {
    return JSON.parse(json || '{}');
  } catch {
    return bad('params is not JSON');
  }
}

function fromRunNow(run: NonNullable<WireEnvelope['runNow']>): RunNow {
  const trigger = text(run.trigger, 'trigger') as AskedTrigger;
  if (!ASKED_TRIGGERS.includes(trigger)) bad(`trigger is ${JSON.stringify(trigger)}`);
  if ((trigger === 'publish') !== Boolean(run.watch)) bad(`trigger is ${trigger}, and watch does not fit it`);
  return {
    type: 'run_now',
    requestId: name(run.requestId, 'request_id'),
    trigger,
    assignment: fromAssignment(run.assignment ?? {}),
    ...(run.watch && { watch: fromWireWatch(run.watch) }),
  };
}
