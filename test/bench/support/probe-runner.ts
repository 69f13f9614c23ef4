/** Runs of probes on this machine, one by one, with the code that agents run. */
import type { Browser, BrowserBuild, BrowserTab } from '../../../probes/browser/browser.ts';
import { createBrowser, type WarmBrowser } from '../../../probes/browser/launch.ts';
import { createNetwork } from '../../../probes/net/create-network.ts';
import type { Network } from '../../../probes/net/network.ts';
import type { Clock, RunResult } from '../../../probes/probe.ts';
import { probeOf } from '../../../probes/registry.ts';

export interface RunnerOptions {
  /** None for runs of light probes. */
  readonly build?: BrowserBuild;
  /** PEM; reaches the light probes alone. */
  readonly trustedCa?: string;
  readonly connectTo?: Readonly<Record<string, string>>;
  /** Blocks of addresses that may be reached besides loopback. */
  readonly allow?: readonly string[];
  readonly tempDirectory?: string;
  /** Done in each tab of the browser before the probe has it. */
  prepareTab?(tab: BrowserTab): Promise<void>;
}

export interface Order {
  readonly type: string;
  readonly url: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly timeoutMs?: number;
}

const USER_AGENT = 'Outrider/bench (+synthetic probe; benchmark)';
const clock: Clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };

export class ProbeRunner {
  readonly browser: WarmBrowser | undefined;
  readonly #network: Network;
  readonly #options: RunnerOptions;

  constructor(options: RunnerOptions) {
    const { allow = [], build, connectTo = {}, tempDirectory, trustedCa } = options;
    this.#options = options;
    this.#network = createNetwork({
      policy: { allow: ['127.0.0.0/8', ...allow], deny: [] },
      connectTo,
      nameServers: [],
      ...(trustedCa === undefined ? {} : { trustedCa }),
    });
    this.browser =
      build &&
      createBrowser({
        build,
        network: this.#network,
        clock,
        userAgent: USER_AGENT,
        ...(tempDirectory === undefined ? {} : { tempDirectory }),
      });
  }

  /** One run. Throws for a type or parameters that do not exist. */
  async run({ params = {}, timeoutMs = 40_000, type, url }: Order): Promise<RunResult> {
    const probe = probeOf(type);
    if (!probe) throw new Error(`there is no probe type ${type}`);
    return probe.run(
      {
        signal: AbortSignal.timeout(timeoutMs),
        clock,
        random: Math.random,
        network: this.#network,
        ...(this.browser ? { browser: prepared(this.browser, this.#options) } : {}),
        agent: { id: 'bench', region: 'bench' },
        userAgent: USER_AGENT,
      },
      { name: 'target', url, labels: {} },
      probe.params.parse(params),
    );
  }

  /** As `run`; throws when it did not measure. */
  async measure(order: Order): Promise<RunResult> {
    const result = await this.run(order);
    if (result.outcome === 'fail')
      throw new Error(`${order.type} of ${order.url} failed: ${result.failure.message}`);
    return result;
  }

  async close(): Promise<void> {
    await this.browser?.close();
  }
}

function prepared(browser: Browser, { prepareTab }: RunnerOptions): Browser {
  if (!prepareTab) return browser;
  return {
    get build() {
      return browser.build;
    },
    withTab: (signal, work) =>
      browser.withTab(signal, async (tab) => {
        await prepareTab(tab);
        return work(tab);
      }),
    close: () => browser.close(),
  };
}
