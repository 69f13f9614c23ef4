/**
 * The newcomer: the README's "Ten minutes to your first alert", command by command as it stands there, by real processes against a real
 * server, up to an incident that was told, read and is over. Says how long each step took.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { IncidentJson } from '../../collector/api/answers/incidents.ts';

const root = join(import.meta.dirname, '../..');
const CLIP = readFileSync(join(root, 'sandbox/clips/v/clip.mp4'));

/** What is normal is known after thirty runs, every 5 s. */
const LEARNED_RUNS = 34;
/** Patience, not a promise: a busy machine marks runs as disturbed, and these are not judged. */
const LEARN_MS = 900_000;
const TOLD_MS = 420_000;
const COMMAND_MS = 120_000;
const SLOWER_MS = 400;

interface Step {
  readonly name: string;
  /** `sh`, `yaml`; empty for what the service does. */
  readonly language: string;
  readonly text: string;
}

/** The steps that the README names by comments, with the block that follows at once. */
function stepsOf(readme: string): readonly Step[] {
  const steps = readme.matchAll(/<!-- newcomer: (\S+) -->\n(?:```(\w+)\n(.*?)```)?/gs);
  return [...steps].map(([, name = '', language = '', text = '']) => ({ name, language, text }));
}

const steps = stepsOf(readFileSync(join(root, 'README.md'), 'utf8'));
const stepOf = (name: string): Step => {
  const step = steps.find((one) => one.name === name);
  if (!step) throw new Error(`the README has no step <!-- newcomer: ${name} -->`);
  return step;
};

/** A line is a command; its comment may say how it ends. */
function commandsOf({ text }: Step): readonly { readonly line: string; readonly codes: readonly number[] }[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, codes] = /ends with (\d+(?: or \d+)*)/.exec(line) ?? [];
      return { line, codes: codes?.split(' or ').map(Number) ?? [0] };
    });
}

interface Told {
  readonly event: string;
  readonly incident?: IncidentJson;
}

