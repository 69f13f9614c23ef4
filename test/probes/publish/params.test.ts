import { describe, expect, it } from 'vitest';
import { PUBLISH_LIMITS } from '../../../probes/publish/limits.ts';
import { publishParams } from '../../../probes/publish/params.ts';

const status = { request: { url: '/status/{id}' } };

/** What is wrong, by place. */
function faults(params: object): string[] {
  const parsed = publishParams.safeParse(params);
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'));
}

describe('parameters of publishing', () => {
  it('need no more than where the status is', () => {
    const { upload, status: parsed, pollMs } = publishParams.parse({ status });
    expect(upload.protocol).toBe('tus');
    expect(parsed.fields).toMatchObject({ state: '/state', playUrl: '/play_url' });
    expect(parsed).toMatchObject({ accepted: ['processing'], done: ['ready'] });
    expect(pollMs).toBe(500);
  });

  it('take a status API by POST, with states of its own words', () => {
    const request = {
      method: 'POST',
      url: '/status/fetch/',
      credentials: 'api-token',
      body: { publish_id: '{id}' },
    };
    const fields = { state: '/data/status', renditions: '/data/renditions' };
    const own = {
      request,
      fields,
      accepted: ['PROCESSING_UPLOAD'],
      done: ['PUBLISH_COMPLETE'],
      failed: ['FAILED'],
    };
    expect(faults({ status: own, playUrl: 'https://cdn.example.com/{id}.mp4' })).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['no status', {}, 'status'],
    [
      'a state that is no pointer',
      { status: { ...status, fields: { state: 'state' } } },
      'status.fields.state',
    ],
    ['no state for done', { status: { ...status, done: [] } }, 'status.done'],
    [
      'a secret in the file',
      { status: { request: { url: '/s', headers: { Authorization: 'Bearer x' } } } },
      'status.request.headers',
    ],
    ['a body with GET', { status: { request: { url: '/s', body: {} } } }, 'status.request.body'],
    ['waiting twice', { status, upload: { protocol: 'put', awaitPlayable: true } }, 'upload.awaitPlayable'],
    ['everywhere', { status, visibleFrom: [{}] }, 'visibleFrom.0'],
    [
      'too many regions',
      {
        status,
        visibleFrom: Array.from({ length: PUBLISH_LIMITS.watchers.value + 1 }, () => ({ region: ['a'] })),
      },
      'visibleFrom',
    ],
    ['polling without pause', { status, pollMs: 1 }, 'pollMs'],
  ])('refuse %s', (_, params, place) => {
    expect(faults(params)).toEqual([place]);
  });
});
