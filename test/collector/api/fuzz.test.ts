/**
 * Every route of the served OpenAPI document under seeded random requests: none is answered with a 5xx, and every answer is
 * what the document says. OUTRIDER_FUZZ_SEED and OUTRIDER_FUZZ_REQUESTS try others, and more.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { OpenApiDocument } from '../../../collector/api/openapi.ts';
import { openApiDocument } from '../../../collector/api/openapi.ts';
import { zodOf } from '../../support/openapi-check.ts';
import { RandomJson, seeded, type Words } from '../../support/random-json.ts';
import { incidentOf, type RunningApi, SPEC, startApi } from './running-api.ts';

const SEED = Number(process.env.OUTRIDER_FUZZ_SEED ?? 8);
const REQUESTS = Number(process.env.OUTRIDER_FUZZ_REQUESTS ?? 40);

type Said = OpenApiDocument['paths'][string][string];

let api: RunningApi;
let document: OpenApiDocument;
let words: Words;

beforeAll(async () => {
  api = await startApi();
  await api.registry.apply({
    ...SPEC,
    probes: SPEC.probes.map((probe) => ({ ...probe, slo: { objective: '99.9%', window: '30d' } })),
  });
  await api.connect('eu-west-1', 'eu-west');
  await api.connect('us-east-1', 'us-east');
  api.registry.heard('eu-west-1', {
    ...{ type: 'health', sentMs: 0, pending: 0, running: 0, dropped: {}, scheduleRevision: 1 },
    ...{ eventLoopDelayMs: 1, cpuRatio: 0.1, rssBytes: 7e7, clockOffsetMs: 0, lastError: '' },
  });
  api.shelf.put('opened', incidentOf());
  const failure = { layer: 'http', blame: 'target', code: 'status', message: '503' } as const;
  await api.insert('eu-west', [
    { metrics: { ttfb_ms: 200 }, attributes: { http_status: '200' } },
    { outcome: 'fail', failure, metrics: {}, attributes: {} },
  ]);
  const { body: added } = await api.send('POST', '/api/v1/silences', {
    ...{ match: { region: 'us-east' }, until: '2h', author: 'mara' },
  });
  const { body: asked } = await api.send('POST', '/api/v1/probes/front-page/run', {});
  await api.send('POST', '/api/v1/changes', { kind: 'deploy', name: 'web-142' });
  document = (await api.get('/api/v1/openapi.json')).body;
  const { body: members } = await api.get('/api/v1/collectors');
  const { data } = members as { data: { id: string }[] };
  const times = ['5m', '2h', '7d', '90d', '2026-11-21T12:00:00Z', '2026-11-21'];
  words = {
    id: ['eu-west-1', 'inc-1-region-eu-west', (added as { id: string }).id],
    ...{ name: ['front-page'], probe: ['front-page'], target: ['origin'], region: ['eu-west', 'us-east'] },
    ...{
      agent: ['eu-west-1', 'us-east-1'],
      run: ['eu-west-1/eu-west-1-boot/1', 'eu-west-1/eu-west-1-boot/2'],
    },
    ...{ request_id: [(asked as { request_id: string }).request_id], incarnation: data.map(({ id }) => id) },
    ...{ since: times, until: times, at: times, after: ['MA', 'MQ'], author: ['mara'], kind: ['deploy'] },
    ...{ by: ['region,target', 'minute'], metric: ['ttfb_ms', 'all'], vs: ['7d', 'region=us-east', '1h'] },
    sql: ['SELECT 1', 'SELECT region, p95 FROM region_latency', 'SELECT throwIf(1)', 'SELECT 1/0, NULL'],
  };
});
afterAll(() => api.close());

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly body?: string;
}

function request(random: RandomJson, method: string, path: string, said: Said): Asked {
  const query = new URLSearchParams();
  for (const one of said.parameters ?? []) {
    if (one.in === 'query' && random.chance(0.4))
      query.append(one.name, asText(random.of(one.schema, one.name)));
  }
  if (random.chance(0.05)) query.append(random.text(), random.text());
  const filled = path.replaceAll(
    /\{(\w+)\}/g,
    (_, name: string) => encodeURIComponent(random.text(name).toWellFormed()) || '-',
  );
  const schema = (said.requestBody as { content: Record<string, { schema: object }> } | undefined)?.content[
    'application/json'
  ]?.schema;
  const body = schema && bodyOf(random, schema);
  const search = query.size > 0 ? `?${query}` : '';
  return { method: method.toUpperCase(), url: `${filled}${search}`, ...(body !== undefined && { body }) };
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function bodyOf(random: RandomJson, schema: object): string {
  const value = random.of(resolved(schema));
  // A specification is more than a random value would ever be.
  if (value !== null && typeof value === 'object' && 'spec' in value && random.chance(0.5)) value.spec = SPEC;
  const text = JSON.stringify(value) ?? '';
  return random.chance(0.05) ? text.slice(0, -1) : text;
}

function resolved(schema: object): Readonly<Record<string, unknown>> {
  const ref = '$ref' in schema ? String(schema.$ref).split('/').at(-1) : undefined;
  return (ref === undefined ? schema : document.components.schemas[ref]) as Readonly<Record<string, unknown>>;
}

/** What is wrong with the answer; undefined for nothing. */
async function complaint(asked: Asked, answers: Answers): Promise<string | undefined> {
  const response = await fetch(`${api.url}${asked.url}`, {
    method: asked.method,
    ...(asked.body !== undefined && {
      body: asked.body,
      headers: { 'content-type': 'application/json' },
    }),
  });
  const told = `${asked.method} ${asked.url} ${asked.body ?? ''} → ${response.status}`;
  if (!response.headers.get('content-type')?.startsWith('application/json')) {
    if (response.ok) succeeded.add(`${asked.method} ${answers.path}`);
    await response.body?.cancel();
    return response.ok && answers.success === undefined ? undefined : `${told}: not JSON`;
  }
  const body: unknown = await response.json();
  const told_body = `${told} ${JSON.stringify(body).slice(0, 600)}`;
  if (response.status >= 500) return told_body;
  if (response.ok) succeeded.add(`${asked.method} ${answers.path}`);
  if (response.ok && String(response.status) !== answers.status)
    return `${told}: not the status that is said`;
  const parsed = (response.ok ? answers.success : answers.error)?.safeParse(body);
  if (parsed === undefined) return `${told}: JSON where bytes are said`;
  return parsed.success ? undefined : `${told_body}: ${JSON.stringify(parsed.error.issues)}`;
}

