/** What the agents say of themselves, a rule each: one sentence for the whole fleet, with the worst of them by name. */

import { DIAGNOSIS_LIMITS } from '../../collector/registry/diagnosis.ts';
import { formatBytes, formatSpan } from '../../probes/quantity-text.ts';
import { suggest } from '../../probes/suggest.ts';
import { type Check, counted, type Look, listed, problem, skipped, warning, well } from './check.ts';
import type { Declared, DoctorAgent, LedgerRow, Scene } from './scene.ts';

const ids = (agents: readonly { readonly id: string }[]): string => listed(agents.map(({ id }) => id));
const connected = (agents: readonly DoctorAgent[]) => agents.filter(({ state }) => state === 'connected');

/** A check that looks at the agents; without any there is nothing to look at, which `agents` says. */
function ofAgents(
  name: string,
  look: (agents: readonly DoctorAgent[], scene: Scene) => Look | Promise<Look>,
): Check {
  return {
    name,
    area: 'fleet',
    async look(scene) {
      const agents = await scene.agents();
      return agents.length === 0 ? skipped('No agent has ever connected.') : look(agents, scene);
    },
  };
}

/** The same over the slots of the last hour. */
function ofSlots(name: string, look: (rows: readonly LedgerRow[]) => Look): Check {
  return ofAgents(name, async (_, scene) => look(await scene.ledger()));
}

const anyAgents: Check = {
  name: 'agents',
  area: 'fleet',
  async look(scene) {
    const agents = await scene.agents();
    if (agents.length > 0)
      return well(`${counted(agents.length, 'agent')}, ${connected(agents).length} connected.`);
    return warning(
      'No agent has ever connected.',
      'Nothing is probed: no region has a state, and nothing can be found.',
      `outrider agent start --id NAME --region REGION --collector ${scene.collector.origin.replace(/^http/, 'ws')}; with --auth: outrider agents invite --out FILE`,
    );
  },
};

const silent = ofAgents('agents-silent', (agents) => {
  const gone = agents.filter(({ state }) => state === 'silent');
  if (gone.length === 0) return well('Every agent that did not say goodbye is heard.');
  return (gone.length === agents.length ? problem : warning)(
    `${counted(gone.length, 'agent')} of ${agents.length} silent, and did not say goodbye: ${ids(gone)}.`,
    'Their slots are missed; a region in which several fall silent at once becomes an incident.',
    `outrider agents why ${gone[0]?.id}; then its process, and whether its machine reaches the collector`,
  );
});

const clocks = ofAgents('agents-clock', (agents) => {
  const wrong = connected(agents).filter(
    ({ health }) => Math.abs(health?.clock_offset_ms ?? 0) >= DIAGNOSIS_LIMITS.clockMs.value,
  );
  if (wrong.length === 0) return well('The clocks of all agents agree with the collector’s.');
  const texts = wrong.map(
    ({ health, id }) => `${id} by ${formatSpan(Math.abs(health?.clock_offset_ms ?? 0))}`,
  );
  return problem(
    `${counted(wrong.length, 'clock')} of agents wrong: ${listed(texts)}.`,
    'Their slots, and the times of their results, are off by as much: they vote in the wrong minute.',
    'Set them by NTP on these machines: sudo timedatectl set-ntp true',
  );
});

const spools = ofAgents('agents-spool', (agents) => {
  const refusing = agents.filter(({ health }) => health?.spool?.refusing);
  if (refusing.length > 0)
    return problem(
      `The disks of ${counted(refusing.length, 'agent')} take no writes: ${ids(refusing)}.`,
      'Results are kept in memory, and the oldest are dropped.',
      'Free space on the disk of their data directories',
    );
  const full = agents.filter(
    ({ health }) =>
      health?.spool && health.spool.bytes >= DIAGNOSIS_LIMITS.fullShare.value * health.spool.bytes_max,
  );
  if (full.length === 0) return well('No spool is nearly full.');
  const worst = full[0]?.health?.spool;
  return problem(
    `${counted(full.length, 'spool')} nearly full: ${ids(full)}; ${formatBytes(worst?.bytes ?? 0)} of ${formatBytes(worst?.bytes_max ?? 0)} at the first.`,
    'Then the oldest results are dropped.',
    `outrider agents why ${full[0]?.id}; let it reach the collector, or raise spool.bytesMax of its configuration`,
  );
});

const twins = ofAgents('agents-twins', (agents, { nowMs }) => {
  const since = nowMs() - DIAGNOSIS_LIMITS.rivalMs.value;
  const claimed = agents.filter(({ rival_at: at }) => at != null && Date.parse(at) > since);
  if (claimed.length === 0) return well('No two processes use the id of one agent.');
  return problem(
    `Two processes use the id of ${ids(claimed)}.`,
    'One of them is refused, keeps its results and drops them in the end; images of machines that were cloned do this.',
    'Give each an id and a data directory of its own: --id NAME, --data-dir DIR',
  );
});

const schedules = ofAgents('agents-schedule', (agents, { nowMs }) => {
  const behind = connected(agents).filter(
    ({ health, schedule }) =>
      health?.at != null &&
      schedule.told_at !== null &&
      schedule.revision > 0 &&
      health.schedule_revision !== schedule.revision &&
      Date.parse(health.at) >= Date.parse(schedule.told_at) &&
      nowMs() - Date.parse(schedule.told_at) >= DIAGNOSIS_LIMITS.staleMs.value,
  );
  if (behind.length === 0) return well('Every agent follows the schedule that it was sent.');
  return problem(
    `${counted(behind.length, 'agent')} with an old schedule: ${ids(behind)}.`,
    'They probe what was declared before, and not what was applied since.',
    `outrider agents why ${behind[0]?.id} shows why it refused; an older agent may have to be upgraded`,
  );
});

