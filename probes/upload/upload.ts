/** The upload probe: a short video sent the way users send it, resumable by tus 1.0 or by one PUT. */
import type { Metrics } from '../metrics.ts';
import { Cmcd } from '../net/cmcd.ts';
import { HttpSession } from '../net/session.ts';
import type { Failure } from '../outcome.ts';
import type { Probe, RunContext, RunResult, Target } from '../probe.ts';
import { Timeline } from '../timeline.ts';
import { examine, tidyUp } from './aftermath.ts';
import { type UploadParams, uploadParams } from './params.ts';
import { makePayload } from './payload.ts';
import { uploadByPut } from './put.ts';
import { uploadByTus } from './tus.ts';
import type { UploadRun } from './upload-run.ts';

/**
 * `upload_send_ms` ends when the peer took the last byte, by attribute `send_clock`: `kernel_queue` when its kernel had
 * acknowledged it (through a proxy: the proxy's), `app` when our process was rid of it. All times of the upload include
 * the OPTIONS request of tus and leave out verification, waiting until playable, and tidying up.
 */
export const uploadProbe: Probe<UploadParams> = {
  type: 'upload',
  lane: 'light',
  summary: 'Uploads a short video by resumable tus 1.0 or PUT: creation, sending and commit apart.',
  params: uploadParams,
  metrics: [
    'dns_ms',
    'connect_ms',
    'tls_ms',
    'upload_create_ms',
    'upload_send_ms',
    'upload_commit_ms',
    'upload_total_ms',
    'upload_goodput_bps',
    'upload_bytes',
    'upload_chunk_count',
    'upload_playable_ms',
  ],
  judged: ['upload_total_ms'],
  defaults: { everyMs: 60_000, timeoutMs: 30_000 },
  run: runUpload,
};

async function runUpload(context: RunContext, target: Target, params: UploadParams): Promise<RunResult> {
  const { network, clock, signal, userAgent } = context;
  const url = URL.parse(target.url);
  if (!url) return badUrl(target.url);
  const random = () => context.random();
  // Before the clock starts: making the payload must not be timed.
  const payload = makePayload(params.sizeBytes, random);
  const timeline = new Timeline(clock);
  const cmcd = new Cmcd(params.cmcd, context, target, { probe: 'upload', nr: true });
  const session = new HttpSession({ network, clock, signal, userAgent, cmcd, timeline });
  const measured = {
    metrics: {} as Metrics,
    attributes: { protocol: params.protocol } as Record<string, string>,
  };
  const run: UploadRun = { session, timeline, clock, signal, random, url, params, payload, ...measured };
  try {
    const failure = await upload(run);
    const { metrics, attributes } = measured;
    const all = {
      metrics: { ...session.connectMetrics, ...metrics },
      attributes: { ...attributes, ...cmcd.attributes },
      phases: timeline.phases,
    };
    return failure ? { outcome: 'fail', failure, ...all } : { outcome: 'ok', ...all };
  } finally {
    session.close();
  }
}

async function upload(run: UploadRun): Promise<Failure | undefined> {
  const uploaded = await (run.params.protocol === 'tus' ? uploadByTus(run) : uploadByPut(run));
  if (!uploaded.ok) return uploaded.failure;
  const failure = await examine(run, uploaded);
  await tidyUp(run, uploaded);
  return failure;
}

function badUrl(text: string): RunResult {
  const message = `The target ${JSON.stringify(text.slice(0, 100))} is not a URL. Write e.g. https://video.example.com/files/.`;
  const failure: Failure = { layer: 'agent', blame: 'agent', code: 'bad_params', message };
  return { outcome: 'fail', failure, metrics: {}, attributes: {}, phases: [] };
}
