/** Why a collector gave no answer, in words that lead on. */
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

export interface Attempt {
  readonly base: URL;
  /** Who named the address, as a `Way` has it. */
  readonly origin?: string | undefined;
  /** How long was waited at most, seconds. */
  readonly mostS: number;
}

/** The certificate is of an authority that is not trusted here (OpenSSL's names). */
const UNTRUSTED: ReadonlySet<string> = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_GET_ISSUER_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]);

/** What `fetch` was rejected with, as an error with exit code 69. */
export function unreachable(attempt: Attempt, cause: unknown): CliError {
  const { base, mostS, origin } = attempt;
  const slow = cause instanceof Error && cause.name === 'TimeoutError';
  const { hint, why } = slow
    ? {
        why: reason(cause),
        hint: 'its log, and `outrider doctor`, say what keeps it; ask for less, or once more',
      }
    : explain(attempt, innermost(cause));
  // Who wrote the address into this command knows that.
  const whose = origin && origin !== '--collector' ? `\nthe address is of ${origin}` : '';
  return new CliError(
    `the collector at ${base.origin} ${slow ? `did not answer in ${mostS} s` : 'cannot be reached'}`,
    { why: why + whose, hint, exit: EXIT.unreachable, cause },
  );
}

function explain({ base, origin }: Attempt, cause: unknown): { readonly why: string; readonly hint: string } {
  const code = (cause as { code?: unknown } | null)?.code;
  if (typeof code === 'string' && UNTRUSTED.has(code))
    return {
      why: `its certificate is of an authority that is not trusted here (${code})`,
      hint: 'OUTRIDER_CA=FILE trusts those of a PEM file; outrider contexts add NAME --collector URL --ca FILE remembers it',
    };
  if (base.protocol === 'http:' && code === 'UND_ERR_SOCKET')
    return {
      why: `it ended the connection: ${reason(cause)}`,
      hint: `with --tls-cert a collector speaks https alone: --collector https://${base.host}`,
    };
  return {
    why: reason(cause),
    hint: origin?.startsWith('context ')
      ? 'outrider contexts list has the others; --context NAME or --collector URL asks another'
      : 'npm run up starts one here; --collector URL or OUTRIDER_COLLECTOR names another',
  };
}

const reason = (cause: unknown): string => {
  const error = innermost(cause);
  return error instanceof Error ? error.message || error.name : String(error);
};

/** fetch wraps it in "fetch failed". */
function innermost(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? innermost(error.cause) : error;
}
