import { describe, expect, it } from 'vitest';
import { judgeReply, matches } from '../../../probes/dns/judge.ts';
import { DNS_LIMITS } from '../../../probes/dns/limits.ts';
import type { DnsReply } from '../../../probes/dns/message.ts';
import { dnsParams } from '../../../probes/dns/params.ts';

const about = { question: { name: 'a.test', type: 'A' as const }, who: 'ns.test', isNamed: true };

const reply = (values: string[], more: Partial<DnsReply> = {}): DnsReply => ({
  rcode: 'NOERROR',
  flags: ['ra'],
  answers: values.map((value) => ({ name: 'a.test', type: 'A', ttlSeconds: 60, value })),
  ...more,
});

const expectation = (expect: object) => dnsParams.parse({ server: '9.9.9.9', expect }).expect;

const judged = (expect: object, given: DnsReply) => judgeReply(given, expectation(expect), about);

const good = reply(['192.0.2.1', '192.0.2.2']);

describe('an answer', () => {
  it.each<[object, DnsReply]>([
    [{}, good],
    [{ includes: ['192.0.2.1'] }, good],
    [{ includes: ['192.0.2.*', '*.2'] }, good],
    [{ only: ['192.0.2.1', '192.0.2.2', '203.0.113.*'] }, good],
    [{ excludes: ['10.*', '127.*'] }, good],
    [{ within: ['192.0.2.0/24'] }, good],
    [{ within: ['10.0.0.0/8', '192.0.2.0/24', '2001:db8::/32'] }, good],
    [{ count: { min: 2, max: 2 } }, good],
    [{ count: { min: 0 } }, reply([])],
    [{ ttlSeconds: { min: 60, max: 60 } }, good],
    [{ flags: { ra: true, tc: false, ad: false } }, good],
    [{ rcode: ['NXDOMAIN'] }, reply([], { rcode: 'NXDOMAIN' })],
    [{ within: ['2001:db8::/32'] }, reply(['2001:db8::1'])],
  ])('meets %j', (expect_, given) => {
    expect(judged(expect_, given)).toBeUndefined();
  });

  it.each<[object, DnsReply, string]>([
    [{ includes: ['192.0.2.3'] }, good, 'includes: nothing matches "192.0.2.3"'],
    [{ only: ['192.0.2.1'] }, good, 'only: "192.0.2.2" is not one of them'],
    [{ excludes: ['*.2'] }, good, 'excludes: "192.0.2.2" is there'],
    [{ within: ['192.0.2.0/31'] }, good, 'within: "192.0.2.2" lies outside'],
    [{ within: ['2001:db8::/32'] }, good, 'within: "192.0.2.1" lies outside'],
    [{ count: { min: 3 } }, good, 'at least 3 expected'],
    [{ count: { max: 1 } }, good, 'at most 1 expected'],
    [{ ttlSeconds: { max: 30 } }, good, 'ttlSeconds: 60 is not from 0 to 30'],
    [{ flags: { ad: true } }, good, 'flags: ad is not set'],
    [{ flags: { ra: false } }, good, 'flags: ra is set'],
  ])('does not meet %j, and says which', (expect_, given, words) => {
    const failure = judged(expect_, given);
    expect(failure).toMatchObject({ layer: 'content', blame: 'target', code: 'unexpected' });
    expect(failure?.message).toContain(words);
  });

  it('names every expectation that it does not meet', () => {
    const message = judged({ includes: ['203.0.113.*'], flags: { aa: true } }, good)?.message;
    expect(message).toMatch(/includes: .*; flags: aa is not set\.$/);
  });

  it('without records of the type is no name', () => {
    expect(judged({}, reply([]))).toMatchObject({ layer: 'dns', code: 'not_found', blame: 'target' });
  });

  it('of another type does not count', () => {
    const alias = { name: 'a.test', type: 'CNAME', ttlSeconds: 5, value: 'b.test' };
    expect(judged({}, reply([], { answers: [alias] }))).toMatchObject({ code: 'not_found' });
    expect(
      judged({ ttlSeconds: { min: 60 } }, reply([], { answers: [alias, ...good.answers] })),
    ).toBeUndefined();
  });

  it.each([
    ['NXDOMAIN', true, 'not_found', 'target'],
    ['NXDOMAIN', false, 'not_found', 'target'],
    ['SERVFAIL', true, 'server_failure', 'target'],
    ['SERVFAIL', false, 'server_failure', 'unknown'],
    ['REFUSED', true, 'server_failure', 'target'],
  ])('with %s, of a named server %s, is %s by %s', (rcode, isNamed, code, blame) => {
    const failure = judgeReply(reply([], { rcode }), expectation({}), { ...about, isNamed });
    expect(failure).toMatchObject({ layer: 'dns', code, blame });
  });

  it('that should have failed and did not is unexpected', () => {
    expect(judged({ rcode: ['NXDOMAIN'] }, good)).toMatchObject({ code: 'unexpected' });
  });

  it('is quoted no longer than the limit', () => {
    const long = reply(['x'.repeat(2000)]);
    const message = judged({ only: ['y'] }, long)?.message ?? '';
    expect(message.length).toBeLessThan(DNS_LIMITS.answerChars.value + 200);
  });
});

describe('a pattern', () => {
  it.each([
    ['a', 'A', true],
    ['a', 'ab', false],
    ['a*', 'ab', true],
    ['*b', 'ab', true],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['*', '', true],
    ['192.0.2.*', '192a0b2c1', false],
    ['10 *.mx.test', '10 a.mx.test', true],
  ])('%j matches %j: %s', (pattern, text, does) => {
    expect(matches(pattern, text)).toBe(does);
  });

  it('cannot be made slow', () => {
    const startMs = performance.now();
    expect(matches(`${'*a'.repeat(250)}b`, 'a'.repeat(60_000))).toBe(false);
    expect(performance.now() - startMs).toBeLessThan(1000);
  });
});
