/** Who this agent is to its collectors: its key, and the one-time token by which the key is made known to them. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import ipaddr from 'ipaddr.js';
import { ProtocolError } from '../protocol/errors.ts';
import type { Challenge, Proof } from '../protocol/frame.ts';
import { bindingOf, publicKeyOf, signClaim } from '../protocol/link-proof.ts';
import { keyFromFile } from './key-file.ts';

export const IDENTITY_KEY_FILE = 'identity-key.pem';
/** In place of a file. */
const ENROL_VARIABLE = 'OUTRIDER_ENROL_TOKEN';

export interface IdentityOptions {
  readonly agent: string;
  readonly boot: string;
  readonly dataDir: string;
  /** File of the enrolment token. */
  readonly enrolFile?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A connection on which this agent is asked who it is. */
export interface Asked {
  /** Address of the collector, `wss://host:7077/v1/agent`. */
  readonly url: string;
  readonly socket: unknown;
}

export class Identity {
  readonly #options: IdentityOptions;
  #key: KeyObject | undefined;

  constructor(options: IdentityOptions) {
    this.#options = options;
  }

  /** Whether it was given an enrolment token: somebody is there who sets it up. */
  get invited(): boolean {
    const { enrolFile, env } = this.#options;
    return enrolFile !== undefined || Boolean(env[ENROL_VARIABLE]);
  }

  /** Throws as `proofOf`, and the system's error when the key or the token cannot be read. */
  prove(challenge: Challenge, asked: Asked): Proof {
    this.#key ??= keyFromFile(join(this.#options.dataDir, IDENTITY_KEY_FILE), {
      type: 'ed25519',
      make: () => generateKeyPairSync('ed25519').privateKey,
    });
    const { agent, boot } = this.#options;
    return proofOf(challenge, asked, { agent, boot, key: this.#key, enrolmentToken: () => this.#token() });
  }

  /** Empty where there is none. */
  #token(): string {
    const { enrolFile, env } = this.#options;
    const text = enrolFile === undefined ? (env[ENROL_VARIABLE] ?? '') : readFileSync(enrolFile, 'utf8');
    return text.trim();
  }
}

export interface Prover {
  readonly agent: string;
  readonly boot: string;
  /** Private, Ed25519. */
  readonly key: KeyObject;
  /** For a collector that does not know the key; empty where there is none. */
  enrolmentToken(): string;
}

/** The answer to a challenge. Throws a `ProtocolError` where it could be used by somebody on the way. */
export function proofOf(challenge: Challenge, { socket, url }: Asked, prover: Prover): Proof {
  const bound = bindingOf(socket, challenge.binding);
  if (!bound)
    throw new ProtocolError(
      'unauthorised',
      'the collector asks for a proof bound to TLS 1.3, and this connection is not: is there a proxy in between?',
    );
  const { agent, boot, key } = prover;
  const enrolmentToken = challenge.enrolled ? '' : prover.enrolmentToken();
  if (enrolmentToken !== '' && !isPrivateWay(url))
    throw new ProtocolError(
      'unauthorised',
      'the enrolment token is not sent in the clear: use wss:// to a collector that is not on this machine',
    );
  const signature = signClaim(key, { challenge, bound, agent, boot });
  return { type: 'proof', publicKey: publicKeyOf(key), signature, enrolmentToken };
}

/** Over TLS, or not beyond this machine. */
function isPrivateWay(url: string): boolean {
  const { hostname, protocol } = new URL(url);
  const bare = hostname.replace(/^\[|\]$/g, '');
  return (
    protocol === 'wss:' ||
    bare === 'localhost' ||
    (isIP(bare) !== 0 && ipaddr.process(bare).range() === 'loopback')
  );
}
