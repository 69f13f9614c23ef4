/** Results of a fleet as its agents would send them: real records of the default light probes, each with values of its own. */
import { encodeFrame } from '../../../protocol/codec.ts';
import type { AgentLabels } from '../../../protocol/identity.ts';
import type { RecordBatch, ResultRecord } from '../../../protocol/record.ts';
import { FRAME_RESULTS } from './ingest-settings.ts';

/** Between two results of one agent. */
const EVERY_MS = 1000;
/** Values are those of the record, ± this share. */
const JITTER = 0.1;

export interface FrameAgent {
  readonly id: string;
  readonly labels: AgentLabels;
}

export function frameAgents(agents: number, regions: number): FrameAgent[] {
  return Array.from({ length: agents }, (_, i) => {
    const region = i % regions;
    const isp = `isp-${region}-${i % 3}`;
    const place = { region: `region-${region}`, country: 'de', city: `city-${region}`, lat: 50, lon: 8 };
    return {
      id: `bench-${i}`,
      labels: { ...place, asn: 64_512 + region, isp, provider: 'bench', network: 'datacenter', tags: [] },
    };
  });
}

/** The time of seq 1, so that the last of so many results is of now. */
export const sinceOf = (nowMs: number, results: number): number => nowMs - results * EVERY_MS;

export interface Source {
  /** Records as `sampleBatch` makes them. */
  readonly records: readonly ResultRecord[];
  readonly sinceMs: number;
  /** Uniform in [0, 1). */
  random(): number;
}

/** `count` results of one agent from `firstSeq` on. */
export function batchOf(source: Source, boot: string, firstSeq: number, count: number): RecordBatch {
  const { random, records, sinceMs } = source;
  const vary = (value: number): number => value * (1 + JITTER * (2 * random() - 1));
  return {
    boot,
    records: Array.from({ length: count }, (_, row) => {
      const record = records[row % records.length] as ResultRecord;
      const seq = firstSeq + row;
      const metrics = Object.entries(record.metrics).map(([name, value]) => [name, vary(value)]);
      const { state } = record;
      return {
        ...record,
        seq,
        scheduledMs: Math.round(sinceMs + seq * EVERY_MS),
        latenessMs: vary(record.latenessMs),
        durationMs: vary(record.durationMs),
        metrics: Object.fromEntries(metrics),
        state: { ...state, eventLoopDelayMs: vary(state.eventLoopDelayMs) },
      };
    }),
  };
}

/** As many frames of `FRAME_RESULTS` results as hold `count`. */
export function framesOf(source: Source, boot: string, firstSeq: number, count: number): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let seq = firstSeq; seq < firstSeq + count; seq += FRAME_RESULTS)
    frames.push(encodeFrame({ type: 'results', batch: batchOf(source, boot, seq, FRAME_RESULTS) }));
  return frames;
}

/** Bytes of a frame on a TCP connection: what an agent’s WebSocket puts before it is in RFC 6455 §5.2. */
export function bytesOnWire(frame: Uint8Array): number {
  const mask = 4;
  const length = frame.length < 126 ? 0 : frame.length < 65_536 ? 2 : 8;
  return 2 + length + mask + frame.length;
}
