import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeRoutes } from '../../../collector/api/changes.ts';
import { errorResponse, toApiError } from '../../../collector/api/errors.ts';
import { CHANGE_LIMITS } from '../../../collector/changes/limits.ts';
import { CHANGE_LABELS } from '../../../collector/detect/change.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';

const NOW_MS = Date.now();
let test: TestStore;
let app: ReturnType<typeof changeRoutes>;

beforeAll(async () => {
  test = await openTestStore('embedded');
  app = changeRoutes(test.store, { wallMs: () => NOW_MS, monotonicMs: () => 0 });
  app.onError((error, context) => errorResponse(context, toApiError(error)));
});
afterAll(() => test?.close());

const tell = (body: unknown) =>
  app.request('/', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

describe('/changes', () => {
  it('takes a change and lists it', async () => {
    const told = {
      kind: 'deploy',
      name: 'web-7',
      text: 'new player',
      where: { region: 'eu-west' },
      at: '10m',
    };
    const answer = await tell(told);
    expect(answer.status).toBe(201);
    const { at: _, ...rest } = told;
    const change = { ...rest, at: new Date(NOW_MS - 600_000).toISOString(), relearn: false };
    expect(await answer.json()).toEqual(change);
    const list = (await (await app.request('/?since=1h')).json()) as { data: unknown[] };
    expect(list.data).toEqual([change]);
  });

  it.each([
    ['a label that there is not', { kind: 'deploy', name: 'x', where: { colour: 'red' } }],
    ['no name', { kind: 'deploy' }],
    ['a kind of two words', { kind: 'big deploy', name: 'x' }],
    ['a time to come', { kind: 'deploy', name: 'x', at: new Date(NOW_MS + 3_600_000).toISOString() }],
    [
      'a text without end',
      { kind: 'deploy', name: 'x', text: 'x'.repeat(CHANGE_LIMITS.textChars.value + 1) },
    ],
    [
      'more labels than a place has',
      {
        kind: 'deploy',
        name: 'x',
        where: Object.fromEntries(
          CHANGE_LABELS.slice(0, CHANGE_LIMITS.labels.value + 1).map((label) => [label, 'x']),
        ),
      },
    ],
  ])('refuses %s', async (_, body) => {
    expect((await tell(body)).status).toBe(400);
  });
});
