import { describe, expect, it, vi } from 'vitest';
import { Audit, type AuditEntry, auditDetail } from '../../../collector/access/audit.ts';
import { ACCESS_LIMITS } from '../../../collector/access/limits.ts';
import { newToken } from '../../../collector/access/token-text.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';
import { describeEngines, openTestStore } from '../../support/stores.ts';

const entry = (more: Partial<AuditEntry> = {}): AuditEntry => ({
  ...{
    atMs: 1,
    actor: 'mara',
    token: 't',
    role: 'operator',
    action: 'POST /api/v1/silences',
    path: '/api/v1/silences',
  },
  ...{ status: 201, remote: '192.0.2.1', detail: '' },
  ...more,
});

describe('the audit log', () => {
  it('keeps entries while the store does not take them, and gives up the oldest past `auditWaiting`', async () => {
    const stored: unknown[] = [];
    let isDown = true;
    const store = {
      query: async () => [],
      insertRows: async (_: string, rows: readonly unknown[]) => {
        if (isDown) throw new Error('the store is down');
        stored.push(...rows);
      },
    };
    const audit = new Audit({ store, collector: 'c1', log: SILENT_LOG, retryMs: 1 });
    const { value: most } = ACCESS_LIMITS.auditWaiting;
    for (let n = 0; n < most + 3; n += 1) audit.note(entry({ path: `/${n}` }));
    expect([audit.waiting, audit.counters.lost]).toEqual([most, 3]);
    isDown = false;
    await vi.waitFor(() => expect(audit.waiting).toBe(0));
    expect(stored.map((row) => (row as { path: string }).path)).toEqual(
      Array.from({ length: most }, (_, n) => `/${n + 3}`),
    );
    expect(audit.counters.written).toBe(most);
    await audit.close();
  });

  it('has what was asked for without secrets, with things by their names, and not more than `auditDetailChars`', () => {
    const token = newToken('viewer');
    const detail = auditDetail(
      JSON.stringify({
        spec: {
          probes: [
            { name: 'a', params: { headers: { authorization: 'Bearer abcdefghijk' } } },
            { name: 'b' },
          ],
        },
        comment: `my token is ${token}`,
        password: 'hunter22',
        match: { region: ['eu-west'] },
      }),
    );
    expect(JSON.parse(detail)).toEqual({
      spec: { probes: ['a', 'b'] },
      comment: 'my token is [redacted]',
      password: '[redacted]',
      match: { region: ['eu-west'] },
    });
    expect(auditDetail(JSON.stringify({ comment: 'x'.repeat(9000) }))).toHaveLength(
      ACCESS_LIMITS.auditDetailChars.value,
    );
    expect([auditDetail(''), auditDetail('no json')]).toEqual(['', '']);
  });
});

describeEngines('an entry of the audit log', (engine) => {
  it('is written, and those beside it, though its detail was cut in the middle of a character', async () => {
    const test = await openTestStore(engine);
    const audit = new Audit({ store: test.store, collector: 'c1', log: SILENT_LOG, retryMs: 1 });
    const { value: most } = ACCESS_LIMITS.auditDetailChars;
    const details = ['', 'x'].map((shift) => auditDetail(JSON.stringify({ a: shift + '😀'.repeat(most) })));
    for (const detail of details) audit.note(entry({ detail, atMs: Date.now() }));
    const filter = { sinceMs: 0, untilMs: Date.now(), limit: 10 };
    const listed = await audit.list(filter);
    await audit.close();
    await test.close();
    const whole = details.map((detail) => detail.toWellFormed());
    expect(listed.map(({ detail }) => detail).toSorted()).toEqual(whole.toSorted());
  });
});
