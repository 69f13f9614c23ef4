/** Media that breaks its own format, or that the model cannot read: a fault of the target, never of the run. */
import type { ErrorCode } from '../outcome.ts';

export class MediaError extends Error {
  readonly code: Extract<ErrorCode, 'bad_media' | 'bad_manifest' | 'too_large' | 'bad_body'>;

  constructor(code: MediaError['code'], message: string) {
    super(message);
    this.name = 'MediaError';
    this.code = code;
  }
}
