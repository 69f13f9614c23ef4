/**
 * What a person may ask the store. ClickHouse's own read-only mode stops writes, but in the embedded engine not files,
 * URLs or other servers, and on neither engine the function `file`. So the text is looked at first: one statement that
 * begins as a question, no function that reaches outside the database, and none of the tables that say who may do what.
 */
import { StoreError } from './errors.ts';
import { HIDDEN_PREFIX } from './hidden-tables.ts';
import { STORE_LIMITS } from './limits.ts';

const QUESTIONS = new Set(['select', 'with', 'show', 'describe', 'desc', 'exists', 'explain']);

/**
 * Table functions that only compute. Every other one that the engine has is refused, also those that read a table of this store by
 * a pattern or by a text, such as `merge`: they would read any.
 */
const HARMLESS_TABLE_FUNCTIONS = new Set([
  'numbers',
  'numbers_mt',
  'zeros',
  'zeros_mt',
  'generateseries',
  'generate_series',
  'generaterandom',
  'values',
  'view',
  'null',
  'one',
  'format',
  'viewexplain',
  'viewifpermitted',
  'primes',
]);

/** Scalar functions that read files, ask the network, or wait. */
const HARMFUL_FUNCTIONS = new Set([
  'file',
  'catboostevaluate',
  'reversednsquery',
  'sleep',
  'sleepeachrow',
  'addresstoline',
  'addresstolinewithinlines',
  'addresstosymbol',
  'getserversetting',
  'generateserialid',
  'aigenerate',
  'aigeneratecontent',
  'aiembed',
]);

interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'sign';
  readonly text: string;
}

/** Names of all table functions that are refused, in lower case. */
export function refusedFunctions(tableFunctions: readonly string[]): ReadonlySet<string> {
  const names = tableFunctions.map((name) => name.toLowerCase());
  return new Set([...names.filter((name) => !HARMLESS_TABLE_FUNCTIONS.has(name)), ...HARMFUL_FUNCTIONS]);
}

/**
 * The statement, without a trailing semicolon. Throws `StoreError('refused')`, saying which word and what to try.
 * `refused` comes from `refusedFunctions`.
 */
export function checkQuestion(sql: string, refused: ReadonlySet<string>): string {
  if (Buffer.byteLength(sql) > STORE_LIMITS.personSqlBytes.value) {
    refuse(`The query is longer than ${STORE_LIMITS.personSqlBytes.value} bytes.`, 'Send a shorter query.');
  }
  const tokens = tokenize(sql);
  while (tokens.at(-1)?.text === ';') tokens.pop();
  if (tokens.length === 0) refuse('The query is empty.', 'Try `SELECT * FROM region_latency LIMIT 5`.');
  checkStart(tokens);
  tokens.forEach((token, index) => {
    checkWord(token, tokens[index + 1], refused);
  });
  return withoutEnd(sql);
}

function checkStart(tokens: readonly Token[]): void {
  const first = tokens.find((token) => token.text !== '(');
  if (first?.kind !== 'word' || !QUESTIONS.has(first.text.toLowerCase())) {
    refuse(
      `The query begins with ${JSON.stringify(first?.text ?? '(')}; only questions can be asked here.`,
      'Begin with SELECT, WITH, SHOW, DESCRIBE, EXISTS or EXPLAIN.',
    );
  }
}

function checkWord(token: Token, next: Token | undefined, refused: ReadonlySet<string>): void {
  if (token.text === ';') refuse('The query has more than one statement.', 'Send one at a time.');
  if (token.kind === 'word') {
    const word = token.text.toLowerCase();
    if (word === 'outfile')
      refuse('INTO OUTFILE would write a file.', 'Leave it out; use `-o` to choose the output.');
    if (word === 'settings' && next?.kind === 'word') {
      refuse('A query of a person cannot change settings.', 'Leave the SETTINGS clause out.');
    }
    if (word === 'format' && next?.kind === 'word') {
      refuse(
        'The FORMAT of the answer is chosen by the collector.',
        'Leave it out; use `-o` to choose the output.',
      );
    }
  }
  // ClickHouse takes a string for the name of a table, too.
  const name = token.kind === 'string' ? contentOf(token.text) : token.text;
  if (name.toLowerCase().startsWith(HIDDEN_PREFIX))
    refuse(
      `${name} is not for queries: who may do what is the business of admins.`,
      'Use outrider tokens list, agents keys and audit list.',
    );
  const callable = token.kind === 'word' || token.kind === 'quoted';
  if (callable && next?.text === '(' && refused.has(token.text.toLowerCase())) {
    refuse(
      `The function ${token.text} reaches outside the tables of this store, or waits.`,
      'Use the tables and views of this store: `SHOW TABLES` lists them.',
    );
  }
}

