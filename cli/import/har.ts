/** A HAR of a browser: a target and a probe for each address that a page reads, playback of what plays, http of the rest. */
import { z } from 'zod';
import { isSecretHeader } from '../../probes/redact.ts';
import { type Imported, type ImportedProbe, type ImportedTarget, nameOf } from './imported.ts';
import { isMedia } from './url.ts';

const harSchema = z.object({
  log: z.object({
    entries: z.array(
      z.object({
        request: z.object({
          method: z.string(),
          url: z.string(),
          headers: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
        }),
        response: z.object({ status: z.number() }),
      }),
    ),
  }),
});

/** So many requests become probes; a page makes hundreds, and few of them are worth a schedule. */
const MOST = 50;

/** Headers of the browser that a probe has of its own, or that do nothing for it. */
const KEPT_HEADER = /^(accept|accept-language|content-type|range|x-requested-with)$/i;

/** Parts of media, which a playback of its manifest asks for by itself. */
const SEGMENT = /\.(ts|m4s|m4v|m4a|aac|cmf[avt]|vtt)$/i;

/** Undefined where it is no HAR. */
export function importHar(json: unknown): Imported | undefined {
  const parsed = harSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const targets: ImportedTarget[] = [];
  const probes: ImportedProbe[] = [];
  const left: string[] = [];
  const names = new Set<string>();
  const seen = new Set<string>();
  const hasManifest = parsed.data.log.entries.some(({ request: { url } }) => /\.(m3u8|mpd)(\?|$)/i.test(url));
  let segments = 0;
  for (const { request, response } of parsed.data.log.entries) {
    const { headers, method, url } = request;
    if (!/^https?:/.test(url) || !URL.canParse(url)) continue;
    const { host, origin, pathname } = new URL(url);
    if (hasManifest && SEGMENT.test(pathname)) {
      segments += 1;
      continue;
    }
    const key = `${method} ${origin}${pathname}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (!/^(GET|HEAD)$/.test(method)) {
      left.push(
        `${method} ${origin}${pathname}: only what changes nothing is taken over; write it yourself if it may be repeated`,
      );
      continue;
    }
    if (response.status < 200 || response.status >= 400) {
      left.push(`${key}: it answered ${response.status} when it was recorded`);
      continue;
    }
    if (probes.length >= MOST) {
      left.push(`${key}: only the first ${MOST} requests are taken over`);
      continue;
    }
    const secret = headers.filter(({ name }) => isSecretHeader(name)).map(({ name }) => name);
    if (secret.length > 0)
      left.push(
        `${key}: ${secret.join(', ')} not taken over; seal it (outrider secrets seal) and name it as credentials`,
      );
    const name = nameOf(`${host}${pathname}`, names);
    const own = Object.fromEntries(
      headers
        .filter(({ name: one }) => KEPT_HEADER.test(one))
        .map((one) => [one.name.toLowerCase(), one.value]),
    );
    const status = response.status === 200 ? {} : { expect: [response.status] };
    targets.push({ name, url });
    if (isMedia(new URL(url))) {
      probes.push({ name, type: 'playback', targets: [name], every: '30s' });
      continue;
    }
    probes.push({
      ...{ name, type: 'http', targets: [name], every: '60s' },
      params: {
        ...(method === 'GET' ? {} : { method }),
        ...(Object.keys(own).length > 0 ? { headers: own } : {}),
        ...status,
      },
    });
  }
  if (segments > 0)
    left.push(`${segments} requests for parts of media: the playback of their manifest makes them itself`);
  return { targets, probes, left };
}
