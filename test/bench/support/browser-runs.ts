/** A process that has a browser play a page so many times and ends: `browser-runs.ts URL TIMES`. What an agent does, and nothing else. */
import { thisBrowser } from './browser-wrapper.ts';
import { ProbeRunner } from './probe-runner.ts';

const [url = '', times = '1'] = process.argv.slice(2);
const runner = new ProbeRunner({ build: await thisBrowser() });
try {
  for (let at = 0; at < Number(times); at += 1)
    await runner.measure({ type: 'video-start', url, params: { page: {}, watchMs: 0 } });
} finally {
  await runner.close();
}
