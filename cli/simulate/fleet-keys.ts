/**
 * How simulated agents are let in by a collector that asks: each has a key of its own, made out of the token of whoever simulates, so
 * that it is the same at the next run and nobody else can make it. An invitation for all of them makes the keys known.
 */
import { createPrivateKey, hkdfSync } from 'node:crypto';
import { type Identity, proofOf } from '../../agent/identity.ts';
import { ACCESS_LIMITS } from '../../collector/access/limits.ts';
import type { AddedTokenJson, WhoamiJson } from '../../collector/api/answers/access.ts';
import type { ApiClient } from '../support/api-client.ts';
import { CliError } from '../support/cli-error.ts';
import { EXIT } from '../support/exit-codes.ts';
import { segment } from '../support/paths.ts';
import { readToken } from '../support/token.ts';

/** PKCS #8 of an Ed25519 key, up to its 32 bytes (RFC 8410 §7). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const KEY_BYTES = 32;

export interface FleetKeys {
  /** Of the agent that is the `index`-th of the fleet. */
  identityOf(agent: string, boot: string, index: number): Pick<Identity, 'prove'>;
  /** Makes what is left of the invitations useless. */
  close(): Promise<void>;
}

export interface FleetKeysOptions {
  readonly client: ApiClient;
  readonly agents: number;
  /** The token of whoever simulates. */
  readonly secret: string | undefined;
  /** A file with an invitation for all agents, in place of those that an admin's token makes. */
  readonly enrolFile?: string | undefined;
}

/** Undefined for a collector that asks nobody. Rejects with a `CliError`: 77 where whoever simulates may not invite agents. */
export async function fleetKeys(options: FleetKeysOptions): Promise<FleetKeys | undefined> {
  const { client, enrolFile, secret } = options;
  const { auth } = await client.get<WhoamiJson>('/api/v1/whoami');
  if (!auth || secret === undefined) return undefined;
  if (enrolFile !== undefined) {
    const token = readToken({ origin: '--enrol', file: enrolFile });
    return keysOf(secret, () => token);
  }
  const invitations = await invite(options);
  const { value: each } = ACCESS_LIMITS.enrolmentUses;
  return keysOf(
    secret,
    (index) => invitations[Math.floor(index / each)]?.token ?? '',
    async () => {
      for (const { id } of invitations) await client.post(`/api/v1/tokens/${segment(id)}/revoke`);
    },
  );
}

function keysOf(secret: string, tokenOf: (index: number) => string, close = async () => {}): FleetKeys {
  return {
    identityOf: (agent, boot, index) => {
      const prover = { agent, boot, key: keyOf(secret, agent), enrolmentToken: () => tokenOf(index) };
      return { prove: (challenge, asked) => proofOf(challenge, asked, prover) };
    },
    close,
  };
}

/** The private key of an agent. The secret cannot be had from it (RFC 5869). */
function keyOf(secret: string, agent: string) {
  const seed = hkdfSync('sha256', secret, '', `outrider simulate ${agent}`, KEY_BYTES);
  return createPrivateKey({
    key: Buffer.concat([PKCS8_HEAD, Buffer.from(seed)]),
    format: 'der',
    type: 'pkcs8',
  });
}

async function invite({ agents, client }: FleetKeysOptions): Promise<AddedTokenJson[]> {
  const { value: most } = ACCESS_LIMITS.enrolmentUses;
  const made: AddedTokenJson[] = [];
  try {
    for (let left = agents; left > 0; left -= most) {
      const uses = Math.min(left, most);
      const wanted = { name: 'simulate', role: 'agent', expires_in: '1h', uses };
      made.push(await client.post<AddedTokenJson>('/api/v1/tokens', wanted));
    }
    return made;
  } catch (cause) {
    if (!(cause instanceof CliError) || cause.exit !== EXIT.auth) throw cause;
    throw new CliError(`the token may not invite ${agents} simulated agents`, {
      why: cause.message,
      hint: `an admin's token; or an invitation by an admin, outrider agents invite --uses ${agents} --out FILE, and --enrol FILE here`,
      exit: EXIT.auth,
      cause,
    });
  }
}
