/** A page of somebody's, played in one warm browser as often as asked, as an agent does. */
import { thisBrowser } from './browser-wrapper.ts';
import { ProbeRunner } from './probe-runner.ts';

/** Throws when it does not play. */
export async function playPage(url: string, times: number): Promise<void> {
  const runner = new ProbeRunner({ build: await thisBrowser() });
  try {
    for (let at = 0; at < times; at += 1)
      await runner.measure({ type: 'video-start', url, params: { page: {}, watchMs: 0 } });
  } finally {
    await runner.close();
  }
}
