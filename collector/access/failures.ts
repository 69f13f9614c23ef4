/** How often an address may fail to say who it is: a bucket of attempts for each, filled slowly. */
import { isIPv6 } from 'node:net';
import { ACCESS_LIMITS } from './limits.ts';

interface Bucket {
  /** Attempts left at `atMs`. */
  left: number;
  atMs: number;
}

export class Failures {
  readonly #nowMs: () => number;
  /** In the order of the last failure. */
  readonly #buckets = new Map<string, Bucket>();

  /** `nowMs`: monotonic. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Milliseconds until the address may try again; 0 for now. */
  waitMs(address: string): number {
    const bucket = this.#buckets.get(networkOf(address));
    if (!bucket) return 0;
    const left = this.#refilled(bucket);
    return left >= 1 ? 0 : Math.ceil((1 - left) * ACCESS_LIMITS.failureEveryMs.value);
  }

  failed(address: string): void {
    const key = networkOf(address);
    const bucket = this.#buckets.get(key) ?? { left: ACCESS_LIMITS.failures.value, atMs: this.#nowMs() };
    const left = Math.max(0, this.#refilled(bucket) - 1);
    this.#buckets.delete(key);
    this.#buckets.set(key, { left, atMs: this.#nowMs() });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > ACCESS_LIMITS.addresses.value && oldest !== undefined)
      this.#buckets.delete(oldest);
  }

  get addresses(): number {
    return this.#buckets.size;
  }

  #refilled({ atMs, left }: Bucket): number {
    const more = (this.#nowMs() - atMs) / ACCESS_LIMITS.failureEveryMs.value;
    return Math.min(ACCESS_LIMITS.failures.value, left + more);
  }
}

/** One machine may have all the addresses of an IPv6 network: its first 64 bits count. */
function networkOf(address: string): string {
  if (!isIPv6(address) || /^::ffff:/i.test(address)) return address.replace(/^::ffff:/i, '');
  const [head = ''] = address.split('%');
  const [left = '', right] = head.split('::');
  const before = left === '' ? [] : left.split(':');
  const after = right === undefined || right === '' ? [] : right.split(':');
  const zeros = right === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  return [...before, ...Array<string>(zeros).fill('0'), ...after].slice(0, 4).join(':');
}
