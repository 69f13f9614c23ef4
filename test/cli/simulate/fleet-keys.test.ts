/** A simulated fleet at a real collector that asks everybody who they are. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planSimulation } from '../../../cli/simulate/options.ts';
import { type SimulationOptions, simulate } from '../../../cli/simulate/simulation.ts';
import type { SimulateSummary } from '../../../cli/simulate/summary.ts';
import { ApiClient } from '../../../cli/support/api-client.ts';
import { CliError } from '../../../cli/support/cli-error.ts';
import { EXIT } from '../../../cli/support/exit-codes.ts';
import type { Role } from '../../../collector/access/roles.ts';
import { TOKEN_PATTERN } from '../../../collector/access/token-text.ts';
import { type Collector, startCollector } from '../../../collector/collector.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';

const SLOW = 120_000;
const AGENTS = 12;
let dataDir: string;
let collector: Collector;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'outrider-simulate-auth-'));
  collector = await startCollector({
    ...{ port: 0, dataDir: join(dataDir, 'collector'), auth: true },
    ...{ log: SILENT_LOG, version: '0.0.0-test' },
  });
}, SLOW);
afterAll(async () => {
  await collector?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

async function tokenOf(role: Role, uses = 0): Promise<string> {
  const expiresMs = Date.now() + 3_600_000;
  const given = { name: `sim-${role}`, role, createdBy: 'test', expiresMs, uses };
  return (await collector.access.create(given)).text;
}

function run(token: string | undefined, more: Partial<SimulationOptions> = {}): Promise<SimulateSummary> {
  const flags = {
    collectors: [collector.url],
    name: 'sim',
    agents: AGENTS,
    regions: 2,
    rate: '12/s',
    probes: 1,
  };
  return simulate({
    client: new ApiClient(
      collector.url,
      undefined,
      token === undefined ? {} : { token: { text: token, origin: 'test' } },
    ),
    plan: planSimulation({ ...flags, for: '3s', ramp: undefined, churn: undefined, faults: [], seed: 1 }),
    ...{ token, keep: false, signal: new AbortController().signal, progress: () => undefined },
    ...more,
  });
}

async function refusal(running: Promise<unknown>): Promise<CliError> {
  const error = await running.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof CliError) return error;
  throw new Error('expected a CliError', { cause: error });
}

describe('a simulation against a collector with access control', () => {
  it(
    'invites its agents with an admin’s token, delivers everything, and leaves no invitation; the next run has the same keys',
    async () => {
      const admin = await tokenOf('admin');
      for (let count = 1; count <= 2; count += 1) {
        const { connected, ledger, results } = await run(admin);
        expect([connected, results.acked]).toEqual([AGENTS, results.made]);
        expect(ledger).toMatchObject({ pending: 0, dropped: 0, unaccounted: 0, duplicates: 0 });
      }
      const invitations = (await collector.access.list()).filter(({ role }) => role === 'agent');
      expect(invitations.map((one) => collector.access.stateOf(one))).toEqual(['revoked', 'revoked']);
    },
    SLOW,
  );

  it(
    'by an operator needs an invitation in a file, and without one ends with 77',
    async () => {
      const operator = await tokenOf('operator');
      const error = await refusal(run(operator));
      expect([error.exit, error.hint]).toEqual([
        EXIT.auth,
        expect.stringContaining(`outrider agents invite --uses ${AGENTS}`),
      ]);
      const enrolFile = join(dataDir, 'invitation');
      writeFileSync(enrolFile, await tokenOf('agent', AGENTS), { mode: 0o600 });
      const options = planSimulation({
        ...{
          collectors: [collector.url],
          name: 'other',
          agents: AGENTS,
          regions: 2,
          rate: '12/s',
          probes: 1,
        },
        ...{ for: '2s', ramp: undefined, churn: undefined, faults: [], seed: 1 },
      });
      const { connected } = await run(operator, { enrolFile, plan: options });
      expect(connected).toBe(AGENTS);
    },
    SLOW,
  );

  it(
    'ends with 77 without a token; with that of another admin it is told to take another name, and no secret',
    async () => {
      expect((await refusal(run(undefined))).exit).toBe(EXIT.auth);
      const error = await refusal(run(await tokenOf('admin'), { connectMs: 3000 }));
      expect(error.message).toMatch(/^\d+ of 12 agents could connect/);
      expect(error.why).toContain('is enrolled with another key');
      expect(error.hint).toContain('another --name');
      expect(`${error.message}${error.why}${error.hint}`).not.toMatch(TOKEN_PATTERN);
    },
    SLOW,
  );
});
