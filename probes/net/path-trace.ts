/** Which routers answer on the way to an address: evidence beside a failure, where the host has a program for it. */
import { isIPv6 } from 'node:net';
import { runProgram } from './run-program.ts';

export const PATH_LIMITS = {
  hops: {
    value: 20,
    reason: 'Few paths of the internet are longer, and each hop without an answer costs time.',
    past: 'The path ends there.',
  },
  traceMs: {
    value: 4000,
    reason: 'It comes after a failure and before the deadline of the run.',
    past: 'The program is killed; what it said by then is kept.',
  },
  pathChars: {
    value: 500,
    reason: 'An attribute of a result, not a document.',
    past: 'The path is cut.',
  },
  outputBytes: { value: 8192, reason: 'Twenty lines of a hop.', past: 'The rest is not read.' },
} as const;

export interface TracedPath {
  readonly tool: string;
  /** Such as `1 192.0.2.1 0.4ms, 2 *, 3 198.51.100.7 9.1ms`. */
  readonly text: string;
}

/** `address` must have passed the address policy. Undefined when nothing can be told. Never throws. */
export async function tracePath(address: string, signal: AbortSignal): Promise<TracedPath | undefined> {
  const hops = String(PATH_LIMITS.hops.value);
  const family = isIPv6(address) ? '-6' : '-4';
  const tools: readonly (readonly [tool: string, args: readonly string[]])[] = [
    ['traceroute', [family, '-n', '-q', '1', '-w', '1', '-N', hops, '-m', hops, address]],
    ['tracepath', [family, '-n', '-m', hops, address]],
  ];
  for (const [tool, args] of tools) {
    const end = await runProgram(tool, args, {
      signal,
      timeoutMs: PATH_LIMITS.traceMs.value,
      maxBytes: PATH_LIMITS.outputBytes.value,
    });
    if (!end.ran) continue;
    const text = hopsOf(end.stdout);
    if (text !== '') return { tool, text };
  }
  return undefined;
}

/** The hops in the output of `traceroute -n -q 1` or `tracepath -n`, the silent ones at the end left out. */
export function hopsOf(output: string): string {
  const hops = new Map<number, string>();
  for (const line of output.split('\n')) {
    const silent = /^\s*(\d+)(?:\?:|:)?\s+(?:\*|no reply)/.exec(line);
    const heard =
      /^\s*(\d+)(?:\?:|:)?\s+([0-9a-fA-F.:]+)\s+(?:\([^)]*\)\s+)?([\d.]+) ?ms(?:\s+(![A-Z]?))?/.exec(line);
    if (heard) hops.set(Number(heard[1]), `${heard[2]} ${heard[3]}ms${heard[4] ? ` ${heard[4]}` : ''}`);
    else if (silent && !hops.has(Number(silent[1]))) hops.set(Number(silent[1]), '*');
  }
  const numbers = [...hops.keys()].sort((a, b) => a - b);
  while (numbers.length > 0 && hops.get(numbers.at(-1) as number) === '*') numbers.pop();
  const text = numbers.map((number) => `${number} ${hops.get(number)}`).join(', ');
  return text.slice(0, PATH_LIMITS.pathChars.value);
}
