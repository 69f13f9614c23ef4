import { afterEach, describe, expect, it } from 'vitest';
import type { RunContext } from '../../../probes/probe.ts';
import { failureOf } from '../upload/probe-run.ts';
import { contextAt, publish } from './probe-run.ts';
import { type PublishService, type ServiceOptions, startService } from './publish-service.ts';

const open: PublishService[] = [];
afterEach(() => Promise.all(open.splice(0).map((service) => service.close())));

async function run(options: ServiceOptions, status: object = {}, context: Partial<RunContext> = {}) {
  const origin = await startService(options);
  open.push(origin);
  const result = await publish(contextAt(origin.port, context), {}, status);
  const asked = origin.seen.filter(({ path }) => path === '/status/abc');
  return { origin, result, asked, failure: failureOf(result) };
}

const message = ({ result }: Awaited<ReturnType<typeof run>>) =>
  result.outcome === 'fail' ? result.failure.message : '';

describe('the status API', () => {
  it('is asked as declared, the id and the secret filled in', async () => {
    const request = {
      method: 'POST',
      url: '/status/{/id}',
      headers: { 'X-Api-Version': '2' },
      credentials: 'status-token',
      body: { publish_id: '{/id}', fields: ['status'] },
    };
    const secret = (name: string) => (name === 'status-token' ? 'hunter2' : undefined);
    const { failure, asked, result } = await run({}, { request }, { secret });
    expect(failure).toBe('ok');
    expect(asked[0]?.method).toBe('POST');
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ publish_id: 'abc', fields: ['status'] });
    expect(asked[0]?.headers).toMatchObject({
      authorization: 'Bearer hunter2',
      'content-type': 'application/json; charset=utf-8',
      'x-api-version': '2',
      'cache-control': 'no-cache',
    });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  it('is not asked without the secret that it needs: the agent says what to set', async () => {
    const ended = await run({}, { request: { url: '/status/abc', credentials: 'status-token' } });
    expect(ended.failure).toBe('agent/bad_params agent');
    expect(message(ended)).toContain('OUTRIDER_SECRET_STATUS_TOKEN');
    expect(ended.asked).toEqual([]);
    expect(ended.origin.held()).toBe(0);
  });

  it('is not asked when the upload left nothing to ask with', async () => {
    const ended = await run({}, { request: { url: '/status/{/data/video_id}' } });
    expect(ended.failure).toBe('processing/bad_response target');
    expect(message(ended)).toContain('/data/video_id');
  });

  it.each([404, 425, 429])('may answer %i while it does not know the upload yet', async (code) => {
    const { failure, asked } = await run({ statuses: [code, code, code, code, code] });
    expect(failure).toBe('ok');
    expect(asked.length).toBeGreaterThan(5);
  });

  it('may fail three times in a row', async () => {
    expect((await run({ statuses: [503, 500, 502, 200, 503, 503, 503] })).failure).toBe('ok');
  });

  it('fails the run when it fails a fourth time', async () => {
    const ended = await run({ statuses: [503, 503, 503, 503] });
    expect(ended.failure).toBe('processing/status target');
    expect(ended.asked).toHaveLength(4);
    expect(ended.origin.held()).toBe(0);
  });

  it.each([
    [401, 'processing/denied target'],
    [403, 'processing/denied target'],
    [400, 'processing/status target'],
    [301, 'processing/status target'],
  ])('fails the run at once with %i', async (code, failure) => {
    const ended = await run({ statuses: [code] });
    expect(ended.failure).toBe(failure);
    expect(ended.asked).toHaveLength(1);
  });

  it('must say where it plays', async () => {
    const ended = await run({}, { fields: { playUrl: '/nowhere' } });
    expect(ended.failure).toBe('processing/bad_response target');
    expect(message(ended)).toContain('playUrl');
  });

  it('must say where renditions play that it calls done', async () => {
    const fields = { renditions: '/renditions', renditionPlayUrl: '/nowhere' };
    const ended = await run({ renditions: { '360p': 0 } }, { fields });
    expect(ended.failure).toBe('processing/bad_response target');
  });
});
