import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../../collector/access/permissions.ts';
import type { OpenApiDocument } from '../../../collector/api/openapi.ts';
import { openApiComplaints } from '../../support/openapi-check.ts';
import { type RunningApi, startApi } from './running-api.ts';

let api: RunningApi;
let document: OpenApiDocument;
beforeAll(async () => {
  api = await startApi();
  document = (await api.get('/api/v1/openapi.json')).body;
});
afterAll(() => api.close());

describe('the OpenAPI document', () => {
  it('is what OpenAPI 3.1 allows, by the schema of its authors', async () => {
    const validator = new Validator();
    expect(await validator.validate(copy(document))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('would be complained of: a field of no name, a reference that leads nowhere', async () => {
    const strange = copy(document);
    Object.assign(Object.values(strange.paths)[0]?.get ?? {}, { colour: 'red' });
    expect(await new Validator().validate(strange)).toMatchObject({ valid: false });
    const dangling = copy(document);
    Object.assign(dangling.components.schemas, { More: { $ref: '#/components/schemas/Nothing' } });
    expect(await new Validator().validate(dangling)).toMatchObject({ valid: false });
  });

  it('is sound: unique ids, declared tags, every path parameter there, schemas that can be read', () => {
    expect(openApiComplaints(document)).toEqual([]);
  });

  it('names for every operation the role of the permission table, of a scheme that is there', () => {
    const roles = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, { security }]) => {
        const route = `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
        return [route, security] as const;
      }),
    );
    const table = Object.entries(PERMISSIONS)
      .filter(([route]) => route.includes(' /api/v1/'))
      .map(([route, need]) => [route, [{ token: [need] }]] as const);
    expect(Object.fromEntries(roles)).toEqual(Object.fromEntries(table));
    expect(Object.keys(document.components.securitySchemes)).toEqual(['token']);
  });

  it('says the parameters with their limits, as the handler checks them', () => {
    const parameters = document.paths['/api/v1/results']?.get?.parameters;
    expect(parameters?.find(({ name }) => name === 'limit')).toMatchObject({
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
    });
    expect(parameters?.find(({ name }) => name === 'outcome')?.schema).toMatchObject({
      enum: ['ok', 'fail', 'missed'],
    });
  });

  it('names every code of an error', () => {
    const schema = JSON.stringify(document.components.schemas.Error);
    for (const code of ['bad_request', 'not_found', 'too_many_groups', 'internal'])
      expect(schema).toContain(`"${code}"`);
  });

  it('keeps parameters and bodies that are not in it out', async () => {
    expect((await api.get('/api/v1/agents?colour=red')).status).toBe(400);
    expect((await api.send('POST', '/api/v1/query', { sql: 'SELECT 1', colour: 'red' })).status).toBe(400);
  });
});

const copy = (value: OpenApiDocument): Record<string, never> & OpenApiDocument =>
  structuredClone(value) as Record<string, never> & OpenApiDocument;
