/** The probes that `up` starts with, as the YAML of a user would say them. */
import type { Spec } from '../../probes/spec.ts';

/** The name under which agents reach the reference origin, each through the fault proxy of its region. */
export const SANDBOX_HOST = 'video.sandbox.test';

const LIGHT = { every: '2s', timeout: '5s' };
const BROWSER = { every: '30s', timeout: '20s' };

type Part = Pick<Spec, 'targets' | 'probes'>;

const probe = (
  name: string,
  type: string,
  targets: string[],
  timing: { every: string; timeout: string },
  params = {},
) => ({
  name,
  type,
  targets,
  ...timing,
  params,
  from: {},
  paused: false,
});

/** Real video up and down against the reference origin. */
export function sandboxProbes(withBrowser: boolean): Spec {
  const base = `http://${SANDBOX_HOST}`;
  const labels = { service: 'sandbox' };
  const part: Part = {
    targets: [
      { name: 'playlist', url: `${base}/hls/fmp4/master.m3u8`, labels },
      { name: 'clip-mp4', url: `${base}/v/clip.mp4`, labels },
      { name: 'clip-hls', url: `${base}/hls/fmp4/master.m3u8`, labels },
      { name: 'uploads', url: `${base}/files/`, labels },
    ],
    probes: [
      probe('edge-http', 'http', ['playlist'], LIGHT),
      probe('play-light', 'playback', ['clip-mp4', 'clip-hls'], LIGHT),
      probe('post-video', 'upload', ['uploads'], { every: '10s', timeout: '9s' }, { protocol: 'tus' }),
    ],
  };
  const browser = probe('play-browser', 'video-start', ['clip-mp4', 'clip-hls'], BROWSER);
  return { version: 1, targets: part.targets, probes: withBrowser ? [...part.probes, browser] : part.probes };
}

/** Playback of one real address of the user: nothing is uploaded to it. */
export function targetProbes(url: string, withBrowser: boolean): Spec {
  const targets = ['target'];
  const light = [
    probe('target-http', 'http', targets, { every: '5s', timeout: '10s' }, { maxBodyBytes: 1024 * 1024 }),
    probe('target-play', 'playback', targets, { every: '5s', timeout: '15s' }),
  ];
  return {
    version: 1,
    targets: [{ name: 'target', url, labels: {} }],
    probes: withBrowser ? [...light, probe('target-browser', 'video-start', targets, BROWSER)] : light,
  };
}
