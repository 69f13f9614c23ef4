/** What was applied, and whether anybody runs it; and whether anybody is told of what is found. */
import type { ProbeJson } from '../../collector/api/answers/checks.ts';
import { CliError } from '../support/cli-error.ts';
import { readRoutes } from '../support/read-routes.ts';
import { type Check, counted, listed, problem, skipped, warning, well } from './check.ts';
import type { DoctorAgent } from './scene.ts';

const names = (probes: readonly { readonly name: string }[]): string =>
  listed(probes.map(({ name }) => name));

const anyProbes: Check = {
  name: 'probes',
  area: 'probes',
  async look(scene) {
    const probes = await scene.probes();
    if (probes.length > 0) return well(`${counted(probes.length, 'probe')} declared.`);
    return warning(
      'No probe is declared.',
      'Agents are connected and do nothing.',
      'outrider probes import https://cdn.example.net/v.m3u8 > probes.yaml; outrider probes apply -f probes.yaml',
    );
  },
};

const paused: Check = {
  name: 'probes-paused',
  area: 'probes',
  async look(scene) {
    const probes = await scene.probes();
    const still = probes.filter((probe) => probe.paused);
    if (still.length === 0) return well('No probe is paused.');
    return warning(
      `${counted(still.length, 'probe')} of ${probes.length} paused: ${names(still)}.`,
      'What is paused sees nothing, and its promises are not counted meanwhile.',
      `outrider probes resume ${still[0]?.name}; and see paused: in the file that is applied`,
    );
  },
};

/** Why no agent takes a probe, as far as it can be told from outside. */
function reasonOf({ type }: ProbeJson, agents: readonly DoctorAgent[]): string {
  const live = agents.filter(({ state }) => state === 'connected');
  if (live.length === 0) return 'no agent is connected';
  if (live.some(({ probe_types }) => probe_types.includes(type)))
    return 'its from: matches none that can run it';
  return ['video-start', 'feed'].includes(type)
    ? 'no agent has a browser'
    : `no agent takes probes of type ${type}`;
}

const unrun: Check = {
  name: 'probes-unrun',
  area: 'probes',
  async look(scene) {
    const probes = await scene.probes();
    const idle = probes.filter((probe) => !probe.paused && probe.agents.length === 0);
    if (idle.length === 0) return well('Every probe that is not paused has agents that run it.');
    const agents = await scene.agents();
    const texts = idle.map((probe) => `${probe.name} (${reasonOf(probe, agents)})`);
    return problem(
      `${counted(idle.length, 'probe')} that no agent runs: ${listed(texts)}.`,
      'Nothing is measured, and nothing is expected either: it does not even look missed.',
      `outrider probes explain ${idle[0]?.name} and outrider agents list: compare from: with the labels; --browser auto gives an agent a browser`,
    );
  },
};

const FORBIDDEN_SQL = `SELECT probe, uniqExact(agent) AS agents, count() AS runs, anyLast(message) AS said FROM runs
  WHERE code = 'forbidden_target' AND scheduled_at > now() - INTERVAL 1 HOUR GROUP BY probe ORDER BY runs DESC LIMIT 20`;

const forbidden: Check = {
  name: 'targets-forbidden',
  area: 'probes',
  async look(scene) {
    const rows = await scene.rows(FORBIDDEN_SQL);
    if (rows.length === 0) return well('No agent refused a target within the hour.');
    const texts = rows.map(
      ([probe, agents, runs]) => `${probe} (${runs} runs at ${counted(Number(agents), 'agent')})`,
    );
    return problem(
      `Agents refuse targets of ${listed(texts)}: ${String(rows[0]?.[3] ?? '')}`,
      'Private, loopback and metadata addresses are refused unless the owner of the agent allows them: these runs never leave it.',
      'agent start --allow 10.1.2.0/24 at these agents, or give the target a public address',
    );
  },
};

/** The samples of one family of `/metrics`. */
function samplesOf(text: string, family: string): { readonly labels: string; readonly value: number }[] {
  return [...text.matchAll(new RegExp(`^${family}(?:\\{(.*)\\})? (\\S+)$`, 'gm'))].map(
    ([, labels = '', value]) => ({
      labels,
      value: Number(value),
    }),
  );
}

const told: Check = {
  name: 'told',
  area: 'probes',
  async look(scene, signal) {
    await scene.there();
    const response = await fetch(new URL('/metrics', scene.collector), { signal });
    if (!response.ok) throw new Error(`the collector answered ${response.status} to /metrics`);
    const text = await response.text();
    const hint =
      'collector start --routes routes.yaml (or --webhook URL); outrider routes check routes.yaml --send RECEIVER';
    const waiting = samplesOf(text, 'outrider_notifications_waiting');
    if (waiting.length === 0)
      return warning(
        'Nobody is told of incidents: the collector has no receiver.',
        'They stand in the list and on the dashboard, for whoever looks.',
        hint,
      );
    if (samplesOf(text, 'outrider_notify_routes_stale')[0]?.value === 1)
      return problem(
        'The file of routes cannot be used as it is now.',
        'What it said before is in force until the collector starts again, and then it does not start.',
        hint,
      );
    const old = samplesOf(text, 'outrider_notifications_oldest_seconds').filter(({ value }) => value > 120);
    if (old.length > 0)
      return problem(
        `${listed(old.map(({ labels }) => labels))} did not take a notice for ${Math.round(old[0]?.value ?? 0)} s.`,
        'They hear of incidents when they are back, as things are then.',
        hint,
      );
    const unrouted = samplesOf(text, 'outrider_notify_unrouted')[0]?.value ?? 0;
    if (unrouted > 0)
      return warning(
        `${counted(unrouted, 'open incident')} that no route takes.`,
        'Nobody is told of it.',
        'Add a route without match: at the end of the file of routes',
      );
    return well(`${counted(waiting.length, 'receiver')}, and nothing waits to be told.`);
  },
};

const routesFile: Check = {
  name: 'routes-file',
  area: 'probes',
  look({ named }) {
    if (named.routes === undefined) return skipped('No file of routes is named; --routes FILE looks at one.');
    try {
      const { receivers, routes } = readRoutes(named.routes);
      const all = routes.some(({ match }) => Object.keys(match ?? {}).length === 0);
      if (all) return well(`${counted(routes.length, 'route')} to ${counted(receivers.length, 'receiver')}.`);
      return warning(
        `No route of ${named.routes} takes everything.`,
        'Nobody is told of incidents that none of them matches.',
        'Add a route without match: at the end',
      );
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      return problem(
        `${error.message}: ${error.why ?? ''}`,
        'A collector does not start with it; one that runs keeps what it said before.',
        error.hint ?? '',
      );
    }
  },
};

export const PROBE_CHECKS: readonly Check[] = [anyProbes, paused, unrun, forbidden, told, routesFile];
