/** Runs light probes at one end of a link, in a process of its own that does nothing else: order by order, result by result. */
import type { RunResult } from '../../../probes/probe.ts';
import { type Order, ProbeRunner } from './probe-runner.ts';

/** Where it may send to besides loopback, and whose certificates it believes; then one order after the other. */
export type SenderOrder =
  | { readonly type: 'start'; readonly allow: readonly string[]; readonly trustedCa?: string }
  | { readonly type: 'run'; readonly order: Order };

export type SenderReport =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'ran'; readonly result: RunResult };

let runner: ProbeRunner | undefined;

async function obey(order: SenderOrder): Promise<SenderReport> {
  if (order.type === 'start') {
    runner = new ProbeRunner(order);
    return { type: 'ready' };
  }
  if (!runner) throw new Error('it was not started');
  return { type: 'ran', result: await runner.run(order.order) };
}

process.on('message', (order: SenderOrder) => {
  obey(order).then(
    (report) => process.send?.(report),
    (error: Error) => process.send?.({ type: 'failed', message: error.message } satisfies SenderReport),
  );
});
process.once('disconnect', () => process.exit(0));
