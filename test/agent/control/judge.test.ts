import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Look } from '../../../agent/control/control-probe.ts';
import type { Disturbance } from '../../../agent/control/disturbance.ts';
import { createJudge } from '../../../agent/control/judge.ts';
import { CONTROL_LIMITS } from '../../../agent/control/limits.ts';
import { systemClock } from '../../../agent/time.ts';
import { createNetwork } from '../../../probes/net/create-network.ts';
import type { Failure } from '../../../probes/outcome.ts';
import type { RunResult } from '../../../probes/probe.ts';
import { type Reached, RunRecorder } from '../../../probes/run-recorder.ts';
import { makeCertificate } from '../../probes/net/certificates.ts';
import { OK } from '../fixtures.ts';

const NEVER = new AbortController().signal;
const CUT_OFF: Look = {
  linkUp: false,
  anchors: [{ anchor: 'tcp://192.0.2.1:1', reached: false, layer: 'connect', code: 'timeout' }],
};

function judging(look: Look, clock?: { offsetMs: number; errorMs: number }) {
  let looks = 0;
  const dialled: Pick<Reached, 'host' | 'port'>[] = [];
  const judge = createJudge({
    control: {
      look: async () => {
        looks += 1;
        return look;
      },
      dialAgain: async ({ host, port }) => {
        dialled.push({ host, port });
        return 'accepts';
      },
    },
    clock: { wallMs: () => Date.now() },
    offset: { offsetMs: () => clock?.offsetMs ?? 0, errorMs: () => clock?.errorMs },
  });
  const of = (result: RunResult, disturbances: readonly Disturbance[] = [], recorder?: RunRecorder) =>
    judge(
      { result, disturbances, lost: { ms: 0, ratio: 0 }, durationMs: 1000, ...(recorder && { recorder }) },
      NEVER,
    );
  return { of, looks: () => looks, dialled };
}

