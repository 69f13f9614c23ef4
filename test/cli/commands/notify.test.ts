/** The commands of people who are called: silences, acknowledgements, routes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { incidentOf, type RunningApi, startApi } from '../../collector/api/running-api.ts';
import { type HttpReceiver, startReceiver, status } from '../../collector/notify/http-receiver.ts';
import { outrider, start } from '../../support/outrider.ts';

let api: RunningApi;
let hook: HttpReceiver;
const scratch = mkdtempSync(join(tmpdir(), 'outrider-notify-cli-'));

beforeAll(async () => {
  api = await startApi({ startMs: Date.now() });
  api.shelf.put('opened', incidentOf());
  hook = await startReceiver();
}, 60_000);
afterAll(async () => {
  await api?.close();
  await hook?.close();
  rmSync(scratch, { recursive: true, force: true });
});

const run = (...args: string[]) => outrider(...args, '--collector', api.url);

describe('outrider silences', () => {
  it('adds one, prints its id, lists and ends it', async () => {
    const words = [
      '--match',
      'region=eu-west,us-east',
      '--match',
      'labels.team=video',
      '--for',
      '2h',
      '--by',
      'mara',
    ];
    const added = await run('silences', 'add', ...words, '--comment', 'racks');
    expect(added.code).toBe(0);
    expect(added.stderr).toMatch(/quiet until \S+: region=eu-west,us-east labels\.team=video/);
    const id = added.stdout.trim();
    const { stdout } = await run('silences', 'list');
    expect(stdout).toMatch(
      new RegExp(`${id} +silence +active +region=eu-west,us-east labels.team=video .* mara +racks`),
    );
    const json = JSON.parse((await run('silences', 'list', '-o', 'json')).stdout);
    expect(json).toMatchObject({ data: [{ id, author: 'mara', match: { labels: { team: ['video'] } } }] });
    expect((await run('silences', 'expire', id, '--by', 'jo')).stderr).toContain(`${id} has ended`);
    expect((await run('silences', 'list')).stderr).toContain('nothing is kept quiet');
    expect((await run('silences', 'list', '--ended')).stdout).toContain('ended');
  });

  it.each([
    [['add', '--match', 'region=eu-west'], 64, 'it is not said how long'],
    [['add', '--match', 'region', '--for', '1h'], 64, '--match region is no condition'],
    [
      ['add', '--match', 'region=a', '--match', 'region=b', '--for', '1h'],
      64,
      '--match region is given twice',
    ],
    [['add', '--match', 'regoin=a', '--for', '1h'], 64, 'regoin'],
    [['add', '--match', 'region=a', '--for', 'soon'], 64, 'soon is not a time'],
    [['add', '--for', '1h'], 64, 'match'],
    [['expire', 'none'], 1, 'There is no silence none'],
  ])('%j ends with %i: %s', async (words, code, why) => {
    const ended = await run('silences', ...words);
    expect([ended.code, ended.stdout]).toEqual([code, '']);
    expect(ended.stderr).toContain(why);
  });
});

describe('outrider incidents ack', () => {
  it('says who sees to it, and `incidents get` shows that, and who was told', async () => {
    const { code, stderr } = await run(
      'incidents',
      'ack',
      incidentOf().id,
      '--by',
      'mara',
      '--comment',
      'rolling back',
    );
    expect([code, stderr]).toEqual([0, expect.stringContaining('acknowledged by mara')]);
    await api.notifier.tick();
    await api.notifier.idle();
    const { stdout } = await run('incidents', 'get', incidentOf().id);
    expect(stdout).toMatch(/^acknowledged +by mara at [\d :-]+: rolling back$/m);
    expect(stdout).toMatch(/WHO WAS TOLD\n.*\n.* opened +nobody +all +(on its way|receiver down)/);
    expect((await run('incidents', 'list')).stdout).toMatch(/ SEEN TO .*\n.* acknowledged by mara /);
  });

  it('of one that there is not says so', async () => {
    const { code, stderr } = await run('incidents', 'ack', 'none');
    expect([code, stderr]).toEqual([1, expect.stringContaining('There is no incident none')]);
  });
});

describe('outrider incidents resolve', () => {
  const over = { id: 'inc-over', status: 'resolved', resolvedMs: Date.UTC(2026, 10, 21, 12, 30) } as const;

  it('waits until the collector that detects has ended it', async () => {
    api.shelf.put('opened', incidentOf({ id: 'inc-2' }));
    const ended = run('incidents', 'resolve', 'inc-2', '--by', 'mara', '--comment', 'moved', '--as-normal');
    await expect
      .poll(() => api.store.query('SELECT author, comment FROM resolutions'), { timeout: 20_000 })
      .toEqual([{ author: 'mara', comment: 'moved' }]);
    api.shelf.put('resolved', incidentOf({ ...over, id: 'inc-2' }));
    expect(await ended).toMatchObject({ code: 0, stderr: expect.stringContaining('inc-2 resolved by mara') });
    const changes = await api.store.query('SELECT kind, name, detail FROM changes');
    expect(changes).toEqual([
      {
        kind: 'resolved',
        name: 'inc-2',
        detail: JSON.stringify({
          text: 'as it is now is normal, by mara: moved',
          relearn: true,
          where: { region: 'eu-west' },
        }),
      },
    ]);
  }, 60_000);

  it.each([
    [['resolve', 'none'], 1, 'There is no incident none'],
    [['resolve', 'inc-over'], 75, 'The incident inc-over is over since 2026-11-21T12:30:00.000Z.'],
    [['ack', 'inc-over'], 75, 'The incident inc-over is over since 2026-11-21T12:30:00.000Z.'],
    [['resolve', 'inc-part'], 75, 'outrider incidents resolve inc-whole'],
    [['ack', 'inc-part'], 75, 'outrider incidents ack inc-whole'],
  ])('%j ends with %i: %s', async (words, code, why) => {
    api.shelf.put('resolved', incidentOf(over));
    api.shelf.put('resolved', incidentOf({ ...over, id: 'inc-part', mergedInto: 'inc-whole' }));
    const ended = await run('incidents', ...words);
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining(why)]);
  });
});

describe('outrider routes check', () => {
  const file = (name: string, text: string): string => {
    const path = join(scratch, name);
    writeFileSync(path, text);
    return path;
  };
  const GOOD = `
version: 1
receivers:
  - { name: hook, type: webhook, url: { env: HOOK } }
  - { name: am, type: alertmanager, url: { env: HOOK } }
routes:
  - { name: pages, match: { severity: critical }, receivers: [hook], continue: true }
  - { name: rest, receivers: [am] }
maintenance:
  - { name: nights, zone: Europe/Berlin, start: 2026-01-04T02:00, length: 2h, repeat: daily }
`;
  const check = (...args: string[]) => start(['routes', 'check', ...args], { HOOK: hook.url }).finished;

  it('shows who is told of what, and when windows are open next', async () => {
    const { code, stdout } = await check(file('good.yaml', GOOD));
    expect(code).toBe(0);
    expect(stdout).toMatch(/pages +severity=critical +hook +goes on\nrest +everything +am +ends/);
    expect(stdout).toMatch(/nights +everything +[\d :-]+ +2h/);
  });

  it('says where incidents could fall through', async () => {
    const rest = '  - { name: rest, receivers: [am] }';
    expect(GOOD).toContain(rest);
    const holed = await check(file('holed.yaml', GOOD.replace(rest, '')));
    expect([holed.code, holed.stderr]).toEqual([0, expect.stringContaining('no route takes everything')]);
    expect((await check(file('good.yaml', GOOD))).stderr).toBe('');
    const empty = await check(file('empty.yaml', ''));
    expect([empty.code, empty.stderr]).toEqual([65, expect.stringContaining('empty.yaml')]);
  });

  it('sends a trial message, and where state is kept its end, and says what became of it', async () => {
    const path = file('good.yaml', GOOD);
    const { code, stdout } = await check(path, '--send', 'hook', '--send', 'am', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).trials).toEqual([
      { receiver: 'hook', error: '' },
      { receiver: 'am', error: '' },
    ]);
    expect(hook.received.map(({ body }) => body.includes('TRIAL'))).toEqual([true, true, true]);
    hook.answer = status(403, {}, 'go away');
    const refused = await check(path, '--send', 'hook');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('hook: HTTP 403: go away');
    expect(refused.stdout + refused.stderr).not.toMatch(/t0psecret|hush/);
    expect((await check(path, '--send', 'nobody')).code).toBe(64);
  });

  it('shows every mistake with its line, as `collector start` does, and both end with 65', async () => {
    const bad = file(
      'bad.yaml',
      GOOD.replace('receivers: [am]', 'receivers: [ma]').replace('severity', 'sevrity'),
    );
    const { code, stderr } = await check(bad);
    expect(code).toBe(65);
    expect(stderr).toContain('unknown key "sevrity" in routes[0].match; did you mean severity?');
    const words = ['collector', 'start', '--port', '0', '--data-dir', scratch, '--routes', bad];
    const started = await start(words, { HOOK: hook.url }).finished;
    expect(started.code).toBe(65);
    expect(started.stderr).toContain('bad.yaml:7:');
  });
});
