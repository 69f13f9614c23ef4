/** What the benchmark of uploads and its truth server say to each other. */

export type TruthOrder =
  | {
      readonly type: 'start';
      readonly host: string;
      /** PEM. */
      readonly key: string;
      readonly cert: string;
    }
  /** How uploads are treated from now on; what was received before is forgotten. */
  | {
      readonly type: 'treat';
      /** Between the last byte and the answer. */
      readonly commitMs: number;
      /** How fast bytes are taken from the kernel; as fast as they come when absent. */
      readonly readBitsPerSecond?: number;
    }
  | { readonly type: 'told' };

/** One body; times are those of CLOCK_MONOTONIC, milliseconds, as the bytes came out of the kernel and below any TLS. */
export interface Received {
  readonly bytes: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly answeredMs: number;
}

export type TruthReport =
  | { readonly type: 'ready'; readonly ports: Readonly<Record<'plain' | 'tls', number>> }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'treated' }
  | { readonly type: 'received'; readonly bodies: readonly Received[] };
