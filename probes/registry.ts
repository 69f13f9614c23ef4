/** The one list of what can be measured. Adding a probe is a file, a line here, and a test. */
import { dnsProbe } from './dns/dns.ts';
import { feedProbe } from './feed/feed.ts';
import { grpcProbe } from './grpc/grpc.ts';
import { httpProbe } from './http/http.ts';
import { execProbe, ownProbe } from './own/own.ts';
import { pingProbe } from './ping/ping.ts';
import { playbackProbe } from './playback/playback.ts';
import type { Probe } from './probe.ts';
import { publishProbe } from './publish/publish.ts';
import { tcpProbe } from './tcp/tcp.ts';
import { tlsProbe } from './tls/tls.ts';
import { uploadProbe } from './upload/upload.ts';
import { videoStartProbe } from './video-start/video-start.ts';
import { websocketProbe } from './websocket/websocket.ts';

// biome-ignore lint/suspicious/noExplicitAny: each probe has parameters of its own; `params` parses them before `run`.
export const PROBES: Readonly<Record<string, Probe<any>>> = {
  exec: execProbe,
  dns: dnsProbe,
  feed: feedProbe,
  http: httpProbe,
  own: ownProbe,
  playback: playbackProbe,
  publish: publishProbe,
  tcp: tcpProbe,
  tls: tlsProbe,
  ping: pingProbe,
  grpc: grpcProbe,
  websocket: websocketProbe,
  upload: uploadProbe,
  'video-start': videoStartProbe,
};

/** The probe of a type, or undefined. */
// biome-ignore lint/suspicious/noExplicitAny: as above.
export function probeOf(type: string): Probe<any> | undefined {
  return Object.hasOwn(PROBES, type) ? PROBES[type] : undefined;
}
