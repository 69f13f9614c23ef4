/**
 * A link of a known width between two places of their own: network namespaces with a veth pair between them, shaped by `tc tbf`.
 * Nothing of it is to be seen from outside, and nothing of the machine's network from inside. Linux, root, `ip` and `tc`.
 */
import { execFileSync, spawnSync } from 'node:child_process';

export type End = 'client' | 'server';

/** What they have as addresses in there: nobody else is in there. */
export const LINK_ADDRESS: Readonly<Record<End, string>> = { client: '10.231.7.1', server: '10.231.7.2' };

/** What a token bucket lets through at once: a few ticks of the kernel, and no less than a packet. */
const BURST = { seconds: 0.005, bytesMin: 2000 } as const;
/** What a router at the foot of a thin link holds: as long as this takes. */
const QUEUE_MS = 100;
/** As Linux has them (tcp(7), and include/linux/netdevice.h). */
const SEND_BUFFER_MAX = 4 * 1024 * 1024;
const RECEIVE_BUFFER = 128 * 1024;
const RECEIVE_BUFFER_MAX = 6 * 1024 * 1024;
const SEGMENTS_MAX = 65_535;

export class ThinLink {
  readonly #names: Readonly<Record<End, string>>;

  private constructor(names: Readonly<Record<End, string>>) {
    this.#names = names;
  }

  /** What is missing on this machine, as a sentence; undefined where links can be made. */
  static missing(): string | undefined {
    if (process.platform !== 'linux') return 'network namespaces are a matter of Linux';
    for (const tool of ['ip', 'tc'])
      if (spawnSync(tool, ['-V']).error) return `there is no ${tool}: install iproute2`;
    if (process.getuid?.() !== 0) return 'network namespaces are for root to make: run it as root';
    const name = `outrider-${process.pid}-try`;
    const tried = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
    if (tried.status !== 0) return `network namespaces cannot be made here: ${tried.stderr.trim()}`;
    execFileSync('ip', ['netns', 'del', name]);
    return undefined;
  }

  /** A link without a bound. Throws when the system refuses. */
  static open(): ThinLink {
    const names = { client: `outrider-${process.pid}-client`, server: `outrider-${process.pid}-server` };
    const link = new ThinLink(names);
    try {
      for (const name of Object.values(names)) ip('netns', 'add', name);
      ip(
        '-n',
        names.client,
        'link',
        'add',
        'link0',
        'type',
        'veth',
        'peer',
        'name',
        'link0',
        'netns',
        names.server,
      );
      for (const end of ['client', 'server'] as const) {
        ip('-n', names[end], 'addr', 'add', `${LINK_ADDRESS[end]}/30`, 'dev', 'link0');
        ip('-n', names[end], 'link', 'set', 'lo', 'up');
        ip('-n', names[end], 'link', 'set', 'link0', 'up');
      }
      return link;
    } catch (error) {
      link.close();
      throw error;
    }
  }

  /** Bounds what leaves this end to so many bits a second, or not at all. Headers of packets count, as on any wire. */
  shape(end: End, bitsPerSecond: number | undefined): void {
    const root = (verb: string) => ['-n', this.#names[end], 'qdisc', verb, 'dev', 'link0', 'root'];
    // There is nothing to delete when there is none.
    spawnSync('tc', root('del'));
    if (bitsPerSecond === undefined) return;
    const burst = Math.max(BURST.bytesMin, Math.ceil((bitsPerSecond / 8) * BURST.seconds));
    const bucket = ['burst', String(burst), 'latency', `${QUEUE_MS}ms`];
    execFileSync('tc', [...root('add'), 'tbf', 'rate', `${bitsPerSecond}bit`, ...bucket]);
  }

  /**
   * The most that a sender's kernel keeps of what it was handed and the other end has not acknowledged, bytes. One piece may exceed it: for
   * that pieces are packets then, and not 64 kB.
   */
  limitSendBuffer(bytes: number | undefined): void {
    const most = bytes ?? SEND_BUFFER_MAX;
    const script = `echo 4096 ${Math.min(most, 16_384)} ${most} > /proc/sys/net/ipv4/tcp_wmem`;
    execFileSync('ip', ['netns', 'exec', this.#names.client, 'sh', '-c', script]);
    const segments = bytes === undefined ? SEGMENTS_MAX : 1;
    ip('-n', this.#names.client, 'link', 'set', 'link0', 'gso_max_segs', String(segments));
  }

  /** The most that a receiver's kernel takes in before its process has read it, bytes. */
  limitReceiveBuffer(bytes: number | undefined): void {
    const most = bytes ?? RECEIVE_BUFFER_MAX;
    const script = `echo 4096 ${Math.min(most, RECEIVE_BUFFER)} ${most} > /proc/sys/net/ipv4/tcp_rmem`;
    execFileSync('ip', ['netns', 'exec', this.#names.server, 'sh', '-c', script]);
  }

  /** A command as it is to be started at this end. */
  at(
    end: End,
    command: string,
    args: readonly string[],
  ): { readonly command: string; readonly args: string[] } {
    return { command: 'ip', args: ['netns', 'exec', this.#names[end], command, ...args] };
  }

  /** Takes it down, with everything in it. */
  close(): void {
    for (const name of Object.values(this.#names)) spawnSync('ip', ['netns', 'del', name]);
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
