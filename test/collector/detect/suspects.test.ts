import { describe, expect, it } from 'vitest';
import type { Suspicion } from '../../../collector/detect/confirmation.ts';
import { Detector } from '../../../collector/detect/detector.ts';
import { GroupBook } from '../../../collector/detect/group-book.ts';
import type { Incident, IncidentEvent } from '../../../collector/detect/incident.ts';
import { IncidentCase } from '../../../collector/detect/incident-case.ts';
import type { Observation } from '../../../collector/detect/observation.ts';
import { Playback } from '../../../collector/detect/replay.ts';
import { DETECT_DEFAULTS, DETECT_LIMITS } from '../../../collector/detect/settings.ts';
import { runOf, TIMEOUT } from './observations.ts';

type Change = (run: Observation) => Partial<Observation>;
const SLOW: Partial<Observation> = { metrics: { ttfb_ms: 500 } };
const inEurope =
  (more: Partial<Observation>): Change =>
  ({ region }) =>
    region === 'eu-west' ? more : {};
const at =
  (agent: string, more: Partial<Observation>): Change =>
  (run) =>
    run.agent === agent ? more : {};

/** Three agents in each of two regions, round by round, with what happened and what was suspected in each. */
class Story {
  readonly detector = new Detector();
  readonly events: IncidentEvent[] = [];
  readonly #playback = new Playback(this.detector);
  #round = 0;

