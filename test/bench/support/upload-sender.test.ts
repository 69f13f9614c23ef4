import { afterEach, describe, expect, it } from 'vitest';
import { TruthServer } from './truth-server.ts';
import { UploadSender } from './upload-sender.ts';

const here = (command: string, args: readonly string[]) => ({ command, args });
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function start(): Promise<{ sender: UploadSender; server: TruthServer }> {
  const server = await TruthServer.start('127.0.0.1');
  closing.push(() => server.close());
  const sender = await UploadSender.start({ allow: [], trustedCa: server.certificate.cert }, here);
  closing.push(() => sender.stop());
  return { sender, server };
}

const order = (url: string) => ({
  type: 'upload',
  url: `${url}/put/`,
  params: { protocol: 'put', sizeBytes: 50_000 },
  timeoutMs: 10_000,
});

describe('the sender of uploads', () => {
  it.each(['plain', 'tls'] as const)('uploads to the truth server, %s, which saw every byte', async (way) => {
    const { sender, server } = await start();
    await server.treat({ commitMs: 0 });
    const { metrics, outcome } = await sender.measure(order(server.urls[way]));
    expect({ outcome, bytes: metrics.upload_bytes }).toEqual({ outcome: 'ok', bytes: 50_000 });
    expect(await server.received()).toMatchObject([{ bytes: 50_000 }]);
  });

  it('hands back a failed run, and throws where it was to measure', async () => {
    const { sender, server } = await start();
    await server.close();
    expect(await sender.run(order(server.urls.plain))).toMatchObject({ outcome: 'fail' });
    await expect(sender.measure(order(server.urls.plain))).rejects.toThrow(/upload of http:.* failed: /);
  });

  it('throws for parameters that do not exist', async () => {
    const { sender, server } = await start();
    await expect(sender.run({ ...order(server.urls.plain), params: { no: 1 } })).rejects.toThrow(/no/);
  });
});
