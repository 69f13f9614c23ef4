/** `GET /api/v1/openapi.json`: the API as an OpenAPI 3.1 document, made of what the routes themselves say. */
import { Hono } from 'hono';
import { z } from 'zod';
import { needOf } from '../access/permissions.ts';
import { COMPONENTS } from './answers/shared.ts';
import { API_ERRORS } from './errors.ts';
import { type Operation, operation, operationOf } from './operation.ts';

/** A JSON schema (draft 2020-12), which is what OpenAPI 3.1 takes. */
export type JsonSchema = Readonly<Record<string, unknown>>;

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

interface OpenApiOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: unknown;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly responses: Readonly<Record<string, unknown>>;
}

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: Readonly<Record<string, unknown>>;
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses: Readonly<Record<string, unknown>>;
    readonly securitySchemes: Readonly<Record<string, unknown>>;
  };
}

/** `http.route`: `GET /agents/:id`, and what it says of itself. */
interface SaidRoute {
  readonly method: string;
  readonly path: string;
  readonly said: Operation;
}

const errorAnswer = z
  .object({
    error: z.object({
      code: z.enum(Object.keys(API_ERRORS) as [keyof typeof API_ERRORS]).describe(codesText()),
      message: z.string().describe('What happened.'),
      hint: z.string().describe('What to try; empty when there is nothing to add.'),
      issues: z
        .array(z.unknown())
        .exactOptional()
        .describe('Of a specification, of parameters or of a body: the complaints, each with its path.'),
    }),
  })
  .register(COMPONENTS, { id: 'Error' });

function codesText(): string {
  return Object.entries(API_ERRORS)
    .map(([code, { meaning, status }]) => `\`${code}\` (${status}): ${meaning}`)
    .join('\n');
}

/** Every route of the app that says what it takes and gives. */
export function saidRoutes(app: Hono): SaidRoute[] {
  return app.routes.flatMap(({ handler, method, path }) => {
    const said = operationOf(handler);
    return said ? [{ method, path, said }] : [];
  });
}

/** The document of all routes of the app that say what they take and give. */
export function openApiDocument(app: Hono, version: string): OpenApiDocument {
  const schemas: Record<string, JsonSchema> = {};
  const error = schemaOf(errorAnswer, schemas);
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const { method, path, said } of saidRoutes(app)) {
    const template = path.replaceAll(/:(\w+)/g, '{$1}');
    paths[template] = {
      ...paths[template],
      [method.toLowerCase()]: {
        ...describe(method, template, said, schemas),
        security: securityOf(`${method} ${path}`),
      },
    };
  }
  const sorted = Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1)));
  const tags = new Set(
    Object.values(sorted).flatMap((item) => Object.values(item).flatMap((one) => one.tags)),
  );
  return {
    openapi: '3.1.0',
    info: {
      title: 'Outrider collector',
      version,
      summary: 'What the command line and the dashboard speak; everything they show can be asked for here.',
      description:
        'Lists come in pages: `pagination.next` is given as `after` to read on. Answers may grow fields: ignore those that you do not know.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: [...tags].sort().map((name) => ({ name })),
    paths: sorted,
    components: {
      schemas,
      securitySchemes: {
        token: {
          ...{ type: 'http', scheme: 'bearer', bearerFormat: 'ot_…' },
          description: 'Of `outrider tokens`. A collector without access control asks for none.',
        },
      },
      responses: {
        Error: { description: 'Anything but success.', content: { 'application/json': { schema: error } } },
      },
    },
  };
}

function describe(
  method: string,
  path: string,
  said: Operation,
  schemas: Record<string, JsonSchema>,
): Omit<OpenApiOperation, 'security'> {
  const parameters = [...pathParameters(path), ...(said.query ? queryParameters(said.query, schemas) : [])];
  const content =
    said.answer instanceof z.ZodType
      ? { 'application/json': { schema: schemaOf(said.answer, schemas) } }
      : { [said.answer.mediaType]: {} };
  const words = path.split('/').slice(3);
  return {
    operationId: [method.toLowerCase(), ...words.map((word) => word.replaceAll(/[{}]/g, ''))].join('-'),
    summary: said.summary,
    tags: [(words[0] ?? '').replace(/\.json$/, '')],
    ...(parameters.length > 0 && { parameters }),
    ...(said.body && {
      requestBody: { content: { 'application/json': { schema: schemaOf(said.body, schemas) } } },
    }),
    responses: {
      [String(said.status ?? 200)]: { description: said.summary, content },
      default: { $ref: '#/components/responses/Error' },
    },
  };
}

/** The least role, of a token of the one scheme. */
function securityOf(route: string): OpenApiOperation['security'] {
  const need = needOf(route);
  return need === undefined || need === 'open' ? [] : [{ token: [need] }];
}

function pathParameters(path: string): Parameter[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    ...{ name, in: 'path', required: true, schema: { type: 'string' } },
  }));
}

function queryParameters(query: z.ZodType, schemas: Record<string, JsonSchema>): Parameter[] {
  const { properties = {}, required = [] } = schemaOf(query, schemas) as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    ...{ name, in: 'query', required: required.includes(name) },
    ...(typeof description === 'string' && { description }),
    schema,
  }));
}

/** As JSON schema; the named ones in it go into `schemas`, and are referred to. */
function schemaOf(schema: z.ZodType, schemas: Record<string, JsonSchema>): JsonSchema {
  // As input: a default may be left out of a request, and an answer may have fields that are not said.
  const made = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', metadata: COMPONENTS });
  const {
    $defs = {},
    $schema: _,
    id,
    ...own
  } = JSON.parse(JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/')) as {
    readonly $defs?: Record<string, JsonSchema>;
    readonly $schema?: string;
    readonly id?: string;
  };
  for (const [name, { id: _name, ...part }] of Object.entries($defs)) schemas[name] = part;
  if (id === undefined) return own;
  schemas[id] = own;
  return { $ref: `#/components/schemas/${id}` };
}

/** `api`: the app with all its routes, those that are registered later included. */
export function openApiRoutes(api: Hono, version: string): Hono {
  const app = new Hono();
  let document: OpenApiDocument | undefined;
  const said: Operation = {
    summary: 'This document.',
    answer: z.looseObject({ openapi: z.literal('3.1.0'), paths: z.record(z.string(), z.unknown()) }),
  };
  app.get('/openapi.json', operation(said), (context) => {
    document ??= openApiDocument(api, version);
    return context.json(document);
  });
  return app;
}
