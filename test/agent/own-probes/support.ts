/** Allow-lists, modules and programs for the tests of own probes. */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openOwnProbes } from '../../../agent/own-probes/own-probes.ts';
import { systemTimers } from '../../../agent/time.ts';
import type { OwnKind, OwnRuns } from '../../../probes/own/own-runs.ts';
import type { RunContext, RunResult } from '../../../probes/probe.ts';
import { runContext } from '../../probes/net/run-context.ts';
import { temporaryFolder } from '../fixtures.ts';

export const sha256Of = (content: string): string => createHash('sha256').update(content).digest('hex');

interface Entry {
  readonly name: string;
  readonly content: string;
  /** Keys of the entry beside name, file and sha256. */
  readonly more?: object;
  /** Name of the file, where its ending matters. */
  readonly file?: string;
}

export interface Written {
  readonly folder: string;
  /** The allow-list. */
  readonly file: string;
  pathOf(name: string): string;
}

/** Writes an allow-list with files beside it; JSON is YAML too. */
export function writeList(lists: { modules?: readonly Entry[]; programs?: readonly Entry[] }): Written {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'files'));
  const files = new Map<string, string>();
  const entries = (list: readonly Entry[] = [], mode: number) =>
    list.map(({ name, content, more, file = `${name}.mjs` }) => {
      const path = join(folder, 'files', file);
      writeFileSync(path, content, { mode });
      // Whatever the umask.
      chmodSync(path, mode);
      files.set(name, path);
      return { name, file: join('files', file), sha256: sha256Of(content), ...more };
    });
  const list = {
    version: 1,
    modules: entries(lists.modules, 0o644),
    programs: entries(lists.programs, 0o755),
  };
  const file = join(folder, 'own-probes.yaml');
  writeFileSync(file, JSON.stringify(list));
  return { folder, file, pathOf: (name) => files.get(name) ?? '' };
}

export function open(file: string): Promise<OwnRuns> {
  return openOwnProbes(file, systemTimers);
}

interface Asked {
  readonly context?: RunContext;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly url?: string;
}

export function runOf(own: OwnRuns, kind: OwnKind, name: string, asked: Asked = {}): Promise<RunResult> {
  const { context = runContext(), params = {}, url = 'http://127.0.0.1/' } = asked;
  return own.run(kind, { name, context, params, target: { name: 'target', url, labels: { cdn: 'a' } } });
}

/** Runs a module whose `run` has this body; `head` stands before it. */
export async function runBody(
  body: string,
  asked: Asked & { head?: string; params_?: string; more?: object } = {},
): Promise<RunResult> {
  const params = asked.params_ === undefined ? '' : `params: ${asked.params_},`;
  const content = `${asked.head ?? ''}
export default { summary: 'A test.', ${params} async run(context, target, params) { ${body} } };`;
  const { file } = writeList({
    modules: [{ name: 'body', content, ...(asked.more ? { more: asked.more } : {}) }],
  });
  return runOf(await open(file), 'own', 'body', asked);
}

/** Runs a program of this text. */
export async function runScript(script: string, asked: Asked & { more?: object } = {}): Promise<RunResult> {
  const programs = [
    { name: 'script', file: 'script.sh', content: `#!/bin/sh\n${script}\n`, more: asked.more ?? {} },
  ];
  return runOf(await open(writeList({ programs }).file), 'exec', 'script', asked);
}

/** What a module ends on that has nothing to say. */
export const OK = `return { outcome: 'ok' };`;

export const failureOf = (result: RunResult) => (result.outcome === 'fail' ? result.failure : undefined);

/** A server for the length of a test; resolves to its URL. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** A context whose deadline is so far away. */
export function deadline(timeoutMs: number): RunContext {
  return runContext({ timeoutMs });
}

/** Another variable of the environment for the length of a test. */
export function setVariable(name: string, value: string): void {
  process.env[name] = value;
  onTestFinished(() => {
    delete process.env[name];
  });
}

export const ok = (metrics: object = {}): string => JSON.stringify({ version: 1, outcome: 'ok', metrics });