/** Routes that were answered with success at least once, of which the answer was compared. */
const succeeded = new Set<string>();

interface Answers {
  readonly path: string;
  readonly status: string;
  readonly success: z.ZodType | undefined;
  readonly error: z.ZodType;
}

function answersOf(path: string, said: Said): Answers {
  const [status = ''] = Object.keys(said.responses);
  const content = (said.responses[status] as { content: Record<string, { schema?: object }> }).content;
  const schema = content['application/json']?.schema;
  return {
    path,
    status,
    success: schema && zodOf(document, schema, true),
    error: zodOf(document, { $ref: '#/components/schemas/Error' }, true),
  };
}

/** There is no alarm and no screenshot here; what a collector has another run is too much for chance. */
const UNANSWERED = [
  'GET /api/v1/calibration/alarms/{id}',
  'GET /api/v1/results/{run}/screenshot',
  'POST /api/v1/peers/run-now',
  // No token is given out, and no agent enrolled, where nobody is asked who they are.
  'POST /api/v1/tokens',
  'POST /api/v1/tokens/{id}/revoke',
  'POST /api/v1/keys/{agent}/revoke',
];

describe('every route of /api/v1', () => {
  it('is in the OpenAPI document', () => {
    const said = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    const registered = api.app.routes
      .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/api/v1'))
      .map(({ method, path }) => `${method} ${path}`);
    expect([...new Set(registered)].sort()).toEqual(said.sort());
    expect(openApiDocument(api.app, '0.1.0')).toEqual(document);
  });

  it(`answers random requests as it says, and never with a 5xx (seed ${SEED})`, {
    timeout: 300_000,
  }, async () => {
    const complaints = new Map<string, string>();
    let successes = 0;
    const routes = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, said]) => ({ path, method, said })),
    );
    // What deletes probes, and what empties the collector, comes last.
    const late = ({ method, path }: (typeof routes)[number]) =>
      path.endsWith('/drain') ? 2 : method === 'delete' ? 1 : 0;
    const order = routes.toSorted((a, b) => late(a) - late(b));
    for (const [index, { method, path, said }] of order.entries()) {
      const random = new RandomJson(seeded(SEED * 1000 + index), words);
      const answers = answersOf(path, said);
      for (let count = 0; count < REQUESTS; count += 1) {
        const asked = request(random, method, path, said);
        const wrong = await complaint(asked, answers);
        if (wrong) complaints.set(`${method} ${path}`, wrong);
        else successes += 1;
      }
    }
    expect([...complaints.values()]).toEqual([]);
    expect(successes).toBe(order.length * REQUESTS);
    const never = order
      .map(({ method, path }) => `${method.toUpperCase()} ${path}`)
      .filter((route) => !succeeded.has(route));
    expect(UNANSWERED).toEqual(expect.arrayContaining(never));
  });
});
