import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createResolver, RESOLVER_LIMITS } from '../../../probes/net/resolver.ts';
import { nameBytes, startUdp } from '../dns/dns-server.ts';
import { type NameServer, startNameServer } from './name-server.ts';
import { clock, PATIENCE_MS } from './run-context.ts';

let names: NameServer;

const addresses = (count: number) => Array.from({ length: count }, (_, index) => `192.0.2.${index + 1}`);

beforeAll(async () => {
  names = await startNameServer({
    'both.test': { a: ['192.0.2.7', '192.0.2.3', '192.0.2.5'], aaaa: ['2001:db8::7'] },
    'six.test': { aaaa: ['2001:db8::6', '2001:db8::1'] },
    'none.test': {},
    'broken.test': { rcode: 2 },
    'refused.test': { rcode: 5 },
    'silent.test': { silent: true },
    'slow.test': { a: ['192.0.2.9'], delayMs: 250 },
    'full.test': { a: addresses(RESOLVER_LIMITS.addresses.value) },
    'crowd.test': { a: addresses(RESOLVER_LIMITS.addresses.value + 1) },
  });
});

afterAll(() => names.close());

const patient = () => AbortSignal.timeout(PATIENCE_MS);

function ours(family?: 4 | 6) {
  return createResolver({ nameServers: [names.address], ...(family ? { family } : {}) }, clock);
}

describe('resolving', () => {
  it('answers all IPv4 addresses in the order of the name server, and asks for no IPv6', async () => {
    const resolved = await ours().resolve('both.test', patient());
    expect(resolved).toMatchObject({ ok: true, addresses: ['192.0.2.7', '192.0.2.3', '192.0.2.5'] });
    expect(names.questions).not.toContain('AAAA both.test');
  });

  it('falls to IPv6 where a name has no IPv4 address', async () => {
    expect(await ours().resolve('six.test', patient())).toMatchObject({
      ok: true,
      addresses: ['2001:db8::6', '2001:db8::1'],
    });
  });

  it('keeps to one family when told', async () => {
    expect(await ours(6).resolve('both.test', patient())).toMatchObject({
      ok: true,
      addresses: ['2001:db8::7'],
    });
    expect(await ours(4).resolve('six.test', patient())).toMatchObject({
      ok: false,
      failure: { layer: 'dns', code: 'not_found', blame: 'target' },
    });
  });

  it('finds no address in an answer that has an alias alone', async () => {
    const alias = { type: 5, data: nameBytes('other.test') };
    const server = await startUdp(() => ({ answers: [alias] }));
    const nameServers = [`127.0.0.1:${server.port}`];
    for (const family of [6, undefined] as const) {
      const resolver = createResolver({ nameServers, ...(family ? { family } : {}) }, clock);
      expect(await resolver.resolve('alias.test', patient())).toMatchObject({
        ok: false,
        failure: { layer: 'dns', code: 'not_found', blame: 'target' },
      });
    }
    await server.close();
  });

  it('measures how long the answer took', async () => {
    const resolved = await ours().resolve('slow.test', patient());
    expect(resolved).toMatchObject({ ok: true });
    expect(resolved.dnsMs).toBeGreaterThanOrEqual(245);
  });

  it('asks anew every time: nothing is cached', async () => {
    const before = names.questions.filter((question) => question === 'A both.test').length;
    await ours().resolve('both.test', patient());
    const resolver = ours();
    await resolver.resolve('both.test', patient());
    await resolver.resolve('both.test', patient());
    expect(names.questions.filter((question) => question === 'A both.test').length).toBe(before + 3);
  });

  it('needs no lookup for literal addresses and localhost', async () => {
    const asked = names.questions.length;
    for (const [host, address] of [
      ['127.0.0.1', '127.0.0.1'],
      ['2001:db8::1', '2001:db8::1'],
      ['localhost', '127.0.0.1'],
      ['video.localhost', '127.0.0.1'],
    ] as const) {
      expect(await ours().resolve(host, patient())).toEqual({ ok: true, addresses: [address] });
    }
    expect(await ours(6).resolve('localhost', patient())).toEqual({ ok: true, addresses: ['::1'] });
    expect(names.questions.length).toBe(asked);
  });
});

describe('failures of resolution', () => {
  it.each([
    ['unknown.test', 'not_found', 'target'],
    ['none.test', 'not_found', 'target'],
    ['broken.test', 'server_failure', 'unknown'],
    ['refused.test', 'server_failure', 'unknown'],
    ['crowd.test', 'server_failure', 'unknown'],
  ])('%s is %s, blamed on %s', async (host, code, blame) => {
    const result = await ours().resolve(host, patient());
    expect(result).toMatchObject({ ok: false, failure: { layer: 'dns', code, blame } });
    expect(result.ok || result.failure.message).toContain(host);
  });

  it('come with an address too many, and not before', async () => {
    const { value } = RESOLVER_LIMITS.addresses;
    expect(await ours().resolve('full.test', patient())).toMatchObject({ addresses: addresses(value) });
    const crowd = await ours().resolve('crowd.test', patient());
    expect(crowd.ok || crowd.failure.message).toContain(`${value + 1} addresses`);
  });

  it('ends at the deadline when the name server is silent', async () => {
    const started = performance.now();
    const result = await ours().resolve('silent.test', AbortSignal.timeout(150));
    expect(result).toMatchObject({ ok: false, failure: { layer: 'dns', code: 'timeout', blame: 'network' } });
    expect(performance.now() - started).toBeLessThan(1500);
  });

  it('asks nothing when the deadline has already passed', async () => {
    const asked = names.questions.length;
    expect(await ours().resolve('both.test', AbortSignal.abort())).toMatchObject({
      ok: false,
      failure: { layer: 'dns', code: 'timeout' },
    });
    expect(names.questions.length).toBe(asked);
  });

  it('calls an unreachable name server a failure of the network', async () => {
    const resolver = createResolver({ nameServers: ['127.0.0.1:1'] }, clock);
    expect(await resolver.resolve('a.test', patient())).toMatchObject({
      ok: false,
      failure: { layer: 'dns', code: 'server_failure', blame: 'network' },
    });
  });

  it('refuses name servers that are no addresses, before anything is asked', () => {
    expect(() => createResolver({ nameServers: ['dns.example.com'] }, clock)).toThrow(
      /nameServers: .*9\.9\.9\.9/,
    );
  });
});

const hostsName = nameInHostsFile();

describe.runIf(hostsName)('names that only the hosts file knows', () => {
  it('are found when no name servers of our own are set', async () => {
    const resolved = await createResolver({ nameServers: [] }, clock).resolve(hostsName as string, patient());
    expect(resolved).toMatchObject({ ok: true });
  });

  it('are not asked of the system when name servers are set', async () => {
    expect(await ours().resolve(hostsName as string, patient())).toMatchObject({
      ok: false,
      failure: { code: 'not_found' },
    });
  });
});

function nameInHostsFile(): string | undefined {
  const text = process.platform === 'win32' ? '' : readFileSync('/etc/hosts', 'utf8');
  const names = text.split('\n').flatMap((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1));
  return names.find(
    (name) => /^[a-z][a-z0-9-]*$/.test(name) && name !== 'localhost' && name !== 'broadcasthost',
  );
}
