import { describe, expect, it } from 'vitest';
import { CliError } from '../../../cli/support/cli-error.ts';
import { planUp, UP_LIMITS, type UpFlags } from '../../../cli/up/options.ts';

const flags: UpFlags = { regions: undefined, agents: 3, faults: [], for: undefined, target: undefined };

/** The message and hint of the refusal. */
function refusal(change: Partial<UpFlags>): string {
  try {
    planUp({ ...flags, ...change });
  } catch (error) {
    if (error instanceof CliError && error.exit === 64) return `${error.message} | ${error.hint}`;
    throw error;
  }
  return 'accepted';
}

describe('what the user asks of up', () => {
  it('is three regions of three agents without an end when nothing is said', () => {
    expect(planUp(flags)).toEqual({
      regions: ['us-east', 'eu-west', 'ap-southeast'],
      agentsPerRegion: 3,
      faults: [],
      forMs: undefined,
      target: undefined,
    });
  });

  it('reads faults with their times', () => {
    const { faults } = planUp({ ...flags, faults: ['eu-west:latency=400ms@45s+45s'] });
    expect(faults).toEqual([
      {
        text: 'eu-west:latency=400ms@45s+45s',
        spec: {
          region: 'eu-west',
          kind: 'latency',
          value: { delayMs: 400 },
          afterMs: 45_000,
          lengthMs: 45_000,
        },
      },
    ]);
  });

  it.each<[string, Partial<UpFlags>, RegExp]>([
    [
      'a fault in a region that is not there',
      { faults: ['eu-wst:blackhole@1s'] },
      /no region eu-wst \| did you mean eu-west/,
    ],
    [
      'a fault of no known kind',
      { faults: ['eu-west:slow=1s@1s'] },
      /no kind of fault "slow".*Kinds: latency/,
    ],
    ['a fault without a start', { faults: ['eu-west:latency=1s'] }, /when to start.*@START/],
    ['a duration that is none', { for: '90' }, /--for 90 is not a duration \| --for 90s/],
    ['no time at all', { for: '0s' }, /--for 0s is not a duration/],
    ['no agents', { agents: 0 }, /--agents 0 is not from 1 to 10/],
    ['too many agents', { agents: 11 }, /--agents 11 is not from 1 to 10/],
    ['a region of odd letters', { regions: 'EU West' }, /"EU West" is not a name/],
    ['a region twice', { regions: 'a,b,a' }, /names a region twice/],
    ['too many regions', { regions: 'a,b,c,d,e,f,g,h,i' }, /at most 8/],
    [
      'too many faults',
      { faults: Array(UP_LIMITS.faults.value + 1).fill('eu-west:blackhole@1s') },
      /more than 50 faults \| fewer --fault/,
    ],
    ['a target that is no URL', { target: 'video.mp4' }, /--target video.mp4 is not an http or https URL/],
    ['a target of another protocol', { target: 'file:///etc/passwd' }, /not an http or https URL/],
    [
      'a fault for a real target',
      { target: 'https://cdn.example.net/v.m3u8', faults: ['eu-west:blackhole@1s'] },
      /never injected into a real service/,
    ],
  ])('with %s is refused with what to write instead', (_what, change, message) => {
    expect(refusal(change)).toMatch(message);
  });
});
