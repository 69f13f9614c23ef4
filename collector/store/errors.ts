/** Why the store did not do what it was asked to. */

export const STORE_ERRORS = {
  locked: 'Another process holds the data directory.',
  data_dir: 'The data directory cannot be used.',
  unreachable: 'The ClickHouse server does not answer.',
  engine_missing: 'The embedded engine is not installed, or not for this platform.',
  migration: 'The schema in the store is not the one that this version expects.',
  refused: 'The query may not do this.',
  timeout: 'The query took longer than allowed.',
  busy: 'Too many statements wait for the embedded engine.',
  cluster: 'The ClickHouse cluster is not as it must be.',
  query: 'ClickHouse refused the statement.',
  fenced: 'This run of the collector was taken out by another collector, and may not write results any more.',
  closed: 'The store is closed.',
} as const;
export type StoreErrorCode = keyof typeof STORE_ERRORS;

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  /** What a person can try. */
  readonly hint: string;
  /** ClickHouse's own error number, 0 when it was not ClickHouse. */
  readonly clickhouseCode: number;

  constructor(
    code: StoreErrorCode,
    message: string,
    options: { readonly hint?: string; readonly clickhouseCode?: number; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'StoreError';
    this.code = code;
    this.hint = options.hint ?? '';
    this.clickhouseCode = options.clickhouseCode ?? 0;
  }
}
