/** Starts a collector from what the command line says; what keeps it from starting comes as a `CliError`. */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { pino } from 'pino';
import { type Collector, type CollectorOptions, startCollector } from '../../collector/collector.ts';
import { CollectorError, type CollectorErrorCode } from '../../collector/errors.ts';
import type { OtlpReceiver } from '../../collector/otlp/post-otlp.ts';
import { StoreError, type StoreErrorCode } from '../../collector/store/errors.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import { readHeaders } from './read-headers.ts';
import { readRoutes } from './read-routes.ts';
import { readTraffic } from './read-traffic.ts';
import { trustAuthorities } from './trust.ts';
import { version } from './version.ts';

export interface CollectorChoices {
  readonly port: number;
  readonly dataDir: string;
  /** URLs of ClickHouse servers; none for the embedded engine, several for a cluster. */
  readonly clickhouse: readonly string[];
  readonly cluster?: string | undefined;
  readonly name?: string | undefined;
  readonly advertise?: string | undefined;
  readonly insecureListen: string | undefined;
  /** An address to listen on, as long as it is guarded. */
  readonly listen?: string | undefined;
  readonly auth?: boolean;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  /** Authorities that the other collectors are trusted by. */
  readonly ca?: string | undefined;
  readonly webhooks: readonly string[];
  readonly webhookSecretFile: string | undefined;
  /** A file of routes. */
  readonly routes?: string | undefined;
  /** Base address of an OTLP receiver, and the file with its headers. */
  readonly otlp?: string | undefined;
  readonly otlpHeaders?: string | undefined;
  /** Shares of the traffic, as people say them. */
  readonly traffic?: string | undefined;
}

const COLLECTOR_EXITS: Readonly<Record<CollectorErrorCode, number>> = {
  port_in_use: EXIT.conflict,
  address: EXIT.badConfig,
  exposed: EXIT.usage,
  auth_differs: EXIT.conflict,
  tls: EXIT.badConfig,
  data_dir: EXIT.badConfig,
};

const STORE_EXITS: Readonly<Partial<Record<StoreErrorCode, number>>> = {
  locked: EXIT.conflict,
  unreachable: EXIT.unreachable,
  engine_missing: EXIT.badConfig,
  cluster: EXIT.badConfig,
  data_dir: EXIT.badConfig,
};

/**
 * Garbage is collected once the heap has grown by this much, in percent. By itself V8 lets it grow fourfold where much is made and
 * thrown away: with the state of 10,000 agents 1 GB in place of 650 MB, at a tenth less processor time.
 */
const HEAP_GROWTH_PERCENT = 30;

/** Logs are JSON lines on stderr, from `OUTRIDER_LOG` (default `info`) up. */
export async function startOrExplain(choices: CollectorChoices): Promise<Collector> {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
  const log = pino({ name: 'collector', level: process.env.OUTRIDER_LOG || 'info' }, pino.destination(2));
  const { clickhouse, insecureListen } = choices;
  const secret = choices.webhookSecretFile === undefined ? undefined : readSecret(choices.webhookSecretFile);
  const webhooks = choices.webhooks.map((url) => ({
    url: readUrl('--webhook', url),
    ...(secret ? { secret } : {}),
  }));
  const notify = choices.routes === undefined ? undefined : readRoutes(choices.routes);
  const traffic = choices.traffic === undefined ? undefined : readTraffic(choices.traffic);
  const server = readServers(clickhouse, choices.cluster);
  const tls = tlsFiles(choices);
  if (choices.ca !== undefined) trustAuthorities('--ca', choices.ca);
  try {
    return await startCollector({
      port: choices.port,
      dataDir: choices.dataDir,
      ...server,
      ...(insecureListen === undefined ? {} : { insecureListen }),
      ...(choices.listen === undefined ? {} : { host: choices.listen }),
      auth: choices.auth ?? false,
      ...(tls && { tls }),
      ...(choices.name === undefined ? {} : { name: choices.name }),
      ...(choices.advertise === undefined ? {} : { advertiseUrl: readUrl('--advertise', choices.advertise) }),
      webhooks,
      ...(notify && { notify }),
      ...(choices.routes === undefined ? {} : { routesFile: choices.routes }),
      ...(choices.otlp === undefined ? {} : { otlp: readOtlp(choices.otlp, choices.otlpHeaders) }),
      ...(traffic && { traffic }),
      log,
      version,
    });
  } catch (error) {
    if (error instanceof CollectorError) {
      throw new CliError(error.message, {
        hint: error.hint,
        exit: COLLECTOR_EXITS[error.code],
        cause: error,
      });
    }
    if (error instanceof StoreError) {
      throw new CliError(error.message, {
        hint: error.hint,
        exit: STORE_EXITS[error.code] ?? EXIT.failed,
        cause: error,
      });
    }
    throw error;
  }
}

function tlsFiles({ tlsCert, tlsKey }: CollectorChoices): CollectorOptions['tls'] {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  return { certFile: tlsCert, keyFile: tlsKey };
}

function readServers(
  given: readonly string[],
  cluster: string | undefined,
): Pick<CollectorOptions, 'clickhouse'> {
  const urls = given.map((url) => readUrl('--clickhouse', url.trim()));
  const [url, ...more] = urls;
  if (url === undefined) return {};
  if (cluster !== undefined) return { clickhouse: { cluster, urls } };
  if (more.length === 0) return { clickhouse: { url } };
  throw new CliError(`${urls.length} ClickHouse servers are given, and not which cluster they are`, {
    hint: '--clickhouse-cluster NAME, as in their remote_servers',
    exit: EXIT.usage,
  });
}

function readUrl(flag: string, text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new CliError(`${flag} ${text} is not an http or https URL`, {
    hint: `${flag} http://host:port`,
    exit: EXIT.usage,
  });
}

function readOtlp(text: string, headersFile: string | undefined): OtlpReceiver {
  const url = readUrl('--otlp', text);
  const { password, username } = new URL(url);
  if (username || password)
    throw new CliError('--otlp has a user or a password in it', {
      why: 'everybody on this machine sees the arguments of a program',
      hint: 'give them in a file: --otlp-headers FILE, with Authorization: Basic …',
      exit: EXIT.usage,
    });
  return { url, headers: headersFile === undefined ? {} : readHeaders(headersFile) };
}

function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`the secret file ${file} cannot be read`, {
      why,
      hint: 'give a file that this user may read',
      exit: EXIT.badConfig,
      cause,
    });
  }
}
