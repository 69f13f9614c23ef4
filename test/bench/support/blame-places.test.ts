import { spawnSync } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BlamePlaces, PLACES, type Place } from './blame-places.ts';
import { ThinLink } from './thin-link.ts';

function open(): BlamePlaces {
  const places = BlamePlaces.open();
  onTestFinished(() => places.close());
  return places;
}

/** What the kernel at a place would do with a packet for an address. */
function wayOf(places: BlamePlaces, place: Place, address: string): string {
  const { command, args } = places.at(place, 'ip', ['route', 'get', address]);
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return stdout + stderr;
}

describe.skipIf(ThinLink.missing() !== undefined)('the places of the benchmark of blame', () => {
  it('are an edge, whose every way leads through the world, and a world that has all that is probed', () => {
    const places = open();
    for (const address of [PLACES.target, PLACES.anchor, PLACES.nameServer, PLACES.blackhole]) {
      expect(wayOf(places, 'edge', address)).toContain('via 10.231.8.2 dev up0');
    }
    expect(wayOf(places, 'edge', PLACES.collector)).toContain('dev col0');
    expect(wayOf(places, 'world', PLACES.target)).toContain('local 10.231.20.1');
    expect(wayOf(places, 'world', PLACES.blackhole)).toMatch(/invalid argument/i);
    expect(wayOf(places, 'world', PLACES.unreachable)).toMatch(/no route to host|unreachable/i);
  });

  it('are cut from each other in silence, each link by itself, and joined again', () => {
    const places = open();
    places.silence('uplink');
    expect(wayOf(places, 'world', '10.231.8.1')).toMatch(/invalid argument/i);
    expect(wayOf(places, 'world', '10.231.9.1')).toContain('dev col0');
    places.restore('uplink');
    expect(wayOf(places, 'world', '10.231.8.1')).toContain('dev up0');
  });

  it('lose the way out with the interface of the edge, and have it again with it', () => {
    const places = open();
    places.takeDown();
    expect(wayOf(places, 'edge', PLACES.target)).toMatch(/unreachable/i);
    places.bringUp();
    expect(wayOf(places, 'edge', PLACES.target)).toContain('dev up0');
  });

  it('forget what is sent to an address that was taken away', () => {
    const places = open();
    places.remove(PLACES.anchor);
    expect(wayOf(places, 'world', PLACES.anchor)).toMatch(/invalid argument/i);
    places.add(PLACES.anchor);
    expect(wayOf(places, 'world', PLACES.anchor)).toContain('local');
  });
});
