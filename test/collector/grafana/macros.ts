/**
 * SQL of a dashboard as Grafana's ClickHouse data source sends it: variables by its formats, then its macros
 * (pkg/macros of grafana/clickhouse-datasource; `$__conditionalAll` of its front end).
 */

export interface View {
  readonly fromMs: number;
  readonly toMs: number;
  readonly intervalMs: number;
  /** `all` for a variable of which everything is chosen. */
  readonly variables: Readonly<Record<string, string | readonly string[] | 'all'>>;
}

const ALL = 'all';

export function expandSql(sql: string, view: View): string {
  return expandMacros(expandVariables(expandConditional(sql, view), view), view);
}

/** `$__conditionalAll(condition, $variable)`: before variables are put in, as its front end does. */
function expandConditional(sql: string, { variables }: View): string {
  return replaceCalls(sql, '$__conditionalAll', (args) => {
    const variable = args.at(-1)?.trim().slice(1) ?? '';
    if (!(variable in variables)) throw new Error(`there is no variable ${variable}`);
    return variables[variable] === ALL ? '1=1' : args.slice(0, -1).join(',');
  });
}

function expandVariables(sql: string, { variables }: View): string {
  return sql.replaceAll(/\$\{(\w+)(?::(\w+))?\}/g, (_, name: string, format?: string) => {
    const value = variables[name];
    if (value === undefined) throw new Error(`there is no variable ${name}`);
    const values = typeof value === 'string' ? [value] : value;
    if (format === undefined) return values.join(',');
    if (format !== 'singlequote') throw new Error(`format ${format} is not known here`);
    return values.map((one) => `'${one.replaceAll("'", "\\'")}'`).join(',');
  });
}

function expandMacros(sql: string, { fromMs, intervalMs, toMs }: View): string {
  const seconds = (ms: number) => `toDateTime(${Math.floor(ms / 1000)})`;
  const step = Math.max(1, Math.floor(intervalMs / 1000));
  const filtered = replaceCalls(
    sql,
    '$__timeFilter',
    ([column = '']) => `${column} >= ${seconds(fromMs)} AND ${column} <= ${seconds(toMs)}`,
  );
  const expanded = replaceCalls(
    filtered,
    '$__timeInterval',
    ([column = '']) => `toStartOfInterval(toDateTime(${column}), INTERVAL ${step} second)`,
  ).replaceAll('$__interval_s', String(step));
  const left = /\$\w+|\$\{/.exec(expanded);
  if (left) throw new Error(`${left[0]} is no macro that is known here`);
  return expanded;
}

function replaceCalls(sql: string, name: string, make: (args: readonly string[]) => string): string {
  let text = sql;
  for (let at = text.indexOf(`${name}(`); at >= 0; at = text.indexOf(`${name}(`)) {
    const { args, end } = argumentsAt(text, at + name.length);
    text = text.slice(0, at) + make(args) + text.slice(end);
  }
  return text;
}

/** `open`: where the parenthesis is. */
function argumentsAt(text: string, open: number): { readonly args: readonly string[]; readonly end: number } {
  const args: string[] = [''];
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    const letter = text[at] as string;
    if (letter === '(' || letter === '{') depth += 1;
    if (letter === ')' || letter === '}') depth -= 1;
    if (depth === 0) return { args, end: at + 1 };
    if (at === open) continue;
    if (letter === ',' && depth === 1) args.push('');
    else args[args.length - 1] += letter;
  }
  throw new Error(`a parenthesis is not closed: ${text.slice(open)}`);
}
