/** What the agents of a chaos run probe: an HTTP server that mostly answers at once, sometimes late, sometimes with an error. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Spec } from '../../probes/spec.ts';

export interface Target {
  readonly url: string;
  close(): Promise<void>;
}

const FAIL_SHARE = 0.05;
/** `/late` answers within this, so that runs are under way at any moment. */
const LATE_MS = 900;

export async function startTarget(): Promise<Target> {
  const server = createServer((request, response) => {
    const answer = () => response.writeHead(Math.random() < FAIL_SHARE ? 503 : 200).end('hello');
    if (request.url?.startsWith('/late')) setTimeout(answer, Math.random() * LATE_MS);
    else answer();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Four and a half runs a second at each agent. */
export function chaosSpec(url: string): Spec {
  const target = (name: string) => ({ name, url: `${url}/${name}`, labels: {} });
  const probe = (name: string, targets: string[], every: string) => ({
    ...{ name, type: 'http', targets, every, timeout: '1s', params: {}, from: {}, paused: false },
  });
  return {
    version: 1,
    targets: ['near', 'far', 'late'].map(target),
    probes: [
      probe('fast', ['near'], '500ms'),
      probe('steady', ['near', 'far'], '1s'),
      probe('slow', ['late'], '2s'),
    ],
  };
}
