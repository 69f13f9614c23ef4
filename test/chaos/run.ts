/** `npm run chaos`: real processes, seeded trouble, and then the books. Tables and JSON on stdout, the plan and progress on stderr. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../../cli/support/exit-codes.ts';
import { serverUnavailable } from '../support/clickhouse-server.ts';
import { type ChaosOptions, parseOptions, USAGE, UsageError } from './options.ts';
import { formatReport, makeReport } from './report.ts';
import { runWorld, type WorldResult } from './run-world.ts';

const message = (text: string): void => console.error(text);

function readOptions(): ChaosOptions {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    message(`Error: ${error.message}\n\n${USAGE}`);
    process.exit(EXIT.usage);
  }
}

async function main(options: ChaosOptions): Promise<number> {
  const { seed, minutes, engines, agents, collectors, disk, json } = options;
  const unavailable = engines.includes('server') ? serverUnavailable() : undefined;
  if (unavailable !== undefined) {
    message(`Error: there can be no ClickHouse server here: ${unavailable}\n  Try: --engine embedded`);
    return EXIT.failed;
  }
  const folder = mkdtempSync(join(tmpdir(), `outrider-chaos-${seed}-`));
  message(`seed ${seed}, ${minutes} min on ${engines.join(' and ')}; logs and data in ${folder}`);
  const results: WorldResult[] = [];
  for (const engine of engines) {
    const shape = { engine, agents, collectors: engine === 'server' ? collectors : 1 };
    const durationMs = (minutes * 60_000) / engines.length;
    results.push(await runWorld({ seed, shape, durationMs, folder: join(folder, engine), disk, message }));
  }
  const report = makeReport(seed, results, folder);
  console.log(formatReport(report, results));
  if (json) console.log(JSON.stringify(report));
  if (report.ok) rmSync(folder, { recursive: true, force: true });
  return report.ok ? EXIT.ok : EXIT.failed;
}

// The worlds end their processes when this one ends, and this one ends when it is told to.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => process.exit(EXIT.interrupted));
process.exitCode = await main(readOptions());
