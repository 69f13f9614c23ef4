/**
 * A real ClickHouse server for tests, out of the library that npm's chdb brings: no container, no download. The library
 * listens when it runs `SYSTEM START LISTEN`; a query that never ends keeps it up. It is started from a launcher of a few
 * lines of C, or by python3's ctypes where there is no compiler; where there is neither, or no chdb for this platform,
 * `serverUnavailable` says so and tests skip.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LAUNCHER_SOURCE = join(import.meta.dirname, 'clickhouse-launcher.c');

const PYTHON_LAUNCHER = `
import ctypes, sys
library = ctypes.CDLL(sys.argv[1], mode=ctypes.RTLD_GLOBAL)
arguments = [b"clickhouse"] + [a.encode() for a in sys.argv[2:]]
library.chdb_query_cmdline(len(arguments), (ctypes.c_char_p * len(arguments))(*arguments))
`;

const LISTEN =
  'SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP; SELECT sleepEachRow(1) FROM numbers(1000000000) SETTINGS max_block_size = 1 FORMAT Null';

export interface ClickHouseServer {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly dataDir: string;
  readonly pid: number;
  /** How it ended: `exit code 1`, `SIGKILL`. */
  readonly exited: Promise<string>;
  /** What it said last, at most 4 kB. */
  output(): string;
  /** Kills the process at once (SIGKILL) and keeps its data, as a crash does. */
  kill(): Promise<void>;
  /** Ends the process; deletes the data when the server made its own directory. */
  close(): Promise<void>;
}

interface Launcher {
  readonly command: string;
  readonly arguments: readonly string[];
}

/** Why no server can be started here, or undefined when one can. */
export function serverUnavailable(): string | undefined {
  if (!findLibrary()) return `npm's chdb has no library for ${process.platform}-${process.arch}`;
  if (!findLauncher()) return 'neither a C compiler (cc) nor python3 is installed';
  return undefined;
}

export interface ServerChoices {
  /** With `dataDir`: to bring one back after `kill`. */
  readonly port?: number;
  readonly dataDir?: string;
  /** Where the servers of a cluster reach it. */
  readonly tcpPort?: number;
  /** Its configuration, in ClickHouse's XML. */
  readonly configFile?: string;
}

