/**
 * Both address families in a race, as browsers dial (Happy Eyeballs, RFC 8305): IPv6 first, IPv4 when that takes long or fails, and the
 * first connection that stands is used. Only for probes that ask for it: what is measured is then what a race gave.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connected, Endpoint, Network, NotConnected } from '../net/network.ts';
import type { Clock } from '../probe.ts';
import { HTTP_LIMITS } from './limits.ts';

type End = Connected | NotConnected;

/**
 * The connection that came first; `connectMs` of it is what the whole race took beside its name resolution and handshake, the wait for
 * the other family included. Where none came, the failure of the family that has addresses.
 */
export async function connectHappily(
  network: Network,
  endpoint: Endpoint,
  clock: Clock,
  signal: AbortSignal,
): Promise<End> {
  const startMs = clock.monotonicMs();
  const races = { 6: new AbortController(), 4: new AbortController() };
  const dial = (family: 4 | 6): Promise<End> =>
    network.connect({ ...endpoint, family }, AbortSignal.any([signal, races[family].signal]));
  const six = dial(6);
  const waiting = new AbortController();
  await Promise.race([
    six.then(() => waiting.abort()),
    sleep(HTTP_LIMITS.eyeballsDelayMs.value, undefined, { signal: waiting.signal }).catch(() => {}),
  ]);
  const early = waiting.signal.aborted ? await six : undefined;
  if (early?.ok) return early;
  const four = dial(4);
  const winner = await firstStanding(six, four);
  if (!winner) return better(await six, await four);
  const tookMs = clock.monotonicMs() - startMs;
  const [loser, race] = winner.family === 6 ? [four, races[4]] : [six, races[6]];
  race.abort();
  const lost = await loser;
  if (lost.ok) lost.socket.destroy();
  const { connected } = winner;
  // Whoever looks on shall take this one for the last.
  network.kept?.(connected, endpoint);
  return { ...connected, connectMs: tookMs - (connected.dnsMs ?? 0) - (connected.tlsMs ?? 0) };
}

interface Winner {
  readonly family: 4 | 6;
  readonly connected: Connected;
}

/** Undefined when neither stands. */
function firstStanding(six: Promise<End>, four: Promise<End>): Promise<Winner | undefined> {
  const standing = async (family: 4 | 6, dialled: Promise<End>): Promise<Winner> => {
    const connected = await dialled;
    if (connected.ok) return { family, connected };
    throw new Error(connected.failure.message);
  };
  return Promise.any([standing(6, six), standing(4, four)]).catch(() => undefined);
}

function better(six: End, four: End): End {
  return !four.ok && four.failure.code === 'not_found' ? six : four;
}
