import { afterEach, describe, expect, it } from 'vitest';
import { PUBLISH_LIMITS } from '../../../probes/publish/limits.ts';
import { LINK_LIMITS } from '../../../protocol/limits.ts';
import { failureOf } from '../upload/probe-run.ts';
import { contextAt, PLAY_URL, publish } from './probe-run.ts';
import { type PublishService, type ServiceOptions, startService } from './publish-service.ts';

const open: PublishService[] = [];
afterEach(() => Promise.all(open.splice(0).map((service) => service.close())));

async function run(options: ServiceOptions, status: object = {}) {
  const origin = await startService(options);
  open.push(origin);
  return { origin, result: await publish(contextAt(origin.port), {}, status) };
}

const { renditions, playUrlBytes, statusBytes, statusFailures, statusMs, attemptMs } = PUBLISH_LIMITS;

describe('past the limits of publishing', () => {
  it('further renditions are not followed', async () => {
    const names = Array.from({ length: renditions.value + 2 }, (_, n) => `rung-${n}`);
    const ladder = Object.fromEntries(names.map((name) => [name, 0]));
    const { origin, result } = await run({ renditions: ladder }, { fields: { renditions: '/renditions' } });
    expect(failureOf(result)).toBe('ok');
    expect(result.attributes.renditions).toBe(String(renditions.value));
    const played = new Set(origin.seen.map(({ path }) => path).filter((path) => path.includes('rung')));
    expect(played.size).toBe(renditions.value);
  });

  it('a status without end fails the run', async () => {
    const { origin, result } = await run({ statusBytes: statusBytes.value + 1 });
    expect(failureOf(result)).toBe('processing/too_large target');
    expect(origin.held()).toBe(0);
  });

  it('what is announced is what the link takes', () => {
    expect(playUrlBytes.value).toBeLessThanOrEqual(LINK_LIMITS.urlBytes.value);
  });

  it('an address to play at is not followed, wherever it comes from and however it is escaped', async () => {
    const within = (bytes: number, character: string) =>
      character.repeat((bytes - PLAY_URL.length - 1) / encodeURI(character).length);
    const answered = async (character: string, bytes: number) =>
      failureOf((await run({ playUrl: `/play/whole?${within(bytes, character)}` })).result);
    expect(await answered('a', playUrlBytes.value)).toBe('ok');
    expect(await answered('a', playUrlBytes.value + 1)).toBe('processing/bad_response target');
    expect(await answered('ü', playUrlBytes.value + 60)).toBe('processing/bad_response target');
    const { origin, result } = await run(
      { renditions: { ['x'.repeat(playUrlBytes.value)]: 0 } },
      { fields: { renditions: '/renditions' } },
    );
    expect(failureOf(result)).toBe('processing/bad_response target');
    expect(result.outcome === 'fail' && result.failure.message).toContain(String(playUrlBytes.value));
    expect(origin.seen.filter(({ path }) => path.startsWith('/play/'))).toEqual([]);
  });

  it('failures of the status in a row are the failure', async () => {
    const failures = (count: number) => Array.from({ length: count }, () => 500);
    expect(failureOf((await run({ statuses: failures(statusFailures.value) })).result)).toBe('ok');
    const { result } = await run({ statuses: failures(statusFailures.value + 1) });
    expect(failureOf(result)).toBe('processing/status target');
  });

  it('a status, or an attempt to play, that hangs is made again', async () => {
    const [status, play] = await Promise.all([run({ silent: '/status/' }), run({ silent: '/play/' })]);
    expect([status, play].map(({ result }) => failureOf(result))).toEqual(['ok', 'ok']);
    expect(status.result.metrics.publish_accepted_ms).toBeGreaterThan(statusMs.value - 5);
    expect(play.result.metrics.publish_accepted_ms).toBeLessThan(attemptMs.value);
    expect(play.result.metrics.publish_playable_ms).toBeGreaterThan(attemptMs.value - 5);
    // The hole is in the polling, and so it is in its resolution.
    expect(status.result.metrics.publish_poll_ms).toBeGreaterThan(statusMs.value - 5);
  });
});
