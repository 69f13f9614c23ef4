/** What the benchmark of playback and its server say to each other, and where on the way to a picture the server can delay. */

/**
 * `accept`: before the kernel takes the connection; `tls`: before the ClientHello is answered; `headers`: before the head of the
 * first answer that is not one of the others; `manifest`: a media playlist or an MPD; `init`: an initialisation segment of the
 * picture; `segment`: its first segment.
 */
export type Stage = 'accept' | 'tls' | 'headers' | 'manifest' | 'init' | 'segment';

/** Which request a delay of a stage is for; `accept` and `tls` are none. */
export function stageOf(path: string): Stage {
  if (/\.mpd$/.test(path) || (/\.m3u8$/.test(path) && !path.endsWith('/master.m3u8'))) return 'manifest';
  if (/\/(init_\d|[01]-init)\.mp4$/.test(path)) return 'init';
  if (/\/(segment-0\.(m4s|ts)|[01]-1\.m4s)$/.test(path)) return 'segment';
  return 'headers';
}

export type StagedOrder =
  | {
      readonly type: 'start';
      readonly dataDir: string;
      /** PEM. */
      readonly key: string;
      readonly cert: string;
    }
  /** The next of its kind is delayed, and only that one. In place of the order before. */
  | { readonly type: 'delay'; readonly at: Stage; readonly delayMs: number }
  | { readonly type: 'told' };

export type StagedReport =
  | { readonly type: 'ready'; readonly port: number }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'armed' }
  /** How long the last order delayed in truth; absent when nothing of its kind came. */
  | { readonly type: 'delayed'; readonly ms?: number };
