/** A slower network, emulated by the browser. */
import type { BrowserTab } from '../browser/browser.ts';
import type { VideoStartParams } from './params.ts';

type Conditions = NonNullable<VideoStartParams['network']>;

/** For every request of the tab from now on. Throws when the browser knows no such emulation. */
export async function throttle(devtools: BrowserTab['devtools'], conditions: Conditions): Promise<void> {
  const { latencyMs, downloadKbps } = conditions;
  await devtools.send('Network.emulateNetworkConditionsByRule', {
    matchedNetworkConditions: [
      {
        // All of them.
        urlPattern: '',
        latency: latencyMs,
        downloadThroughput: downloadKbps === undefined ? -1 : (downloadKbps * 1000) / 8,
        uploadThroughput: -1,
      },
    ],
  });
}

/** e.g. `150 ms, 1600 kbit/s`: the attribute `network`, without which numbers of two networks could not be told apart. */
export function describeNetwork({ latencyMs, downloadKbps }: Conditions): string {
  return `${latencyMs} ms, ${downloadKbps === undefined ? 'unlimited' : `${downloadKbps} kbit/s`}`;
}
