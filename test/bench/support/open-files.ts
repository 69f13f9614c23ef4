/** What a process holds open. Linux. */
import { readdirSync, readlinkSync } from 'node:fs';

export interface OpenFiles {
  /** Of the network, and those between processes. */
  readonly sockets: number;
  /** Files, pipes and what the kernel calls anonymous. */
  readonly files: number;
}

/** Throws when the process is gone. */
export function filesOf(pid: number): OpenFiles {
  const directory = `/proc/${pid}/fd`;
  const links = readdirSync(directory).map((fd) => {
    try {
      return readlinkSync(`${directory}/${fd}`);
    } catch {
      // It was closed since it was listed.
      return undefined;
    }
  });
  const open = links.filter((link) => link !== undefined);
  const sockets = open.filter((link) => link.startsWith('socket:')).length;
  return { sockets, files: open.length - sockets };
}
