import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { EXIT } from '../../cli/support/exit-codes.ts';
import { type RunningApi, SPEC, startApi } from '../collector/api/running-api.ts';
import { outrider, start } from '../support/outrider.ts';

// Each starts several processes, beside others that do the same.
vi.setConfig({ testTimeout: 120_000 });

const scratch = mkdtempSync(join(tmpdir(), 'outrider-cli-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const NOBODY = ['--collector', 'http://127.0.0.1:9'];

/** A port of 127.0.0.1 that something else listens on while `work` runs. */
async function withTakenPort<T>(work: (port: number) => Promise<T>): Promise<T> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work((server.address() as AddressInfo).port);
  } finally {
    server.close();
  }
}

describe('the command', () => {
  it.each([
    ['an unknown command', ['laterncy'], 64],
    ['an unknown flag', ['latency', '--sinse', '5m'], 64],
    ['a missing argument', ['probes', 'get'], 64],
    ['nothing to ask', ['query'], 64],
    ['a question of blanks', ['query', ' '], 64],
    ['an output that is none', ['latency', '-o', 'xml'], 64],
    ['a collector that is no URL', ['latency', '--collector', 'nowhere'], 64],
    ['a collector that does not answer', ['latency', ...NOBODY], 69],
    ['a probe file that is not there', ['probes', 'apply', '-f', join(scratch, 'none.yaml'), ...NOBODY], 65],
    ['a fault that cannot be read', ['up', '--fault', 'eu-west:slow@1s'], 64],
    ['a browser that is not there', ['up', '--browser', '/nowhere/chrome'], 64],
    ['an agent without a region', ['agent', 'start', '--id', 'a'], 65],
    [
      'an address that this machine has not',
      ['collector', 'start', '--port', '0', '--insecure-listen', '192.0.2.1', '--data-dir', scratch],
      65,
    ],
  ])(
    'with %s ends with its exit code, nothing on stdout, and what to try on stderr',
    async (_what, args, code) => {
      const { code: ended, stdout, stderr } = await outrider(...args);
      expect(stderr).toMatch(/^Error: .+/m);
      expect(stderr).toMatch(/^ {2}Try: .+/m);
      expect({ ended, stdout }).toEqual({ ended: code, stdout: '' });
    },
  );

  it.each([
    [['laterncy'], 'there is no command laterncy', 'did you mean outrider latency?'],
    [['probes', 'aply'], 'there is no command probes aply', 'did you mean outrider probes apply?'],
    [['latency', '--sinse', '5m'], 'there is no flag --sinse', 'did you mean --since?'],
    [['probes', 'get'], 'NAME is missing\n  Why: it is this: Name of the probe', 'add --help'],
    [['changes', 'add'], 'KIND and NAME are missing\n  Why: KIND: A word', 'add --help'],
    [['silences', 'add'], '--match is missing', 'add --help'],
    [['latency', 'extra'], 'outrider latency takes no "extra"', 'outrider latency --help'],
    [['--frobnicate'], 'there is no flag --frobnicate', 'outrider --help'],
  ])('of %j says what is wrong and what was probably meant', async (args, what, hint) => {
    const { code, stderr } = await outrider(...args);
    expect(code).toBe(64);
    expect(stderr).toContain(`Error: ${what}`);
    expect(stderr).toContain(`Try: ${hint}`);
  });

  it('with a bad probe file ends with 65 and names line and column', async () => {
    const file = join(scratch, 'bad.yaml');
    writeFileSync(file, 'version: 1\nprobs: []\n');
    const { code, stderr } = await outrider('probes', 'apply', '-f', file, ...NOBODY);
    expect(code).toBe(65);
    expect(stderr).toContain('bad.yaml:2:1: unknown key "probs"; did you mean probes?');
  });

  it('of a collector whose port is taken ends with 75 and says what to try', async () => {
    await withTakenPort(async (port) => {
      const { code, stderr } = await outrider(
        'collector',
        'start',
        '--port',
        String(port),
        '--data-dir',
        join(scratch, 'taken'),
      );
      expect(code).toBe(75);
      expect(stderr).toContain(`${port}`);
      expect(stderr).toMatch(/^ {2}Try: .+/m);
    });
  });

  it('up whose port is taken ends with 75 and leaves nothing running', async () => {
    await withTakenPort(async (port) => {
      const { code, stderr } = await outrider('up', '--port', String(port), '--for', '1s');
      expect(code).toBe(75);
      expect(stderr).toContain('the collector could not start');
    });
  });

  it('shows help with examples', async () => {
    const { code, stdout } = await outrider('probes', 'apply', '--help');
    expect(code).toBe(0);
    expect(stdout).toContain('--dry-run');
    expect(stdout).toContain('EXAMPLES');
  });
});

