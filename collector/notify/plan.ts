/** Which lanes there are, and which incidents each is to hear of. Pure. */
import type { LanePolicy } from './lane.ts';
import { type MaintenanceWindow, occurrenceAt } from './maintenance.ts';
import { type Facets, type Match, matches } from './matchers.ts';
import type { SecretRef } from './secret-ref.ts';
import type { Receiver } from './senders/index.ts';
import { msOf, type NotifySettings, type RouteSettings, routeSchema } from './settings.ts';
import { isInForce, type Silence } from './silence-table.ts';

/** A webhook of the command line: every incident, every alarm, each for itself. */
export interface WebhookReceiver {
  readonly url: string;
  /** Key of the signature in `x-outrider-signature`; without it nothing is signed. */
  readonly secret?: string;
}

/** One route with one receiver. */
export interface Lane {
  /** `ROUTE/RECEIVER`. */
  readonly name: string;
  readonly route: string;
  readonly receiver: string;
  readonly policy: LanePolicy;
}

interface Route {
  readonly name: string;
  readonly match: Match;
  readonly goesOn: boolean;
  readonly modelAlarms: boolean;
  readonly lanes: readonly Lane[];
}

export interface NotifyPlan {
  readonly dashboard: string | null;
  readonly receivers: readonly Receiver[];
  readonly routes: readonly Route[];
  readonly windows: readonly MaintenanceWindow[];
}

/** No name of a file can be this. */
const COMMAND_LINE = '--webhook';

/** Routes and windows that people applied, with whatever else they said. */
export type AppliedRoutes = Pick<NotifySettings, 'maintenance'> & {
  readonly routes?: NotifySettings['routes'] | undefined;
};

/** Routes that were applied are in force in place of those of the file; windows beside them. */
export function planOf(
  settings: NotifySettings | undefined,
  webhooks: readonly WebhookReceiver[],
  applied: AppliedRoutes = { maintenance: [] },
): NotifyPlan {
  const given = webhooks.map(({ secret, url }, i): Receiver => {
    const key: SecretRef | undefined = secret === undefined ? undefined : { value: secret };
    return {
      name: `${COMMAND_LINE}-${i + 1}`,
      type: 'webhook',
      url: { value: url },
      ...(key && { secret: key }),
    };
  });
  const receivers: readonly Receiver[] = [...given, ...(settings?.receivers ?? [])];
  const byName = new Map(receivers.map((receiver) => [receiver.name, receiver]));
  // The receivers of a file may have gone since, or be those of another collector.
  const named = (applied.routes ?? settings?.routes ?? []).map((route) => ({
    ...route,
    receivers: route.receivers.filter((name) => byName.has(name)),
  }));
  const routes = named.filter((route) => route.receivers.length > 0).map((route) => routeOf(route, byName));
  return {
    dashboard: settings?.dashboard ?? null,
    receivers,
    routes: given.length > 0 ? [commandLineRoute(given), ...routes] : routes,
    windows: [...(settings?.maintenance ?? []), ...applied.maintenance],
  };
}

function commandLineRoute(receivers: readonly Receiver[]): Route {
  const policy: LanePolicy = {
    waitMs: 0,
    updateEveryMs: 10_000,
    remindEveryMs: 0,
    flapMs: 0,
    flapOpens: Number.POSITIVE_INFINITY,
    noDataMs: 180_000,
    rate: 100,
    rateMs: 600_000,
  };
  const lanes = receivers.map(({ name }) => ({
    name: `${COMMAND_LINE}/${name}`,
    route: COMMAND_LINE,
    receiver: name,
    policy,
  }));
  return { name: COMMAND_LINE, match: {}, goesOn: true, modelAlarms: true, lanes };
}

function routeOf(route: RouteSettings, receivers: ReadonlyMap<string, Receiver>): Route {
  return {
    name: route.name,
    match: route.match,
    goesOn: route.continue,
    modelAlarms: route.model_alarms,
    lanes: route.receivers.map((receiver) => ({
      name: `${route.name}/${receiver}`,
      route: route.name,
      receiver,
      policy: policyOf(route, receivers.get(receiver)?.type),
    })),
  };
}

/**
 * A lane of which conversations are left while the file has it no more: what its receiver was told of it hears to the end, and nothing
 * else. Undefined where the receiver is gone as well.
 */
export function laneLeft(plan: Pick<NotifyPlan, 'receivers'>, name: string): Lane | undefined {
  const [route = '', receiver = ''] = name.split('/');
  const known = plan.receivers.find((one) => one.name === receiver);
  if (!known) return undefined;
  const policy = policyOf(
    routeSchema.parse({ name: 'left', receivers: ['left'], remind_every: '0s' }),
    known.type,
  );
  return { name, route, receiver, policy };
}

function policyOf(route: RouteSettings, type: Receiver['type'] | undefined): LanePolicy {
  const policy: LanePolicy = {
    waitMs: msOf(route.wait),
    updateEveryMs: msOf(route.update_every),
    remindEveryMs: msOf(route.remind_every),
    flapMs: msOf(route.flap_within),
    flapOpens: route.flap_opens,
    noDataMs: msOf(route.no_data_after),
    rate: route.rate,
    rateMs: msOf(route.rate_within),
  };
  // Alertmanager groups, limits and reminds by itself, and keeps each alert under its labels.
  if (type === 'alertmanager')
    return { ...policy, updateEveryMs: 0, remindEveryMs: 0, rate: Number.POSITIVE_INFINITY };
  return policy;
}

/** Names of the routes that take an incident: the first that matches, and on while they say `continue`. */
export function routesFor(plan: Pick<NotifyPlan, 'routes'>, facets: Facets): string[] {
  const taken: string[] = [];
  for (const { goesOn, match, name } of plan.routes) {
    if (!matches(match, facets, 'some')) continue;
    taken.push(name);
    if (!goesOn) break;
  }
  return taken;
}

/** What is in force at a moment, of all that may keep incidents quiet: found once, held against each of them. */
export function quietsAt(
  silences: readonly Silence[],
  windows: readonly MaintenanceWindow[],
  nowMs: number,
): readonly Quiet[] {
  return [
    ...silences
      .filter((one) => isInForce(one, nowMs))
      .map(({ id, match }) => ({ name: `silence ${id}`, match })),
    ...windows
      .filter((one) => occurrenceAt(one, nowMs) !== undefined)
      .map(({ match, name }) => ({ name: `maintenance ${name}`, match })),
  ];
}

export interface Quiet {
  /** `silence 3f0a12bc`, `maintenance cdn-nights`. */
  readonly name: string;
  readonly match: Match;
}

/** What keeps an incident quiet: the first that means all that it concerns. */
export function quietBy(facets: Facets, quiets: readonly Quiet[]): string | null {
  return quiets.find(({ match }) => matches(match, facets, 'every'))?.name ?? null;
}
