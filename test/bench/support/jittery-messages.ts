/** What the benchmark of accuracy and its server say to each other. */

/** How a connection speaks: the version of HTTP, and whether it is encrypted. */
export const FLOW_KINDS = ['http1', 'http2', 'https1', 'https2'] as const;
export type FlowKind = (typeof FLOW_KINDS)[number];

export type JitteryOrder =
  | {
      readonly type: 'start';
      /** PEM. */
      readonly key: string;
      readonly cert: string;
      /** Names that its name server knows, all of them 127.0.0.1. */
      readonly names: readonly string[];
    }
  | { readonly type: 'told' };

/** Which run asked over which connection. */
export interface Asked {
  /** The session of the run (CTA-5004), or what its address has as `run`. */
  readonly run: string;
  /** Of the client, and of the server. Loopback gives the same pair to another connection a second later. */
  readonly port: number;
  readonly serverPort: number;
  /** Unix milliseconds. */
  readonly atMs: number;
}

export type JitteryReport =
  | {
      readonly type: 'ready';
      readonly ports: Readonly<Record<FlowKind, number>>;
      /** `127.0.0.1:port`. */
      readonly nameServer: string;
    }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'asked'; readonly asked: readonly Asked[] };
