import { expect, it } from 'vitest';
import { InFlight } from '../../../collector/ingest/in-flight.ts';

it('counts what was sent until it is committed, whole batches and parts of one', () => {
  const inFlight = new InFlight();
  inFlight.sent('boot-1', 10, 10);
  inFlight.sent('boot-1', 30, 20);
  expect(inFlight.count).toBe(30);
  expect(inFlight.committed('boot-1', 15)).toBe(15);
  expect(inFlight.count).toBe(15);
  expect(inFlight.committed('boot-1', 15)).toBe(0);
  expect(inFlight.committed('boot-1', 99)).toBe(30);
  expect(inFlight.count).toBe(0);
});

it('keeps boots apart', () => {
  const inFlight = new InFlight();
  inFlight.sent('boot-0', 5, 5);
  inFlight.sent('boot-1', 5, 5);
  expect(inFlight.committed('boot-1', 5)).toBe(5);
  expect(inFlight.count).toBe(5);
  expect(inFlight.committed('boot-2', 5)).toBe(0);
});

it('never acknowledges what this session did not send, however far the store is', () => {
  const inFlight = new InFlight();
  expect(inFlight.committed('boot-1', 1000)).toBe(0);
  inFlight.sent('boot-1', 4, 2);
  expect(inFlight.committed('boot-1', 1000)).toBe(4);
});

it('a batch sent twice is in flight twice, and leaves at once', () => {
  const inFlight = new InFlight();
  inFlight.sent('boot-1', 4, 4);
  inFlight.sent('boot-1', 4, 4);
  expect(inFlight.count).toBe(8);
  expect(inFlight.committed('boot-1', 4)).toBe(4);
  expect(inFlight.count).toBe(0);
});
