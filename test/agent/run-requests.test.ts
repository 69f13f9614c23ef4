import { describe, expect, it } from 'vitest';
import { AGENT_LIMITS } from '../../agent/limits.ts';
import { RunRequests } from '../../agent/run-requests.ts';
import type { RunNow } from '../../protocol/frame.ts';
import { assignment } from './fixtures.ts';
import { VirtualTime } from './virtual-time.ts';

function ask(requestId: string, probe = 'home'): RunNow {
  return { type: 'run_now', requestId, trigger: 'manual', assignment: assignment({ probe }) };
}

describe('RunRequests', () => {
  it('runs a request once however often it arrives, and each check that it names', () => {
    const requests = new RunRequests(new VirtualTime().clock);
    expect(requests.admit(ask('r1'))).toBe('run');
    expect(requests.admit(ask('r1'))).toBe('duplicate');
    expect(requests.admit(ask('r1', 'upload'))).toBe('run');
    expect(requests.admit(ask('r2'))).toBe('run');
  });

  it('lets a burst through and then one a second', () => {
    const time = new VirtualTime();
    const requests = new RunRequests(time.clock);
    const burst = AGENT_LIMITS.runNowBurst.value;
    const verdicts = Array.from({ length: burst + 5 }, (_, index) => requests.admit(ask(`r${index}`)));
    expect(verdicts.filter((verdict) => verdict === 'run')).toHaveLength(burst);
    expect(verdicts.slice(burst)).toEqual(Array(5).fill('too_many'));
    time.advance(2000 / AGENT_LIMITS.runNowPerSecond.value);
    expect(['a', 'b', 'c'].map((id) => requests.admit(ask(id)))).toEqual(['run', 'run', 'too_many']);
  });

  it('remembers a bounded number of requests', () => {
    const time = new VirtualTime();
    const requests = new RunRequests(time.clock);
    requests.admit(ask('first'));
    for (let count = 0; count < AGENT_LIMITS.runNowRemembered.value; count += 1) {
      time.advance(1000);
      requests.admit(ask(`r${count}`));
    }
    expect(requests.admit(ask('first'))).toBe('run');
  });
});
