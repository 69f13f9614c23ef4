/** Between the benchmark of blame and its servers, which also ask the collector for it: only they are where it is. */

export type WorldOrder =
  | { readonly type: 'start'; readonly clip: string }
  | {
      readonly type: 'ask';
      readonly method: 'GET' | 'POST' | 'DELETE';
      readonly url: string;
      readonly body?: unknown;
    };

export type WorldReport =
  /** `trustedCa`: PEM of the authority of the certificates that are good. */
  | { readonly type: 'ready'; readonly trustedCa: string }
  | { readonly type: 'answer'; readonly status: number; readonly text: string }
  | { readonly type: 'failed'; readonly message: string };