const dropped = ofSlots('agents-dropped', (rows) => {
  const lossy = rows.filter((row) => row.dropped > 0);
  if (lossy.length === 0) return well('No result was dropped within the hour.');
  const reasons = [...new Set(lossy.flatMap((row) => Object.keys(row.dropped_by_reason)))];
  return problem(
    `${lossy.reduce((sum, row) => sum + row.dropped, 0)} results were dropped within the hour (${reasons.join(', ')}), by ${listed(lossy.map(({ agent }) => agent))}.`,
    'They are gone: these minutes have fewer runs than they should.',
    'Let the agents reach a collector, or give their spools more room: spool.bytesMax, spool.ageMaxMs',
  );
});

/** Slots that were there to be run and were not, by an agent's own doing. */
const MISSED: readonly {
  readonly name: string;
  readonly reason: string;
  readonly word: string;
  readonly hint: string;
}[] = [
  {
    name: 'agents-overrun',
    reason: 'overrun',
    word: 'could not start in time: too many checks at once, or slower than their interval',
    hint: 'outrider schedule plan shows the load; give the checks longer intervals, or the agents more lightConcurrency',
  },
  {
    name: 'agents-shed',
    reason: 'shed',
    word: 'were shed: their machines had too little memory or processor time left',
    hint: 'Give these machines more memory, or fewer browser checks',
  },
  {
    name: 'agents-capped',
    reason: 'capped',
    word: 'were not run: the owners of the agents let them run no more (caps)',
    hint: 'outrider schedule plan shows the load; fewer checks, or ask the owners for more',
  },
];

const missed = MISSED.map(({ hint, name, reason, word }) =>
  ofSlots(name, (rows) => {
    const hit = rows.filter((row) => (row.missed_by_reason[reason] ?? 0) > 0);
    if (hit.length === 0) return well(`No slot of the last hour was missed as ${reason}.`);
    const slots = hit.reduce((sum, row) => sum + (row.missed_by_reason[reason] ?? 0), 0);
    return warning(
      `${counted(slots, 'slot')} of the last hour ${word}. At ${listed(hit.map(({ agent }) => agent))}.`,
      'What is not run is not seen: the region has fewer votes, and faults show later.',
      hint,
    );
  }),
);

const regions = ofAgents('regions', async (agents, scene) => {
  const { spec } = await scene.ask<{ spec: Declared }>('/api/v1/spec');
  const declared = (spec.regions ?? []).map(({ name }) => name);
  const counts = new Map<string, number>();
  for (const { region, state } of agents)
    if (state !== 'stopped') counts.set(region, (counts.get(region) ?? 0) + 1);
  const strange: string[] = [];
  for (const [region, count] of counts) {
    if (declared.includes(region)) continue;
    const others = [...counts]
      .filter(([name, more]) => name !== region && more >= count)
      .map(([name]) => name);
    const meant = suggest(region, [...declared, ...others]);
    // Numbers at the end tell regions apart: eu-west-1 and eu-west-2.
    const isNumbered = meant !== undefined && meant.replace(/\d+/g, '') === region.replace(/\d+/g, '');
    if (meant !== undefined && !isNumbered) strange.push(`${region} (${meant}?)`);
    else if (declared.length > 0) strange.push(`${region} (not among the ${declared.length} declared)`);
  }
  if (strange.length === 0)
    return well(`${counted(counts.size, 'region')}, none with a name that looks misspelt.`);
  return warning(
    `Regions that are probably misspelt at their agents: ${listed(strange)}.`,
    'Such an agent is a region by itself: it votes alone, no probe with from: selects it, and its region has one witness less.',
    'Mend labels.region of its configuration and start it again; or declare the region: regions: in probes.yaml',
  );
});

const labels = ofAgents('labels', (agents) => {
  const bare = connected(agents).filter(({ asn, country, isp }) => country === '' && asn === 0 && isp === '');
  if (bare.length === 0 || bare.length < agents.length / 2)
    return well('Most agents say in which network they stand.');
  return warning(
    `${bare.length} of ${agents.length} agents say neither country, provider nor ASN: ${ids(bare)}.`,
    'Incidents can then name a region, never a network or a country.',
    'At these agents: --country DE --isp "Deutsche Telekom" --asn 3320',
  );
});

const sealed = ofAgents('secrets', (agents) => {
  const locked = agents.filter(({ health }) =>
    /sealed for other agents alone|cannot be opened/.test(health?.last_error ?? ''),
  );
  if (locked.length === 0) return well('No agent complains of a secret that it cannot open.');
  return problem(
    `${counted(locked.length, 'agent')} cannot open a sealed secret: ${ids(locked)}. ${locked[0]?.health?.last_error ?? ''}`,
    'Their runs of that probe go without credentials, and fail with 401 or 403: it looks like the target.',
    `outrider secrets key ${locked[0]?.id} asks for its key; seal the secret for it as well: outrider secrets seal`,
  );
});

export const FLEET_CHECKS: readonly Check[] = [
  anyAgents,
  silent,
  twins,
  clocks,
  spools,
  dropped,
  schedules,
  ...missed,
  regions,
  labels,
  sealed,
];
