import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WarmBrowser } from '../../probes/browser/launch.ts';
import { type MediaServer, startMediaServer } from './media-server.ts';
import { browserOf, networkOf, runVideo } from './probe-browser.ts';

const HOST = 'video.sandbox.test';

let server: MediaServer;
let other: MediaServer;
/** May reach `HOST` through the mapping and nothing else of this machine. */
let browser: WarmBrowser;
let network: ReturnType<typeof networkOf>;

beforeAll(async () => {
  // Another loopback address, so that one can be allowed and the other not (Linux answers to all of 127/8).
  server = await startMediaServer('127.0.0.2');
  other = await startMediaServer();
  network = networkOf({ allow: ['127.0.0.2/32'], deny: [] }, { [`${HOST}:80`]: `127.0.0.2:${server.port}` });
  browser = await browserOf({ network });
});
afterAll(async () => {
  await browser.close();
  await Promise.all([server.close(), other.close()]);
});
beforeEach(() => {
  other.asked.length = 0;
});

const forbidden = { outcome: 'fail', failure: { code: 'forbidden_target', layer: 'agent', blame: 'agent' } };

/** Fetches from a page of the browser, as scripts of a page could. */
function fetchInTab(url: string) {
  return browser.withTab(AbortSignal.timeout(20_000), ({ page }) =>
    page.evaluate(
      (address) =>
        fetch(address, { mode: 'no-cors' }).then(
          (response) => `answered ${response.type}`,
          () => 'refused',
        ),
      url,
    ),
  );
}

describe('the address policy of the agent, in the browser', () => {
  it('refuses a loopback target before anything is launched', async () => {
    const result = await runVideo(undefined, network, `http://127.0.0.1:${other.port}/clip.mp4`);
    expect(result).toMatchObject({ outcome: 'fail', failure: { code: 'browser_missing' } });
    expect(await runVideo(browser, network, `http://127.0.0.1:${other.port}/clip.mp4`)).toMatchObject(
      forbidden,
    );
    expect(browser.counts.launches).toBe(0);
  });

  it.each(['127.0.0.1', 'localhost', '[::1]', '0x7f.1', '2130706433', '[::ffff:127.0.0.1]'])(
    'refuses a page that fetches from http://%s, and no request arrives',
    async (host) => {
      const result = await fetchInTab(`http://${host}:${other.port}/clip.mp4`);
      expect(result).toMatchObject({ failure: { code: 'forbidden_target' } });
      expect(other.asked).toEqual([]);
    },
  );

  it.each(['169.254.169.254', '10.0.0.1', '192.168.1.1', '[fd00::1]'])('refuses http://%s', async (host) => {
    expect(await fetchInTab(`http://${host}/latest/meta-data`)).toMatchObject({
      failure: { code: 'forbidden_target', blame: 'agent' },
    });
  });

  it('refuses a redirect of the video to loopback, and no request arrives there', async () => {
    const to = `http://127.0.0.1:${other.port}/clip.mp4`;
    const url = `http://${HOST}/clip.mp4?redirect=${encodeURIComponent(to)}`;
    expect(await runVideo(browser, network, url)).toMatchObject(forbidden);
    expect(server.asked.at(-1)).toContain('redirect=');
    expect(other.asked).toEqual([]);
  });

  it('refuses a redirect to the metadata service of clouds', async () => {
    const url = `http://${HOST}/clip.mp4?redirect=${encodeURIComponent('http://169.254.169.254/latest/')}`;
    const result = await runVideo(browser, network, url);
    expect(result).toMatchObject(forbidden);
    expect(result.outcome === 'fail' && result.failure.message).toContain('169.254.169.254');
  });

  it('lets through what the owner allowed, by the mapping of the agent', async () => {
    const result = await runVideo(browser, network, `http://${HOST}/clip.mp4`, { params: { watchMs: 200 } });
    expect(result).toMatchObject({ outcome: 'ok', attributes: { server_ip: '127.0.0.2', pop: 'test-pop' } });
    // The address was given, so no name was resolved.
    expect(result.metrics).not.toHaveProperty('dns_ms');
  });

  it('holds no request when the owner allows every address', async () => {
    const open = await browserOf({ network: networkOf({ allow: ['0.0.0.0/0', '::/0'], deny: [] }) });
    try {
      const result = await open.withTab(AbortSignal.timeout(20_000), ({ page }) =>
        page.evaluate((url) => fetch(url).then(({ status }) => status), `${other.origin}/clip.mp4`),
      );
      expect(result).toBe(200);
    } finally {
      await open.close();
    }
  });
});
