import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { NOTIFY_LIMITS } from '../../../collector/notify/limits.ts';
import { parseRoutes, readRoutesFile } from '../../../collector/notify/routes-file.ts';
import { readSecret, readSecretUrl, without } from '../../../collector/notify/secret-ref.ts';

const scratch = mkdtempSync(join(tmpdir(), 'outrider-routes-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const file = (name: string, text: string): string => {
  const path = join(scratch, name);
  writeFileSync(path, text);
  return path;
};
const ENV = { HOOK: 'https://hooks.example.net/T0P/s3cret', PD: 'r0uting', MAIL: 'p4ss' };

const WHOLE = `
version: 1
dashboard: https://outrider.example.net/
receivers:
  - { name: pager, type: pagerduty, routing_key: { env: PD } }
  - { name: chat, type: slack, url: { env: HOOK } }
  - { name: hook, type: webhook, url: { env: HOOK }, secret: { env: MAIL } }
  - { name: am, type: alertmanager, url: { env: HOOK }, resend: 30s, labels: { cluster: edge } }
  - { name: mail, type: email, host: relay.example.net, from: outrider@example.net, to: [sre@example.net], user: { env: MAIL }, password: { env: MAIL } }
routes:
  - { name: pages, match: { severity: critical, scope_kind: [region, global] }, receivers: [pager, chat], continue: true }
  - { name: rest, receivers: [am, mail, hook], remind_every: 0s, model_alarms: true }
maintenance:
  - { name: nights, match: { target: 'cdn-*' }, zone: Europe/Berlin, start: 2026-01-04T02:00, length: 2h, repeat: weekly }
`;
const parse = (text: string) => parseRoutes(text, 'routes.yaml', ENV);
/** The whole file with one thing exchanged for another. */
const instead = (from: string, to: string) => () => {
  expect(WHOLE).toContain(from);
  return parse(WHOLE.replace(from, to));
};

describe('a file of routes', () => {
  it('says who is told of what, with defaults for the rest', () => {
    const settings = parse(WHOLE);
    expect(settings.routes[0]).toMatchObject({
      name: 'pages',
      match: { severity: ['critical'], scope_kind: ['region', 'global'] },
      continue: true,
      wait: '0s',
      remind_every: '1h',
      flap_within: '15m',
      rate: 10,
    });
    expect(settings.receivers[3]).toMatchObject({ resend: '30s', hold: '1d' });
  });

  it('takes the URL of an Alertmanager as it stands, but not with a password in it', () => {
    const openly = (url: string) =>
      instead('alertmanager, url: { env: HOOK }', `alertmanager, url: '${url}'`);
    expect(openly('http://alerts.example.net:9093')().receivers[3]).toMatchObject({
      url: { value: 'http://alerts.example.net:9093' },
    });
    expect(openly('http://a:b@alerts.example.net:9093')).toThrow('without a password');
    expect(openly('alerts.example.net')).toThrow('expected a http or https URL');
  });

  it('may be JSON', () => {
    expect(parse(JSON.stringify(parse(WHOLE)))).toEqual(parse(WHOLE));
  });

  it('is read from its path; one that is not there, or larger than fileBytes, is refused', () => {
    expect(readRoutesFile(file('routes.yaml', WHOLE), ENV)).toEqual(parse(WHOLE));
    expect(() => readRoutesFile(join(scratch, 'none.yaml'), ENV)).toThrow('ENOENT');
    const large = file('large.yaml', `#${'x'.repeat(NOTIFY_LIMITS.fileBytes.value)}\n${WHOLE}`);
    expect(() => readRoutesFile(large, ENV)).toThrow('is larger than');
  });

  it.each<readonly [string, () => unknown, RegExp]>([
    [
      'an address in the file itself',
      instead('slack, url: { env: HOOK }', 'slack, url: "https://hooks.example.net/x"'),
      /:6:\d+: receivers\[1\]\.url: expected \{file: PATH\} or \{env: NAME\}/,
    ],
    [
      'a secret in the file itself',
      instead('routing_key: { env: PD }', 'routing_key: abc'),
      /receivers\[0\]\.routing_key: expected \{file/,
    ],
    [
      'a variable that is not set',
      instead('routing_key: { env: PD }', 'routing_key: { env: NONE }'),
      /:5:\d+: receivers\[0\]\.routing_key: the variable NONE is not set/,
    ],
    [
      'a variable that is no URL',
      instead('slack, url: { env: HOOK }', 'slack, url: { env: PD }'),
      /receivers\[1\]\.url: the variable PD holds no http or https URL/,
    ],
    [
      'a receiver that there is not',
      instead('receivers: [pager, chat]', 'receivers: [pagr]'),
      /routes\[0\]\.receivers\[0\]: there is no receiver pagr; there are pager, chat/,
    ],
    ['two routes of one name', instead('name: rest', 'name: pages'), /routes: pages stands twice/],
    [
      'an unknown key',
      instead('remind_every', 'remind_evry'),
      /unknown key "remind_evry".*did you mean remind_every/,
    ],
    [
      'a password in the clear',
      instead('host: relay.example.net', 'security: none, host: relay.example.net'),
      /no password is sent in the clear/,
    ],
    [
      'a user without a password',
      instead(', password: { env: MAIL }', ''),
      /user and password belong together/,
    ],
    ['a name with a slash', instead('name: chat', 'name: a/b'), /use 1 to 64 lower-case letters/],
    [
      'a zone that there is not',
      instead('Europe/Berlin', 'Europe/Atlantis'),
      /maintenance\[0\]\.zone: expected a time zone/,
    ],
    ['no version', instead('version: 1', ''), /version/],
  ])('with %s is refused, with the line', (_, read, why) => {
    expect(read).toThrow(why);
  });

  it('says nothing of what secrets are when it is refused', () => {
    const why = (() => {
      try {
        instead('slack, url: { env: HOOK }', 'slack, url: { env: PD }')();
      } catch (error) {
        return (error as Error).message;
      }
    })();
    expect(why).toMatch(/the variable PD holds no http or https URL/);
    expect(why).not.toMatch(/r0uting|s3cret|p4ss/);
  });

  it('says where a secret stands in it, and not the secret, even in a line that cannot be read', () => {
    const mistakes = [
      () => instead('routing_key: { env: PD }', 'routing_key: k3yk3y')(),
      () => instead('slack, url: { env: HOOK }', 'slack, url: "https://hooks.example.net/k3yk3y"')(),
      () => instead('slack, url: { env: HOOK }', 'slack, url: "https://hooks.example.net/k3yk3y')(),
    ];
    for (const mistake of mistakes) {
      const why = (() => {
        try {
          return mistake();
        } catch (error) {
          return (error as Error).message;
        }
      })();
      expect(why).toMatch(/^routes\.yaml:\d+:\d+: /);
      expect(why).not.toContain('k3yk3y');
    }
  });

  it('asks for what signs certificates of a relay at once', () => {
    const mail = (path: string) =>
      instead('host: relay.example.net', `host: relay.example.net, ca_file: ${path}`);
    expect(mail('/nowhere/ca.pem')).toThrow(/receivers\[4\]\.ca_file: ENOENT/);
    expect(mail(file('not.pem', 'hello'))).toThrow(/holds no certificate in PEM/);
  });

  it('has at most so many receivers, routes and windows, and so many aliases', () => {
    const { aliases, receivers, routes, windows } = NOTIFY_LIMITS;
    const many = (count: number, one: (i: number) => unknown) =>
      Array.from({ length: count }, (_, i) => one(i));
    const build = (counts: { receivers?: number; routes?: number; windows?: number }) =>
      JSON.stringify({
        version: 1,
        receivers: many(counts.receivers ?? 1, (i) => ({
          name: `r${i}`,
          type: 'slack',
          url: { env: 'HOOK' },
        })),
        routes: many(counts.routes ?? 1, (i) => ({ name: `t${i}`, receivers: ['r0'] })),
        maintenance: many(counts.windows ?? 0, (i) => ({
          name: `w${i}`,
          start: '2026-01-04T02:00',
          length: '2h',
        })),
      });
    expect(() =>
      parse(build({ receivers: receivers.value, routes: routes.value, windows: windows.value })),
    ).not.toThrow();
    expect(() => parse(build({ receivers: receivers.value + 1 }))).toThrow('receivers');
    expect(() => parse(build({ routes: routes.value + 1 }))).toThrow('routes');
    expect(() => parse(build({ windows: windows.value + 1 }))).toThrow('maintenance');
    const bomb = `a: &a [x]\nb: [${'*a,'.repeat(aliases.value + 1)}]`;
    expect(() => parse(bomb)).toThrow(/alias/i);
  });
});

describe('a reference', () => {
  it('is read anew at each use, from a file or a variable, without the line feed at its end', () => {
    const path = file('key', 'one\n');
    expect(readSecret({ file: path }, {})).toBe('one');
    file('key', 'two\n');
    expect(readSecret({ file: path }, {})).toBe('two');
    expect(readSecret({ env: 'PD' }, ENV)).toBe('r0uting');
    expect(readSecretUrl({ env: 'HOOK' }, ENV).host).toBe('hooks.example.net');
  });

  it('to what is not there, empty, or larger than refBytes is an error that names the place alone', () => {
    expect(() => readSecret({ file: join(scratch, 'none') }, {})).toThrow('cannot be read: ENOENT');
    expect(() => readSecret({ file: file('empty', ' \n') }, {})).toThrow('is empty');
    expect(() => readSecret({ file: file('big', 'x'.repeat(NOTIFY_LIMITS.refBytes.value + 1)) }, {})).toThrow(
      'too large',
    );
    expect(() => readSecret({ env: 'NONE' }, {})).toThrow('the variable NONE is not set');
  });

  it('is taken out of messages', () => {
    expect(without('cannot reach https://h/s3cret: s3cret', ['https://h/s3cret', 's3cret', ''])).toBe(
      'cannot reach …: …',
    );
  });
});
