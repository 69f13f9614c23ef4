/** Writing to a file, to the end. */
import type { FileHandle } from 'node:fs/promises';

/**
 * Writes all of a chunk at a place in a file, however little the system takes at a time.
 * @throws Error with the code ENOSPC when it takes nothing, and what `write` throws
 */
export async function writeAll(
  file: Pick<FileHandle, 'write'>,
  chunk: Uint8Array,
  position: number,
): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, written, chunk.length - written, position + written);
    if (bytesWritten === 0) throw Object.assign(new Error('Nothing was written.'), { code: 'ENOSPC' });
    written += bytesWritten;
  }
}
