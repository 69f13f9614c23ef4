/** Random values by a JSON schema, seeded: mostly what it allows, sometimes what it does not. */

/** Uniform in [0, 1); the same numbers for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Schema = Readonly<Record<string, unknown>>;

/** Texts that programs trip over. */
const HOSTILE = [
  ...['', ' ', '0', '-1', '1e999', 'NaN', 'null', 'true', '__proto__', 'constructor', '../../etc/passwd'],
  ...[
    "'; DROP TABLE results; --",
    '{name:String}',
    '%s%n',
    '\u0000',
    '\ud800',
    '🦭'.repeat(50),
    'a'.repeat(5000),
  ],
  ...['9007199254740993', '-9223372036854775808', '[]', '{}', 'e30', 'WzFd', '2026-02-30', '99999999d'],
];

/** Texts that mean something to who is asked, by the name of what they are given as. */
export type Words = Readonly<Record<string, readonly string[]>>;

export class RandomJson {
  readonly #random: () => number;
  readonly #words: Words;

  constructor(random: () => number, words: Words) {
    this.#random = random;
    this.#words = words;
  }

  pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random() * values.length)] as T;
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  /** `name`: of the parameter, or the property. */
  text(name = ''): string {
    const named = this.#words[name];
    if (named && this.chance(0.8)) return this.pick(named);
    return this.chance(0.7) ? this.pick(Object.values(this.#words).flat()) : this.pick(HOSTILE);
  }

  /** Any JSON, a few levels deep. */
  any(depth = 3): unknown {
    const leaf = [null, true, 0, -1, 1.5, 1e308, this.text()];
    if (depth === 0 || this.chance(0.5)) return this.pick(leaf);
    const parts = Array.from({ length: Math.floor(this.#random() * 4) }, () => this.any(depth - 1));
    if (this.chance(0.5)) return parts;
    return Object.fromEntries(parts.map((part) => [this.text(), part]));
  }

  /** One in twenty is of another kind than the schema says. */
  of(schema: Schema, name?: string): unknown {
    if (this.chance(1 / 20)) return this.any();
    if (Array.isArray(schema.enum)) return this.pick(schema.enum);
    if ('const' in schema) return schema.const;
    for (const many of [schema.anyOf, schema.oneOf, schema.allOf])
      if (Array.isArray(many)) return this.of(this.pick(many) as Schema, name);
    switch (Array.isArray(schema.type) ? this.pick(schema.type) : schema.type) {
      case 'integer':
      case 'number':
        return this.#number(schema);
      case 'boolean':
        return this.chance(0.5);
      case 'null':
        return null;
      case 'string':
        return this.text(name);
      case 'array':
        return Array.from({ length: Math.floor(this.#random() * 4) }, () =>
          this.of((schema.items ?? {}) as Schema, name),
        );
      case 'object':
        return this.#object(schema);
      default:
        return this.any();
    }
  }

  #number({ maximum, minimum, type }: Schema): number {
    const low = typeof minimum === 'number' ? minimum : -10;
    const high = typeof maximum === 'number' ? Math.min(maximum, 1e9) : 1e6;
    const edges = [low, high, low - 1, high + 1, 0, 0.5];
    const within = low + this.#random() * (high - low);
    return this.chance(0.3) ? this.pick(edges) : type === 'integer' ? Math.floor(within) : within;
  }

  #object({ additionalProperties, properties = {}, propertyNames, required = [] }: Schema): unknown {
    const said = Object.entries(properties as Record<string, Schema>)
      .filter(([name]) => (required as readonly string[]).includes(name) || this.chance(0.5))
      .filter(() => !this.chance(0.05))
      .map(([name, part]) => [name, this.of(part, name)] as const);
    const more =
      typeof additionalProperties === 'object' || this.chance(0.05)
        ? [
            [
              String(this.of((propertyNames ?? { type: 'string' }) as Schema)),
              this.of((additionalProperties || {}) as Schema),
            ],
          ]
        : [];
    return Object.fromEntries([...said, ...more]);
  }
}
