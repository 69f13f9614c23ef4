/** Questions by c-ares to the name servers that the agent uses itself: what the programs of this host would be told. */
import { Resolver } from 'node:dns/promises';
import { deadlineFailure, socketFailure } from '../net/socket-failure.ts';
import type { Clock } from '../probe.ts';
import type { DnsReply, Question } from './message.ts';
import type { Asked } from './received.ts';
import type { Answer } from './record-data.ts';
import type { RecordType } from './record-types.ts';

/** What c-ares of Node asks for. */
export const SYSTEM_TYPES: ReadonlySet<RecordType> = new Set([
  'A',
  'AAAA',
  'CAA',
  'CNAME',
  'MX',
  'NAPTR',
  'NS',
  'PTR',
  'SOA',
  'SRV',
  'TXT',
] as const);

/** c-ares tells codes as errors, and an answer without records of the type as one too. */
const RCODE_OF: Readonly<Record<string, string>> = {
  ENOTFOUND: 'NXDOMAIN',
  ENODATA: 'NOERROR',
  EFORMERR: 'FORMERR',
  ESERVFAIL: 'SERVFAIL',
  ENOTIMP: 'NOTIMP',
  EREFUSED: 'REFUSED',
};

/** Never throws for what name servers do. `nameServers`: those of the system when empty. */
export async function askSystem(
  question: Question,
  nameServers: readonly string[],
  clock: Clock,
  signal: AbortSignal,
): Promise<Asked> {
  const resolver = new Resolver();
  if (nameServers.length > 0) resolver.setServers(nameServers);
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  const startMs = clock.monotonicMs();
  const done = (reply: DnsReply): Asked => ({ ok: true, reply, queryMs: clock.monotonicMs() - startMs });
  try {
    if (signal.aborted) return { ok: false, failure: deadlineFailure('dns', question.name) };
    const answers = await recordsOf(resolver, question);
    return done({ rcode: 'NOERROR', answers });
  } catch (error) {
    if (signal.aborted) return { ok: false, failure: deadlineFailure('dns', question.name) };
    const { code } = error as { code?: string };
    const rcode = RCODE_OF[code ?? ''];
    if (rcode !== undefined) return done({ rcode, answers: [] });
    return { ok: false, failure: socketFailure('dns', error as Error, question.name) };
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

async function recordsOf(resolver: Resolver, { name, type }: Question): Promise<Answer[]> {
  if (type === 'A' || type === 'AAAA') {
    const ask = type === 'A' ? resolver.resolve4.bind(resolver) : resolver.resolve6.bind(resolver);
    const found = await ask(name, { ttl: true });
    return found.map(({ address, ttl }) => ({ name, type, ttlSeconds: ttl, value: address }));
  }
  const found = (await resolver.resolve(name, type)) as unknown;
  const records = Array.isArray(found) ? found : [found];
  return records.map((record) => ({ name, type, value: textOf(type, record as SystemRecord) }));
}

/** A name, the strings of a TXT record, or the fields of a record. */
type SystemRecord = string | string[] | Readonly<Record<string, string | number>>;

const FIELDS: Partial<Record<RecordType, readonly string[]>> = {
  MX: ['priority', 'exchange'],
  SRV: ['priority', 'weight', 'port', 'name'],
  SOA: ['nsname', 'hostmaster', 'serial', 'refresh', 'retry', 'expire', 'minttl'],
};

function textOf(type: RecordType, record: SystemRecord): string {
  if (typeof record === 'string') return type === 'TXT' ? record : plain(record);
  if (Array.isArray(record)) return record.join('');
  const fields = record;
  if (type === 'CAA') {
    const tag = Object.keys(fields).find((key) => key !== 'critical' && key !== 'type') ?? '';
    return `${fields.critical} ${tag} ${JSON.stringify(fields[tag])}`;
  }
  if (type === 'NAPTR') {
    const strings = [fields.flags, fields.service, fields.regexp].map((text) => JSON.stringify(text));
    return [fields.order, fields.preference, ...strings, plain(String(fields.replacement))].join(' ');
  }
  return (FIELDS[type] ?? []).map((key) => plain(String(fields[key]))).join(' ');
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
