/**
 * Where the benchmark of blame takes place: an edge, where the agents are, and a world with everything else, each a network namespace. Two
 * links lead from one to the other, one for what is probed and one for the collector, so that each can be cut alone. Nothing of it is to be
 * seen from outside. Linux, root, `ip`.
 */
import { execFileSync, spawnSync } from 'node:child_process';

export type Place = 'edge' | 'world';

/** Nobody else is in there. */
export const PLACES = {
  target: '10.231.20.1',
  namedAnchor: '10.231.21.1',
  anchor: '10.231.22.1',
  nameServer: '10.231.23.53',
  /** A router on the way forgets what is sent there. */
  blackhole: '10.231.30.1',
  /** A router on the way says that there is no way. */
  unreachable: '10.231.31.1',
  collector: '10.231.9.2',
  all: '10.231.0.0/16',
} as const;

const LINKS = {
  uplink: { device: 'up0', edge: '10.231.8.1', world: '10.231.8.2' },
  collector: { device: 'col0', edge: '10.231.9.1', world: PLACES.collector },
} as const;
export type LinkName = keyof typeof LINKS;

/** Addresses that the world has beside those of its links. */
const SERVED = [PLACES.target, PLACES.namedAnchor, PLACES.anchor, PLACES.nameServer];

export class BlamePlaces {
  readonly #names: Readonly<Record<Place, string>>;

  private constructor(names: Readonly<Record<Place, string>>) {
    this.#names = names;
  }

  /** Throws when the system refuses. */
  static open(): BlamePlaces {
    const places = new BlamePlaces({
      edge: `outrider-${process.pid}-edge`,
      world: `outrider-${process.pid}-world`,
    });
    try {
      places.#build();
      return places;
    } catch (error) {
      places.close();
      throw error;
    }
  }

  /** A command as it is to be started there. */
  at(place: Place, command: string, args: readonly string[]): { command: string; args: string[] } {
    return { command: 'ip', args: ['netns', 'exec', this.#names[place], command, ...args] };
  }

  /** Nothing comes back over a link any more: what is sent is lost without a word. */
  silence(link: LinkName): void {
    this.#ip('world', 'route', 'add', 'blackhole', `${LINKS[link].edge}/32`);
  }

  restore(link: LinkName): void {
    this.#ip('world', 'route', 'del', 'blackhole', `${LINKS[link].edge}/32`);
  }

  /** The interface of the edge is down: its kernel knows no way. */
  takeDown(): void {
    this.#ip('edge', 'link', 'set', LINKS.uplink.device, 'down');
  }

  bringUp(): void {
    this.#ip('edge', 'link', 'set', LINKS.uplink.device, 'up');
    this.#route();
  }

  /** Nobody has this address any more: what is sent there is lost without a word. */
  remove(address: string): void {
    this.#ip('world', 'addr', 'del', `${address}/32`, 'dev', 'lo');
  }

  add(address: string): void {
    this.#ip('world', 'addr', 'add', `${address}/32`, 'dev', 'lo');
  }

  /** Takes all of it down. */
  close(): void {
    for (const name of Object.values(this.#names)) spawnSync('ip', ['netns', 'del', name]);
  }

  #build(): void {
    const { edge, world } = this.#names;
    for (const name of [edge, world]) {
      ip('netns', 'add', name);
      ip('-n', name, 'link', 'set', 'lo', 'up');
    }
    for (const link of Object.values(LINKS)) {
      const peer = ['peer', 'name', link.device, 'netns', world];
      ip('-n', edge, 'link', 'add', link.device, 'type', 'veth', ...peer);
      for (const place of ['edge', 'world'] as const) {
        this.#ip(place, 'addr', 'add', `${link[place]}/24`, 'dev', link.device);
        this.#ip(place, 'link', 'set', link.device, 'up');
      }
    }
    this.#route();
    for (const address of SERVED) this.add(address);
    // A router, and one that says every time what it has no way to.
    const settings = 'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 0 > /proc/sys/net/ipv4/icmp_ratelimit';
    ip('netns', 'exec', world, 'sh', '-c', settings);
    this.#ip('world', 'route', 'add', 'blackhole', PLACES.all);
    this.#ip('world', 'route', 'add', 'unreachable', `${PLACES.unreachable}/32`);
  }

  #route(): void {
    this.#ip('edge', 'route', 'add', 'default', 'via', LINKS.uplink.world);
  }

  #ip(place: Place, ...args: string[]): void {
    ip('-n', this.#names[place], ...args);
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
