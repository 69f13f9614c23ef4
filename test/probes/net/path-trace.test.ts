import { describe, expect, it } from 'vitest';
import { hopsOf, PATH_LIMITS, tracePath } from '../../../probes/net/path-trace.ts';

describe('the hops', () => {
  it('of traceroute are read, with those that are silent in between', () => {
    const text = `traceroute to 198.51.100.7 (198.51.100.7), 20 hops max, 60 byte packets
 1  192.0.2.1  0.214 ms
 2  *
 3  203.0.113.9  9.100 ms
 4  *
 5  *
`;
    expect(hopsOf(text)).toBe('1 192.0.2.1 0.214ms, 2 *, 3 203.0.113.9 9.100ms');
  });

  it('of traceroute keep what a router said', () => {
    expect(hopsOf(' 1  2001:db8::1  0.5 ms !N\n')).toBe('1 2001:db8::1 0.5ms !N');
  });

  it('of tracepath are read', () => {
    const text = ` 1?: [LOCALHOST]                      pmtu 1500
 1:  192.0.2.1                                             0.314ms
 1:  192.0.2.1                                             0.214ms
 2:  no reply
 3:  203.0.113.9                                           9.100ms reached
     Resume: pmtu 1500 hops 3 back 3
`;
    expect(hopsOf(text)).toBe('1 192.0.2.1 0.214ms, 2 *, 3 203.0.113.9 9.100ms');
  });

  it('of nobody are nothing', () => {
    expect(hopsOf('')).toBe('');
    expect(hopsOf(' 1  *\n 2  *\n')).toBe('');
  });

  it('are told in so many words', () => {
    const lines = Array.from(
      { length: PATH_LIMITS.hops.value },
      (_, at) => ` ${at + 1}  2001:db8:1111:2222:3333:4444:5555:${at}  100.123 ms`,
    );
    expect(hopsOf(lines.join('\n'))).toHaveLength(PATH_LIMITS.pathChars.value);
  });
});

describe('a trace', () => {
  it('to loopback is one hop, where the host has a program for it', async () => {
    const startMs = performance.now();
    const path = await tracePath('127.0.0.1', AbortSignal.timeout(10_000));
    expect(performance.now() - startMs).toBeLessThan(2 * PATH_LIMITS.traceMs.value + 2000);
    if (path) expect(path.text).toMatch(/^1 127\.0\.0\.1 /);
    expect(path?.text.length ?? 0).toBeLessThan(PATH_LIMITS.outputBytes.value);
  });

  it('is not begun after the deadline', async () => {
    expect(await tracePath('127.0.0.1', AbortSignal.abort())).toBeUndefined();
  });
});
