/** What an import made of somebody else's configuration, and what it could not take over. */

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

/** A name that the language takes: lower case, 64 characters at most. */
export function nameOf(text: string, taken: Set<string>): string {
  const plain =
    text
      .toLowerCase()
      .replace(/^[a-z]+:\/\//, '')
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
      .slice(0, 56)
      .replace(/[^a-z0-9]+$/, '') || 'imported';
  let name = plain;
  for (let n = 2; taken.has(name); n += 1) name = `${plain}-${n}`;
  taken.add(name);
  return name;
}

/** Headers that carry a secret: never taken over. */
export const isSecretHeader = (name: string): boolean =>
  /^(authorization|proxy-authorization|cookie|x-api-key)$/i.test(name) || /token|secret|api-?key/i.test(name);
