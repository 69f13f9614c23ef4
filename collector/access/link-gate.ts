/** Lets agents in that show their key: a challenge for each session, and what is made of its answer. */
import { randomBytes, randomUUID } from 'node:crypto';
import { ProtocolError } from '../../protocol/errors.ts';
import type { Challenge, Hello, Proof } from '../../protocol/frame.ts';
import {
  bindingKind,
  bindingOf,
  isSignedBy,
  type LinkClaim,
  PROOF_BYTES,
} from '../../protocol/link-proof.ts';
import type { Access } from './access.ts';
import type { AgentKeys } from './agent-keys.ts';

/** A session that is to show who it is. */
export interface Visitor {
  readonly hello: Pick<Hello, 'agent' | 'boot'>;
  /** The connection itself. */
  readonly socket: unknown;
  /** Of the peer. */
  readonly address: string;
}

export interface LinkGate {
  /** What to ask a session. Rejects as `check`, where it is not known and its address failed too often. */
  challenge(visitor: Visitor): Promise<Challenge>;
  /** Rejects with `ProtocolError('unauthorised')` when the answer is not right, or with a `StoreError`. */
  check(visitor: Visitor, challenge: Challenge, proof: Proof): Promise<void>;
}

/** `collector`: names the run of this one. */
export function createLinkGate(access: Access, keys: AgentKeys, collector: () => string): LinkGate {
  const refuse = (why: string): never => {
    throw new ProtocolError('unauthorised', why);
  };
  return {
    async challenge({ address, hello, socket }) {
      // One that is enrolled is let in whoever else is behind its address.
      if (!keys.known(hello.agent) && access.failures.waitMs(address) > 0) {
        access.counters.refused.too_many_failures += 1;
        refuse('too many attempts from this address failed: wait a moment');
      }
      return {
        type: 'challenge',
        nonce: randomBytes(PROOF_BYTES.nonce),
        collector: collector(),
        session: randomUUID(),
        binding: bindingKind(socket),
        enrolled: (await keys.find(hello.agent)) !== undefined,
      };
    },
    async check({ address, hello, socket }, challenge, proof) {
      const { agent, boot } = hello;
      const bound = bindingOf(socket, challenge.binding);
      const claim: LinkClaim | undefined = bound && { challenge, bound, agent, boot };
      if (!claim || !isSignedBy(proof.publicKey, claim, proof.signature)) {
        access.failed(address);
        refuse(`the signature of ${agent} is not over this challenge`);
      }
      const publicKey = Buffer.from(proof.publicKey).toString('base64url');
      const key = await keys.find(agent);
      if (key?.publicKey === publicKey) return;
      if (proof.enrolmentToken === '') {
        access.failed(address);
        refuse(
          key
            ? `${agent} is enrolled with another key: choose another id, or revoke that key first`
            : `${agent} is not enrolled here: outrider agents invite gives a token for --enrol`,
        );
      }
      const enrolment = await keys.enrol(agent, publicKey, proof.enrolmentToken, address);
      if ('refused' in enrolment) refuse(enrolment.refused);
    },
  };
}
