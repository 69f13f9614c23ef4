/** A published upload, played by the browser of the agent once it plays without. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contextAt, publish } from '../probes/publish/probe-run.ts';
import { type PublishService, startService } from '../probes/publish/publish-service.ts';
import { failureOf } from '../probes/upload/probe-run.ts';
import { browserOf, LOOPBACK, networkOf } from './probe-browser.ts';

let origin: PublishService;
let connectTo: Record<string, string>;
beforeAll(async () => {
  origin = await startService({ readyMs: 300 });
  connectTo = { 'video.test:80': `127.0.0.1:${origin.port}` };
});
afterAll(() => origin.close());

describe('publishing, with a browser', () => {
  it('tells when the first frame of the upload was presented, too', async () => {
    const browser = await browserOf({ network: networkOf(LOOPBACK, connectTo) });
    try {
      const result = await publish(contextAt(origin.port, { browser }), { browser: true });
      expect(failureOf(result)).toBe('ok');
      expect(result.attributes.browser).toBe('played');
      const { publish_playable_ms: playableMs = 0, publish_browser_playable_ms: browserMs } = result.metrics;
      expect(playableMs).toBeGreaterThanOrEqual(300);
      expect(browserMs).toBeGreaterThan(playableMs);
      expect(origin.held()).toBe(0);
    } finally {
      await browser.close();
    }
  });

  it('is no failure of the service where the browser of the agent does not start', async () => {
    const failure = {
      layer: 'agent',
      blame: 'agent',
      code: 'browser_launch',
      message: 'It would not.',
    } as const;
    const broken = {
      build: { path: '/nowhere', version: 'none', headless: 'shell' },
      withTab: () => Promise.resolve({ failure }),
      close: () => Promise.resolve(),
    } as const;
    const result = await publish(contextAt(origin.port, { browser: broken }), { browser: true });
    expect(failureOf(result)).toBe('ok');
    expect(result.attributes.browser).toBe('browser_launch');
    expect(result.metrics.publish_browser_playable_ms).toBeUndefined();
  });
});
