import { writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { Draft } from '../../agent/draft.ts';
import { Spool } from '../../agent/spool.ts';
import { systemClock, systemTimers } from '../../agent/time.ts';
import { CALM, temporaryFolder } from '../agent/fixtures.ts';
import { openAccount, pendingOf, readAccount, spoolFileOf } from './account.ts';

function draft(scheduledMs: number): Draft {
  return {
    ...{ probe: 'home', type: 'http', target: 'origin', scheduledMs, trigger: 'schedule', requestId: '' },
    ...{ latenessMs: 0, durationMs: 1, outcome: 'ok', metrics: {}, attributes: {}, state: CALM },
  };
}

function spoolOf(dataDir: string, boot: string): Spool {
  return new Spool({ dataDir, boot, clock: systemClock, timers: systemTimers });
}

describe('the account of an agent', () => {
  it('remembers what was numbered after it was acknowledged and deleted, boot by boot', () => {
    const dataDir = temporaryFolder();
    openAccount(dataDir);
    const first = spoolOf(dataDir, 'boot-1');
    first.add([draft(1000), draft(2000)]);
    first.commit();
    first.acked('boot-1', 2);
    first.close();
    const second = spoolOf(dataDir, 'boot-2');
    second.add([draft(3000)]);
    second.close();

    const { numbered, pending } = readAccount(dataDir);
    expect(numbered.map(({ boot, seq, scheduledMs }) => [boot, seq, scheduledMs])).toEqual([
      ['boot-1', 1, 1000],
      ['boot-1', 2, 2000],
      ['boot-2', 1, 3000],
    ]);
    expect(pending).toEqual([
      {
        ...{ boot: 'boot-2', seq: 1, probe: 'home', target: 'origin' },
        ...{ scheduledMs: 3000, trigger: 'schedule', outcome: 'ok' },
      },
    ]);
    expect(pendingOf(dataDir)).toBe(1);
  });

  it('knows what was given up, by reason', () => {
    const dataDir = temporaryFolder();
    openAccount(dataDir);
    const spool = spoolOf(dataDir, 'boot-1');
    spool.add([draft(1000)]);
    spool.commit();
    spool.drop('boot-1', 1, 'refused');
    spool.close();
    expect(readAccount(dataDir)).toMatchObject({ pending: [], dropped: { refused: 1 } });
  });

  it('holds what was committed and nothing of what was not when the process dies', () => {
    const dataDir = temporaryFolder();
    openAccount(dataDir);
    const file = spoolFileOf(dataDir);
    const database = new DatabaseSync(file);
    const insert = (seq: number) =>
      database.exec(
        `INSERT INTO results VALUES (1, ${seq}, 0, '${JSON.stringify({ ...draft(seq), seq: undefined })}')`,
      );
    database.exec("INSERT INTO boots (id, boot) VALUES (1, 'boot-1')");
    insert(1);
    database.exec('BEGIN');
    insert(2);
    database.close();
    expect(readAccount(dataDir).numbered.map(({ seq }) => seq)).toEqual([1]);
  });

  it('tells of a spool that was put aside', () => {
    const dataDir = temporaryFolder();
    openAccount(dataDir);
    expect(readAccount(dataDir).brokenFiles).toEqual([]);
    writeFileSync(`${spoolFileOf(dataDir)}-broken-18`, '');
    expect(readAccount(dataDir).brokenFiles).toEqual(['spool.db-broken-18']);
  });

  it('has nothing pending where no agent ever ran', () => {
    expect(pendingOf(temporaryFolder())).toBe(0);
  });
});
