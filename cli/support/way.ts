/**
 * Which collector a command speaks to, with which token, and who said so. What is written on the command line wins over variables,
 * those over the current context, that over this machine.
 */
import { CliError } from './cli-error.ts';
import { type Context, contextOf, contextsPath, readContexts } from './contexts-file.ts';
import { EXIT } from './exit-codes.ts';
import { readToken, type TokenSource } from './token.ts';

export const DEFAULT_COLLECTOR = 'http://127.0.0.1:7077';

/** What stands on the command line itself. */
export interface WayFlags {
  readonly collector?: string | undefined;
  readonly context?: string | undefined;
  readonly tokenFile?: string | undefined;
}

export interface Way {
  readonly collector: string;
  /** Who named the collector: `--collector`, `context production (current)` …; empty for nobody. */
  readonly origin: string;
  /** With who named it. */
  readonly token: { readonly text: string; readonly origin: string } | undefined;
  /** Files of authorities, each with who named it. */
  readonly authorities: readonly { readonly origin: string; readonly file: string }[];
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Chosen {
  readonly context: Context;
  /** `context production (--context)` */
  readonly origin: string;
  readonly byFlag: boolean;
}

/** Throws a `CliError` (exit 64) for what is no address of a collector. `origin`: who named it. */
export function checkAddress(collector: string, origin: string): void {
  if (/^https?:\/\//.test(collector) && URL.canParse(collector)) return;
  throw new CliError(`${origin} ${collector} is not an http or https URL`, {
    hint: `--collector ${DEFAULT_COLLECTOR}`,
    exit: EXIT.usage,
  });
}

/** Throws a `CliError`: 64 for a context that there is not and for what is no address, 65 for a file of contexts that cannot be used, 77 for a bad token. */
export function chooseWay(flags: WayFlags, env: Environment): Way {
  const chosen = chooseContext(flags, env);
  const [collector, origin] = checkedAddress(flags, env, chosen);
  const authorities = [
    ...(env.OUTRIDER_CA ? [{ origin: 'OUTRIDER_CA', file: env.OUTRIDER_CA }] : []),
    ...(chosen?.context.ca ? [{ origin: `ca of ${chosen.origin}`, file: chosen.context.ca }] : []),
  ];
  return { collector, origin, token: tokenOf(flags, env, chosen), authorities };
}

/** Only the address of the collector, for who goes on without its token. Throws as `chooseWay`, but for the token. */
export function chooseCollector(flags: WayFlags, env: Environment): string {
  return checkedAddress(flags, env, chooseContext(flags, env))[0];
}

function checkedAddress(flags: WayFlags, env: Environment, chosen: Chosen | undefined): [string, string] {
  const [collector, origin] = addressOf(flags, env, chosen);
  checkAddress(collector, origin);
  return [collector, origin];
}

/** Undefined where the collector is named itself: what a context holds is for its own collector alone. */
function chooseContext({ collector, context: name }: WayFlags, env: Environment): Chosen | undefined {
  if (collector !== undefined) return undefined;
  const path = contextsPath(env);
  const choose = (wanted: string, by: string): Chosen => ({
    context: contextOf(readContexts(path), wanted, by, path),
    origin: `context ${wanted} (${by})`,
    byFlag: by === '--context',
  });
  if (name !== undefined) return choose(name, '--context');
  if (env.OUTRIDER_COLLECTOR) return undefined;
  if (env.OUTRIDER_CONTEXT) return choose(env.OUTRIDER_CONTEXT, 'OUTRIDER_CONTEXT');
  const { current } = readContexts(path);
  return current === undefined ? undefined : choose(current, 'current');
}

function addressOf(flags: WayFlags, env: Environment, chosen: Chosen | undefined): [string, string] {
  if (flags.collector !== undefined) return [flags.collector, '--collector'];
  if (chosen) return [chosen.context.collector, chosen.origin];
  // Agents take a list there; its first is the one to ask.
  const [first] = env.OUTRIDER_COLLECTOR?.split(/[\s,]+/).filter((text) => text !== '') ?? [];
  return first === undefined ? [DEFAULT_COLLECTOR, ''] : [first, 'OUTRIDER_COLLECTOR'];
}

/** The first that there is. A context that the command line asks for brings its own token, whatever variables the shell has. */
function tokenOf({ tokenFile }: WayFlags, env: Environment, chosen: Chosen | undefined): Way['token'] {
  const { token, token_file: file } = chosen?.context ?? {};
  const ofContext: TokenSource[] = [
    ...(file ? [{ origin: `token_file of ${chosen?.origin}`, file }] : []),
    ...(token ? [{ origin: `token of ${chosen?.origin}`, text: token }] : []),
  ];
  const ofEnvironment: TokenSource[] = [
    ...(env.OUTRIDER_TOKEN_FILE ? [{ origin: 'OUTRIDER_TOKEN_FILE', file: env.OUTRIDER_TOKEN_FILE }] : []),
    ...(env.OUTRIDER_TOKEN?.trim() ? [{ origin: 'OUTRIDER_TOKEN', text: env.OUTRIDER_TOKEN }] : []),
  ];
  const [source] = [
    ...(tokenFile ? [{ origin: '--token-file', file: tokenFile }] : []),
    ...(chosen?.byFlag ? ofContext : []),
    ...ofEnvironment,
    ...ofContext,
  ];
  return source && { text: readToken(source), origin: source.origin };
}
