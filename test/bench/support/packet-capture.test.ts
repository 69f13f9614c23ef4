import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Flows } from './flow-times.ts';
import { JitteryServer } from './jittery-server.ts';
import { PacketCapture } from './packet-capture.ts';

const missing = PacketCapture.missing();

describe.skipIf(missing !== undefined)('a capture of packets', () => {
  it('has the connections of what was asked, encrypted ones too', { timeout: 30_000 }, async () => {
    const dir = mkdtempSync(join(tmpdir(), 'outrider-capture-'));
    const keyLogFile = join(dir, 'keys');
    const server = await JitteryServer.start({ names: 1, keyLogFile });
    try {
      const capture = await PacketCapture.start(join(dir, 'packets'), { tcp: server.ports });
      const { get: secureGet } = await import('node:https');
      for (const [ask, kind] of [
        [get, 'http1'],
        [secureGet, 'https1'],
      ] as const)
        await new Promise<void>((resolve, reject) => {
          const options = { ca: server.cert, agent: false } as const;
          ask(`${server.url(kind)}/?run=${kind}`, options, (response) => {
            response.resume().once('close', () => setTimeout(resolve, 100));
          }).once('error', reject);
        });
      await capture.stop();
      const flows = new Flows(await capture.packets(keyLogFile), server.ports);
      const asked = await server.asked();
      expect(asked.map(({ run }) => run)).toEqual(['http1', 'https1']);
      const [plain, secure] = asked.map((one) => flows.of(one));
      expect(Object.keys(plain?.times ?? {})).toEqual(['connect', 'ttfb', 'transfer', 'total']);
      expect(Object.keys(secure?.times ?? {})).toEqual(['connect', 'tls', 'ttfb', 'transfer', 'total']);
      for (const flow of [plain, secure]) {
        expect(flow?.times.ttfb).toBeGreaterThanOrEqual(0.9);
        // A head that left late on a busy machine has its body close behind: how close is for the benchmark of accuracy.
        expect(flow?.times.transfer).toBeGreaterThan(0);
      }
    } finally {
      await server.close();
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

describe('a capture that is not possible', () => {
  it('says what is missing, or that nothing is', () => {
    expect(missing ?? 'nothing').toMatch(/^nothing$|tshark|root|Linux|dumpcap|loopback/);
  });
});
