import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BlackboxExporter, isSuccess } from './blackbox-exporter.ts';

async function site(status: number): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end('body'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe.skipIf(BlackboxExporter.missing() !== undefined)('blackbox_exporter as a peer', () => {
  it('probes what it is asked to, says how it went, and is gone when it is stopped', async () => {
    const exporter = await BlackboxExporter.start();
    try {
      const answer = await exporter.probe(await site(200));
      expect(isSuccess(answer)).toBe(true);
      expect(answer).toContain('probe_http_status_code 200');
      expect(isSuccess(await exporter.probe(await site(503)))).toBe(false);
    } finally {
      await exporter.stop();
    }
    expect(() => process.kill(exporter.pid, 0)).toThrow('ESRCH');
  });
});