const TOKEN_KINDS = {
  space: /\s+/,
  comment: /(?:--|#[ !])[^\n]*|\/\*(?:(?!\/\*)[\s\S])*?\*\//,
  string: /'(?:[^'\\]|\\[\s\S]|'')*'|\$(?<tag>\w*)\$[\s\S]*?\$\k<tag>\$/,
  quoted: /"(?:[^"\\]|\\[\s\S]|"")*"|`(?:[^`\\]|\\[\s\S]|``)*`/,
  word: /[A-Za-z_][A-Za-z0-9_$]*/,
  number: /[0-9][A-Za-z0-9_.]*/,
  sign: /\/(?!\*)|[-+*%<>=!?:.,;()[\]{}|&^~@]/,
};

const TOKEN = new RegExp(
  Object.entries(TOKEN_KINDS)
    .map(([kind, shape]) => `(?<${kind}>${shape.source})`)
    .join('|'),
  'uy',
);

function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < sql.length) {
    const at = TOKEN.lastIndex;
    // ClickHouse reads a comment there, to the end of the line or of the outer one: what is quoted here may not be so there.
    if (sql.startsWith('//', at))
      refuse('The query has a comment that begins with //, or two signs of division.', 'Begin it with --.');
    const groups = TOKEN.exec(sql)?.groups;
    if (!groups) {
      refuse(
        `The query cannot be read at character ${at + 1}: ${JSON.stringify(sql.slice(at, at + 20))}.`,
        'Close every quote and comment, and put no comment into another.',
      );
    }
    const token = tokenOf(groups);
    if (token) tokens.push(token);
  }
  return tokens;
}

function tokenOf(groups: Readonly<Record<string, string | undefined>>): Token | undefined {
  const { word, quoted, string, number, sign } = groups;
  if (word !== undefined) return { kind: 'word', text: word };
  if (quoted !== undefined) return { kind: 'quoted', text: unquote(quoted) };
  if (string !== undefined) return { kind: 'string', text: string };
  if (number !== undefined) return { kind: 'number', text: number };
  if (sign !== undefined) return { kind: 'sign', text: sign };
  return undefined;
}

/**
 * What a string may stand for: escapes are undone, also those that ClickHouse has only in part. It makes some letter of any two
 * after `\x`, an underscore of `\x6q`: what is no byte is refused. In a heredoc there are no escapes.
 */
function contentOf(string: string): string {
  if (!string.startsWith("'")) return string.replace(/^\$\w*\$/, '');
  return string
    .slice(1, -1)
    .replaceAll(/\\(?:x([\s\S]{0,2})|([\s\S]))/g, (_, hex?: string, plain?: string) => {
      if (hex === undefined) return (plain ?? '').replace('N', '');
      if (!/^[0-9A-Fa-f]{2}$/.test(hex))
        refuse('A string has \\x without two hexadecimal digits behind it.', 'Write a backslash as \\\\.');
      return String.fromCharCode(Number.parseInt(hex, 16));
    });
}

/** The name inside the quotes; one with an escape in it is spelled so as to hide, and is refused. */
function unquote(quoted: string): string {
  const inner = quoted.slice(1, -1);
  if (inner.includes('\\')) refuse('A quoted name has an escape in it.', 'Write the name as it is.');
  return inner;
}

/** The text up to its trailing semicolons, with a newline so that a closing comment ends before what is appended. */
function withoutEnd(sql: string): string {
  return `${sql.replace(/[;\s]+$/, '')}\n`;
}

function refuse(message: string, hint: string): never {
  throw new StoreError('refused', message, { hint });
}
