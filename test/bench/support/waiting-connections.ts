/** Connections that the kernel has asked for and that nobody has answered yet: from /proc/net/tcp, so on Linux alone. */
import { readdir, readFile, readlink } from 'node:fs/promises';

const SYN_SENT = '02';

/**
 * The inodes of sockets in SYN_SENT towards a port of 127.0.0.1. Rejects where there is no /proc. The kernel takes milliseconds to write
 * the table of a busy machine, in which this process goes on.
 */
export async function waitingFor(port: number): Promise<number[]> {
  return parseWaiting(await readFile('/proc/net/tcp', 'utf8'), port);
}

/** proc_net_tcp of the kernel's documentation: local and remote address in hexadecimal, state, …, inode as the tenth field. */
export function parseWaiting(table: string, port: number): number[] {
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .filter((line) => line.includes(remote))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , to, state]) => to === remote && state === SYN_SENT)
    .map((fields) => Number(fields[9]));
}

/** The inodes of the sockets of this process. */
export async function ownSockets(): Promise<Set<number>> {
  const fds = await readdir('/proc/self/fd');
  // One of them is that which lists the directory, and is gone.
  const links = await Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  const inodes = links.map((link) => Number(/^socket:\[(\d+)\]$/.exec(link)?.[1]));
  return new Set(inodes.filter(Number.isFinite));
}
