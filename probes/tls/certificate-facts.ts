/** What a chain of certificates says, as metrics, attributes and a verdict. */
import type { X509Certificate } from 'node:crypto';
import type { Metrics } from '../metrics.ts';
import type { Failure } from '../outcome.ts';
import type { Attributes } from '../probe.ts';
import { TLS_LIMITS } from './params.ts';

const DAY_S = 86_400;

/** `chain` begins with the certificate of the server. */
export function certificateMetrics(chain: readonly X509Certificate[], nowMs: number): Metrics {
  const expiryMs = earliestExpiryMs(chain);
  if (expiryMs === undefined) return {};
  return { tls_chain_count: chain.length, tls_expiry_s: Math.floor((expiryMs - nowMs) / 1000) };
}

/** `cert_subject`, `cert_issuer`, `cert_names`, `cert_not_after`, `cert_sha256`. */
export function certificateAttributes(chain: readonly X509Certificate[]): Attributes {
  const [leaf] = chain;
  if (!leaf) return {};
  return {
    cert_subject: tidy(leaf.subject ?? ''),
    cert_issuer: tidy(leaf.issuer ?? ''),
    cert_names: tidy(leaf.subjectAltName ?? ''),
    cert_not_after: new Date(leaf.validTo).toISOString(),
    cert_sha256: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
  };
}

/** The failure of a chain that is valid, but not for long enough. */
export function expiringFailure(
  { tls_expiry_s: expiryS }: Metrics,
  minValidDays: number,
): Failure | undefined {
  if (expiryS === undefined || expiryS >= minValidDays * DAY_S) return undefined;
  const days = (expiryS / DAY_S).toFixed(1);
  return {
    layer: 'tls',
    blame: 'target',
    code: 'cert_expiring',
    message: `The certificate expires in ${days} days, and the probe wants ${minValidDays}: renew it.`,
  };
}

/** A root that signs itself is replaced with the software of clients, whatever its date. */
function earliestExpiryMs(chain: readonly X509Certificate[]): number | undefined {
  const issued = chain.filter((certificate, at) => at === 0 || certificate.subject !== certificate.issuer);
  if (issued.length === 0) return undefined;
  return Math.min(...issued.map(({ validTo }) => Date.parse(validTo)));
}

function tidy(text: string): string {
  return text
    .replace(/\n/g, ', ')
    .replace(/[^\x20-\x7e]/g, '')
    .slice(0, TLS_LIMITS.attributeChars.value);
}
