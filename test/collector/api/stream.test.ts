import { describe, expect, it } from 'vitest';
import { API_LIMITS } from '../../../collector/api/limits.ts';
import { EventHub, encodeEvent } from '../../../collector/api/stream.ts';

const decoder = new TextDecoder();

function hubWithLog() {
  const demand: boolean[] = [];
  return { hub: new EventHub((isWanted) => demand.push(isWanted)), demand };
}

/** What a reader gets at once, without waiting for more. */
async function readNow(reader: ReadableStreamDefaultReader<Uint8Array>, chunks: number): Promise<string[]> {
  const texts: string[] = [];
  for (let i = 0; i < chunks; i += 1) texts.push(decoder.decode((await reader.read()).value));
  return texts;
}

describe('events', () => {
  it('are one block of lines that ends with an empty one', () => {
    expect(decoder.decode(encodeEvent('overview', { a: 'line\nbreak' }))).toBe(
      'event: overview\ndata: {"a":"line\\nbreak"}\n\n',
    );
  });
});

describe('the hub', () => {
  it('sends each event to every reader', async () => {
    const { hub } = hubWithLog();
    const readers = [hub.open().getReader(), hub.open().getReader()];
    hub.publish('x', 1, { keep: false });
    for (const reader of readers) {
      expect((await readNow(reader, 2))[1]).toBe('event: x\ndata: 1\n\n');
    }
  });

  it('starts a new reader with what was kept', async () => {
    const { hub } = hubWithLog();
    hub.open();
    hub.publish('kept', 1, { keep: true });
    hub.publish('kept', 2, { keep: true });
    hub.publish('passing', 3, { keep: false });
    const [opening, kept] = await readNow(hub.open().getReader(), 2);
    expect(opening).toContain('retry: ');
    expect(kept).toBe('event: kept\ndata: 2\n\n');
  });

  it('wants events from the first reader to the last', async () => {
    const { hub, demand } = hubWithLog();
    const [first, second] = [hub.open().getReader(), hub.open().getReader()];
    expect(demand).toEqual([true]);
    await first.cancel();
    expect(demand).toEqual([true]);
    await second.cancel();
    expect(demand).toEqual([true, false]);
    expect(hub.size).toBe(0);
  });

  it('cuts off a reader that lags, and no other', async () => {
    const { hub } = hubWithLog();
    const slow = hub.open().getReader();
    const quick = hub.open().getReader();
    await readNow(quick, 1);
    for (let i = 0; i < API_LIMITS.streamBacklogEvents.value; i += 1) {
      hub.publish('x', i, { keep: false });
      await readNow(quick, 1);
    }
    expect(hub.lagged).toBe(1);
    expect(hub.size).toBe(1);
    const got = await readNow(slow, API_LIMITS.streamBacklogEvents.value);
    expect(got.at(-1)).toContain(`data: ${API_LIMITS.streamBacklogEvents.value - 2}`);
    expect((await slow.read()).done).toBe(true);
  });

  it('is full at its limit and takes a reader again when one goes', async () => {
    const { hub } = hubWithLog();
    const readers = Array.from({ length: API_LIMITS.streams.value }, () => hub.open().getReader());
    expect(hub.full).toBe(true);
    await readers[0]?.cancel();
    expect(hub.full).toBe(false);
  });

  it('ends every stream when it closes and admits no more', async () => {
    const { hub, demand } = hubWithLog();
    const reader = hub.open().getReader();
    await readNow(reader, 1);
    hub.close();
    expect((await reader.read()).done).toBe(true);
    expect(hub.full).toBe(true);
    expect(demand).toEqual([true, false]);
  });
});
