/** Texts of a probe file that name what only the upload knows: `{id}`, or a field of its final answer as `{/data/video_id}`. */
import { atPointer } from '../json-pointer.ts';

/** What an upload left to name. */
export interface Known {
  /** Last segment of the upload's location. */
  readonly id?: string;
  /** Its final answer, where that was JSON. */
  readonly answer?: unknown;
}

export type Filled<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly missing: string };

const PLACEHOLDER = /\{(id|\/[^{}]*)\}/g;

/** A URL as text; what is put in between other characters is escaped, what stands alone is a URL of the service. */
export function fillUrl(template: string, known: Known): Filled<string> {
  const isWhole = /^\{[^{}]*\}$/.test(template);
  return fill(template, known, isWhole ? String : encodeURIComponent);
}

/** Every text in a JSON value. */
export function fillJson(value: unknown, known: Known): Filled<unknown> {
  if (typeof value === 'string') return fill(value, known, String);
  if (typeof value !== 'object' || value === null) return { ok: true, value };
  const entries: [string, unknown][] = [];
  for (const [name, item] of Object.entries(value)) {
    const filled = fillJson(item, known);
    if (!filled.ok) return filled;
    entries.push([name, filled.value]);
  }
  return {
    ok: true,
    value: Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries),
  };
}

function fill(template: string, known: Known, put: (text: string) => string): Filled<string> {
  let missing: string | undefined;
  const value = template.replace(PLACEHOLDER, (_, name: string) => {
    const told = name === 'id' ? known.id : atPointer(known.answer, name);
    if (typeof told === 'string' || typeof told === 'number') return put(String(told));
    missing ??= name;
    return '';
  });
  return missing === undefined ? { ok: true, value } : { ok: false, missing };
}
