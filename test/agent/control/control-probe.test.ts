import { createServer, type Server } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ControlProbe } from '../../../agent/control/control-probe.ts';
import { CONTROL_LIMITS } from '../../../agent/control/limits.ts';
import { DelaySampler } from '../../../agent/delay-sampler.ts';
import { systemClock, systemTimers } from '../../../agent/time.ts';
import { createNetwork } from '../../../probes/net/create-network.ts';
import type { Network } from '../../../probes/net/network.ts';
import { settle, VirtualTime } from '../virtual-time.ts';

const NEVER = new AbortController().signal;

/** A server on loopback that counts who comes. */
async function anchor(): Promise<{ address: string; visits: () => number; server: Server }> {
  let visits = 0;
  const server = createServer((socket) => {
    visits += 1;
    socket.on('error', () => {}).resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  return { address: `tcp://127.0.0.1:${port}`, visits: () => visits, server };
}

const loopback = (allow = ['127.0.0.0/8']) =>
  createNetwork({ policy: { allow, deny: [] }, connectTo: {}, nameServers: [] });

function control(
  anchors: readonly string[],
  changes: { network?: Network; time?: VirtualTime; linkUp?: boolean } = {},
) {
  const { clock, timers } = changes.time ?? { clock: systemClock, timers: systemTimers };
  return new ControlProbe({
    anchors,
    clock,
    timers,
    network: changes.network ?? loopback(),
    sampler: new DelaySampler(clock, timers),
    hears: async () => changes.linkUp ?? true,
  });
}

/** A network that answers nobody, ever. */
const blackhole: Network = {
  ...loopback(),
  connect: (_endpoint, signal) =>
    new Promise((resolve) => {
      const timeout = {
        layer: 'connect',
        blame: 'network',
        code: 'timeout',
        message: 'nobody came',
      } as const;
      const end = (): void => resolve({ ok: false, failure: timeout });
      if (signal.aborted) end();
      signal.addEventListener('abort', end);
    }),
};

describe('ControlProbe', () => {
  it('says of each anchor whether it was reached, and how it was not', async () => {
    const [there, gone] = [await anchor(), await anchor()];
    await new Promise((resolve) => gone.server.close(resolve));
    const look = await control([there.address, gone.address], { linkUp: false }).look(NEVER);
    expect(look).toEqual({
      linkUp: false,
      anchors: [
        { anchor: there.address, reached: true },
        { anchor: gone.address, reached: false, layer: 'connect', code: 'refused' },
      ],
    });
  });

  it('looks once for all failures within sharedMs, and again for the next', async () => {
    const time = new VirtualTime();
    let dials = 0;
    const failure = { layer: 'connect', blame: 'target', code: 'refused', message: 'no' } as const;
    const network: Network = {
      ...loopback(),
      connect: async () => {
        dials += 1;
        return { ok: false, failure };
      },
    };
    const probe = control(['tcp://192.0.2.1:1', 'tcp://192.0.2.2:1'], { network, time });
    const [first, second] = [probe.look(NEVER), probe.look(NEVER)];
    expect(await first).toBe(await second);
    time.advance(CONTROL_LIMITS.sharedMs.value - 1);
    expect(await probe.look(NEVER)).toBe(await first);
    expect(dials).toBe(2);
    time.advance(1);
    await probe.look(NEVER);
    expect(dials).toBe(4);
  });

  it('ends after lookMs: an anchor that has not answered by then was not reached', async () => {
    const time = new VirtualTime();
    const look = control(['tcp://192.0.2.1:1'], { network: blackhole, time }).look(NEVER);
    let ended = false;
    void look.then(() => (ended = true));
    await time.advanceSettling(CONTROL_LIMITS.lookMs.value - 10);
    expect(ended).toBe(false);
    await time.advanceSettling(20);
    expect((await look).anchors).toEqual([
      { anchor: 'tcp://192.0.2.1:1', reached: false, layer: 'connect', code: 'timeout' },
    ]);
    expect(time.armed).toBe(0);
  });

  it('does not hold an anchor to have been out of reach while the agent itself stood still', async () => {
    const time = new VirtualTime();
    const look = control(['tcp://192.0.2.1:1'], { network: blackhole, time }).look(NEVER);
    await settle();
    time.freeze(CONTROL_LIMITS.lookMs.value * 2);
    await time.advanceSettling(20);
    expect((await look).anchors).toEqual([]);
  });

  it('ends with what it has when the agent stops', async () => {
    const stop = new AbortController();
    const look = control(['tcp://192.0.2.1:1'], { network: blackhole }).look(stop.signal);
    stop.abort();
    expect((await look).anchors).toEqual([]);
  });

  it('gives an anchor that the address policy forbids no say', async () => {
    const { address, visits } = await anchor();
    const look = await control([address], { network: loopback([]) }).look(NEVER);
    expect(look.anchors).toEqual([]);
    expect(visits()).toBe(0);
  });

  it('says of the place of a run whether it still takes connections', async () => {
    const [there, gone] = [await anchor(), await anchor()];
    await new Promise((resolve) => gone.server.close(resolve));
    const portOf = ({ address }: { address: string }) => Number(address.split(':').at(-1));
    const again = (port: number) => control([]).dialAgain({ host: '127.0.0.1', port }, NEVER);
    expect(await again(portOf(there))).toBe('accepts');
    expect(await again(portOf(gone))).toBe('refuses');
  });

  it('calls a place silent after lookMs, and not while the agent itself stood still or stops', async () => {
    const place = { host: '192.0.2.1', port: 1 };
    const time = new VirtualTime();
    const probe = control([], { network: blackhole, time });
    const looked = probe.dialAgain(place, NEVER);
    await time.advanceSettling(CONTROL_LIMITS.lookMs.value + 20);
    expect(await looked).toBe('silent');
    const disturbed = probe.dialAgain(place, NEVER);
    await settle();
    time.freeze(CONTROL_LIMITS.lookMs.value * 2);
    await time.advanceSettling(20);
    expect(await disturbed).toBeUndefined();
    expect(await probe.dialAgain(place, AbortSignal.abort())).toBeUndefined();
  });

  it('does not dial again what the address policy forbids', async () => {
    const { address, visits } = await anchor();
    const probe = control([], { network: loopback([]) });
    const port = Number(address.split(':').at(-1));
    expect(await probe.dialAgain({ host: '127.0.0.1', port }, NEVER)).toBeUndefined();
    expect(visits()).toBe(0);
  });
});
