/**
 * An own probe: how long a page takes with its first pictures, and how heavy they are together. Put it beside the allow-list of an
 * agent, add its name and `sha256sum page-weight.ts` there, and name it in a probe of the type `own`.
 */
import type { OwnProbeContext } from '../define-probe.ts';
import { defineProbe } from '../define-probe.ts';

interface Params {
  readonly pictures: number;
}

/** Addresses of the first pictures of a page. */
function picturesOf(html: string, page: string, count: number): string[] {
  const sources = [...html.matchAll(/<img[^>]+src="([^"]+)"/g)].slice(0, count);
  return sources.map(([, source]) => new URL(source ?? '', page).href);
}

async function bytesOf(context: OwnProbeContext, url: string): Promise<number> {
  const { body, status } = await context.request({ url });
  return status === 200 ? body.byteLength : 0;
}

// biome-ignore lint/style/noDefaultExport: an own probe is what its module exports by default.
export default defineProbe<Params>({
  summary: 'Loads a page and its first pictures.',
  params: {
    parse(value) {
      const { pictures = 3 } = value as Partial<Params>;
      if (!Number.isInteger(pictures) || pictures < 0 || pictures > 6)
        throw new Error('pictures: a whole number from 0 to 6');
      return { pictures };
    },
  },
  async run(context, target, { pictures }) {
    const startedMs = performance.now();
    const page = await context.request({ url: target.url });
    if (page.status !== 200) {
      const message = `The page answered with ${page.status}.`;
      return { outcome: 'fail', failure: { layer: 'http', blame: 'target', code: 'status', message } };
    }
    const urls = picturesOf(page.text(), target.url, pictures);
    const weights = await Promise.all(urls.map((url) => bytesOf(context, url)));
    return {
      outcome: 'ok',
      metrics: {
        ...page.metrics,
        own_ms: performance.now() - startedMs,
        own_bytes: weights.reduce((sum, bytes) => sum + bytes, page.body.byteLength),
        own_count: urls.length,
      },
      attributes: { ...page.attributes },
      phases: [...page.phases],
    };
  },
});
