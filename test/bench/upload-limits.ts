/** Whether a slow reader, a thin link and a small send buffer are told apart. */
import { atLeast, type Progress, type Row, row } from './benchmark.ts';
import type { LinkStage } from './support/link-stage.ts';

const TIMEOUT_MS = 30_000;

interface Bound {
  readonly name: string;
  readonly limitedBy: 'receiver' | 'network' | 'local_buffer';
  readonly bytes: number;
  readonly readBitsPerSecond?: number;
  /** Less than the upload, or its kernel takes all of it in, and no reader is slow. */
  readonly receiveBufferBytes?: number;
  readonly mbit?: number;
  /** With a way back on which acknowledgements take milliseconds: on a short way no buffer is too small. */
  readonly sendBuffer?: { readonly bytes: number; readonly backBitsPerSecond: number };
}

const BOUNDS: readonly Bound[] = [
  {
    name: 'slow_reader',
    limitedBy: 'receiver',
    bytes: 2_000_000,
    readBitsPerSecond: 4e6,
    receiveBufferBytes: 128 * 1024,
  },
  { name: 'thin_link', limitedBy: 'network', bytes: 2_500_000, mbit: 10 },
  {
    name: 'small_send_buffer',
    limitedBy: 'local_buffer',
    bytes: 1_000_000,
    sendBuffer: { bytes: 8192, backBitsPerSecond: 256_000 },
  },
];

interface Seen {
  readonly bound: Bound;
  readonly limitedBy: string;
}

export async function limitRows(stage: LinkStage, rounds: number, progress: Progress): Promise<Row[]> {
  const all: Seen[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    progress(`limits, round ${round} of ${rounds}`);
    for (const bound of BOUNDS) all.push(await uploadWithin(stage, bound));
  }
  return [...Map.groupBy(all, ({ bound }) => bound)].map(([{ limitedBy, name }, seen]) => {
    const right = seen.filter((one) => one.limitedBy === limitedBy).length;
    return row(`limited_by_${limitedBy}_${name}`, (right / seen.length) * 100, '%', { goal: atLeast(100) });
  });
}

async function uploadWithin({ link, sender, server }: LinkStage, bound: Bound): Promise<Seen> {
  const { bytes, mbit, readBitsPerSecond, receiveBufferBytes, sendBuffer } = bound;
  link.shape('client', mbit && mbit * 1e6);
  link.shape('server', sendBuffer?.backBitsPerSecond);
  link.limitSendBuffer(sendBuffer?.bytes);
  link.limitReceiveBuffer(receiveBufferBytes);
  await server.treat({ commitMs: 0, ...(readBitsPerSecond ? { readBitsPerSecond } : {}) });
  try {
    const { attributes } = await sender.measure({
      type: 'upload',
      url: `${server.urls.plain}/put/`,
      params: { protocol: 'put', sizeBytes: bytes },
      timeoutMs: TIMEOUT_MS,
    });
    return { bound, limitedBy: attributes.limited_by ?? 'unsaid' };
  } finally {
    link.shape('server', undefined);
    link.limitSendBuffer(undefined);
    link.limitReceiveBuffer(undefined);
  }
}