  /** Rounds of every agent; gives the suspicions of each. */
  pass(rounds: number, change: Change = () => ({}), targets: readonly string[] = ['clip']): Suspicion[][] {
    return Array.from({ length: rounds }, () => {
      for (const region of ['eu-west', 'us-east'])
        for (let k = 1; k <= 3; k += 1)
          for (const target of targets) {
            const run = runOf(this.#round, { region, agent: `${region}-${k}`, target });
            const base = { ...run, metrics: { ttfb_ms: 20 + ((this.#round * 7 + k * 3) % 11) } };
            this.#playback.take({ ...base, ...change(base) });
          }
      this.#round += 1;
      this.events.push(...this.#playback.until(this.nowMs));
      return [...this.detector.takeSuspicions()];
    });
  }

  get nowMs(): number {
    return runOf(this.#round).scheduledMs;
  }
}

const named = ({ region, agent, probe, target, metric }: Suspicion) => [region, agent, probe, target, metric];

describe('a suspicion', () => {
  it('is not raised while nothing happens', () => {
    expect(new Story().pass(120).flat()).toEqual([]);
  });

  it('is raised by a region that became slow, rounds before the alarm, and of one region only', () => {
    const story = new Story();
    story.pass(60);
    const suspected: Suspicion[] = [];
    let rounds = 0;
    for (; story.events.length === 0 && rounds < 30; rounds += 1) {
      const found = story.pass(1, inEurope(SLOW)).flat();
      if (suspected.length === 0 && found.length > 0) {
        suspected.push(...found);
        rounds = 0;
      }
    }
    expect(suspected.map(named)).toEqual([['eu-west', expect.any(String), 'edge', 'clip', 'ttfb_ms']]);
    expect(story.events.map(({ kind }) => kind)).toEqual(['opened']);
    expect(rounds).toBeGreaterThanOrEqual(2);
  });

  it('names the agent that sees it, and failures before what else fails with them', () => {
    const story = new Story();
    story.pass(60);
    const found = story.pass(4, at('eu-west-2', TIMEOUT)).flat();
    expect(found.length).toBeGreaterThan(0);
    for (const one of found)
      expect(named(one)).toEqual(['eu-west', 'eu-west-2', 'edge', 'clip', 'failure_ratio']);
  });

  it('needs somebody who sees it now: evidence outlasts what raised it', () => {
    const story = new Story();
    story.pass(60);
    expect(story.pass(5, inEurope(SLOW)).flat().length).toBeGreaterThan(0);
    // The round that was still open closes with the first of these.
    story.pass(4);
    expect(story.pass(10).flat()).toEqual([]);
  });

  it('is taken once, the most evidence first, one a check', () => {
    const story = new Story();
    story.pass(60, undefined, ['clip', 'stream']);
    const found = story.pass(4, inEurope(SLOW), ['clip', 'stream']);
    const round = found.find((one) => one.length > 0) ?? [];
    expect(round.map(({ target }) => target).sort()).toEqual(['clip', 'stream']);
    expect(round[0]?.evidence).toBeGreaterThanOrEqual(round[1]?.evidence ?? 0);
    expect(story.detector.takeSuspicions()).toEqual([]);
  });

  it('is left out beyond the limit of suspects', () => {
    const story = new Story();
    const targets = Array.from({ length: DETECT_LIMITS.suspects.value + 5 }, (_, i) => `t${i}`);
    story.pass(16, undefined, targets);
    const found = story.pass(4, inEurope(TIMEOUT), targets);
    expect(Math.max(...found.map((one) => one.length))).toBe(DETECT_LIMITS.suspects.value);
  });
});

describe('what a second look found', () => {
  const confirm = (story: Story, suspicion: Suspicion, requestId: string, value = 500) =>
    confirmAs(story, suspicion, [value, value], requestId);
  const confirmAs = (
    story: Story,
    suspicion: Suspicion,
    [same, sibling]: readonly [number, number],
    requestId: string,
  ) =>
    story.detector.confirm({
      ...{ suspicion, requestId, askedMs: story.nowMs, settledMs: story.nowMs + 900 },
      asked: [
        ['eu-west-1', 'eu-west', 'same', same],
        ['eu-west-2', 'eu-west', 'sibling', sibling],
        ['us-east-1', 'us-east', 'neighbour', 21],
      ].map(([agent, region, role, ttfb_ms]) => ({
        ...{ agent: String(agent), region: String(region), role: role as 'same', network: '' },
        run: {
          ...{ outcome: 'ok', code: '', blame: '', disturbed: false },
          ...{ metrics: { ttfb_ms: Number(ttfb_ms) }, runId: `${agent}/b/1` },
        },
      })),
    });

  function suspectedStory() {
    const story = new Story();
    story.pass(60);
    const [suspicion] = story.pass(3, inEurope(SLOW)).flat();
    if (!suspicion) throw new Error('nothing was suspected');
    return { story, suspicion };
  }

  it('before the alarm stands in the evidence of the incident that opens', () => {
    const { story, suspicion } = suspectedStory();
    confirm(story, suspicion, 'r1');
    story.pass(10, inEurope(SLOW));
    const [opened] = story.events;
    expect(opened?.kind).toBe('opened');
    expect(opened?.incident.evidence.confirmations).toMatchObject([
      {
        ...{ region: 'eu-west', probe: 'edge', target: 'clip', metric: 'ttfb_ms', verdict: 'region' },
        ...{ requestId: 'r1' },
        answers: [
          { agent: 'eu-west-1', role: 'same', raised: true, value: 500 },
          { agent: 'eu-west-2', role: 'sibling', raised: true },
          { agent: 'us-east-1', role: 'neighbour', raised: false, value: 21 },
        ],
      },
    ]);
  });

  it('after the alarm is told as an update; and what an incident has had a look at is no suspicion any more', () => {
    const { story, suspicion } = suspectedStory();
    story.pass(8, inEurope(SLOW));
    expect(story.events.map(({ kind }) => kind)).toEqual(['opened']);
    expect(story.events[0]?.incident.evidence.confirmations).toBeUndefined();
    expect(story.pass(2, inEurope(SLOW)).flat().length).toBeGreaterThan(0);
    confirm(story, suspicion, 'r1');
    story.pass(8, inEurope(SLOW));
    expect(story.events.map(({ kind }) => kind)).toEqual(['opened', 'updated']);
    expect(story.events[1]?.incident.evidence.confirmations).toHaveLength(1);
    expect(story.pass(2, inEurope(SLOW)).flat()).toEqual([]);
  });

  it('changes nothing of when an incident opens and ends, nor of how it is told where first tries go on to show it', () => {
    const told = [true, false].map((looking) => {
      const { story, suspicion } = suspectedStory();
      if (looking) for (let i = 0; i < 5; i += 1) confirm(story, suspicion, `r${i}`, 21);
      story.pass(10, inEurope(SLOW));
      story.pass(20);
      return story.events.map(({ kind, incident }) => {
        const { confirmations: _, secondLook, timeline: entries = [], ...rest } = incident.evidence;
        expect(secondLook?.stand).toBe(looking ? 'outvoted' : undefined);
        const timeline = entries.filter(({ what }) => what !== 'looked at again');
        expect(timeline.length < entries.length).toBe(looking);
        const evidence = { ...rest, timeline };
        return { kind, ...incident, evidence, summary: '' };
      });
    });
    expect(told[0]?.map(({ kind }) => kind)).toEqual(['opened', 'resolved']);
    expect(told[0]).toEqual(told[1]);
  });

  /** Asked just before the alarm, when all of it was over already or of one agent alone. */
  function alarmAfter(values: readonly [same: number, sibling: number]) {
    const { story, suspicion } = suspectedStory();
    while (story.events.length === 0) {
      confirmAs(story, suspicion, values, `r${story.nowMs}`);
      story.pass(1, inEurope(SLOW));
    }
    return story;
  }

  it('takes the high severity from an alarm that it contradicts, and the alarm says so', () => {
    const [opened] = alarmAfter([21, 21]).events;
    expect(opened?.incident).toMatchObject({ severity: 'warning', status: 'open' });
    expect(opened?.incident.evidence.secondLook).toMatchObject({ stand: 'contradicts', verdict: 'gone' });
    expect(opened?.incident.summary).toContain('not confirmed: asked again, all 2 agents');
  });

  it('that finds one agent alone names the agent', () => {
    const [opened] = alarmAfter([500, 21]).events;
    expect(opened?.incident).toMatchObject({ severity: 'warning', blame: 'agent' });
    expect(opened?.incident.summary).toContain('only eu-west-1 saw it');
  });

  it('gives the severity back as soon as first tries show it again, and for good', () => {
    const story = alarmAfter([21, 21]);
    story.pass(8, inEurope(SLOW));
    const [, updated] = story.events;
    expect(updated).toMatchObject({ kind: 'updated', incident: { severity: 'critical' } });
    expect(updated?.incident.evidence.secondLook?.stand).toBe('outvoted');
    story.pass(30);
    const last = story.events.at(-1);
    expect(last).toMatchObject({ kind: 'resolved', incident: { severity: 'critical' } });
  });

  it('keeps through a restart what the severity would be without it', () => {
    const opened = alarmAfter([21, 21]).events[0]?.incident as Incident;
    const restored = IncidentCase.restore(opened);
    const series = { [Symbol.iterator]: () => [][Symbol.iterator]() };
    const sources = {
      settings: DETECT_DEFAULTS,
      groups: new GroupBook(DETECT_DEFAULTS),
      series,
      changes: [],
    };
    const end = { atMs: opened.detectedMs, mergedInto: null };
    const { evidence } = restored.snapshot(sources, opened.detectedMs, end);
    expect(evidence.secondLook).toMatchObject({ stand: 'contradicts', severityWithout: 'critical' });
  });

  it('stays with a resolved incident, and outlives a restart', () => {
    const { story, suspicion } = suspectedStory();
    confirm(story, suspicion, 'r1');
    story.pass(10, inEurope(SLOW));
    story.pass(20);
    const resolved = story.events.at(-1);
    expect(resolved).toMatchObject({ kind: 'resolved' });
    expect(resolved?.incident.evidence.confirmations).toHaveLength(1);

    const open = story.events[0]?.incident;
    if (!open) throw new Error('no incident');
    const again = new Detector();
    again.know([open]);
    again.advance(open.detectedMs + 1000);
    confirmAt(again, suspicion, open.detectedMs + 2000);
    const events = again.advance(open.detectedMs + 20_000);
    expect(events[0]?.incident.evidence.confirmations?.map(({ requestId }) => requestId)).toEqual([
      ...['r1', 'r2'],
    ]);
  });

  const confirmAt = (detector: Detector, suspicion: Suspicion, askedMs: number) =>
    detector.confirm({ suspicion, requestId: 'r2', askedMs, settledMs: askedMs + 1, asked: [] });

  it('keeps the first looks of an incident beyond the limit, and asks for no more', () => {
    const { story, suspicion } = suspectedStory();
    const limit = DETECT_LIMITS.confirmationsPerIncident.value;
    for (let i = 0; i <= limit; i += 1) confirm(story, { ...suspicion, target: `t${i}` }, `r${i}`);
    story.pass(10, inEurope(SLOW));
    const { confirmations } = story.events[0]?.incident.evidence ?? {};
    expect(confirmations).toHaveLength(limit);
    expect(confirmations?.[0]?.requestId).toBe('r0');
    expect(story.pass(2, inEurope(SLOW)).flat()).toEqual([]);
  });
});
