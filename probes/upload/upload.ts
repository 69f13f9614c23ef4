/** The upload probe: a short video sent the way users send it, by any of the protocols of the table of strategies. */
import type { Probe, RunContext, RunResult, Target } from '../probe.ts';
import { examine, tidyUp } from './aftermath.ts';
import { type UploadParams, uploadParams } from './params.ts';
import { STRATEGIES } from './strategies.ts';
import { withUploadRun } from './with-upload-run.ts';

/**
 * `upload_send_ms` ends when the peer took the last byte, by attribute `send_clock`: `tcp_info` and `kernel_queue` when its
 * kernel had acknowledged it (through a proxy: the proxy's), `app` when our process was rid of it. All times of the upload
 * include the OPTIONS request of tus and leave out verification, waiting until playable, and tidying up.
 */
export const uploadProbe: Probe<UploadParams> = {
  type: 'upload',
  lane: 'light',
  summary:
    'Uploads a short video by tus, PUT, S3, the IETF draft or Content-Range: creation, sending and commit apart.',
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
    'upload_goodput_server_bps',
    'upload_app_send_ms',
    'upload_retrans_bytes',
    'upload_retrans_ratio',
    'upload_rtt_ms',
    'upload_min_rtt_ms',
    'upload_bufferbloat_ms',
    'upload_delivery_rate_bps',
    'upload_rwnd_limited_ratio',
    'upload_sndbuf_limited_ratio',
    'upload_busy_ms',
    'upload_chunk_ms',
    'upload_chunk_max_ms',
    'upload_stall_max_ms',
    'upload_resume_ms',
    'upload_resume_lost_bytes',
    'upload_resume_count',
  ],
  judged: ['upload_total_ms'],
  defaults: { everyMs: 60_000, timeoutMs: 30_000 },
  run: runUpload,
};

function runUpload(context: RunContext, target: Target, params: UploadParams): Promise<RunResult> {
  return withUploadRun(context, target, params, 'upload', async (run) => {
    const uploaded = await STRATEGIES[params.protocol](run);
    const failure = uploaded.ok ? await examine(run, uploaded) : uploaded.failure;
    await tidyUp(run, uploaded);
    return failure;
  });
}
