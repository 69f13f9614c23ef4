import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { outrider } from '../support/outrider.ts';

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
    ['a missing argument', ['query'], 64],
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
    [['query'], 'Missing 1 required arg: sql', 'add --help'],
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
