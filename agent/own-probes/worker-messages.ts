/** What goes between the agent and the worker of one run. */
import type { Failure } from '../../probes/outcome.ts';
import type { Target } from '../../probes/probe.ts';

/** Everything that the worker starts with. */
export interface WorkerJob {
  /** Under which the module knows itself; stands in its stack traces. */
  readonly url: string;
  readonly source: string;
  /** Modules of Node that it may import, without `node:`. */
  readonly builtins: readonly string[];
  readonly target: Target;
  readonly params: unknown;
  readonly agent: { readonly id: string; readonly region: string };
  readonly callsMax: number;
  readonly callsAtOnce: number;
  readonly resultCharsMax: number;
  readonly messageCharsMax: number;
}

/** From the agent. */
export type ToWorker =
  | { readonly kind: 'abort' }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: CallAnswer };

/** From the worker: a call, or the end of the run. */
export type FromWorker =
  | { readonly kind: 'request' | 'secret'; readonly id: number; readonly argument: unknown }
  | { readonly kind: 'result'; readonly json: string }
  | {
      readonly kind: 'failed';
      readonly message: string;
      /** Of a request that the module did not catch. */
      readonly failure?: Failure;
      readonly code?: 'bad_params';
    };

export type CallAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string; readonly failure?: Failure };