/** What a run has seen that dialled this server. */
async function seenOf(server: Server, protocol: 'http:' | 'https:') {
  server.on('connection', (socket: Socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const recorder = new RunRecorder(systemClock);
  const network = createNetwork({
    policy: { allow: ['127.0.0.0/8'], deny: [] },
    connectTo: { 'video.test:80': `127.0.0.1:${port}`, 'video.test:443': `127.0.0.1:${port}` },
    nameServers: [],
  });
  const endpoint = { protocol, hostname: 'video.test', port: protocol === 'http:' ? 80 : 443 } as const;
  const end = await recorder.network(network).connect(endpoint, NEVER);
  if (end.ok) end.socket.destroy();
  return { recorder, port };
}

function failed(failure: Omit<Failure, 'message'>): RunResult {
  return {
    ...OK,
    outcome: 'fail',
    failure: { ...failure, message: 'as the probe saw it' },
    attributes: { pop: 'fra' },
  };
}

describe('a judge', () => {
  it('leaves a run that went well alone, and asks nobody', async () => {
    const { of, looks } = judging(CUT_OFF);
    expect(await of(OK)).toEqual(OK);
    expect(looks()).toBe(0);
  });

  it('says on a disturbed run what disturbed it', async () => {
    const { attributes } = await judging(CUT_OFF).of(OK, ['event_loop', 'memory']);
    expect(attributes).toEqual({ disturbed_by: 'event_loop,memory' });
  });

  it('changes the blame of a failure and nothing else of it, and says by which rule', async () => {
    const seen = { layer: 'connect', blame: 'network', code: 'timeout' } as const;
    const result = await judging(CUT_OFF).of(failed(seen));
    expect(result).toMatchObject({
      outcome: 'fail',
      failure: { ...seen, blame: 'agent', message: 'as the probe saw it' },
      attributes: { pop: 'fra', blame_rule: 'uplink_dead', control: 'anchors 0/1, link down' },
    });
  });

  it('asks nobody about what the agent says of itself', async () => {
    const { of, looks } = judging(CUT_OFF);
    const result = await of(failed({ layer: 'agent', blame: 'agent', code: 'browser_missing' }));
    expect(result).toMatchObject({ failure: { blame: 'agent' }, attributes: { blame_rule: 'own_fault' } });
    expect(looks()).toBe(0);
  });

  it('holds a certificate against the clock only once that was measured', async () => {
    const expired = failed({ layer: 'tls', blame: 'target', code: 'cert_expired' });
    const look: Look = { linkUp: true, anchors: [] };
    expect(await judging(look).of(expired)).toMatchObject({ failure: { blame: 'target' } });
    const offsetMs = 2 * CONTROL_LIMITS.clockWrongMs.value;
    expect(await judging(look, { offsetMs, errorMs: 5 }).of(expired)).toMatchObject({
      failure: { blame: 'agent' },
      attributes: { blame_rule: 'clock_wrong' },
    });
  });

  it('dials again where a run had been connected that heard nothing more', async () => {
    const { recorder, port } = await seenOf(createServer(), 'http:');
    const { of, dialled } = judging({ linkUp: true, anchors: [] });
    const silent = failed({ layer: 'http', blame: 'unknown', code: 'timeout' });
    expect(await of(silent, [], recorder)).toMatchObject({
      failure: { layer: 'http', code: 'timeout', blame: 'target' },
      attributes: { blame_rule: 'target_answers' },
    });
    expect(dialled).toEqual([{ host: '127.0.0.1', port }]);
  });

  it('does not trouble a target that has answered, nor one that was never reached', async () => {
    const { recorder } = await seenOf(createServer(), 'http:');
    const { of, dialled } = judging({ linkUp: true, anchors: [] });
    await of(failed({ layer: 'http', blame: 'target', code: 'status' }), [], recorder);
    const unseen = new RunRecorder(systemClock);
    await of(failed({ layer: 'connect', blame: 'network', code: 'timeout' }), [], unseen);
    expect(dialled).toEqual([]);
  });

  it('dials again where a disturbed run found nobody, and where one was reset at once', async () => {
    const gone = createServer();
    const { port } = await seenOf(gone, 'http:');
    await new Promise((resolve) => gone.close(resolve));
    const recorder = new RunRecorder(systemClock);
    const network = createNetwork({
      policy: { allow: ['127.0.0.0/8'], deny: [] },
      connectTo: {},
      nameServers: [],
    });
    await recorder
      .network(network)
      .connect({ protocol: 'http:', hostname: '127.0.0.1', port }, AbortSignal.abort());
    const { of, dialled } = judging({ linkUp: true, anchors: [] });
    const failure = { layer: 'connect', blame: 'network', code: 'timeout' } as const;
    await of(failed(failure), [], recorder);
    expect(dialled).toEqual([]);
    await of(failed(failure), ['cpu_wait'], recorder);
    await of(failed({ ...failure, code: 'reset' }), [], recorder);
    expect(dialled).toEqual([
      { host: '127.0.0.1', port },
      { host: '127.0.0.1', port },
    ]);
  });

  it('reads in the certificate itself by whose clock it has expired', async () => {
    const hour = 1 / 24;
    const own = makeCertificate({ names: ['video.test'], fromDays: -2 * hour, untilDays: -hour });
    const { recorder } = await seenOf(createTlsServer(own), 'https:');
    const expired = failed({ layer: 'tls', blame: 'target', code: 'cert_expired' });
    const look: Look = { linkUp: true, anchors: [] };
    const judged = (offsetMs: number) => judging(look, { offsetMs, errorMs: 5 }).of(expired, [], recorder);
    expect(await judged(0)).toMatchObject({
      failure: { blame: 'target' },
      attributes: { blame_rule: 'certificate_expired' },
    });
    expect(await judged(-1.5 * 3_600_000)).toMatchObject({
      failure: { blame: 'agent' },
      attributes: { blame_rule: 'clock_wrong' },
    });
  });
});
