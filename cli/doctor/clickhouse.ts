/** The ClickHouse server that `--clickhouse` names: is it one, does it let us in, is it new enough, may we make tables, what time is it there. */
import { formatSpan } from '../../probes/quantity-text.ts';
import { type Check, type Look, problem, skipped, warning, well } from './check.ts';
import { DOCTOR_LIMITS } from './limits.ts';
import { innermost } from './reach.ts';

/** `CHECK GRANT` and what the migrations use are there from this one on. */
const OLDEST = [25, 3] as const;

const WHY = 'Without its store the collector does not start, or agents keep all results.';

export const clickhouse: Check = {
  name: 'clickhouse',
  area: 'store',
  async look({ named, nowMs }, signal) {
    if (named.clickhouse === undefined) return skipped('No server is named; --clickhouse URL looks at one.');
    const [first = ''] = named.clickhouse.split(',');
    if (!URL.canParse(first) || !/^https?:$/.test(new URL(first).protocol))
      return problem(
        `--clickhouse ${first} is no http or https URL.`,
        WHY,
        '--clickhouse http://clickhouse.internal:8123',
      );
    const server = new URL(first);
    const startMs = nowMs();
    let answer: Answer;
    try {
      answer = await ask(server, 'SELECT version(), toUnixTimestamp64Milli(now64(3))', signal);
    } catch (error) {
      const { code, message } = innermost(error);
      return problem(
        `${server.origin} cannot be reached: ${code ?? message}.`,
        WHY,
        `curl ${server.origin}/ping says Ok. where ClickHouse listens for HTTP: its port is 8123, not 9000`,
      );
    }
    return judge(server, answer, { middleMs: (startMs + nowMs()) / 2, signal });
  },
};

interface Answer {
  readonly status: number;
  readonly text: string;
  /** ClickHouse names its errors in a header. */
  readonly code: string | null;
}

/** By POST: what is asked by GET is read-only, and has no rights. */
async function ask(server: URL, query: string, signal: AbortSignal): Promise<Answer> {
  const url = new URL(server.origin);
  url.searchParams.set('query', query);
  const { username, password } = server;
  const headers: Record<string, string> =
    username === ''
      ? {}
      : {
          'x-clickhouse-user': decodeURIComponent(username),
          'x-clickhouse-key': decodeURIComponent(password),
        };
  const response = await fetch(url, { method: 'POST', headers, signal, redirect: 'manual' });
  const text = (await response.text()).slice(0, 2000);
  return { status: response.status, text, code: response.headers.get('x-clickhouse-exception-code') };
}

async function judge(
  server: URL,
  { code, status, text }: Answer,
  { middleMs, signal }: { readonly middleMs: number; readonly signal: AbortSignal },
): Promise<Look> {
  // 516: authentication failed; 192, 194: no such user, wrong password.
  if (status === 401 || ['516', '192', '194'].includes(code ?? ''))
    return problem(
      `${server.origin} does not let us in: user or password is wrong.`,
      WHY,
      'Put them into the address, in a variable: OUTRIDER_CLICKHOUSE=http://USER:PASSWORD@host:8123',
    );
  const [version = '', atMs = ''] = text.trim().split('\t');
  const parts = /^(\d+)\.(\d+)/.exec(version);
  if (status !== 200 || !parts)
    return problem(
      `${server.origin} answers, and not as ClickHouse over HTTP does (status ${status}).`,
      WHY,
      'Give the HTTP port of ClickHouse, 8123 (8443 with https); 9000 is for its own protocol',
    );
  const [major, minor] = [Number(parts[1]), Number(parts[2])];
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    return problem(
      `ClickHouse ${version} is older than ${OLDEST.join('.')}.`,
      'The schema uses what it does not have: migrations stop in the middle.',
      'Upgrade it: 26.7 is what Outrider is tested with',
    );
  const grants =
    'CREATE DATABASE, CREATE TABLE, CREATE VIEW, SELECT, INSERT, ALTER, DROP TABLE ON outrider.*';
  const granted = await ask(server, `CHECK GRANT ${grants}`, signal);
  if (granted.status === 200 && granted.text.trim() === '0')
    return problem(
      `ClickHouse ${version} lets us in, and this user may not make tables in the database outrider.`,
      WHY,
      `GRANT ${grants} TO ${decodeURIComponent(server.username) || 'default'}`,
    );
  const offsetMs = middleMs - Number(atMs);
  if (Math.abs(offsetMs) > DOCTOR_LIMITS.clockMs.value)
    return warning(
      `ClickHouse ${version} is well, and its clock is ${formatSpan(Math.abs(offsetMs))} ${offsetMs > 0 ? 'behind' : 'ahead of'} this machine's.`,
      'Who detects and what is silenced go by the clock of the store: leases and silences end at other times than people think.',
      'Set both clocks by NTP (chrony, systemd-timesyncd)',
    );
  return well(`ClickHouse ${version} at ${server.origin} lets us in and may be written.`);
}
