import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
  it('is sound: version, unique ids, every reference and every path parameter there', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(openApiComplaints(document)).toEqual([]);
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
