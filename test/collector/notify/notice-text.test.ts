import { describe, expect, it } from 'vitest';
import type { Incident } from '../../../collector/detect/incident.ts';
import { NOTIFY_LIMITS } from '../../../collector/notify/limits.ts';
import { announcementNotice, noticeOf } from '../../../collector/notify/notice.ts';
import { plainText, spanText } from '../../../collector/notify/notice-text.ts';
import type { Sight } from '../../../collector/notify/thread.ts';
import { incidentOf } from '../incidents/incidents.ts';
import { openedDraft, PLACE } from './notices.ts';
import { FOUND_MS, MINUTE, over, PlayedLane, region, sightOf } from './sights.ts';

const at = (minute: number): number => FOUND_MS + minute * MINUTE;
const SUMMARY =
  'eu-west: ttfb_ms of edge on clip went from 12 ms to 415 ms at 2 of 3 agents since 03:40:45Z; us-east not affected; looks like the target.';
const eu = (more: Partial<Incident> = {}, sight: Partial<Omit<Sight, 'incident'>> = {}): Sight =>
  sightOf({ ...region('eu-west'), target: 'clip', summary: SUMMARY, ...more }, sight);
const ack = { by: 'mara', comment: 'rolling the CDN back', atMs: at(5) };

/** The last message of a script: minute, and what there is. */
function lastText(...steps: readonly (readonly [minute: number, sights: readonly Sight[]])[]): string {
  const lane = new PlayedLane();
  for (const [minute, sights] of steps) lane.look(minute, sights);
  const { draft, minute } = lane.drafts.at(-1) as (typeof lane.drafts)[number];
  return plainText(noticeOf(draft, { ...PLACE, nowMs: at(minute) }).text);
}

describe('what people read', () => {
  it.each<readonly [string, string]>([
    ['opened', lastText([0, [eu()]])],
    ['reminder', lastText([0, [eu()]], [60, [eu()]])],
    ['updated', lastText([0, [eu({ severity: 'warning' })]], [3, [eu({ blame: 'network' })]])],
    ['acknowledged', lastText([0, [eu()]], [5, [eu({}, { ack })]])],
    ['resolved', lastText([0, [eu()]], [42, [eu(over(at(42)))]])],
    ['no-data', lastText([0, [eu()]], [5, [eu({}, { heard: false })]], [8, [eu({}, { heard: false })]])],
    [
      'merged',
      lastText(
        [0, [eu(), sightOf({ id: 'inc-all', scope: { kind: 'global' } })]],
        [5, [eu(over(at(5), 'inc-all')), sightOf({ id: 'inc-all', scope: { kind: 'global' } })]],
      ),
    ],
    [
      'silence',
      lastText([
        0,
        [
          eu({
            metric: 'silence',
            target: null,
            probe: null,
            blame: 'network',
            summary: 'eu-west: 3 agents fell silent together since 03:40:45Z.',
            evidence: {
              ...incidentOf().evidence,
              silentAgents: ['eu-west-1', 'eu-west-2', 'eu-west-3'],
              failures: [],
            },
          }),
        ],
      ]),
    ],
    [
      'failures',
      lastText([
        0,
        [
          eu({
            metric: 'failure_ratio',
            blame: 'unknown',
            size: { before: 0.002, after: 0.31, unit: 'ratio', ratio: 155 },
            evidence: { ...incidentOf().evidence, unaffected: [], confirmed: false },
          }),
        ],
      ]),
    ],
    [
      'route',
      lastText([
        0,
        [
          eu({
            scope: { kind: 'route', region: 'eu-west', pop: 'ams1' },
            evidence: {
              ...incidentOf().evidence,
              impact: { share: 0.31, size: 1, score: 0.31 },
              place: {
                verdict: 'ROUTE',
                share: 0.97,
                alternatives: [{ kind: 'isp', isp: 'Cable Two', region: 'eu-west' }],
              },
              changes: [
                {
                  ...{ atMs: FOUND_MS - 200_000, kind: 'deploy', name: 'edge-7', text: 'new TLS library' },
                  ...{ where: { pop: 'ams1' }, relearn: false, leadMs: 182_500 },
                },
              ],
            },
          }),
        ],
      ]),
    ],
    [
      'storm',
      lastText([
        0,
        Array.from({ length: 40 }, (_, i) =>
          sightOf({ ...region(`r${10 + i}`), summary: `r${10 + i} is slow.` }),
        ),
      ]),
    ],
  ])('of %s stands in a file', async (name, text) => {
    await expect(text).toMatchFileSnapshot(`golden/${name}.txt`);
  });

  it('says of an error budget how fast it goes, for how much of the traffic, and not of how many agents', () => {
    const budget = eu({
      metric: 'error_budget',
      size: { before: 0.001, after: 0.0243, unit: 'ratio', ratio: 24.3 },
      evidence: {
        ...incidentOf().evidence,
        agents: [],
        agentsHeard: 0,
        impact: { share: 0.3, byTraffic: true, size: 0.02, score: 0.006 },
      },
    });
    const text = lastText([0, [budget]]);
    expect(text).toContain('region:eu-west: error budget used up 24 times too fast');
    expect(text).toMatch(/30.% of the traffic/);
    expect(text).not.toContain('0 agents');
  });

  it('never calls it resolved, nor well, where there is no data that says so', () => {
    const noData = lastText([0, [eu()]], [5, [eu({}, { heard: false })]], [8, [eu({}, { heard: false })]]);
    expect(noData).toContain('this is not an all clear');
    expect(noData).not.toMatch(/resolved|recovered|over since/i);
  });

  it('is one line each, whatever names and comments have in them', () => {
    const text = lastText([0, [eu({ summary: `eu\nNext  rm -rf /\u202e\u2028x` })]]);
    expect(text).toContain('What      eu Next  rm -rf / x\n');
  });

  it('says of trouble of our own that it is that, and blames nobody', () => {
    const evidence = {
      ...incidentOf().evidence,
      place: { verdict: 'OURSELVES', share: 1, alternatives: [] },
    } as const;
    const { text } = noticeOf(openedDraft({ evidence, blame: 'agent' }), PLACE);
    expect(text.facts).toContainEqual(['Blame', 'ourselves: agents or collector, not what is watched']);
  });

  it('has commands that can be pasted, whatever a probe is called', () => {
    const draft = openedDraft({ ...region('eu-west'), probe: "a'; rm -rf ~" });
    expect(noticeOf(draft, PLACE).text.next[1]).toBe(
      `outrider results tail --region eu-west --probe 'a'\\''; rm -rf ~' --since 5m`,
    );
  });

  it('shows at most `othersShown` further incidents, and the rest as a number', () => {
    const many = NOTIFY_LIMITS.othersShown.value + 15;
    const lane = new PlayedLane({ rate: 1 });
    lane.look(
      0,
      Array.from({ length: many }, (_, i) => sightOf(region(`r${100 + i}`))),
    );
    const notice = noticeOf((lane.drafts.at(-1) as (typeof lane.drafts)[number]).draft, PLACE);
    expect(notice.others).toHaveLength(NOTIFY_LIMITS.othersShown.value);
    expect(notice.others_left_out).toBe(many - 2 - NOTIFY_LIMITS.othersShown.value);
    expect(plainText(notice.text)).toContain(`Also      ${notice.others_left_out} more\n`);
  });

  it.each([
    [0, '0s'],
    [59_400, '59s'],
    [61_000, '1m 1s'],
    [3_600_000, '1h'],
    [90_061_000, '1d 1h'],
  ])('says %i ms as %s', (ms, text) => {
    expect(spanText(ms)).toBe(text);
  });
});