/** A server that answers every request alike, or none; `asked` resolves once so many have come. */
async function withServer(
  answer: object | undefined,
  work: (url: string, asked: (count: number) => Promise<void>) => Promise<void>,
): Promise<void> {
  let count = 0;
  const server = createServer((_, response) => {
    count += 1;
    server.emit('asked');
    if (answer) response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const asked = (wanted: number) =>
    new Promise<void>((resolve) => {
      const look = () => count >= wanted && resolve();
      server.on('asked', look);
      look();
    });
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('exit codes', () => {
  let api: RunningApi;
  let file: string;
  beforeAll(async () => {
    api = await startApi({ auth: false });
    await api.registry.apply(SPEC);
    file = join(scratch, 'probes.yaml');
    writeFileSync(
      file,
      'version: 1\nprobes: [{ name: front-page, type: http, targets: [origin], every: 2s, timeout: 5s }]\n',
    );
  });
  afterAll(() => api?.close());
  const run = async (...args: string[]) => (await outrider(...args, '--collector', api.url)).code;

  it('0: it was done, and nothing differs', async () => {
    expect((await outrider('limits', 'agent')).code).toBe(EXIT.ok);
    expect(await run('probes', 'list')).toBe(EXIT.ok);
    expect(await run('probes', 'diff', '-f', file)).toBe(EXIT.ok);
  });

  it('1: it failed', async () => {
    expect(await run('results', 'get', 'nobody/boot/1')).toBe(EXIT.failed);
    expect(await run('probes', 'get', 'nothing')).toBe(EXIT.failed);
  });

  it('2: something differs', async () => {
    const other = join(scratch, 'other.yaml');
    writeFileSync(other, 'version: 1\ntargets: [{ name: other, url: https://example.net/ }]\n');
    expect(await run('probes', 'diff', '-f', other)).toBe(EXIT.degraded);
  });

  it('64: it was used wrongly; 65: a file is wrong; 69: nobody answers', async () => {
    expect(await run('probes', 'list', '--all-of-them')).toBe(EXIT.usage);
    expect(await run('probes', 'diff', '-f', join(scratch, 'no-such.yaml'))).toBe(EXIT.badConfig);
    expect((await outrider('probes', 'list', ...NOBODY)).code).toBe(EXIT.unreachable);
  });

  it('75: somebody else was first', async () => {
    expect(await run('probes', 'apply', '-f', file, '--revision', '99')).toBe(EXIT.conflict);
  });

  it('77: who asks is not known, may not, or would give a token away', async () => {
    const { code, stderr } = await start(['probes', 'list', '--collector', api.url], {
      OUTRIDER_TOKEN: 'not-a-token',
    }).finished;
    expect([code, stderr]).toEqual([EXIT.auth, expect.stringContaining('is no token')]);
    expect(stderr).not.toContain('not-a-token');
    const refused = { error: { code: 'unauthenticated', message: 'who are you?' } };
    const server = createServer((_, response) =>
      response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify(refused)),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const asked = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect((await outrider('probes', 'list', '--collector', asked)).code).toBe(EXIT.auth);
    server.close();
  });

  const nothing = { data: [], pagination: { next: null }, since: '', until: '' };
  it.each([
    ['a request that nobody answers', ['probes', 'list'], 1, undefined],
    ['results that are followed', ['results', 'tail'], 2, nothing],
    ['a table that is watched', ['latency', '--watch', '--every', '1s'], 2, nothing],
  ] as const)('130: Ctrl-C ends %s', async (_what, args, requests, answer) => {
    await withServer(answer, async (url, asked) => {
      const running = start([...args, '--collector', url]);
      await asked(requests);
      running.process.kill('SIGINT');
      const { code, stdout } = await running.finished;
      expect({ code, stdout: stdout.includes('Error') }).toEqual({ code: EXIT.interrupted, stdout: false });
    });
  });

  it('0: a collector that is stopped by Ctrl-C stops in order', async () => {
    const running = start(['collector', 'start', '--port', '0', '--data-dir', join(scratch, 'stopped')]);
    await running.says(/collector ready/);
    running.process.kill('SIGINT');
    expect((await running.finished).code).toBe(EXIT.ok);
  });
});
