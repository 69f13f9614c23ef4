/** What a service's "no" to an upload means: one table, for every protocol. */
import type { SessionResponse } from '../net/session.ts';
import type { ErrorCode, Layer } from '../outcome.ts';
import { type Failed, failed } from './upload-run.ts';

interface Refusal {
  readonly code: ErrorCode;
  /** Follows "The service answered 413 to the PUT: ". */
  readonly meaning: string;
}

const DENIED: Refusal = {
  code: 'denied',
  meaning: 'it does not let this agent upload; check the credentials',
};

/** Whatever was asked. */
const REFUSALS: Readonly<Record<number, Refusal>> = {
  401: DENIED,
  403: DENIED,
  404: { code: 'status', meaning: 'there is no such upload endpoint' },
  405: { code: 'status', meaning: 'it does not know this method here; check protocol and target' },
  409: { code: 'status', meaning: 'something else is there already' },
  410: { code: 'expired', meaning: 'the upload has expired' },
  411: { code: 'bad_response', meaning: 'it wants a length, and was given one' },
  412: { code: 'bad_response', meaning: 'it does not speak this version of the protocol' },
  413: { code: 'too_large', meaning: 'the payload is too large for it; lower sizeBytes or chunkBytes' },
  415: { code: 'status', meaning: 'it does not take this content type; set contentType' },
  416: { code: 'offset_mismatch', meaning: 'the range is not the one that it expects' },
  423: { code: 'locked', meaning: 'the upload is locked by another request' },
  429: { code: 'status', meaning: 'it takes no more requests now; upload less often' },
  451: DENIED,
  460: {
    code: 'integrity',
    meaning: 'the bytes that arrived do not have the checksum of those that were sent',
  },
  507: { code: 'status', meaning: 'it has no room' },
};

/** What differs once there is an upload to speak of. */
const ONCE_CREATED: Readonly<Record<number, Refusal>> = {
  404: { code: 'expired', meaning: 'the upload is gone: it has expired or was deleted' },
  409: { code: 'offset_mismatch', meaning: 'it holds another offset than the request began at' },
};

/** The service said no to `what`, e.g. `the PUT`. Its fault, in the layer of the step: it took none of what it should have. */
export function refused(response: SessionResponse, layer: Layer, what: string): Failed {
  const { status } = response;
  const refusal = (layer === 'upload_chunk' ? ONCE_CREATED[status] : undefined) ?? REFUSALS[status];
  const meaning = refusal ? `: ${refusal.meaning}` : '';
  return {
    ...failed(layer, refusal?.code ?? 'status', `The service answered ${status} to ${what}${meaning}.`),
    status,
  };
}