/** The service of the newcomer, which can become slower for agents of one region; and the team's receiver. */
class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'outrider-newcomer-'));
  readonly told: Told[] = [];
  readonly #groups: ChildProcess[] = [];
  readonly #servers: Server[] = [];
  #slow: RegExp | undefined;
  #port = 0;
  #clip = '';
  #receiver = '';
  incident = '';

  async start(): Promise<void> {
    this.#clip = await this.#serve(async (request, respond) => {
      if (this.#slow?.test(request.headers['user-agent'] ?? '')) await sleep(SLOWER_MS);
      const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const part = CLIP.subarray(from);
      respond(from > 0 || request.headers.range ? 206 : 200, part, {
        'content-type': 'video/mp4',
        'accept-ranges': 'bytes',
        ...(request.headers.range
          ? { 'content-range': `bytes ${from}-${CLIP.length - 1}/${CLIP.length}` }
          : {}),
      });
    });
    this.#receiver = await this.#serve(async (request, respond) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      this.told.push(JSON.parse(body) as Told);
      respond(200, Buffer.from('{}'), {});
    });
    const probe = createTcpServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    this.#port = (probe.address() as AddressInfo).port;
    probe.close();
    // `npx outrider` is the checkout's.
    mkdirSync(join(this.folder, 'bin'));
    const npx = join(this.folder, 'bin/npx');
    writeFileSync(
      npx,
      `#!/bin/sh\nshift\nexec "${process.execPath}" "${join(root, 'cli/bin/outrider.js')}" "$@"\n`,
    );
    chmodSync(npx, 0o755);
  }

  async #serve(
    answer: (
      request: IncomingMessage,
      respond: (status: number, body: Buffer, headers: Record<string, string>) => void,
    ) => Promise<void>,
  ): Promise<string> {
    const server = createServer((request, response) => {
      const respond = (status: number, body: Buffer, headers: Record<string, string>): void => {
        response.writeHead(status, { ...headers, 'content-length': body.length }).end(body);
      };
      void answer(request, respond).catch(() => response.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.#servers.push(server);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  becomeSlowerFor(agents: RegExp | undefined): void {
    this.#slow = agents;
  }

  /** With the addresses of this world, and the incident that was told. */
  #own(text: string): string {
    return text
      .replaceAll('https://cdn.example.net', this.#clip)
      .replaceAll('https://alerts.example.net', this.#receiver)
      .replaceAll(/\bID\b/g, this.incident);
  }

  write({ name, text }: Step): void {
    writeFileSync(join(this.folder, name), this.#own(text));
  }

  /** One line, by a shell in the folder of the newcomer. What it leaves running is ended with the world. */
  async command(line: string): Promise<{ readonly code: number | null; readonly output: string }> {
    const child = spawn('bash', ['-c', this.#own(line)], {
      cwd: this.folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        NO_COLOR: '1',
        PATH: `${join(this.folder, 'bin')}:${process.env.PATH}`,
        OUTRIDER_PORT: String(this.#port),
        OUTRIDER_COLLECTOR: `http://127.0.0.1:${this.#port}`,
        // The service of the newcomer is on this machine.
        OUTRIDER_ALLOW: '127.0.0.0/8',
      },
    });
    this.#groups.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
      });
    const timer = setTimeout(() => child.kill('SIGKILL'), COMMAND_MS);
    const [code] = (await once(child, 'close')) as [number | null];
    clearTimeout(timer);
    return { code, output };
  }

  async json<T>(...args: string[]): Promise<T> {
    const { code, output } = await this.command(`npx outrider ${args.join(' ')} -o json 2> /dev/null`);
    if (code !== 0) throw new Error(`outrider ${args.join(' ')} ended with ${code}`);
    return JSON.parse(output) as T;
  }

  async end(): Promise<void> {
    const signal = (name: NodeJS.Signals | 0): number =>
      this.#groups.filter(({ pid }) => {
        try {
          return pid !== undefined && process.kill(-pid, name);
        } catch {
          return false;
        }
      }).length;
    signal('SIGTERM');
    for (let tries = 0; signal(0) > 0 && tries < 150; tries += 1) await sleep(200);
    signal('SIGKILL');
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

describe('a newcomer who does what the README says', { timeout: LEARN_MS + TOLD_MS }, () => {
  const world = new World();
  const took: { readonly step: string; readonly seconds: number }[] = [];

  beforeAll(() => world.start());
  afterAll(async () => {
    await world.end();
    const all = took.reduce((sum, { seconds }) => sum + seconds, 0);
    const lines = took.map(({ seconds, step }) => `${seconds.toFixed(1).padStart(7)} s  ${step}`);
    process.stdout.write(
      `${['the newcomer:', ...lines, `${all.toFixed(1).padStart(7)} s  in all`].join('\n')}\n`,
    );
  }, 120_000);

  // Each step stands on the one before.
  let isLost = false;
  beforeEach(({ skip }) => skip(isLost, 'an earlier step failed'));
  afterEach(({ task }) => {
    isLost ||= task.result?.state === 'fail';
  });

  async function timed<T>(step: string, work: () => Promise<T>): Promise<T> {
    const startMs = performance.now();
    try {
      return await work();
    } finally {
      took.push({ step, seconds: (performance.now() - startMs) / 1000 });
    }
  }

  /** Does a step of the README; what its commands printed, one after the other. */
  async function does(name: string): Promise<readonly string[]> {
    const outputs: string[] = [];
    for (const { codes, line } of commandsOf(stepOf(name))) {
      const [what = ''] = line.split(/ {2,}#| > /);
      const { code, output } = await timed(`${name}: ${what.slice(0, 90)}`, () => world.command(line));
      expect(codes, `${line}\n${output}`).toContain(code);
      outputs.push(output);
    }
    return outputs;
  }

  const toldOf = (event: string): Told | undefined => world.told.find((one) => one.event === event);

  it('says who is to be told, and a trial message arrives', async () => {
    for (const step of steps.filter(({ language }) => language === 'yaml')) world.write(step);
    await does('told');
    expect(world.told.length).toBeGreaterThan(0);
  });

  it('starts a collector and agents', async () => {
    await does('start');
    await timed('start: until all are connected', () =>
      expect
        .poll(
          async () =>
            (
              await world.json<{ data: { state: string }[] }>('agents', 'list').catch(() => ({ data: [] }))
            ).data.filter(({ state }) => state === 'connected').length,
          { timeout: COMMAND_MS, interval: 1000 },
        )
        .toBe(6),
    );
  });

  it('makes a file of an address, tries it, sees the plan, applies it, and is told that nothing is missing', async () => {
    const [, , tried = '', before = '', , after = '', checked = ''] = await does('probes');
    expect(tried).toMatch(/first_frame_ms/);
    expect(before).toMatch(/create|\+/);
    expect(after).not.toMatch(/create/);
    expect(checked).toMatch(/✓ agents +6 agents, 6 connected/);
    expect(checked).toMatch(/✓ told +1 receiver/);
    expect(checked).not.toMatch(/^✗/m);
  });

  it('lets it learn what is normal, and nobody is told of anything', async () => {
    const sql =
      "SELECT agent, count() AS runs FROM runs WHERE outcome = 'ok' AND NOT disturbed AND trigger = 'schedule' GROUP BY agent";
    await timed('until each agent has 34 undisturbed runs', () =>
      expect
        .poll(
          async () => {
            const { data } = await world.json<{ data: { runs: number | string }[] }>('query', `"${sql}"`);
            return data.length < 6 ? 0 : Math.min(...data.map(({ runs }) => Number(runs)));
          },
          { timeout: LEARN_MS, interval: 5000 },
        )
        .toBeGreaterThanOrEqual(LEARNED_RUNS),
    );
    expect(toldOf('incident.opened')).toBeUndefined();
  });

  it('is told when the service becomes slower in one region', async () => {
    stepOf('regress');
    world.becomeSlowerFor(/agent eu-west-/);
    await timed('until the team was told', () =>
      expect
        .poll(() => toldOf('incident.opened')?.event, { timeout: TOLD_MS, interval: 500 })
        .toBe('incident.opened'),
    );
    const incident = toldOf('incident.opened')?.incident;
    expect(incident).toMatchObject({ scope: 'region:eu-west', status: 'open', metric: 'first_frame_ms' });
    world.incident = incident?.id ?? '';
  });

  it('reads what, where, since when, who is not affected, and by how much', async () => {
    const [list = '', incident = '', , latency = '', tail = ''] = await does('read');
    expect(list).toContain(world.incident);
    expect(incident).toMatch(/eu-west/);
    expect(incident).toMatch(/us-east/);
    const p95Of = (region: string): number =>
      Number(
        new RegExp(`^${region} +first_frame_ms +p95 +([\\d.,]+) ms`, 'm')
          .exec(latency)?.[1]
          ?.replaceAll(',', ''),
      );
    expect(p95Of('eu-west'), latency).toBeGreaterThan(p95Of('us-east') + SLOWER_MS / 2);
    expect(tail).toMatch(/eu-west-\d/);
    await expect
      .poll(() => toldOf('incident.acknowledged')?.event, { timeout: TOLD_MS, interval: 500 })
      .toBeDefined();
  });

  it('is told when it is over, by data', async () => {
    stepOf('mend');
    world.becomeSlowerFor(undefined);
    await timed('until the team was told that it is over', () =>
      expect
        .poll(() => toldOf('incident.resolved')?.incident?.id, { timeout: TOLD_MS, interval: 500 })
        .toBe(world.incident),
    );
    const [incident = '', resolved = ''] = await does('over');
    expect(incident).toMatch(/resolved|over/i);
    expect(resolved).toContain(world.incident);
  });
});
