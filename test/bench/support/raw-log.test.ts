import { describe, expect, it } from 'vitest';
import { RawLog } from './raw-log.ts';

describe('the log of a connection', () => {
  it('tells when the first and the last byte of the body came, not those of the head before it', () => {
    const log = new RawLog();
    log.add(200, 10);
    log.add(1000, 20);
    log.add(500, 30);
    expect(log.bodyThatEnded(1500, false)).toEqual({ firstMs: 20, lastMs: 30 });
  });

  it('finds a body that came together with its head', () => {
    const log = new RawLog();
    log.add(1200, 20);
    log.add(500, 30);
    expect(log.bodyThatEnded(1500, false)).toEqual({ firstMs: 20, lastMs: 30 });
  });

  it('takes the last body of several on one connection', () => {
    const log = new RawLog();
    log.add(300, 10);
    log.add(300, 20);
    log.add(300, 30);
    expect(log.bodyThatEnded(300, false)).toEqual({ firstMs: 30, lastMs: 30 });
  });

  it('counts what encryption adds to a body', () => {
    const log = new RawLog();
    log.add(500, 10);
    log.add(16_384 + 22, 20);
    log.add(100 + 22, 30);
    expect(log.bodyThatEnded(16_484, true)).toEqual({ firstMs: 20, lastMs: 30 });
  });

  it('knows nothing of a body that is longer than what came', () => {
    const log = new RawLog();
    log.add(100, 10);
    expect(log.bodyThatEnded(101, false)).toBeUndefined();
    expect(new RawLog().bodyThatEnded(0, false)).toBeUndefined();
  });
});
