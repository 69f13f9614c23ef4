/** What the API is built on. Everything comes in from `collector.ts`; the API holds no state of its own but its streams. */
import type { Logger } from 'pino';
import type { Clock } from '../../probes/probe.ts';
import type { Access } from '../access/access.ts';
import type { AgentKeys } from '../access/agent-keys.ts';
import type { Audit } from '../access/audit.ts';
import type { LiveCalibration } from '../calibrate/start-calibration.ts';
import type { Confirmer } from '../confirm/confirmer.ts';
import type { Drain } from '../drain.ts';
import type { EvidenceIntake } from '../evidence/evidence-intake.ts';
import type { LiveDetection } from '../incidents/start-detection.ts';
import type { IngestStats } from '../ingest/counters.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { RunningMembership } from '../members/membership.ts';
import type { LiveNotifier } from '../notify/live-notifier.ts';
import type { LiveOtlp } from '../otlp/start-otlp.ts';
import type { Publications } from '../publish/publications.ts';
import type { RegistryLink } from '../registry/link.ts';
import type { Registry, RegistryPeers } from '../registry/registry.ts';
import type { Store } from '../store/store.ts';

/** What of detection the API shows. */
export type Detection = Pick<LiveDetection, 'incidents' | 'get' | 'subscribe' | 'counters'>;

export interface ApiDeps {
  readonly store: Store;
  readonly registry: Registry & RegistryPeers & Pick<RegistryLink, 'settled'>;
  readonly membership: RunningMembership;
  readonly access: Access;
  readonly keys: AgentKeys;
  readonly audit: Audit;
  readonly drain: Drain;
  readonly detection: Detection;
  readonly calibration: Pick<LiveCalibration, 'counters'>;
  readonly notifier: Pick<
    LiveNotifier,
    'counters' | 'receivers' | 'told' | 'silences' | 'meant' | 'windows' | 'refresh' | 'nowMs'
  >;
  /** Absent where nothing is exported. */
  readonly otlp?: Pick<LiveOtlp, 'counters'>;
  readonly confirmer: Pick<Confirmer, 'counters' | 'size'>;
  readonly evidence: Pick<EvidenceIntake, 'counters'>;
  readonly publications: Pick<Publications, 'counters' | 'size'>;
  readonly ingest: IngestStats & Pick<Ingest, 'release'>;
  readonly clock: Clock;
  /** Unix milliseconds at which the collector started. */
  readonly startedMs: number;
  /** Of Outrider, e.g. `0.1.0`. */
  readonly version: string;
  readonly log: Logger;
  /** Aborts when the collector stops: streams end, so that the server can close. */
  readonly signal: AbortSignal;
  /** Answer to any host name, not only to addresses and localhost; for listeners beyond loopback. Default false. */
  readonly anyHost?: boolean;
  /** Host names that it answers to beside them: those that it advertises. */
  readonly hosts?: readonly string[];
  /** Interval of the live overview; default 2000. Tests shorten it. */
  readonly tickMs?: number;
}
