/** Whether a status is the expected one, and what it means when it is not. */
import type { Failure } from '../outcome.ts';

/** One of the statuses that are right: `200`, `"200"`, `"2xx"`, `"200-299"`. */
export type StatusPattern = number | string;

export function isExpected(status: number, expect: readonly StatusPattern[]): boolean {
  return expect.some((pattern) => {
    const text = String(pattern);
    if (text.endsWith('xx')) return text[0] === String(status)[0];
    const [low, high] = text.split('-').map(Number);
    return low !== undefined && status >= low && status <= (high ?? low);
  });
}

/** The failure of an unexpected status; undefined when it is expected. */
export function statusFailure(status: number, expect: readonly StatusPattern[]): Failure | undefined {
  if (isExpected(status, expect)) return undefined;
  const denied = status === 401 || status === 403 || status === 451;
  return {
    layer: 'http',
    blame: 'target',
    code: denied ? 'denied' : 'status',
    message: `The status is ${status}, expected is ${expect.join(', ')}.`,
  };
}
