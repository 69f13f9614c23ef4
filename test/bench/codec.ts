/** What a result costs on the wire, and in processor time at both ends. JSON of the same records is the peer. */
import { deflateRawSync } from 'node:zlib';
import { decodeFrame, encodeFrame } from '../../protocol/codec.ts';
import type { Frame } from '../../protocol/frame.ts';
import { atMost, type Benchmark, type Progress, type Row, row } from './benchmark.ts';
import { sampleBatch } from './support/sample-batch.ts';
import { median } from './support/stats.ts';

const BATCH_RESULTS = 50;
/** Rounds after as many of warming up; each is long beside the resolution of the clock. */
const ROUNDS = 15;
const ROUND_BATCHES = 200;

export const codecBenchmark: Benchmark = {
  name: 'codec',
  summary: `Bytes and microseconds a result, ${BATCH_RESULTS} results of the default light probes a batch, beside JSON.`,
  run,
};

async function run(progress: Progress): Promise<Row[]> {
  progress(`running ${BATCH_RESULTS} light probes against the reference origin for real records`);
  const batch = await sampleBatch(BATCH_RESULTS);
  const frame: Frame = { type: 'results', batch };
  const encoded = encodeFrame(frame);
  const json = JSON.stringify(frame);
  const alone = batch.records.map((record) =>
    encodeFrame({ type: 'results', batch: { ...batch, records: [record] } }),
  );
  const a = (total: number): number => total / BATCH_RESULTS;
  const deflated = (bytes: Uint8Array | string): number => deflateRawSync(bytes).length;

  progress('encoding and decoding');
  const encode = usPerCall(
    () => encodeFrame(frame),
    () => JSON.stringify(frame),
  );
  const decode = usPerCall(
    () => decodeFrame(encoded),
    () => JSON.parse(json),
  );
  return [
    row('size', a(encoded.length), 'bytes/result', {
      peer: { name: 'JSON', value: a(Buffer.byteLength(json)) },
      goal: atMost(60),
    }),
    // A quiet agent sends each result in a frame of its own, with a dictionary of its own.
    row('size_alone', a(alone.reduce((sum, { length }) => sum + length, 0)), 'bytes/result'),
    row('size_deflated', a(deflated(encoded)), 'bytes/result', {
      peer: { name: 'JSON, deflated', value: a(deflated(json)) },
    }),
    row('encode', a(encode.ours), 'µs/result', { peer: { name: 'JSON.stringify', value: a(encode.peer) } }),
    // Ours checks every field against its limits besides.
    row('decode', a(decode.ours), 'µs/result', { peer: { name: 'JSON.parse', value: a(decode.peer) } }),
  ];
}

/** Median microseconds a call. The two take turns, so that what else the machine does falls on both. */
function usPerCall(ours: () => unknown, peer: () => unknown): { ours: number; peer: number } {
  const times = { ours: [] as number[], peer: [] as number[] };
  for (let round = -ROUNDS; round < ROUNDS; round += 1) {
    const [oursUs, peerUs] = [roundUs(ours), roundUs(peer)];
    if (round < 0) continue;
    times.ours.push(oursUs);
    times.peer.push(peerUs);
  }
  return { ours: median(times.ours), peer: median(times.peer) };
}

function roundUs(call: () => unknown): number {
  const startMs = performance.now();
  for (let i = 0; i < ROUND_BATCHES; i += 1) call();
  return ((performance.now() - startMs) * 1000) / ROUND_BATCHES;
}
