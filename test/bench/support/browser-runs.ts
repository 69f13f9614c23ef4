/**
 * A process that has a browser play a page so many times and ends: `browser-runs.ts URL TIMES`. What an agent does and nothing else,
 * out of a compile cache as an agent's own.
 */
import { enableCompileCache, flushCompileCache } from 'node:module';

enableCompileCache();
const { playPage } = await import('./play-page.ts');
flushCompileCache();
const [url = '', times = '1'] = process.argv.slice(2);
await playPage(url, Number(times));
