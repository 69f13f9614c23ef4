/** Media that breaks its own format: a fault of the target. `codec_unsupported`: good media that the model does not know. */
import type { ErrorCode, Failure } from '../outcome.ts';

export class MediaError extends Error {
  readonly code: Extract<
    ErrorCode,
    'bad_media' | 'bad_manifest' | 'too_large' | 'bad_body' | 'codec_unsupported'
  >;

  constructor(code: MediaError['code'], message: string) {
    super(message);
    this.name = 'MediaError';
    this.code = code;
  }
}

/** A fetch that failed in the middle of reading a file: its failure says all. */
export class FetchFailed extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.name = 'FetchFailed';
    this.failure = failure;
  }
}

/** A limit of the probe was reached: after the first frame no fault of anybody. */
export function isTooLarge(error: unknown): boolean {
  if (error instanceof FetchFailed) return error.failure.code === 'too_large';
  return error instanceof MediaError && error.code === 'too_large';
}
