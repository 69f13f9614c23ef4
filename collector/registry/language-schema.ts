/** The language as JSON Schema (draft 2020-12), for editors: completion, words that are not known, and what each key means. */
import { z } from 'zod';
import { PROBES } from '../../probes/registry.ts';
import { unwrapSchema } from '../../probes/schema-keys.ts';
import { locationSchema, probeSchema } from '../../probes/spec.ts';
import { languageSchema } from './language.ts';

export type JsonSchema = Record<string, unknown>;

/** Where a pulled file says that its schema is; editors with a YAML language server fetch it from there. */
export const SCHEMA_PATH = '/api/v1/spec/schema';

const VARIABLE = { type: 'string', pattern: '^\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}$' };

/** What zod transforms first has the shape that people write. */
function jsonOf(schema: z.core.$ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema, zodSchema }) => {
      if (!isPreprocessed(zodSchema)) return;
      const { default: standard, description } = jsonSchema;
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
      Object.assign(jsonSchema, {
        ...(description === undefined ? {} : { description }),
        ...(standard === undefined ? {} : { default: standard }),
        anyOf: [{ type: 'string' }, jsonOf(zodSchema._zod.def.out)],
      });
    },
  });
  return json;
}

/** Text that is taken apart, or the same as keys: locations and patterns. */
const isPreprocessed = (schema: z.core.$ZodType): schema is z.ZodPipe =>
  schema instanceof z.ZodPipe && schema._zod.def.in instanceof z.ZodTransform;

/** Parameters by type: those of one are not those of another. */
function paramsByType(): JsonSchema[] {
  return Object.entries(PROBES).map(([type, { params }]) => ({
    if: { properties: { type: { const: type } }, required: ['type'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { properties: { params: jsonOf(unwrapSchema(params)) } },
  }));
}

/** A number or a switch may come from a variable: it is read as what the variable holds. */
function withVariables(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withVariables);
  if (typeof schema !== 'object' || schema === null) return schema;
  const json = Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, withVariables(part)]));
  const { default: standard, description, ...rest } = json;
  if (!['integer', 'number', 'boolean'].includes(String(json.type))) return json;
  return {
    ...(description === undefined ? {} : { description }),
    ...(standard === undefined ? {} : { default: standard }),
    anyOf: [rest, VARIABLE],
  };
}

/** The schema of a whole file. */
export function languageJsonSchema(): JsonSchema {
  const whole = jsonOf(languageSchema) as {
    properties: Record<string, { items: { properties: Record<string, JsonSchema>; allOf?: JsonSchema[] } }>;
  };
  const probe = whole.properties.probes?.items;
  if (probe) {
    probe.properties.type = { ...probe.properties.type, enum: Object.keys(PROBES) };
    probe.properties.from = { ...jsonOf(locationSchema), description: probeSchema.shape.from.description };
    probe.allOf = paramsByType();
  }
  const { version, ...properties } = whole.properties;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Outrider probes as code',
    ...whole,
    properties: { version, ...(withVariables(properties) as object) },
  };
}
