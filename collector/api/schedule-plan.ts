/** `/schedule/plan`: who runs what, as things are, or as a specification would make it. Nothing is changed. */
import { Hono } from 'hono';
import { z } from 'zod';
import type { Clock } from '../../probes/probe.ts';
import type { ProbeSpec } from '../../probes/spec.ts';
import { planSchedule, type SchedulePlan } from '../plan/plan.ts';
import { TimeToDetect } from '../plan/time-to-detect.ts';
import { REGISTRY_LIMITS } from '../registry/limits.ts';
import type { AgentView, Registry } from '../registry/registry.ts';
import { checkSpec } from '../registry/spec-check.ts';
import { withGroups } from '../registry/specs.ts';
import { type PlanJson, planAnswer } from './answers/checks.ts';
import { operation } from './operation.ts';
import { parseBody } from './params.ts';

const planSchema = z.strictObject({ spec: z.unknown() });

const rounded = (value: number): number => Math.round(value * 100) / 100;

function planJson({ probes, agents }: SchedulePlan): PlanJson {
  return {
    probes: probes.map((plan) => ({
      probe: plan.probe,
      type: plan.type,
      every_ms: plan.everyMs,
      targets: plan.targets,
      paused: plan.paused,
      agents: plan.places.reduce((sum, { chosen }) => sum + chosen.length, 0),
      short: plan.short,
      runs_per_minute: rounded(plan.runsPerMinute),
      places: plan.places.map(({ value, wanted, matching, chosen }) => ({
        ...{ value, wanted: wanted ?? null, matching },
        agents: chosen.map(({ id }) => id),
      })),
      regions: plan.regions.map(({ region, agents: watching, detection }) => ({
        ...{ region, agents: watching },
        detect_outage_ms: detection?.afterMs ?? null,
        detected_as: detection?.scope ?? null,
      })),
    })),
    agents: agents.map((load) => ({
      agent: load.agent,
      region: load.region,
      checks: load.checks,
      runs_per_minute: rounded(load.runsPerMinute),
      at_once_max: rounded(load.atOnceMax),
      browser_at_once_max: rounded(load.browserAtOnceMax),
    })),
  };
}

/** Those that places are given to. */
function agentsThere(registry: Registry, nowMs: number): AgentView[] {
  return registry.agents().filter(({ state, lastSeenMs, stoppedAtMs }) => {
    const agoMs = nowMs - (stoppedAtMs ?? lastSeenMs);
    return state === 'connected' || agoMs < REGISTRY_LIMITS.rebalanceAfterMs.value;
  });
}

/** The probes as they are, with places that are plain. */
const probesOf = (registry: Registry): ProbeSpec[] =>
  registry.probes().map(({ spec }) => ({ ...spec, from: registry.placesOf(spec.from) }));

/** The probes as they would be after the specification was applied. Throws a `RegistryError`. */
function probesWith(registry: Registry, spec: unknown): ProbeSpec[] {
  const { agent_groups, targets } = registry.declared().language;
  const groups = new Map(agent_groups.map(({ name, agents }) => [name, agents]));
  const checked = checkSpec(spec, { targets: new Set(targets.map(({ name }) => name)), groups });
  for (const { name, agents } of checked.agent_groups) groups.set(name, agents);
  const changed = checked.probes.map((probe) => ({ ...probe, from: withGroups(probe.from, groups) }));
  const kept = registry
    .probes()
    .map((probe) => ({ ...probe.spec, from: withGroups(probe.spec.from, groups) }));
  return [...kept.filter(({ name }) => changed.every((one) => one.name !== name)), ...changed];
}

export function schedulePlanRoutes(registry: Registry, clock: Clock): Hono {
  const app = new Hono();
  const timeToDetect = new TimeToDetect();
  const plan = (probes: readonly ProbeSpec[]) => {
    const byName = probes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return planJson(planSchedule(byName, agentsThere(registry, clock.wallMs()), timeToDetect));
  };
  app.get(
    '/plan',
    operation({
      summary: 'Which agent runs what, at what load, and how soon an outage shows.',
      answer: planAnswer,
    }),
    (context) => context.json(plan(probesOf(registry))),
  );
  app.post(
    '/plan',
    operation({
      summary: 'The same as a specification would make it; nothing is changed.',
      body: planSchema,
      answer: planAnswer,
    }),
    async (context) => {
      const { spec } = await parseBody(context, planSchema);
      return context.json(plan(probesWith(registry, spec)));
    },
  );
  return app;
}
