import { describe, expect, it } from 'vitest';
import { checksOf } from '../../collector/registry/checks.ts';
import { runOrderSchema } from '../../collector/registry/run-order.ts';
import { probeSchema, SPEC_LIMITS } from '../../probes/spec.ts';
import { decodeFrame, encodeFrame } from '../../protocol/codec.ts';
import { newSealingKey, publicKeyText, seal } from '../../protocol/sealed-secret.ts';

const sealed = seal('token', 'hunter2', publicKeyText(newSealingKey()));
const spec = (secrets?: unknown) =>
  probeSchema.safeParse({ name: 'front', type: 'http', targets: ['origin'], every: '2s', secrets });
const targets = new Map([['origin', { name: 'origin', url: 'http://video.example/', labels: {} }]]);

function checkOf(secrets?: unknown) {
  const probe = spec(secrets).data;
  const [check] = probe ? checksOf(probe, targets) : [];
  if (!check) throw new Error('the probe has no check');
  return check;
}

describe('sealed secrets', () => {
  it('travel with the check that uses them, in a schedule and in a run that is asked for', () => {
    const secrets = { token: [sealed] };
    const assignment = { ...checkOf(secrets).assignment, effectiveFromMs: 1000 };
    expect(assignment.secrets).toEqual(secrets);
    const schedule = { type: 'schedule', revision: 7, assignments: [assignment] } as const;
    expect(decodeFrame(encodeFrame(schedule))).toEqual(schedule);
    const run = { type: 'run_now', requestId: 'r', trigger: 'manual', assignment } as const;
    expect(decodeFrame(encodeFrame(run))).toEqual(run);
    const order = {
      run: { requestId: 'r', probe: 'front', askedMs: 0, agents: [], expected: 0 },
      ...{ trigger: 'manual', assignments: [assignment], tell: [] },
    };
    expect(runOrderSchema.parse(order).assignments[0]?.secrets).toEqual(secrets);
  });

  it('are nothing on the wire where there are none', () => {
    const assignment = { ...checkOf().assignment, effectiveFromMs: 1000 };
    expect('secrets' in assignment).toBe(false);
    const schedule = { type: 'schedule', revision: 7, assignments: [assignment] } as const;
    expect(decodeFrame(encodeFrame(schedule))).toEqual(schedule);
  });

  it('make another check when they are sealed anew, so that agents hear of it', () => {
    expect(checkOf({ token: [sealed] }).fingerprint).not.toBe(checkOf().fingerprint);
  });

  it.each([
    ['a secret that is not sealed', { token: ['hunter2'] }, /what `outrider secrets seal` prints/],
    ['a name that could be a path', { '../token': [sealed] }, /./],
    ['none for a name', { token: [] }, /./],
    ['more keys than travel well', { token: Array(SPEC_LIMITS.secretKeys.value + 1).fill(sealed) }, /./],
    [
      'more secrets than a probe needs',
      Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`s${n}`, [sealed]])),
      /at most 8/,
    ],
  ])('are refused in a specification with %s', (_what, secrets, message) => {
    const issue = spec(secrets).error?.issues[0];
    expect(issue?.path[0]).toBe('secrets');
    expect(issue?.message).toMatch(message);
    expect(issue?.message).not.toContain('hunter2');
  });
});
