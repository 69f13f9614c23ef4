import { describe, expect, it } from 'vitest';
import { runDraft } from '../../agent/draft.ts';
import type { RunEnd } from '../../agent/runner.ts';
import { assignment, CALM, OK } from './fixtures.ts';

function draftOf(attributes: Record<string, string>, sessionId?: string) {
  const end: RunEnd = {
    result: { ...OK, attributes },
    startedWallMs: 1000,
    durationMs: 5,
    state: CALM,
    disturbances: [],
    lost: { ms: 0, ratio: 0 },
    stopped: false,
    released: Promise.resolve(),
    ...(sessionId === undefined ? {} : { sessionId }),
  };
  const occasion = {
    assignment: assignment(),
    scheduledMs: 1000,
    trigger: 'schedule',
    requestId: '',
  } as const;
  return runDraft(occasion, end).attributes;
}

describe('the draft of a result', () => {
  it('leaves out the session that the collector knows by the rest', () => {
    const attributes = { pop: 'fra1', cmcd: 'header', cmcd_sid: 'sid-1' };
    expect(draftOf(attributes, 'sid-1')).toEqual({ pop: 'fra1', cmcd: 'header' });
  });

  it('keeps one that a probe chose itself', () => {
    expect(draftOf({ cmcd_sid: 'sid-2' }, 'sid-1')).toEqual({ cmcd_sid: 'sid-2' });
    expect(draftOf({ cmcd_sid: 'sid-2' })).toEqual({ cmcd_sid: 'sid-2' });
  });
});
