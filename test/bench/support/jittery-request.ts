/** What a request to the server of the benchmark of accuracy says of itself. */

const WAIT_MS_MAX = 10_000;

/** Who asks: argument `run` of the address, or the session of the header (CTA-5004). */
export function runOfRequest(
  url: string,
  session: string | readonly string[] | undefined,
): string | undefined {
  const named = argument(url, 'run');
  if (named !== null) return named;
  return /sid="([^"]+)"/.exec(String(session ?? ''))?.[1];
}

/** How long the answer is to wait beside what it waits anyway: argument `wait`, milliseconds. */
export function waitOfRequest(url: string): number {
  const waitMs = Number(argument(url, 'wait') ?? 0);
  return waitMs >= 0 ? Math.min(waitMs, WAIT_MS_MAX) : 0;
}

function argument(url: string, name: string): string | null {
  return URL.parse(url, 'http://jittery.invalid')?.searchParams.get(name) ?? null;
}
