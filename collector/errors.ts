/** Why a collector did not start. What the store has to say comes as a `StoreError`. */

export const COLLECTOR_ERRORS = {
  port_in_use: 'Another program listens on the port.',
  address: 'The address cannot be listened on.',
  exposed: 'The address is reachable by others, and there is no access control, or no TLS.',
  auth_differs:
    'Another collector on the store has access control and this one has not, or the other way round.',
  tls: 'The certificate or its key cannot be used.',
  data_dir: 'The data directory cannot be written.',
} as const;
export type CollectorErrorCode = keyof typeof COLLECTOR_ERRORS;

export class CollectorError extends Error {
  readonly code: CollectorErrorCode;
  /** What a person can try. */
  readonly hint: string;

  constructor(code: CollectorErrorCode, message: string, hint: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'CollectorError';
    this.code = code;
    this.hint = hint;
  }
}
