/** Whether this machine lets one process hold so many connections: known before and not after half of them. */
import { readFileSync } from 'node:fs';
import { CliError } from '../support/cli-error.ts';
import { EXIT } from '../support/exit-codes.ts';
import { SIMULATE_LIMITS } from './limits.ts';

export interface ConnectionRoom {
  /** Files that this process may open. */
  readonly files: number;
  /** Local ports that connections to one peer may take. */
  readonly ports: number;
}

/** What the system says; no limit where it does not tell. */
export function connectionRoom(): ConnectionRoom {
  const files = /^Max open files\s+(\d+)/m.exec(read('/proc/self/limits'))?.[1];
  const [low, high] = read('/proc/sys/net/ipv4/ip_local_port_range').trim().split(/\s+/).map(Number);
  return {
    files: files === undefined ? Number.POSITIVE_INFINITY : Number(files),
    ports: low && high ? high - low + 1 : Number.POSITIVE_INFINITY,
  };
}

/** Throws a `CliError` that says how to make room. */
export function checkRoom(agents: number, room: ConnectionRoom = connectionRoom()): void {
  const files = agents + SIMULATE_LIMITS.spareFiles.value;
  if (room.files < files) {
    throw new CliError(`${agents} agents need ${files} open files, and this process may have ${room.files}`, {
      why: 'the limit of open files (ulimit -n) is too low; the collector needs as many',
      hint: `ulimit -n ${2 ** Math.ceil(Math.log2(files))}`,
      exit: EXIT.badConfig,
    });
  }
  if (room.ports < agents) {
    throw new CliError(`${agents} agents need as many local ports, and there are ${room.ports}`, {
      why: 'the range of local ports is too small',
      hint: 'sudo sysctl -w net.ipv4.ip_local_port_range="10000 65000"',
      exit: EXIT.badConfig,
    });
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
