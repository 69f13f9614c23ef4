/**
 * How an agent shows that it has its key. It signs a challenge that the collector made for this one session, together with who both
 * are and, over TLS, a value that only the two ends of this very connection know (RFC 9266): what was signed for one session is of no
 * use in another, nor to somebody between the two.
 */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import type { Binding, Challenge } from './frame.ts';

/** Lengths, in bytes (Ed25519: RFC 8032 §5.1). */
export const PROOF_BYTES = { nonce: 32, publicKey: 32, signature: 64, binding: 32 } as const;

/** So that no signature over anything else can be taken for one of these. */
const PURPOSE = 'outrider link proof 1';

/** What is signed. */
export interface LinkClaim {
  readonly challenge: Pick<Challenge, 'nonce' | 'collector' | 'session' | 'binding'>;
  /** `bindingOf` the connection. */
  readonly bound: Uint8Array;
  readonly agent: string;
  readonly boot: string;
}

export function signClaim(key: KeyObject, claim: LinkClaim): Uint8Array {
  return sign(null, transcript(claim), key);
}

/** Whether `signature` is that of the holder of the key over this claim. */
export function isSignedBy(publicKey: Uint8Array, claim: LinkClaim, signature: Uint8Array): boolean {
  try {
    return verify(null, transcript(claim), keyOf(publicKey), signature);
  } catch {
    // 32 bytes that are no point of the curve.
    return false;
  }
}

/** The 32 bytes of the public half of an Ed25519 key. */
export function publicKeyOf(key: KeyObject): Uint8Array {
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  return Buffer.from(x ?? '', 'base64url');
}

/** What this end can sign of a connection: before TLS 1.3 such values are not unique to it. */
export function bindingKind(socket: unknown): Binding {
  return socket instanceof TLSSocket && socket.getProtocol() === 'TLSv1.3' ? 'tls-exporter' : '';
}

/** The value of a binding at this end of a connection; undefined when it has none of that kind. */
export function bindingOf(socket: unknown, binding: Binding): Uint8Array | undefined {
  if (binding === '') return new Uint8Array();
  if (bindingKind(socket) !== binding) return undefined;
  return (socket as TLSSocket).exportKeyingMaterial(
    PROOF_BYTES.binding,
    'EXPORTER-Channel-Binding',
    Buffer.alloc(0),
  );
}

function keyOf(publicKey: Uint8Array): KeyObject {
  const x = Buffer.from(publicKey).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

/** Each field behind its length, so that no two claims have the same bytes. */
function transcript({ agent, boot, bound, challenge }: LinkClaim): Buffer {
  const { binding, collector, nonce, session } = challenge;
  const fields = [PURPOSE, nonce, collector, session, agent, boot, binding, bound].map((field) =>
    Buffer.from(field),
  );
  return Buffer.concat(
    fields.flatMap((field) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(field.length);
      return [length, field];
    }),
  );
}
