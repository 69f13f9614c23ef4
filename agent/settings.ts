/**
 * Every setting of an agent under one name in three places: the key in the file, the flag, and the variable. All of them
 * are read off the schema, so that a new key has its flag and its variable without another line.
 */
import { z } from 'zod';
import { unwrapSchema } from '../probes/schema-keys.ts';
import { parseDurationMs } from '../probes/spec.ts';
import { agentConfigSchema } from './config.ts';

export type SettingKind = 'text' | 'number' | 'duration' | 'size' | 'switch' | 'list' | 'map';

export interface Setting {
  /** The key in the file, section by section. */
  readonly path: readonly string[];
  /** Without the dashes before it. */
  readonly flag: string;
  /** `OUTRIDER_` and the flag in upper case. */
  readonly variable: string;
  readonly kind: SettingKind;
  readonly description: string;
}

/** Sections whose name a flag does not repeat: `labels.region` is `--region`. */
const SILENT_SECTIONS: readonly string[] = ['labels', 'network', 'policy'];

const SIZE_UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** `8MiB` → 8388608; undefined when it is no size. */
export function parseSizeBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(B|KiB|MiB|GiB)$/.exec(text.trim());
  return match ? Math.round(Number(match[1]) * (SIZE_UNITS[match[2] ?? ''] ?? 1)) : undefined;
}

/** All of them, in the order of the schema. What is richer than a list of words stands in the file alone. */
export const SETTINGS: readonly Setting[] = settingsOf(agentConfigSchema);

function settingsOf(schema: z.core.$ZodType): Setting[] {
  const taken = new Set<string>();
  return leaves(schema, []).map(({ description, kind, path }) => {
    const short = flagOf(path, kind);
    const flag = taken.has(short) ? path.map(kebab).join('-') : short;
    taken.add(flag);
    return { path, flag, variable: `OUTRIDER_${flag.toUpperCase().replaceAll('-', '_')}`, kind, description };
  });
}

type Leaf = Pick<Setting, 'path' | 'kind' | 'description'>;

function leaves(schema: z.core.$ZodType, path: readonly string[]): Leaf[] {
  const inner = unwrapSchema(schema);
  if (inner instanceof z.ZodObject)
    return Object.entries(inner.shape).flatMap(([key, value]) =>
      leaves(value as z.core.$ZodType, [...path, key]),
    );
  const kind = kindOf(inner, path.at(-1) ?? '');
  return kind === undefined ? [] : [{ path, kind, description: descriptionOf(schema) }];
}

function kindOf(schema: z.core.$ZodType, key: string): SettingKind | undefined {
  if (schema instanceof z.ZodBoolean) return 'switch';
  if (schema instanceof z.ZodNumber) {
    if (key.endsWith('Ms')) return 'duration';
    return /bytes/i.test(key) ? 'size' : 'number';
  }
  if (schema instanceof z.ZodArray) return isWord(schema.element) ? 'list' : undefined;
  if (schema instanceof z.ZodRecord) return isWord(schema.valueType) ? 'map' : undefined;
  return isWord(schema) ? 'text' : undefined;
}

function isWord(schema: z.core.$ZodType): boolean {
  return ['string', 'enum'].includes(unwrapSchema(schema)._zod.def.type);
}

/** What is said of a value may stand on either side of its default. */
function descriptionOf(schema: z.core.$ZodType): string {
  const said = (schema as z.ZodType).description ?? (unwrapSchema(schema) as z.ZodType).description;
  return said ?? '';
}

function flagOf(path: readonly string[], kind: SettingKind): string {
  const words = path.filter((word, at) => at === path.length - 1 || !SILENT_SECTIONS.includes(word));
  // `browser.path` is the browser.
  if (words.length > 1 && words.at(-1) === 'path') words.pop();
  const flag = words.map(kebab).join('-');
  return kind === 'list' ? flag.replace(/s$/, '') : flag;
}

function kebab(word: string): string {
  return word.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/**
 * The value of a flag or a variable, as the file would have it. What cannot be read stays text, so that the schema says
 * what is wrong with it.
 */
export function givenValue(setting: Setting, texts: readonly string[]): unknown {
  const last = texts.at(-1) ?? '';
  switch (setting.kind) {
    case 'list':
      return texts.filter((text) => text !== '');
    case 'map':
      return Object.fromEntries(
        texts
          .filter((text) => text !== '')
          .map((text) => {
            const at = text.indexOf('=');
            return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
          }),
      );
    case 'switch':
      return last === 'true' || last === '1' ? true : last === 'false' || last === '0' ? false : last;
    case 'number':
      return last.trim() === '' || Number.isNaN(Number(last)) ? last : Number(last);
    default:
      return fromFile(setting, last);
  }
}

/** The same of a value in a file: `3d` and `64MiB` for what counts milliseconds and bytes. */
export function fromFile(setting: Setting, value: unknown): unknown {
  if (typeof value !== 'string' || (setting.kind !== 'duration' && setting.kind !== 'size')) return value;
  const read = setting.kind === 'duration' ? parseDurationMs(value) : parseSizeBytes(value);
  return read ?? (/^\d+$/.test(value.trim()) ? Number(value) : value);
}

/** What separates the entries of a list or map in a variable: commas, or white space. */
export function textsOf(setting: Setting, variable: string): string[] {
  return setting.kind === 'list' || setting.kind === 'map'
    ? variable.split(/[\s,]+/).filter((text) => text !== '')
    : [variable];
}
