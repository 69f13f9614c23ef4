/** Random requests by the OpenAPI document, and whether they were answered as it says. */
import type { z } from 'zod';
import type { OpenApiDocument } from '../../../collector/api/openapi.ts';
import { zodOf } from '../../support/openapi-check.ts';
import type { RandomJson } from '../../support/random-json.ts';
import { SPEC } from './running-api.ts';

type Said = OpenApiDocument['paths'][string][string];

/** An operation of the document: `GET`, `/api/v1/agents/{id}`, and the answers that it may have. */
export interface FuzzedRoute {
  readonly method: string;
  readonly path: string;
  readonly said: Said;
  readonly status: string;
  /** Undefined for bytes. */
  readonly success: z.ZodType | undefined;
  readonly error: z.ZodType;
}

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly body?: string;
}

export interface Answered {
  /** Of the answer. */
  readonly status: number;
  /** Undefined when it is as the document says. */
  readonly complaint: string | undefined;
}

/** All of them; what deletes probes, and what empties the collector, comes last. */
export function fuzzedRoutes(document: OpenApiDocument): FuzzedRoute[] {
  const error = zodOf(document, { $ref: '#/components/schemas/Error' }, true);
  const routes = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, said]) => {
      const [status = ''] = Object.keys(said.responses);
      const { content } = said.responses[status] as { content: Record<string, { schema?: object }> };
      const schema = content['application/json']?.schema;
      const success = schema && zodOf(document, schema, true);
      return { method: method.toUpperCase(), path, said, status, success, error };
    }),
  );
  const late = ({ method, path }: FuzzedRoute) => (path.endsWith('/drain') ? 2 : method === 'DELETE' ? 1 : 0);
  return routes.toSorted((a, b) => late(a) - late(b));
}

export function randomRequest(random: RandomJson, document: OpenApiDocument, route: FuzzedRoute): Asked {
  const { method, path, said } = route;
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
  const body = schema && bodyOf(random, resolved(document, schema));
  const search = query.size > 0 ? `?${query}` : '';
  return { method, url: `${filled}${search}`, ...(body !== undefined && { body }) };
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function bodyOf(random: RandomJson, schema: Readonly<Record<string, unknown>>): string {
  const value = random.of(schema);
  // A specification is more than a random value would ever be.
  if (value !== null && typeof value === 'object' && 'spec' in value && random.chance(0.5)) value.spec = SPEC;
  const text = JSON.stringify(value) ?? '';
  return random.chance(0.05) ? text.slice(0, -1) : text;
}

function resolved(document: OpenApiDocument, schema: object): Readonly<Record<string, unknown>> {
  const ref = '$ref' in schema ? String(schema.$ref).split('/').at(-1) : undefined;
  return (ref === undefined ? schema : document.components.schemas[ref]) as Readonly<Record<string, unknown>>;
}

/** `base`: of the collector; `token`: what is shown, if anything. */
export async function ask(base: string, route: FuzzedRoute, asked: Asked, token?: string): Promise<Answered> {
  const response = await fetch(`${base}${asked.url}`, {
    method: asked.method,
    ...(asked.body !== undefined && { body: asked.body }),
    headers: {
      ...(asked.body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
  });
  const { status } = response;
  const told = `${asked.method} ${asked.url} ${asked.body ?? ''} → ${status}`;
  return { status, complaint: await complaintOf(route, response, told) };
}

async function complaintOf(
  { error, status, success }: FuzzedRoute,
  response: Response,
  told: string,
): Promise<string | undefined> {
  if (!response.headers.get('content-type')?.startsWith('application/json')) {
    await response.body?.cancel();
    return response.ok && success === undefined ? undefined : `${told}: not JSON`;
  }
  const body: unknown = await response.json();
  const toldBody = `${told} ${JSON.stringify(body).slice(0, 600)}`;
  if (response.status >= 500) return toldBody;
  if (response.ok && String(response.status) !== status) return `${told}: not the status that is said`;
  const parsed = (response.ok ? success : error)?.safeParse(body);
  if (parsed === undefined) return `${told}: JSON where bytes are said`;
  return parsed.success ? undefined : `${toldBody}: ${JSON.stringify(parsed.error.issues)}`;
}
