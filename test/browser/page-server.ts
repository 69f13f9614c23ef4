/** Pages such as users have, and DASH manifests over the segments of the sandbox, on loopback. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PageServer {
  readonly origin: string;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  close(): Promise<void>;
}

/** `pages`: by path, with the type of the extension: `.html`, `.mpd`, `.js`; `hang` is never answered. */
export function startPageServer(
  pages: Readonly<Record<string, string | 'hang'>>,
  host = '127.0.0.1',
): Promise<PageServer> {
  const asked: string[] = [];
  const types: Record<string, string> = { mpd: 'application/dash+xml', js: 'text/javascript' };
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/\?.*$/s, '');
    asked.push(path);
    const page = pages[path];
    if (page === 'hang') return;
    if (page === undefined) {
      response.writeHead(404).end();
      return;
    }
    const type = types[path.split('.').at(-1) ?? ''] ?? 'text/html';
    response.writeHead(200, { 'content-type': type, 'access-control-allow-origin': '*' }).end(page);
  });
  return new Promise((resolve) => {
    server.listen(0, host, () => {
      resolve({
        origin: `http://${host}:${(server.address() as AddressInfo).port}`,
        asked,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}

/** A whole page around `body`. */
export function html(body: string): string {
  return `<!doctype html><html><body style="margin:0">${body}</body></html>`;
}

/** The fMP4 segments of the sandbox as DASH. `query`: what the sandbox is to do to each of them. */
export function mpd(origin: string, query = '', codecs = 'avc1.4d401f,mp4a.40.2'): string {
  const rendition = (id: string, bandwidth: number, init: string, width: number) => `
    <Representation id="${id}" bandwidth="${bandwidth}" width="${width}" height="${(width * 16) / 9}" codecs="${codecs}">
      <SegmentTemplate timescale="1000" duration="1000" startNumber="0"
        initialization="${id}/${init}${query}" media="${id}/segment-$Number$.m4s${query}"/>
    </Representation>`;
  return `<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT4S" minBufferTime="PT1S"
  profiles="urn:mpeg:dash:profile:isoff-live:2011">
  <BaseURL>${origin}/hls/fmp4/</BaseURL>
  <Period><AdaptationSet contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
    ${rendition('320p', 123_200, 'init_1.mp4', 180)}${rendition('640p', 277_200, 'init_0.mp4', 360)}
  </AdaptationSet></Period>
</MPD>`;
}
