/** An agent that warms its browser in the directory given, says so, and never ends: for the test that kills it. */
import { browserOf } from './probe-browser.ts';

const browser = await browserOf({ tempDirectory: process.argv[2] as string });
const failure = await browser.warm(AbortSignal.timeout(30_000));
process.stdout.write(failure ? failure.message : 'warm');
setInterval(() => {}, 60_000);
