/** What an import made of somebody else's configuration, and what it could not take over. */
import { isSecretHeader, isSecretParameter, Redactor } from '../../probes/redact.ts';

export interface ImportedTarget {
  readonly name: string;
  readonly url: string;
}

export interface ImportedProbe {
  readonly name: string;
  readonly type: string;
  readonly targets: readonly string[];
  readonly every: string;
  readonly timeout?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

export interface Imported {
  readonly targets: readonly ImportedTarget[];
  readonly probes: readonly ImportedProbe[];
  /** Each a sentence: what was left out, and what to do about it. */
  readonly left: readonly string[];
}

/** A name that the language takes: lower case, 64 characters at most; of an address without user and query, which may be secret. */
export function nameOf(text: string, taken: Set<string>): string {
  const plain =
    text
      .toLowerCase()
      .replace(/^[a-z]+:\/\/([^/?#]*@)?/, '')
      .replace(/\?.*$/s, '')
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
      .slice(0, 56)
      .replace(/[^a-z0-9]+$/, '') || 'imported';
  let name = plain;
  for (let n = 2; taken.has(name); n += 1) name = `${plain}-${n}`;
  taken.add(name);
  return name;
}

/** The server of a DNS probe: `9.9.9.9`, `dns.example.net:53`. */
export const serverOf = (address: string): string =>
  /^[\d.]+$|^\[/.test(address) ? address : `udp://${address.replace(/^[a-z]+:\/\//, '')}`;

const HINT = 'seal it (outrider secrets seal) and name it as credentials';
const redactor = new Redactor();
const hasSecret = (text: string): boolean => redactor.text(text) !== text;

/** The same without secrets, by the list of what never leaves an agent: of headers, bodies and addresses. Says what is gone, never its value. */
export function withoutSecrets({ left, probes, targets }: Imported): Imported {
  const gone: string[] = [];
  const unfit = new Set<string>();
  const clean = targets.map((target) => {
    const { lost, url } = cleanUrl(target.url);
    if (lost.length > 0) gone.push(`${target.name}: ${lost.join(', ')} of its address; ${HINT}`);
    if (!hasSecret(url)) return { ...target, url };
    gone.push(`an address of ${new URL(url).host}: its path has what looks like a secret; ${HINT}`);
    unfit.add(target.name);
    return target;
  });
  const kept = probes.flatMap((probe) => {
    const own = probe.targets.filter((name) => !unfit.has(name));
    const params = cleanParams(probe, gone);
    const { params: _, ...rest } = probe;
    if (own.length === 0) return [];
    return [{ ...rest, targets: own, ...(Object.keys(params).length > 0 ? { params } : {}) }];
  });
  return {
    targets: clean.filter(({ name }) => !unfit.has(name)),
    probes: kept,
    left: [...left, ...gone].map((text) => redactor.text(text)),
  };
}

function cleanUrl(text: string): { readonly url: string; readonly lost: readonly string[] } {
  if (!URL.canParse(text)) return { url: text, lost: [] };
  const url = new URL(text);
  const names = [...url.searchParams.keys()].filter(isSecretParameter);
  const hasUser = url.username !== '' || url.password !== '';
  if (names.length === 0 && !hasUser) return { url: text, lost: [] };
  url.username = '';
  url.password = '';
  for (const name of names) url.searchParams.delete(name);
  return { url: url.href, lost: [...(hasUser ? ['user and password'] : []), ...names] };
}

function cleanParams({ name, params = {} }: ImportedProbe, gone: string[]): Record<string, unknown> {
  const { body, headers, ...rest } = params as { body?: unknown; headers?: Record<string, string> };
  const plain = Object.entries(headers ?? {}).filter(([header, value]) => {
    const isSecret = isSecretHeader(header) || hasSecret(value);
    if (isSecret) gone.push(`${name}: the header ${header}; ${HINT}`);
    return !isSecret;
  });
  const isBodySecret = typeof body === 'string' && hasSecret(body);
  if (isBodySecret) gone.push(`${name}: its body has what looks like a secret; ${HINT}`);
  return {
    ...rest,
    ...(plain.length > 0 ? { headers: Object.fromEntries(plain) } : {}),
    ...(body === undefined || isBodySecret ? {} : { body }),
  };
}
