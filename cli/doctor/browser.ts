/** The browser of an agent on this machine: found, started, and asked what it plays. */
import { findBrowser } from '../../probes/browser/find.ts';
import { createBrowser } from '../../probes/browser/launch.ts';
import { createNetwork } from '../../probes/net/create-network.ts';
import { type Check, problem, skipped, warning, well } from './check.ts';
import { DOCTOR_LIMITS } from './limits.ts';

const WITHOUT = 'video-start and feed cannot run here: no start-up time is measured as viewers have it.';

export const browser: Check = {
  name: 'browser',
  area: 'agent',
  timeoutMs: DOCTOR_LIMITS.browserMs.value,
  async look({ env }, signal) {
    const found = await findBrowser({ env });
    if (!found.ok) {
      const isNamed = (env.OUTRIDER_BROWSER ?? '') !== '';
      return (isNamed ? problem : warning)(
        found.failure.message,
        WITHOUT,
        'sudo apt-get install -y chromium-headless-shell; or name one: OUTRIDER_BROWSER=PATH',
      );
    }
    const { build } = found;
    const network = createNetwork({ policy: { allow: [], deny: [] }, connectTo: {}, nameServers: [] });
    const started = createBrowser({
      build,
      network,
      clock: { monotonicMs: () => performance.now(), wallMs: () => Date.now() },
    });
    try {
      const failure = await started.warm(signal);
      if (failure === undefined) return well(`${build.version} at ${build.path} starts, and plays H.264.`);
      return problem(
        `${build.version} at ${build.path}: ${failure.message}`,
        WITHOUT,
        failure.code === 'browser_launch'
          ? `${build.path} --headless --dump-dom about:blank says why; libraries that are missing come with apt-get install chromium-headless-shell`
          : 'sudo apt-get install -y chromium-headless-shell, or Google Chrome; Playwright’s own Chromium plays no H.264',
      );
    } finally {
      await started.close();
    }
  },
};

export const sandbox: Check = {
  name: 'sandbox',
  area: 'agent',
  async look({ env }) {
    if (process.getuid?.() !== 0) return well('An agent started by this user has its browser in a sandbox.');
    if (!(await findBrowser({ env })).ok) return skipped('There is no browser whose sandbox could matter.');
    return warning(
      'This is root, and Chromium has no sandbox as root.',
      'What a page breaks out of the renderer with is root at once. Agents need no right of root.',
      'Run agents as a user of their own: User=outrider in the systemd unit, USER in the image',
    );
  },
};
