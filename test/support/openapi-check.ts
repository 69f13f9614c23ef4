/** What is wrong with an OpenAPI 3.1 document, structurally: https://spec.openapis.org/oas/v3.1.0. */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { OpenApiDocument } from '../../collector/api/openapi.ts';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/** Fixed fields of the objects that we use: anything else would be a mistake (specification extensions aside, of which we have none). */
const FIELDS = {
  document: ['openapi', 'info', 'tags', 'paths', 'components'],
  info: ['title', 'summary', 'description', 'version', 'license'],
  operation: ['operationId', 'summary', 'tags', 'parameters', 'requestBody', 'responses'],
  parameter: ['name', 'in', 'required', 'description', 'schema'],
} as const;

/** Empty for a sound one. */
export function openApiComplaints(document: OpenApiDocument): string[] {
  return [
    ...strangers('document', document, FIELDS.document),
    ...strangers('info', document.info, FIELDS.info),
    ...references(document),
    ...Object.entries(document.components.schemas).flatMap(([name, schema]) =>
      schemaComplaints(document, name, schema),
    ),
    ...operations(document),
  ];
}

function operations(document: OpenApiDocument): string[] {
  const ids = new Set<string>();
  const tags = new Set(document.tags.map(({ name }) => name));
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]) => {
      const where = `${method} ${path}`;
      const said: string[] = strangers(where, operation, FIELDS.operation);
      if (!path.startsWith('/')) said.push(`${where}: a path begins with /`);
      if (!METHODS.includes(method)) said.push(`${where}: no such method`);
      if (ids.has(operation.operationId)) said.push(`${where}: ${operation.operationId} is taken`);
      ids.add(operation.operationId);
      for (const tag of operation.tags) if (!tags.has(tag)) said.push(`${where}: tag ${tag} is not declared`);
      const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const given = operation.parameters?.filter((one) => one.in === 'path') ?? [];
      if (
        !isDeepStrictEqual(
          wanted,
          given.map(({ name }) => name),
        )
      )
        said.push(`${where}: path parameters`);
      for (const parameter of operation.parameters ?? []) {
        said.push(...strangers(`${where} ${parameter.name}`, parameter, FIELDS.parameter));
        if (parameter.in === 'path' && !parameter.required)
          said.push(`${where}: ${parameter.name} is required`);
        said.push(...schemaComplaints(document, `${where} ${parameter.name}`, parameter.schema));
      }
      const names = (operation.parameters ?? []).map((one) => `${one.in} ${one.name}`);
      if (new Set(names).size < names.length) said.push(`${where}: a parameter twice`);
      const codes = Object.keys(operation.responses);
      if (!codes.some((code) => /^2\d\d$/.test(code))) said.push(`${where}: no success`);
      if (!codes.every((code) => /^([1-5]\d\d|default)$/.test(code))) said.push(`${where}: bad status`);
      return said;
    }),
  );
}

/** zod reads JSON schema of draft 2020-12, and refuses what it does not understand. */
function schemaComplaints(document: OpenApiDocument, where: string, schema: unknown): string[] {
  try {
    zodOf(document, schema);
    return [];
  } catch (error) {
    return [`${where}: ${(error as Error).message}`];
  }
}

/** A schema of the document as zod; `strict` refuses fields that are not said. */
export function zodOf(document: OpenApiDocument, schema: unknown, strict = false): z.ZodType {
  const $defs = document.components.schemas;
  const text = JSON.stringify({ ...(schema as object), $defs }).replaceAll(
    '"#/components/schemas/',
    '"#/$defs/',
  );
  const value: unknown = JSON.parse(text);
  return z.fromJSONSchema((strict ? closed(value) : value) as Parameters<typeof z.fromJSONSchema>[0]);
}

/** With no further property in any object that names its own. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, part]) => [name, closed(part)] as const);
  const isObject = 'properties' in value && 'type' in value && !('additionalProperties' in value);
  return { ...Object.fromEntries(entries), ...(isObject && { additionalProperties: false }) };
}

function references(document: OpenApiDocument): string[] {
  const all = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref = '']) => ref);
  return [...new Set(all)].flatMap((ref) => {
    const parts = ref.split('/');
    if (parts.shift() !== '#') return [`${ref} leaves the document`];
    let at: unknown = document;
    for (const part of parts) at = (at as Record<string, unknown> | undefined)?.[part];
    return at === undefined ? [`${ref} leads nowhere`] : [];
  });
}

function strangers(where: string, value: object, known: readonly string[]): string[] {
  return Object.keys(value)
    .filter((name) => !known.includes(name))
    .map((name) => `${where}: ${name} is no field here`);
}
