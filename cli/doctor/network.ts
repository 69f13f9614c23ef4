/** What lies between here and the collector: proxies of the environment, and IPv6 that leads nowhere. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isLoopback } from '../../collector/listen.ts';
import { type Check, problem, skipped, warning, well } from './check.ts';
import { dial } from './reach.ts';

export const proxy: Check = {
  name: 'proxy',
  area: 'machine',
  look({ collector, env }) {
    const kind = collector.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
    const value = env[kind] || env[kind.toLowerCase()];
    if (!value) return well('No proxy stands between this machine and the collector.');
    const taken =
      /^(1|true)$/.test(env.NODE_USE_ENV_PROXY ?? '') || (env.NODE_OPTIONS ?? '').includes('--use-env-proxy');
    const host = collector.hostname.replace(/^\[|\]$/g, '');
    if (!taken)
      return well(
        `${kind} is set, and Outrider goes directly all the same: it measures the way that it goes.`,
      );
    if (isSpared(host, env.NO_PROXY || env.no_proxy || ''))
      return well(`${kind} is set, and NO_PROXY spares ${host}.`);
    return problem(
      `${kind} and NODE_USE_ENV_PROXY send what is for ${host} to a proxy.`,
      isLoopback(host)
        ? 'The proxy cannot reach this machine by the name of loopback: the collector seems to be away, or is another one.'
        : 'A proxy holds live streams back and breaks the connections of agents.',
      `export NO_PROXY=${[env.NO_PROXY, 'localhost', '127.0.0.1', '::1', isLoopback(host) ? '' : host].filter(Boolean).join(',')}`,
    );
  },
};

function isSpared(host: string, list: string): boolean {
  return list
    .split(/[\s,]+/)
    .map((entry) => entry.replace(/^\*?\.?/, '').replace(/:\d+$/, ''))
    .some(
      (entry, at, all) =>
        (all[at] !== '' && (entry === host || host.endsWith(`.${entry}`))) || list.trim() === '*',
    );
}

export const ipv6: Check = {
  name: 'ipv6',
  area: 'machine',
  async look({ collector }) {
    const host = collector.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0) return skipped(`${host} is an address: nothing chooses between IPv4 and IPv6.`);
    const addresses = await lookup(host, { all: true });
    const sixth = addresses.find(({ family }) => family === 6);
    if (!sixth) return well(`${host} has no IPv6 address.`);
    if (sixth.address !== '::1' && !hasGlobalIpv6())
      return well(`${host} has an IPv6 address, and this machine uses IPv4.`);
    const port = Number(collector.port || (collector.protocol === 'https:' ? 443 : 80));
    const how = await dial(sixth.address, port);
    // Refused at once costs nothing: the next address is taken.
    if (how === 'connected' || (how === 'ECONNREFUSED' && addresses.length > 1))
      return well(
        `IPv6 to ${host} ${how === 'connected' ? 'works' : 'is refused at once, and IPv4 is taken'}.`,
      );
    return warning(
      `${host} has the IPv6 address ${sixth.address}, and it cannot be reached from here (${how}).`,
      'Every connection tries it first: each probe of such a name loses a quarter of a second, or fails where a program waits for it.',
      'Mend the IPv6 route (ip -6 route get ' +
        sixth.address +
        '), or switch IPv6 off: sudo sysctl net.ipv6.conf.all.disable_ipv6=1',
    );
  },
};

/** An address by which this machine could reach others over IPv6: global or unique local. */
function hasGlobalIpv6(): boolean {
  return Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .some(({ address, family, internal }) => family === 'IPv6' && !internal && !address.startsWith('fe80:'));
}
