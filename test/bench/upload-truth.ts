/** Whether goodput, sending and commit are what the server saw, on links of known width, with and without TLS. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Progress, Row } from './benchmark.ts';
import { type Comparison, type Condition, comparisonRows, comparisonTable } from './support/comparison.ts';
import type { LinkStage } from './support/link-stage.ts';
import type { Transport } from './support/truth-server.ts';

/** Sizes that take one to three seconds: long beside what the shaper lets through at once. */
const LINKS = [
  { mbit: 2, bytes: 750_000 },
  { mbit: 10, bytes: 2_500_000 },
  { mbit: 50, bytes: 8_000_000 },
] as const;
const TRANSPORTS: readonly Transport[] = ['plain', 'tls'];
const COMMITS_MS = [0, 250, 2000];
const TIMEOUT_MS = 30_000;

export async function truthRows(
  stage: LinkStage,
  rounds: number,
  { print, progress }: { readonly print: Progress; readonly progress: Progress },
): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'outrider-bench-upload-'));
  const comparisons: Comparison[] = [];
  try {
    for (let round = 1; round <= rounds; round += 1) {
      for (const { bytes, mbit } of LINKS) {
        progress(`truth, round ${round} of ${rounds}: ${mbit} Mbit/s`);
        stage.link.shape('client', mbit * 1e6);
        const file = join(directory, String(bytes));
        writeFileSync(file, randomBytes(bytes));
        for (const transport of TRANSPORTS)
          for (const commitMs of COMMITS_MS)
            comparisons.push(await compare(stage, { mbit, bytes, transport, commitMs }, file));
      }
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  print(comparisonTable(comparisons));
  return comparisonRows(comparisons);
}

async function compare(stage: LinkStage, condition: Condition, file: string): Promise<Comparison> {
  const { bytes, commitMs, transport } = condition;
  await stage.server.treat({ commitMs });
  const url = `${stage.server.urls[transport]}/put/`;
  const params = { protocol: 'put', sizeBytes: bytes };
  const { attributes, metrics } = await stage.sender.measure({
    type: 'upload',
    url,
    params,
    timeoutMs: TIMEOUT_MS,
  });
  const [body] = await stage.server.received();
  if (body?.bytes !== bytes) throw new Error(`the server saw ${body?.bytes ?? 'no'} bytes of ${bytes}`);
  return {
    ...condition,
    trueSendMs: body.lastMs - body.firstMs,
    sendMs: metrics.upload_send_ms ?? Number.NaN,
    commitSaidMs: metrics.upload_commit_ms ?? Number.NaN,
    goodputBps: metrics.upload_goodput_bps ?? Number.NaN,
    appSendMs: metrics.upload_app_send_ms,
    curlBps: await stage.curl(`${url}curl`, file),
    clock: attributes.send_clock ?? '',
  };
}
