/** What is wrong with an OpenAPI document beyond what its schema says, which a validator of others holds it to. */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { OpenApiDocument } from '../../collector/api/openapi.ts';

/** Empty for a sound one. */
export function openApiComplaints(document: OpenApiDocument): string[] {
  return [
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
    Object.entries(item).flatMap(([method, { operationId, parameters = [], responses, tags: own }]) => {
      const where = `${method} ${path}`;
      const said: string[] = [];
      if (ids.has(operationId)) said.push(`${where}: ${operationId} is taken`);
      ids.add(operationId);
      for (const tag of own) if (!tags.has(tag)) said.push(`${where}: tag ${tag} is not declared`);
      const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const given = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
      if (!isDeepStrictEqual(wanted, given)) said.push(`${where}: path parameters`);
      const names = parameters.map((one) => `${one.in} ${one.name}`);
      if (new Set(names).size < names.length) said.push(`${where}: a parameter twice`);
      if (!Object.keys(responses).some((code) => /^2\d\d$/.test(code))) said.push(`${where}: no success`);
      const schemas = parameters.map(({ name, schema }) => [`${where} ${name}`, schema] as const);
      return [...said, ...schemas.flatMap(([name, schema]) => schemaComplaints(document, name, schema))];
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