describe('a notice', () => {
  it('leaves evidence out that is larger than bodyBytes, and says so', () => {
    const huge = Array.from({ length: 5000 }, (_, i) => ({
      ...incidentOf().evidence.series[0],
      agent: `agent-${i}`,
    }));
    const evidence = { ...incidentOf().evidence, series: huge as Incident['evidence']['series'] };
    const notice = noticeOf(openedDraft({ evidence }), PLACE);
    expect(Buffer.byteLength(JSON.stringify(notice))).toBeLessThan(NOTIFY_LIMITS.bodyBytes.value);
    expect(notice).toMatchObject({ truncated: true, subject: { incident: { evidence: null } } });
    expect(noticeOf(openedDraft(), PLACE).truncated).toBe(false);
  });

  it('has the same id for the same message, and another for each of a conversation', () => {
    const lane = new PlayedLane();
    lane.look(0, [eu()]);
    lane.look(42, [eu(over(at(42)))]);
    const ids = lane.drafts.map(({ draft }) => noticeOf(draft, PLACE).id);
    expect(ids).toEqual(['pages/pager/inc-eu-west#1', 'pages/pager/inc-eu-west#2']);
  });

  it('of an alarm about the model is a conversation of its own, that is over by its own end', () => {
    const one = { about: 'drift-1', summary: 'play is off.', alarm: { id: 'drift-1' } };
    const begun = announcementNotice({ ...one, event: 'calibration.drifted', isOver: false }, PLACE);
    const ended = announcementNotice({ ...one, event: 'calibration.resolved', isOver: true }, PLACE);
    expect([begun.state, ended.state]).toEqual(['firing', 'over']);
    expect(ended.thread).toBe(begun.thread);
    expect(ended.seq).toBeGreaterThan(begun.seq);
    expect(begun.subject).toEqual({ alarm: { id: 'drift-1' } });
  });
});
