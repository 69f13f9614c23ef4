/** Many runs of one browser, one after the other, with things that go wrong: what each came out as, and what they left behind. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { BrowserTab } from '../../../probes/browser/browser.ts';
import type { RunResult } from '../../../probes/probe.ts';
import { html, type PageServer, startPageServer } from '../../browser/page-server.ts';
import type { Progress } from '../benchmark.ts';
import { type FaultName, faultOf, inject, isInjected, wrongWith } from './browser-faults.ts';
import { thisBrowser } from './browser-wrapper.ts';
import { groupUse, proportionalBytes } from './group-use.ts';
import { type Order, ProbeRunner } from './probe-runner.ts';
import { SandboxProcess } from './sandbox-process.ts';

export interface Look {
  /** Runs so far. */
  readonly runs: number;
  /** Of this process, which drives, after a collection of garbage. */
  readonly driverBytes: number;
  /** Of the browser, shared pages counted once; undefined when none was there. */
  readonly browserBytes: number | undefined;
}

export interface Soak {
  readonly runs: number;
  /** Runs by what they met. */
  readonly met: Readonly<Partial<Record<FaultName, number>>>;
  /** Sentences on runs that did not come out as they had to. */
  readonly wrong: readonly string[];
  /** The longest that a run went on after its deadline, milliseconds. */
  readonly overrunMaxMs: number;
  /** The most that was there besides the run's own. */
  readonly contextsLeft: number;
  /** Of browsers that are no more, at the worst look; profiles and shared memory when all was closed. */
  readonly processesLeft: number;
  readonly profilesLeft: number;
  readonly sharedLeft: number;
  readonly launches: number;
  readonly looks: readonly Look[];
}

const LOOK_EVERY = 25;
const CONTEXTS_EVERY = 10;
/** From the opening of the tab to the fault: it plays by then. */
const FAULT_AFTER_MS = 300;
/** A killed process is there until its parent has seen it. */
const SETTLE_MS = 5000;
const OK_MS = 20_000;

export class BrowserSoak {
  readonly #sandbox: SandboxProcess;
  readonly #pages: PageServer;
  readonly #profiles = mkdtempSync(join(tmpdir(), 'outrider-bench-browser-'));
  readonly #runner: ProbeRunner;
  readonly #leaders = new Set<number>();
  readonly #looks: Look[] = [];
  readonly #met: Partial<Record<FaultName, number>> = {};
  readonly #wrong: string[] = [];
  #fault: FaultName = 'none';
  #isCounted = false;
  #contextsLeft = 0;
  #processesLeft = 0;
  #overrunMaxMs = 0;

