/** Uploads of the tests: what is sent, cut off, and told meanwhile. */
import { createHash } from 'node:crypto';
import { type IncomingHttpHeaders, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Interim {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

export interface SentSlowly {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly interims: readonly Interim[];
}

/** Sends a body in pieces, each once the one before had time to arrive, and collects the interim answers. */
export function sendInPieces(
  url: string,
  method: string,
  headers: Record<string, string>,
  pieces: readonly Buffer[],
): Promise<SentSlowly> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false });
    const interims: Interim[] = [];
    outgoing.on('information', (info) => interims.push({ status: info.statusCode, headers: info.headers }));
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, interims }),
      );
    });
    void (async () => {
      outgoing.flushHeaders();
      for (const piece of pieces) {
        await sleep(20);
        outgoing.write(piece);
      }
      outgoing.end();
    })();
  });
}

/** Sends the first bytes of a body that is announced to be longer, waits until `arrived`, and drops the connection. */
export async function cutOff(
  url: string,
  method: string,
  headers: Record<string, string>,
  bytes: Buffer,
  arrived: () => Promise<unknown>,
): Promise<void> {
  const outgoing = request(url, { method, headers, agent: false });
  outgoing.on('error', () => undefined);
  outgoing.write(bytes);
  await arrived();
  outgoing.destroy();
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
