/**
 * What is uploaded: the box structure of an MP4 with noise for media. Unique in each run, so that neither a cache nor
 * deduplication nor compression on the way shortens it. A transcoder will find no frames in it.
 */
const NOISE_BYTES = 1024 * 1024;

/** Exactly `sizeBytes` of it; `random` is uniform in [0, 1) and decides every byte. */
export function makePayload(sizeBytes: number, random: () => number): Buffer {
  const payload = Buffer.allocUnsafe(sizeBytes);
  const noise = makeNoise(Math.min(sizeBytes, NOISE_BYTES), random);
  payload.fill(noise);
  // Each repetition of the noise begins with its own number, so that no two blocks are equal.
  for (let at = NOISE_BYTES; at + 4 <= sizeBytes; at += NOISE_BYTES) payload.writeUInt32BE(at, at);
  const head = mp4Head(sizeBytes);
  head.copy(payload, 0, 0, Math.min(head.length, sizeBytes));
  return payload;
}

/** xorshift32: fast enough to fill a megabyte in a few milliseconds, and no compressor finds a pattern. */
function makeNoise(byteCount: number, random: () => number): Buffer {
  const words = new Uint32Array(Math.ceil(byteCount / 4));
  let state = Math.floor(random() * 0xffffffff) | 1;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  // A second draw: two runs whose first draws collide still differ.
  words[words.length >> 1] = Math.floor(random() * 0xffffffff);
  return Buffer.from(words.buffer, 0, byteCount);
}

/** `ftyp`, and an `mdat` over all the rest. */
function mp4Head(sizeBytes: number): Buffer {
  const head = Buffer.alloc(32);
  head.writeUInt32BE(24, 0);
  head.write('ftypisom\0\0\x02\0isommp41', 4, 'latin1');
  head.writeUInt32BE(Math.max(8, sizeBytes - 24), 24);
  head.write('mdat', 28, 'latin1');
  return head;
}
