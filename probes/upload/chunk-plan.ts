/** Which bytes the next request carries. */

export interface Chunk {
  readonly offset: number;
  readonly length: number;
}

/** The chunk that begins at `offset`, wherever an interruption left it; undefined when everything is there. */
export function nextChunk(offset: number, sizeBytes: number, chunkBytes: number): Chunk | undefined {
  const length = Math.min(chunkBytes, sizeBytes - offset);
  return length > 0 ? { offset, length } : undefined;
}
