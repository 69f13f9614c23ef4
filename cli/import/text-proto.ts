/** Protobuf's text format, as far as configurations use it: messages, lists, strings, numbers, words. Comments begin with `#`. */

export type ProtoValue = string | number | boolean | ProtoMessage;
/** Each field with all its values, in order. */
export interface ProtoMessage {
  readonly [field: string]: readonly ProtoValue[];
}

const TOKEN =
  /\s+|#[^\n]*|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|([A-Za-z_][\w.-]*)|([-+]?[\d.][\w.+-]*)|([{}<>[\]:;,])|(.)/gy;

/** Nesting deeper than this is no configuration. */
const DEPTH = 50;

/** Throws an `Error` with the line. */
export function parseTextProto(text: string): ProtoMessage {
  const tokens: { readonly text: string; readonly line: number }[] = [];
  let line = 1;
  for (const match of text.matchAll(TOKEN)) {
    if (match[5] !== undefined)
      throw new Error(`line ${line}: ${JSON.stringify(match[5])} is not expected here`);
    const [, string, word, number, mark] = match;
    const token = string ?? word ?? number ?? mark;
    if (token !== undefined) tokens.push({ text: token, line });
    line += match[0].split('\n').length - 1;
  }
  let at = 0;
  const peek = (): string | undefined => tokens[at]?.text;
  const fail = (what: string): Error => new Error(`line ${tokens[at]?.line ?? line}: ${what}`);
  const message = (end: string | undefined, depth: number): ProtoMessage => {
    if (depth > DEPTH) throw fail('messages are nested too deeply');
    const fields: Record<string, ProtoValue[]> = {};
    while (peek() !== end) {
      const name = peek();
      if (name === undefined || !/^[A-Za-z_]/.test(name))
        throw fail(`expected a field, found ${name ?? 'the end'}`);
      at += 1;
      if (peek() === ':') at += 1;
      fields[name] = [...(fields[name] ?? []), ...values(depth)];
      if (peek() === ',' || peek() === ';') at += 1;
    }
    at += 1;
    return fields;
  };
  const values = (depth: number): ProtoValue[] => {
    if (peek() !== '[') return [value(depth)];
    at += 1;
    const list: ProtoValue[] = [];
    while (peek() !== ']') {
      list.push(value(depth));
      if (peek() === ',') at += 1;
    }
    at += 1;
    return list;
  };
  const value = (depth: number): ProtoValue => {
    const token = peek();
    if (token === undefined) throw fail('a value is missing');
    at += 1;
    if (token === '{') return message('}', depth + 1);
    if (token === '<') return message('>', depth + 1);
    if (/^["']/.test(token)) {
      let text = unquoted(token);
      // Strings beside one another are one.
      while (/^["']/.test(peek() ?? '')) {
        text += unquoted(peek() as string);
        at += 1;
      }
      return text;
    }
    if (token === 'true' || token === 'false') return token === 'true';
    const number = Number(token);
    return Number.isNaN(number) ? token : number;
  };
  return message(undefined, 0);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

const unquoted = (token: string): string =>
  token.slice(1, -1).replace(/\\(.)/g, (_, one: string) => ESCAPES[one] ?? one);
