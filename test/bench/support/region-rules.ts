/** What most tools do to tell that a region is worse, on the same runs: fixed thresholds, k of n runs, quorums of agents. */
import type { Observation } from '../../../collector/detect/observation.ts';
import { median } from './stats.ts';

/** An alarm of a region, at the instant at which it is raised. */
export interface RegionAlarm {
  readonly region: string;
  readonly atMs: number;
}

export interface RegionRule {
  readonly name: string;
  /** Runs of an agent that must be over its threshold, of so many of its last. */
  readonly k: number;
  readonly n: number;
  /** Agents for which that holds at once. */
  readonly agents: number;
}

export const REGION_RULES: readonly RegionRule[] = [
  { name: 'static threshold', k: 1, n: 1, agents: 1 },
  { name: '3 of 5 runs', k: 3, n: 5, agents: 1 },
  { name: '3 of 5 runs at 2 agents', k: 3, n: 5, agents: 2 },
  { name: '3 of 5 runs at 3 agents', k: 3, n: 5, agents: 3 },
];

/** Runs from which a threshold is set by hand, and how far over the usual it is set. */
const LEARN_RUNS = 100;
const OVER = 1.1;

interface AgentState {
  readonly learned: number[];
  threshold: number | undefined;
  readonly over: boolean[];
}

/** One rule over all regions; an alarm ends when the rule no longer holds, and may then be raised again. */
export class RegionRuleWatch {
  readonly rule: RegionRule;
  readonly alarms: RegionAlarm[] = [];
  readonly #regions = new Map<string, { readonly agents: Map<string, AgentState>; alarmed: boolean }>();

  constructor(rule: RegionRule) {
    this.rule = rule;
  }

  take(run: Observation, metric: string): void {
    let region = this.#regions.get(run.region);
    if (!region) {
      region = { agents: new Map(), alarmed: false };
      this.#regions.set(run.region, region);
    }
    let agent = region.agents.get(run.agent);
    if (!agent) {
      agent = { learned: [], threshold: undefined, over: [] };
      region.agents.set(run.agent, agent);
    }
    const value = run.outcome === 'ok' ? run.metrics[metric] : Number.POSITIVE_INFINITY;
    if (value === undefined) return;
    if (agent.threshold === undefined) {
      if (Number.isFinite(value)) agent.learned.push(value);
      if (agent.learned.length === LEARN_RUNS) agent.threshold = OVER * median(agent.learned);
      return;
    }
    agent.over.push(value > agent.threshold);
    if (agent.over.length > this.rule.n) agent.over.shift();
    const raised = [...region.agents.values()].filter(
      ({ over }) => over.filter(Boolean).length >= this.rule.k,
    ).length;
    const holds = raised >= this.rule.agents;
    if (holds && !region.alarmed) this.alarms.push({ region: run.region, atMs: run.seenMs });
    region.alarmed = holds;
  }
}
