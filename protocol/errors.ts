/** Why a session ends: WebSocket close codes in the range for applications (RFC 6455 §7.4.2), each with a name. */
export const CLOSE_CODES = {
  bad_frame: 4400,
  unauthorised: 4401,
  no_hello: 4408,
  replaced: 4409,
  version: 4426,
  over_credit: 4429,
  internal: 4500,
  unavailable: 4503,
} as const;
/** How a collector closes a session once it is in the store that the agent has stopped: an agent relies on nothing else. */
export const GOODBYE = { code: 1000, reason: 'goodbye' } as const;
export type CloseName = keyof typeof CLOSE_CODES;

/** A frame or a session that breaks the contract. */
export class ProtocolError extends Error {
  readonly close: CloseName;
  constructor(close: CloseName, message: string) {
    super(message);
    this.name = 'ProtocolError';
    this.close = close;
  }
  get closeCode(): number {
    return CLOSE_CODES[this.close];
  }
}
