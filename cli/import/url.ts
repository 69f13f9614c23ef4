/** A probe of one address: by its scheme and ending, as `up --target` chooses it. */
import { type Imported, nameOf } from './imported.ts';

const TYPE_OF_SCHEME: Readonly<Record<string, string>> = {
  'dns:': 'dns',
  'tcp:': 'tcp',
  'tls:': 'tls',
  'icmp:': 'ping',
  'ws:': 'websocket',
  'wss:': 'websocket',
  'grpc:': 'grpc',
  'grpcs:': 'grpc',
};

/** Whether it is a file or a manifest that plays. */
export const isMedia = ({ pathname }: URL): boolean => /\.(m3u8|mpd|mp4|webm)$/i.test(pathname);

/** Undefined where the text is no URL that can be probed. */
export function importUrl(text: string): Imported | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isWeb = /^https?:$/.test(url.protocol);
  const type = isWeb ? (isMedia(url) ? 'playback' : 'http') : TYPE_OF_SCHEME[url.protocol];
  if (type === undefined) return undefined;
  const target = nameOf(url.hostname || url.pathname, new Set());
  return {
    targets: [{ name: target, url: isWeb ? url.href : text }],
    probes: [{ name: `${target}-${type}`.slice(0, 64), type, targets: [target], every: '30s' }],
    left: [],
  };
}
