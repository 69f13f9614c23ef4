/** The reference origin in a process of its own, which tells how many bytes of which request arrived. */
import { type ReceivedLine, startOrigin } from '../../../sandbox/index.ts';

export type CountedOrder = { readonly type: 'start'; readonly dataDir: string } | { readonly type: 'told' };

export interface CountedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Of its body, as they arrived, whether or not the origin kept them. */
  readonly bytes: number;
}

export type CountedReport =
  | { readonly type: 'ready'; readonly url: string }
  | { readonly type: 'failed'; readonly message: string }
  /** Since it was last asked, in the order of their first bytes. */
  | { readonly type: 'requests'; readonly requests: readonly CountedRequest[] };

let requests = new Map<number, CountedRequest>();

async function obey(order: CountedOrder): Promise<CountedReport> {
  if (order.type === 'start') {
    const onReceived = ({ bytes, method, request, url }: ReceivedLine): void => {
      requests.set(request, { method, url, bytes });
    };
    const { url } = await startOrigin({ dataDir: order.dataDir, onReceived });
    return { type: 'ready', url };
  }
  const told = [...requests.values()];
  requests = new Map();
  return { type: 'requests', requests: told };
}

process.on('message', (order: CountedOrder) => {
  obey(order).then(
    (report) => process.send?.(report),
    (error: Error) => process.send?.({ type: 'failed', message: error.message } satisfies CountedReport),
  );
});
process.once('disconnect', () => process.exit(0));
