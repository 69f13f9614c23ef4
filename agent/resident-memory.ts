/** How much memory this process has in use. */

let lastBytes = 0;

/**
 * Bytes; what was read last where it cannot be read, as when the process has no file descriptor left: a figure that is old is no reason to
 * end an agent.
 */
export function residentBytes(read: () => number = () => process.memoryUsage.rss()): number {
  try {
    lastBytes = read();
  } catch {
    // The next time may do.
  }
  return lastBytes;
}
