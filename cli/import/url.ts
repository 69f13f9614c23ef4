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

/** Undefined where the text is no URL that can be probed. */
export function importUrl(text: string): Imported | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isWeb = /^https?:$/.test(url.protocol);
  const type = isWeb
    ? /\.(m3u8|mpd|mp4|webm)$/i.test(url.pathname)
      ? 'playback'
      : 'http'
    : TYPE_OF_SCHEME[url.protocol];
  if (type === undefined) return undefined;
  const target = nameOf(url.hostname || url.pathname, new Set());
  const hasPassword = url.username !== '' || url.password !== '';
  url.username = '';
  url.password = '';
  return {
    targets: [{ name: target, url: isWeb || hasPassword ? url.href : text }],
    probes: [{ name: `${target}-${type}`.slice(0, 64), type, targets: [target], every: '30s' }],
    left: hasPassword
      ? ['the user and password of the URL: seal them (outrider secrets seal) and name them as credentials']
      : [],
  };
}
