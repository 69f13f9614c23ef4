/** Challenge and proof off the wire. */
import { bad, name, text } from './check.ts';
import { BINDINGS, type Binding, type Challenge, type Proof } from './frame.ts';
import { PROOF_BYTES } from './link-proof.ts';
import type { WireEnvelope } from './wire.ts';

export function fromWireChallenge(challenge: NonNullable<WireEnvelope['challenge']>): Challenge {
  const binding = text(challenge.binding, 'binding') as Binding;
  if (!BINDINGS.includes(binding)) bad(`binding is ${JSON.stringify(binding)}, which is not known here`);
  return {
    type: 'challenge',
    nonce: exactly(challenge.nonce, PROOF_BYTES.nonce, 'nonce'),
    collector: name(challenge.collector, 'collector'),
    session: name(challenge.session, 'session'),
    binding,
    enrolled: challenge.enrolled ?? false,
  };
}

export function fromWireProof(proof: NonNullable<WireEnvelope['proof']>): Proof {
  return {
    type: 'proof',
    publicKey: exactly(proof.publicKey, PROOF_BYTES.publicKey, 'public_key'),
    signature: exactly(proof.signature, PROOF_BYTES.signature, 'signature'),
    enrolmentToken: text(proof.enrolmentToken, 'enrolment_token'),
  };
}

function exactly(bytes: Uint8Array | null | undefined, length: number, field: string): Uint8Array {
  if (bytes?.length !== length) return bad(`${field} has ${bytes?.length ?? 0} bytes, not ${length}`);
  // Of their own: what the decoder gives is a view of the whole frame.
  return new Uint8Array(bytes);
}