  private constructor(
    sandbox: SandboxProcess,
    pages: PageServer,
    build: Awaited<ReturnType<typeof thisBrowser>>,
  ) {
    this.#sandbox = sandbox;
    this.#pages = pages;
    this.#runner = new ProbeRunner({
      build,
      tempDirectory: this.#profiles,
      prepareTab: (tab) => this.#onTab(tab),
    });
  }

  static async start(): Promise<BrowserSoak> {
    const build = await thisBrowser();
    const pages = await startPageServer({
      '/busy.html': html('<script>setTimeout(() => { for (;;); }, 50)</script>'),
      '/never.mp4': 'hang',
    });
    return new BrowserSoak(await SandboxProcess.start({}), pages, build);
  }

  /** All runs, and what is left when the browser is closed. */
  async run(runs: number, progress: Progress): Promise<Soak> {
    const sharedBefore = sharedMemory();
    for (let at = 0; at < runs; at += 1) {
      await this.#once(at);
      if ((at + 1) % LOOK_EVERY !== 0 && at + 1 < runs) continue;
      await this.#look(at + 1);
      progress(`${at + 1} of ${runs} runs, ${this.#wrong.length} came out wrong`);
    }
    await this.#runner.close();
    await this.#countProcesses(undefined);
    return {
      runs,
      met: this.#met,
      wrong: this.#wrong,
      overrunMaxMs: this.#overrunMaxMs,
      contextsLeft: this.#contextsLeft,
      processesLeft: this.#processesLeft,
      profilesLeft: readdirSync(this.#profiles).length,
      sharedLeft: [...sharedMemory()].filter((name) => !sharedBefore.has(name)).length,
      launches: this.#runner.browser?.counts.launches ?? 0,
      looks: this.#looks,
    };
  }

  async stop(): Promise<void> {
    await this.#runner.close();
    await Promise.all([this.#pages.close(), this.#sandbox.stop()]);
    rmSync(this.#profiles, { recursive: true, force: true });
  }

  async #once(at: number): Promise<void> {
    this.#fault = faultOf(at);
    this.#isCounted = at % CONTEXTS_EVERY === 0;
    this.#met[this.#fault] = (this.#met[this.#fault] ?? 0) + 1;
    const order = this.#orderOf(this.#fault, at);
    const fromMs = performance.now();
    const result = await this.#runner.run(order).catch((error: Error) => thrown(error));
    const tookMs = performance.now() - fromMs;
    this.#overrunMaxMs = Math.max(this.#overrunMaxMs, tookMs - (order.timeoutMs ?? 0));
    const wrong = wrongWith(this.#fault, result);
    if (wrong === undefined) return;
    const why = result.outcome === 'fail' ? `: ${result.failure.message}` : '';
    this.#wrong.push(`run ${at}: ${wrong}${why}`);
  }

  #orderOf(fault: FaultName, at: number): Order & { readonly timeoutMs: number } {
    const clip = `${this.#sandbox.originUrl}${at % 2 === 0 ? '/v/clip.mp4' : '/hls/fmp4/master.m3u8'}`;
    const play = (watchMs: number, timeoutMs: number) => ({
      type: 'video-start',
      url: clip,
      params: { watchMs },
      timeoutMs,
    });
    switch (fault) {
      case 'page_hang':
        return { ...play(0, 3000), url: `${this.#pages.origin}/busy.html`, params: { page: {} } };
      case 'server_hang':
        return { ...play(0, OK_MS), url: `${this.#pages.origin}/never.mp4`, params: { patienceMs: 800 } };
      case 'deadline':
        return play(3000, 400);
      case 'browser_hang':
        return play(3500, 3000);
      default:
        return play(isInjected(fault) ? 3500 : 0, OK_MS);
    }
  }

  async #onTab(tab: BrowserTab): Promise<void> {
    const { browser } = this.#runner;
    const fault = this.#fault;
    if (browser?.pid !== undefined) this.#leaders.add(browser.pid);
    if (isInjected(fault))
      setTimeout(() => {
        if (browser?.pid !== undefined) inject(fault, browser.pid);
      }, FAULT_AFTER_MS);
    if (this.#isCounted && fault === 'none') await this.#countContexts(tab);
  }

  /** Asked of the browser itself: what the driver has forgotten is there too. */
  async #countContexts({ context }: BrowserTab): Promise<void> {
    const session = await context.browser()?.newBrowserCDPSession();
    if (!session) return;
    const { browserContextIds } = await session.send('Target.getBrowserContexts');
    await session.detach();
    this.#contextsLeft = Math.max(this.#contextsLeft, browserContextIds.length - 1);
  }

  async #look(runs: number): Promise<void> {
    const pid = this.#runner.browser?.pid;
    await this.#countProcesses(pid);
    const members = pid === undefined ? [] : groupUse(pid).pids;
    this.#looks.push({
      runs,
      driverBytes: residentAfterCollection(),
      browserBytes: members.length === 0 ? undefined : proportionalBytes(members),
    });
  }

  async #countProcesses(livingPid: number | undefined): Promise<void> {
    const left = (): number =>
      [...this.#leaders]
        .filter((leader) => leader !== livingPid)
        .reduce((sum, leader) => sum + groupUse(leader).pids.length, 0);
    const deadlineMs = performance.now() + SETTLE_MS;
    while (left() > 0 && performance.now() < deadlineMs) await sleep(100);
    this.#processesLeft = Math.max(this.#processesLeft, left());
  }
}

/** What Chromium keeps outside of its profile. */
function sharedMemory(): Set<string> {
  try {
    return new Set(readdirSync('/dev/shm').filter((name) => /chromium|chrome|playwright/i.test(name)));
  } catch {
    return new Set();
  }
}

function thrown(error: Error): RunResult {
  const message = `the probe threw: ${error.message}`;
  const failure = { layer: 'agent', blame: 'agent', code: 'internal', message } as const;
  return { outcome: 'fail', failure, metrics: {}, attributes: {}, phases: [] };
}

function residentAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage.rss();
}
