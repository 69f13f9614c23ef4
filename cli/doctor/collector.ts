/** The collector: is it there, does it let us in, can it work, and is it of this version. */

import type { WhoamiJson } from '../../collector/api/answers/access.ts';
import type { CollectorJson } from '../../collector/api/answers/fleet.ts';
import { isLoopback } from '../../collector/listen.ts';
import { formatSpan } from '../../probes/quantity-text.ts';
import { CliError } from '../support/cli-error.ts';
import { EXIT } from '../support/exit-codes.ts';
import { version } from '../support/version.ts';
import { type Check, counted, listed, problem, skipped, warning, well } from './check.ts';
import { DOCTOR_LIMITS } from './limits.ts';
import { certificateAt, type Reached } from './reach.ts';

const DAY_MS = 86_400_000;

const CERTIFICATE_WORDS: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  CERT_HAS_EXPIRED: [
    'is expired',
    'Have it made again, and put it where --tls-cert says: the collector reads it when it changes',
  ],
  CERT_NOT_YET_VALID: ['is not valid yet', 'See both clocks: timedatectl'],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'is for another name',
    'Use a name that is in it, or have one made for this name',
  ],
  HOSTNAME_MISMATCH: ['is for another name', 'Use a name that is in it, or have one made for this name'],
};
const UNTRUSTED = [
  'is signed by an authority that this machine does not trust',
  'OUTRIDER_CA=FILE names its authority, as --ca does for agents',
] as const;

const AWAY = 'Nothing can be asked or changed, and agents keep their results.';

export const collectorThere: Check = {
  name: 'collector',
  area: 'collector',
  async look(scene) {
    const at = scene.collector.origin;
    const found: Reached = await scene.reached();
    switch (found.kind) {
      case 'collector':
        return well(`A collector answers at ${at}.`);
      case 'stranger':
        return problem(
          `Another program answers at ${at} (${found.said}).`,
          `${AWAY} A collector cannot start on that port.`,
          `ss -ltnp 'sport = :${scene.collector.port || 80}' says which; or collector start --port 7078, and --collector there`,
        );
      case 'scheme':
        return problem(
          `${at} speaks ${found.speaks}, and was asked in ${scene.collector.protocol.slice(0, -1)}.`,
          AWAY,
          `--collector ${found.speaks}://${scene.collector.host}${found.speaks === 'http' ? '; or collector start --tls-cert FILE --tls-key FILE' : ''}`,
        );
      case 'certificate': {
        const [what, hint] = CERTIFICATE_WORDS[found.code] ?? UNTRUSTED;
        return problem(`The certificate at ${at} ${what} (${found.code}).`, AWAY, hint);
      }
      case 'nobody':
        return problem(
          found.code === 'ENOTFOUND' || found.code === 'EAI_AGAIN'
            ? `The name ${scene.collector.hostname} has no address.`
            : `Nobody answers at ${at} (${found.code}).`,
          AWAY,
          isLoopback(scene.collector.hostname)
            ? 'npx outrider collector start, or npm run up; --collector URL names another'
            : '--collector URL or OUTRIDER_COLLECTOR names another; a collector listens on loopback unless --listen says more',
        );
    }
  },
};

export const certificate: Check = {
  name: 'certificate',
  area: 'collector',
  async look(scene) {
    if (scene.collector.protocol !== 'https:')
      return skipped('The collector is asked in http: there is no certificate.');
    const seen = await certificateAt(scene.collector);
    if (!seen?.valid_to) return skipped('No certificate was seen.');
    const leftMs = Date.parse(seen.valid_to) - scene.nowMs();
    const what = `The certificate of ${scene.collector.host} ends ${new Date(seen.valid_to).toISOString().slice(0, 10)}`;
    if (leftMs > DOCTOR_LIMITS.certificateDays.value * DAY_MS) return well(`${what}.`);
    const why = 'Behind it no agent and no command reaches the collector.';
    const hint =
      'Have it made again, and put it where --tls-cert says: the collector reads it when it changes';
    return leftMs < 0
      ? problem(`${what}: it is expired.`, why, hint)
      : warning(`${what}, in ${formatSpan(leftMs)}.`, why, hint);
  },
};

