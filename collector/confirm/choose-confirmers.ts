/** Who is asked to look again: the agent that saw it, its siblings, and agents of one neighbouring region; or who can tell two places apart. Pure. */
import { createHash } from 'node:crypto';
import type { ConfirmAsked, ConfirmRole, Suspicion } from '../detect/confirmation.ts';
import type { AgentView } from '../registry/registry.ts';
import { CONFIRM_LIMITS } from './limits.ts';

type Candidate = Pick<AgentView, 'id' | 'labels'>;

/** `able`: agents that are connected, run the check, and may be asked. Deterministic, so that nobody is picked on by chance. */
export function chooseConfirmers(suspicion: Suspicion, able: readonly Candidate[]): readonly ConfirmAsked[] {
  if (suspicion.telling) {
    const byId = new Map(able.map((agent) => [agent.id, agent]));
    const telling = suspicion.telling.agents.flatMap((id) => byId.get(id) ?? []);
    return asked(telling.slice(0, CONFIRM_LIMITS.telling.value), 'telling');
  }
  const home = able.filter(({ labels }) => labels.region === suspicion.region);
  const same = home.filter(({ id }) => id === suspicion.agent);
  const others = home.filter(({ id }) => id !== suspicion.agent);
  const away = able.filter(({ labels }) => labels.region !== suspicion.region);
  const from = placeOf(home.length > 0 ? home : same);
  const neighbours = nearestRegion(away, from);
  return [
    ...asked(same, 'same'),
    ...asked(siblings(others, same, suspicion), 'sibling'),
    ...asked(spread(neighbours, [], CONFIRM_LIMITS.neighbours.value, suspicion), 'neighbour'),
  ];
}

function asked(agents: readonly Candidate[], role: ConfirmRole): ConfirmAsked[] {
  return agents.map((agent) => ({
    agent: agent.id,
    region: agent.labels.region,
    role,
    network: networkOf(agent),
  }));
}

/**
 * One on the very network of the agent that saw it, where there is one, the others on other networks: between the two an agent is
 * told from its provider, and a provider from the region.
 */
function siblings(
  others: readonly Candidate[],
  same: readonly Candidate[],
  suspicion: Suspicion,
): readonly Candidate[] {
  const home = same[0] && networkOf(same[0]);
  const own = home === undefined ? [] : others.filter((agent) => networkOf(agent) === home);
  const elsewhere = others.filter((agent) => !own.includes(agent));
  const twin = elsewhere.length > 0 ? spread(own, [], 1, suspicion) : [];
  const further = spread(elsewhere, same, CONFIRM_LIMITS.siblings.value - twin.length, suspicion);
  const chosen = [...further, ...twin];
  const left = own.filter((agent) => !twin.includes(agent));
  return [...chosen, ...spread(left, same, CONFIRM_LIMITS.siblings.value - chosen.length, suspicion)];
}

/**
 * So many of them, each on a network that was not taken yet while there is one: two agents behind one provider fail together.
 * Among equals the turn is by the check, so that the same agent is not asked for all of them.
 */
function spread(
  candidates: readonly Candidate[],
  beside: readonly Candidate[],
  count: number,
  { probe, target }: Suspicion,
): Candidate[] {
  const turn = (agent: Candidate) =>
    createHash('sha256')
      .update(JSON.stringify([agent.id, probe, target]))
      .digest('hex');
  const waiting = candidates
    .map((agent) => ({ agent, turn: turn(agent) }))
    .sort((a, b) => (a.turn < b.turn ? -1 : 1))
    .map(({ agent }) => agent);
  const networks = new Set(beside.map(networkOf));
  const chosen: Candidate[] = [];
  while (chosen.length < count) {
    const fresh = waiting.findIndex((agent) => !networks.has(networkOf(agent)));
    const [next] = waiting.splice(Math.max(0, fresh), 1);
    if (!next) break;
    networks.add(networkOf(next));
    chosen.push(next);
  }
  return chosen;
}

/** As people name it: `AS3320 Example Telekom, example`; empty where no label says. */
function networkOf({ labels: { asn, isp, provider } }: Candidate): string {
  const carrier = [asn > 0 ? `AS${asn}` : '', isp].filter((part) => part !== '').join(' ');
  return [carrier, provider].filter((part) => part !== '').join(', ');
}

interface Place {
  readonly lat: number;
  readonly lon: number;
}

/** The agents of the region that is nearest by the middle of its agents; by name among equals. */
function nearestRegion(away: readonly Candidate[], from: Place): readonly Candidate[] {
  const regions = Map.groupBy(away, ({ labels }) => labels.region);
  const [nearest] = [...regions]
    .map(([region, agents]) => ({ region, agents, far: distance(from, placeOf(agents)) }))
    .sort((a, b) => a.far - b.far || (a.region < b.region ? -1 : 1));
  return nearest?.agents ?? [];
}

const RADIANS = Math.PI / 180;

/** The middle of agents on the sphere: a mean of longitudes would be wrong at the date line. */
function placeOf(agents: readonly Candidate[]): Place {
  let [x, y, z] = [0, 0, 0];
  for (const { labels } of agents) {
    const [lat, lon] = [labels.lat * RADIANS, labels.lon * RADIANS];
    x += Math.cos(lat) * Math.cos(lon);
    y += Math.cos(lat) * Math.sin(lon);
    z += Math.sin(lat);
  }
  return { lat: Math.atan2(z, Math.hypot(x, y)) / RADIANS, lon: Math.atan2(y, x) / RADIANS };
}

/** The angle between two places, in radians: haversine. */
function distance(a: Place, b: Place): number {
  const [dLat, dLon] = [(b.lat - a.lat) * RADIANS, (b.lon - a.lon) * RADIANS];
  const h =
    Math.sin(dLat / 2) ** 2 + Math.cos(a.lat * RADIANS) * Math.cos(b.lat * RADIANS) * Math.sin(dLon / 2) ** 2;
  return 2 * Math.asin(Math.min(1, Math.sqrt(h)));
}
