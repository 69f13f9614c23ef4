/** What collectors on one store tell each other of the agents that are connected to them. Ages, as their clocks may differ. */
import { z } from 'zod';
import type { Health } from '../../protocol/frame.ts';
import { NETWORK_KINDS } from '../../protocol/identity.ts';
import type { Member } from './member.ts';

const count = z.number().int().min(0);
const age = z.number();

const laneSchema = z.object({ running: count, waiting: count });

export const healthSchema = z.object({
  type: z.literal('health'),
  sentMs: z.number(),
  pending: count,
  running: count,
  dropped: z.record(z.string(), count),
  scheduleRevision: count,
  eventLoopDelayMs: z.number(),
  cpuRatio: z.number(),
  rssBytes: z.number(),
  clockOffsetMs: z.number(),
  lastError: z.string(),
  spool: z
    .object({
      bytes: z.number(),
      bytesMax: z.number(),
      oldestAgeMs: z.number(),
      ageMaxMs: z.number(),
      inFlight: count,
      lastSeq: count,
      refusing: z.boolean(),
    })
    .optional(),
  latenessMs: z.number().optional(),
  light: laneSchema.optional(),
  browser: laneSchema.optional(),
  link: z.object({ sessions: count, collector: count, collectors: count }).optional(),
});

const identitySchema = z.object({
  id: z.string(),
  labels: z.object({
    region: z.string(),
    country: z.string(),
    city: z.string(),
    lat: z.number(),
    lon: z.number(),
    asn: z.number(),
    isp: z.string(),
    provider: z.string(),
    network: z.enum(NETWORK_KINDS),
    tags: z.array(z.string()),
  }),
  capabilities: z.object({ probeTypes: z.array(z.string()), browser: z.string() }),
  software: z.string(),
  boot: z.string(),
  firstSeenMs: z.number(),
});

const remoteAgentSchema = z.object({
  id: z.string(),
  heardAgoMs: age,
  /** Absent when its session has ended. */
  connectedAgoMs: age.optional(),
  stoppedAtMs: z.number().optional(),
  rivalAgoMs: age.optional(),
  revision: count,
  toldAgoMs: age,
  health: healthSchema.optional(),
  healthAgoMs: age.optional(),
  /** When it is new to who asks. */
  identity: identitySchema.optional(),
});

export const fleetAnswerSchema = z.object({
  /** Who answers; `cursor` is of this run alone. */
  incarnation: z.string(),
  /** Give it as `since` to get what changed after this. */
  cursor: count,
  agents: z.array(remoteAgentSchema),
});

export type RemoteAgent = Omit<z.infer<typeof remoteAgentSchema>, 'health'> & {
  readonly health?: Health | undefined;
};
export type FleetAnswer = Omit<z.infer<typeof fleetAnswerSchema>, 'agents'> & {
  readonly agents: readonly RemoteAgent[];
};

/** An agent as the collector that it is or was connected to tells of it; `since`: what who asks has seen of the fleet. */
export function remoteAgentOf(member: Member, since: number, nowMs: number): RemoteAgent {
  const { id, labels, capabilities, software, boot, firstSeenMs } = member;
  return {
    id,
    heardAgoMs: nowMs - member.heardMs,
    revision: member.revision,
    toldAgoMs: nowMs - member.toldMs,
    ...(member.connectedSinceMs !== undefined && { connectedAgoMs: nowMs - member.connectedSinceMs }),
    ...(member.stoppedAtMs !== undefined && { stoppedAtMs: member.stoppedAtMs }),
    ...(member.rivalMs !== undefined && { rivalAgoMs: nowMs - member.rivalMs }),
    ...(member.health && { health: member.health }),
    ...(member.healthMs !== undefined && { healthAgoMs: nowMs - member.healthMs }),
    ...(member.introduced > since && {
      identity: {
        id,
        labels: { ...labels, tags: [...labels.tags] },
        capabilities: { ...capabilities, probeTypes: [...capabilities.probeTypes] },
        software,
        boot,
        firstSeenMs,
      },
    }),
  };
}
