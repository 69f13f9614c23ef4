/** What a viewer of a failed start had on the screen, and what the page had asked for by then. */
import type { BrowserTab } from '../browser/browser.ts';
import {
  boundedHeaders,
  EVIDENCE_LIMITS,
  type RequestEvidence,
  type Evidence as RunEvidence,
} from '../evidence.ts';
import { Redactor } from '../redact.ts';
import type { Evidence } from './evidence.ts';
import { VIDEO_START_LIMITS } from './limits.ts';
import type { RequestRecord } from './network-log.ts';

/** Enough to read an error message on a phone, in 10 to 30 kB. */
const JPEG_QUALITY = 40;

/** Requests as the page made them, and a picture of it, unless it shows none in its time. `offsetMs` as in `Seen`. */
export async function shownBy(
  { page }: Pick<BrowserTab, 'page'>,
  evidence: Pick<Evidence, 'requests'>,
  offsetMs: number,
): Promise<Partial<RunEvidence>> {
  const screenshot = await pictureOf(page);
  return { ...requestsShown(evidence, offsetMs), ...(screenshot && { screenshot }) };
}

/** What the page had asked for, the last of it. */
export function requestsShown(
  { requests }: Pick<Evidence, 'requests'>,
  offsetMs: number,
): Pick<RunEvidence, 'requests' | 'requestsLeftOut'> {
  const kept = requests.slice(-EVIDENCE_LIMITS.requests.value);
  const redactor = new Redactor();
  return {
    requests: kept.map((request) => requestEvidence(request, offsetMs, redactor)),
    requestsLeftOut: requests.length - kept.length,
  };
}

/** The page as it is now; undefined where it shows nothing in its time. */
export async function pictureOf(page: BrowserTab['page']): Promise<RunEvidence['screenshot']> {
  try {
    const timeout = VIDEO_START_LIMITS.screenshotMs.value;
    const picture = await page.screenshot({ type: 'jpeg', quality: JPEG_QUALITY, timeout });
    return { type: 'image/jpeg', base64: picture.toString('base64') };
  } catch {
    // A page that paints nothing has no picture, and its failure stands without.
    return undefined;
  }
}

function requestEvidence(request: RequestRecord, offsetMs: number, redactor: Redactor): RequestEvidence {
  const { url, startMs, status, headers, range, arrivals, timing } = request;
  const asked = {
    method: 'GET',
    url: redactor.url(url),
    startMs: startMs + offsetMs,
    headers: range === undefined ? {} : { range: `bytes=${range}` },
  };
  if (status === undefined) return asked;
  return {
    ...asked,
    status,
    answerHeaders: boundedHeaders(redactor.headers(headers)),
    ...(timing === undefined ? {} : { headMs: timing.respondedMs + offsetMs }),
    bodyBytes: arrivals.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
