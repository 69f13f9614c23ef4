/** How the services cut a payload into requests: the rules of each protocol, as they are written down. */
import { type Chunk, nextChunk } from './chunk-plan.ts';

/** Requests of all but the last chunk of a resumable session are multiples of this (256 KiB). */
export const SESSION_CHUNK_UNIT = 256 * 1024;

/** Parts of a multipart upload, all but the last: 5 MiB at least (Amazon S3, "multipart upload limits"). */
export const PART_BYTES_MIN = 5 * 1024 * 1024;

/** What a service of the floor rule takes in one request. */
export interface FloorLimits {
  /** A smaller payload is one chunk, and no chunk is smaller. */
  readonly minChunkBytes: number;
  /** The announced size of a chunk is not larger; nor is a payload that is one chunk. */
  readonly maxChunkBytes: number;
}

/** A payload by the floor rule: the number of chunks is rounded down, and the remainder rides in the last one. */
export interface FloorPlan {
  /** As announced; the last chunk is up to twice as large. */
  readonly chunkBytes: number;
  readonly chunkCount: number;
}

/** A payload smaller than `chunkBytes` is one chunk of its own size. */
export function floorPlan(sizeBytes: number, chunkBytes: number): FloorPlan {
  const chunkCount = Math.floor(sizeBytes / chunkBytes);
  return chunkCount <= 1 ? { chunkBytes: sizeBytes, chunkCount: 1 } : { chunkBytes, chunkCount };
}

/** What the service would refuse in a plan; undefined when it is within the limits. */
export function floorFault(
  sizeBytes: number,
  chunkBytes: number,
  { minChunkBytes, maxChunkBytes }: FloorLimits,
): string | undefined {
  const plan = floorPlan(sizeBytes, chunkBytes);
  if (plan.chunkBytes > maxChunkBytes) return `too large: a chunk is at most ${maxChunkBytes} bytes`;
  if (plan.chunkCount > 1 && plan.chunkBytes < minChunkBytes)
    return `too small: a chunk is at least ${minChunkBytes} bytes`;
  return undefined;
}

/** The chunk that begins at `offset`; one that begins within a chunk goes to the end of that. */
export function floorChunk(
  offset: number,
  sizeBytes: number,
  { chunkBytes, chunkCount }: FloorPlan,
): Chunk | undefined {
  const index = Math.min(Math.floor(offset / chunkBytes), chunkCount - 1);
  const end = index === chunkCount - 1 ? sizeBytes : (index + 1) * chunkBytes;
  return nextChunk(offset, end, sizeBytes);
}

/** What a resumable session would refuse. A payload that is one chunk has any size. */
export function sessionFault(sizeBytes: number, chunkBytes: number): string | undefined {
  if (chunkBytes >= sizeBytes || chunkBytes % SESSION_CHUNK_UNIT === 0) return undefined;
  return `not a multiple of ${SESSION_CHUNK_UNIT} bytes (256 KiB), as all but the last chunk must be`;
}

/** What a multipart upload would refuse. */
export function partFault(sizeBytes: number, chunkBytes: number): string | undefined {
  if (chunkBytes >= sizeBytes || chunkBytes >= PART_BYTES_MIN) return undefined;
  return `too small: all but the last part are at least ${PART_BYTES_MIN} bytes (5 MiB)`;
}
