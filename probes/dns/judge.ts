/** Holds an answer against what is expected of it. Pure. */
import ipaddr from 'ipaddr.js';
import type { ErrorCode, Failure } from '../outcome.ts';
import { DNS_LIMITS } from './limits.ts';
import type { DnsReply } from './message.ts';
import type { DnsExpectations } from './params.ts';
import type { Answer } from './record-data.ts';
import type { Flag, RecordType } from './record-types.ts';

export interface Judged {
  readonly question: { readonly name: string; readonly type: RecordType };
  /** Who answered, for messages. */
  readonly who: string;
  /** One server was named: what it answers is its own doing. Of the system's, nobody knows whose it is. */
  readonly isNamed: boolean;
}

/** The failure that names every expectation which was not met, or undefined. */
export function judgeReply(reply: DnsReply, expect: DnsExpectations, about: Judged): Failure | undefined {
  const { question, who, isNamed } = about;
  const asked = `${question.name} ${question.type}`;
  if (!(expect.rcode as readonly string[]).includes(reply.rcode)) {
    const isMissing = reply.rcode === 'NXDOMAIN';
    return {
      layer: 'dns',
      blame: isMissing || isNamed ? 'target' : 'unknown',
      code: isMissing ? 'not_found' : reply.rcode === 'NOERROR' ? 'unexpected' : 'server_failure',
      message: `${who} answered ${reply.rcode} for ${asked}, expected is ${expect.rcode.join(' or ')}.`,
    };
  }
  const records = recordsAsked(reply, question.type);
  const complaints = [
    ...(reply.rcode === 'NOERROR' ? count(records, expect) : []),
    ...values(records, expect),
    ...addresses(records, expect),
    ...ttls(records, expect),
    ...flags(reply, expect),
  ];
  if (complaints.length === 0) return undefined;
  const code: ErrorCode = records.length === 0 && reply.rcode === 'NOERROR' ? 'not_found' : 'unexpected';
  return {
    layer: code === 'not_found' ? 'dns' : 'content',
    blame: 'target',
    code,
    message: `The answer of ${who} for ${asked} is not what is expected: ${complaints.join('; ')}.`,
  };
}

/** Those of the type that was asked for: the aliases on the way to them are no answer. */
export function recordsAsked({ answers }: DnsReply, asked: RecordType): Answer[] {
  return answers.filter(({ type }) => type === asked);
}

/** `*` stands for anything; letters of any case are alike. In time proportional to the text, whatever the pattern. */
export function matches(pattern: string, text: string): boolean {
  const parts = pattern.toLowerCase().split('*');
  const lower = text.toLowerCase();
  const [first = '', last = ''] = [parts[0], parts.at(-1)];
  if (parts.length === 1) return lower === first;
  if (!lower.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = lower.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return lower.length - last.length >= at && lower.endsWith(last);
}

function count(records: readonly Answer[], expect: DnsExpectations): string[] {
  const { min, max } = expect.count;
  if (records.length < min) return [`it has ${records.length} records of the type, at least ${min} expected`];
  if (max === undefined || records.length <= max) return [];
  return [`it has ${records.length} records of the type, at most ${max} expected`];
}

function values(records: readonly Answer[], { excludes, includes, only }: DnsExpectations): string[] {
  const isOf = (patterns: readonly string[], value: string) =>
    patterns.some((pattern) => matches(pattern, value));
  const lacking = (includes ?? []).filter((pattern) => !records.some(({ value }) => matches(pattern, value)));
  const stray = only ? records.filter(({ value }) => !isOf(only, value)) : [];
  const banned = excludes ? records.filter(({ value }) => isOf(excludes, value)) : [];
  return [
    ...lacking.map((pattern) => `includes: nothing matches ${quoted(pattern)}`),
    ...sample(stray).map((value) => `only: ${value} is not one of them`),
    ...sample(banned).map((value) => `excludes: ${value} is there`),
  ];
}

function addresses(records: readonly Answer[], { within }: DnsExpectations): string[] {
  if (!within) return [];
  const blocks = within.map((text) => ipaddr.parseCIDR(text));
  const outside = records.filter(({ value }) => {
    if (!ipaddr.isValid(value)) return true;
    const address = ipaddr.parse(value);
    return !blocks.some(
      ([network, bits]) =>
        network.kind() === address.kind() && (address as ipaddr.IPv6).match(network as ipaddr.IPv6, bits),
    );
  });
  return sample(outside).map((value) => `within: ${value} lies outside`);
}

function ttls(records: readonly Answer[], { ttlSeconds }: DnsExpectations): string[] {
  if (!ttlSeconds) return [];
  const { min, max } = ttlSeconds;
  const known = records.flatMap((record) => (record.ttlSeconds === undefined ? [] : [record.ttlSeconds]));
  const wrong = known.find((ttl) => ttl < min || ttl > max);
  return wrong === undefined ? [] : [`ttlSeconds: ${wrong} is not from ${min} to ${max}`];
}

function flags(reply: DnsReply, expect: DnsExpectations): string[] {
  const wanted = Object.entries(expect.flags ?? {}) as [Flag, boolean][];
  return wanted
    .filter(([flag, isSet]) => (reply.flags?.includes(flag) ?? false) !== isSet)
    .map(([flag, isSet]) => `flags: ${flag} is ${isSet ? 'not set' : 'set'}`);
}

/** A few of many: the message is for people. */
function sample(records: readonly Answer[]): string[] {
  return records.slice(0, 3).map(({ value }) => quoted(value));
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, DNS_LIMITS.answerChars.value));
}
