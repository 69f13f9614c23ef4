/** The command line speaks to collectors through /api/v1 alone, and calls nothing that is not in the OpenAPI document. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenApiDocument } from '../../collector/api/openapi.ts';
import { type RunningApi, startApi } from '../collector/api/running-api.ts';

const root = join(import.meta.dirname, '../..');

interface Call {
  readonly file: string;
  /** Undefined where the path is made in one place and used in another. */
  readonly method: string | undefined;
  /** Holes as `{}`. */
  readonly path: string;
}

const METHODS: Readonly<Record<string, string>> = { get: 'get', find: 'get', post: 'post', delete: 'delete' };

/** Every text of a source that is a path of the API, with the method that is called with it. */
function callsOf(file: string): Call[] {
  const source = readFileSync(join(root, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  return [...source.matchAll(/['"`](\/api\/v1[^'"`]*)['"`]/g)].map(({ 1: text = '', index }) => {
    const before = source.slice(0, index).trimEnd();
    const [, name] = /\.(get|find|post|delete)\s*(?:<[^()`;]{0,300}>)?\s*\($/.exec(before) ?? [];
    const path = text.replaceAll(/\$\{[^}]*\}/g, '{}').replace(/\?.*$/, '');
    return { file, method: name === undefined ? undefined : METHODS[name], path };
  });
}

const calls = globSync('cli/**/*.ts', { cwd: root }).flatMap(callsOf);

let api: RunningApi;
let routes: Map<string, string[]>;
beforeAll(async () => {
  api = await startApi();
  const document: OpenApiDocument = (await api.get('/api/v1/openapi.json')).body;
  routes = new Map(
    Object.entries(document.paths).map(([path, item]) => [
      path.replaceAll(/\{\w+\}/g, '{}'),
      Object.keys(item),
    ]),
  );
});
afterAll(() => api.close());

describe('the command line', () => {
  it('is found to call the API in many places', () => {
    expect(calls.length).toBeGreaterThan(40);
    expect(calls.filter(({ method }) => method !== undefined).length).toBeGreaterThan(calls.length / 2);
  });

  it('calls nothing that is not in the OpenAPI document', () => {
    const strange = calls.filter(({ method, path }) => {
      const methods = routes.get(path);
      return methods === undefined || (method !== undefined && !methods.includes(method));
    });
    expect(strange).toEqual([]);
  });

  it('sends requests to collectors in one place alone', () => {
    const senders = globSync('cli/**/*.ts', { cwd: root }).filter((file) =>
      /\bfetch\(|from 'undici'|from 'node:https?'/.test(
        readFileSync(join(root, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, ''),
      ),
    );
    expect(senders.filter((file) => !ELSEWHERE.some((part) => file.startsWith(part)))).toEqual([
      'cli/support/api-client.ts',
    ]);
  });
});

/** The doctor asks who is there before there is anybody to speak the API with; the other knows the words of HTTP and does not speak it. */
const ELSEWHERE = ['cli/doctor/', 'cli/support/read-headers.ts'];