/** Starts a server and waits until it answers. Throws when it does not within 30 s, with the end of its output. */
export async function startClickHouseServer(options: ServerChoices = {}): Promise<ClickHouseServer> {
  const library = findLibrary();
  const launcher = findLauncher();
  if (!library || !launcher) throw new Error(`no ClickHouse server here: ${serverUnavailable()}`);
  const port = options.port ?? (await freePort());
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'outrider-clickhouse-'));
  const child = spawn(
    launcher.command,
    [
      ...launcher.arguments,
      library,
      ...(options.configFile === undefined ? [] : [`--config-file=${options.configFile}`]),
      `--path=${dataDir}`,
      '--listen_host=127.0.0.1',
      `--http_port=${port}`,
      `--tcp_port=${options.tcpPort ?? (await freePort())}`,
      '--query',
      LISTEN,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const output = keepEnd(child);
  const killWithParent = () => child.kill('SIGKILL');
  process.once('exit', killWithParent);
  const exited = new Promise<string>((resolve) =>
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`)),
  );
  const stop = async () => {
    process.removeListener('exit', killWithParent);
    child.kill('SIGKILL');
    await exited;
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await waitUntilUp(url, child);
  } catch (error) {
    await stop();
    throw new Error(`the ClickHouse server did not start: ${output()}`, { cause: error });
  }
  return {
    url,
    dataDir,
    pid: child.pid ?? 0,
    exited,
    output,
    kill: stop,
    async close() {
      await stop();
      if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export interface ClickHouseCluster {
  readonly name: string;
  /** One for each shard. */
  readonly servers: readonly ClickHouseServer[];
  readonly urls: readonly string[];
  /** Brings back one that was killed, with its data. */
  restart(shard: number): Promise<void>;
  close(): Promise<void>;
}

/** Servers that know each other as the shards of a cluster, one server a shard. */
export async function startClickHouseCluster(shards = 2, name = 'fleet'): Promise<ClickHouseCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'outrider-cluster-'));
  const tcpPorts = await freePorts(shards);
  const configFile = join(folder, 'config.xml');
  writeFileSync(configFile, clusterConfig(name, tcpPorts));
  const start = (shard: number, port?: number) =>
    startClickHouseServer({
      configFile,
      dataDir: join(folder, `shard-${shard + 1}`),
      ...(port !== undefined && { port }),
      ...(tcpPorts[shard] !== undefined && { tcpPort: tcpPorts[shard] }),
    });
  const servers = await Promise.all(tcpPorts.map((_, shard) => start(shard)));
  const urls = servers.map(({ url }) => url);
  return {
    name,
    servers,
    urls,
    async restart(shard) {
      servers[shard] = await start(shard, Number(new URL(urls[shard] as string).port));
    },
    async close() {
      await Promise.all(servers.map((server) => server.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function clusterConfig(name: string, tcpPorts: readonly number[]): string {
  const shards = tcpPorts.map(
    (port) => `<shard><replica><host>127.0.0.1</host><port>${port}</port></replica></shard>`,
  );
  return `<clickhouse><remote_servers><${name}>${shards.join('')}</${name}></remote_servers></clickhouse>\n`;
}

function findLibrary(): string | undefined {
  const resolve = createRequire(import.meta.url).resolve;
  const libc = process.platform === 'linux' ? '-gnu' : '';
  try {
    const manifest = resolve(`@chdb/lib-${process.platform}-${process.arch}${libc}/package.json`);
    const library = join(manifest, '..', 'libchdb.so');
    return existsSync(library) ? library : undefined;
  } catch {
    return undefined;
  }
}

let launcher: Launcher | undefined;

function findLauncher(): Launcher | undefined {
  launcher ??= compileLauncher() ?? pythonLauncher();
  return launcher;
}

/** Compiles the launcher once a version of its source; several test processes may do so at the same time. */
function compileLauncher(): Launcher | undefined {
  const digest = createHash('sha256').update(readFileSync(LAUNCHER_SOURCE)).digest('hex').slice(0, 12);
  const folder = join(tmpdir(), `outrider-clickhouse-launcher-${process.getuid?.() ?? 0}`);
  const binary = join(folder, `launcher-${digest}`);
  if (existsSync(binary)) return { command: binary, arguments: [] };
  const mine = `${binary}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    execFileSync('cc', ['-O1', '-o', mine, LAUNCHER_SOURCE, '-ldl'], { stdio: 'pipe' });
    renameSync(mine, binary);
    return { command: binary, arguments: [] };
  } catch {
    return undefined;
  }
}

function pythonLauncher(): Launcher | undefined {
  try {
    execFileSync('python3', ['-c', 'import ctypes'], { stdio: 'pipe' });
    return { command: 'python3', arguments: ['-c', PYTHON_LAUNCHER] };
  } catch {
    return undefined;
  }
}

/** Taken together, they are different. */
async function freePorts(count: number): Promise<number[]> {
  const probes = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    probes.map(
      (probe) =>
        new Promise<number>((resolve) => {
          probe.listen(0, '127.0.0.1', () => resolve((probe.address() as AddressInfo).port));
        }),
    ),
  );
  await Promise.all(probes.map((probe) => new Promise((resolve) => probe.close(resolve))));
  return ports;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** The last 4 kB that the process said. */
function keepEnd(child: ChildProcess): () => string {
  let end = '';
  const keep = (chunk: Buffer) => {
    end = (end + chunk.toString('utf8')).slice(-4096);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => end || '(it said nothing)';
}

async function waitUntilUp(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('it ended');
    const up = await fetch(`${url}/ping`, { signal: AbortSignal.timeout(1000) }).then(
      (answer) => answer.ok,
      () => false,
    );
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it did not answer within 30 s');
}