export const token: Check = {
  name: 'token',
  area: 'collector',
  async look(scene) {
    try {
      const who = await scene.ask<WhoamiJson>('/api/v1/whoami');
      if (!who.auth) return well('The collector asks nobody for a token.');
      const leftMs = Date.parse(who.expires_at ?? '') - scene.nowMs();
      const what = `The token is that of ${who.name}, ${who.role}`;
      if (!(leftMs < DOCTOR_LIMITS.certificateDays.value * DAY_MS)) return well(`${what}.`);
      return warning(
        `${what}, and ends in ${formatSpan(Math.max(0, leftMs))}.`,
        'Behind it everything that uses it ends with exit code 77.',
        `outrider tokens add ${who.name} --role ${who.role}`,
      );
    } catch (error) {
      if (!(error instanceof CliError) || error.exit !== EXIT.auth) throw error;
      return problem(
        `${error.message}`,
        'Commands end with exit code 77; what follows here could not be looked at.',
        error.hint ??
          'OUTRIDER_TOKEN_FILE=FILE names a token; an admin makes one: outrider tokens add NAME --role viewer',
      );
    }
  },
};

export const exposed: Check = {
  name: 'exposed',
  area: 'collector',
  async look(scene) {
    const { auth } = await scene.ask<WhoamiJson>('/api/v1/whoami');
    const { hostname, protocol } = scene.collector;
    if (isLoopback(hostname.replace(/^\[|\]$/g, '')) || (auth && protocol === 'https:'))
      return well(
        auth
          ? 'The collector asks everybody for a token.'
          : 'Without access control, and asked on this machine alone.',
      );
    return warning(
      auth
        ? `${hostname} is spoken to in the clear.`
        : `Whoever reaches ${hostname} may do anything: it asks nobody for a token.`,
      'Probes can be changed, and secrets of agents sent elsewhere, by anybody on the way.',
      'collector start --auth --listen ADDRESS --tls-cert FILE --tls-key FILE, then outrider tokens bootstrap',
    );
  },
};

interface Ready {
  readonly status?: string;
  readonly reasons?: readonly string[];
}

export const ready: Check = {
  name: 'ready',
  area: 'collector',
  async look(scene, signal) {
    await scene.there();
    const response = await fetch(new URL('/readyz', scene.collector), { signal });
    const { reasons = [] } = (await response.json()) as Ready;
    if (response.ok) return well('It commits and reads results.');
    return problem(
      `It is not ready: ${reasons.join(' ')}`,
      'Results wait in the spools of agents until it is; nothing is judged meanwhile.',
      'See its log, and its store: doctor --clickhouse URL, or the free space of its data directory: doctor --data-dir DIR',
    );
  },
};

/** `0.4` of `0.4.1`: what speaks and stores alike. */
const series = (text: string): string => text.split('.').slice(0, 2).join('.');

export const versions: Check = {
  name: 'versions',
  area: 'collector',
  async look(scene) {
    const { data } = await scene.ask<{ data: CollectorJson[] }>('/api/v1/collectors');
    const alive = data.filter(({ state }) => state === 'active' || state === 'draining');
    const others = alive.filter((one) => series(one.version) !== series(version));
    const agents = (await scene.agents()).filter(
      ({ software, state }) =>
        state === 'connected' && software !== '' && series(software) !== series(alive[0]?.version ?? version),
    );
    if (others.length === 0 && agents.length === 0)
      return well(
        `This command, ${counted(alive.length, 'collector')} and all agents are of ${series(version)}.`,
      );
    const parts = [
      ...(others.length === 0
        ? []
        : [`${listed(others.map((one) => `${one.name} is ${one.version}`))}, this command ${version}`]),
      ...(agents.length === 0
        ? []
        : [
            `${counted(agents.length, 'agent')} not of the collector's version: ${listed(agents.map((one) => `${one.id} ${one.software}`))}`,
          ]),
    ];
    return warning(
      `${parts.join('; ')}.`,
      'They speak to each other, and what is new in one is missing at the other: probe types, evidence, reasons.',
      'Upgrade collectors first, then agents: agent start --takeover loses no slot',
    );
  },
};
