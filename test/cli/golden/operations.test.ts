import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { expectGolden } from './golden.ts';
import { type GoldenFleet, startGoldenFleet } from './golden-fleet.ts';

const ROUTES = `version: 1
receivers:
  - { name: pager, type: webhook, url: { file: secret.txt } }
  - { name: chat, type: webhook, url: { file: secret.txt } }
routes:
  - { name: pages, match: { severity: critical }, receivers: [pager], continue: true }
  - { name: all, receivers: [chat] }
maintenance:
  - { name: racks-iad, match: { region: us-east }, start: "2026-11-22T02:00", length: 2h, zone: America/New_York }
`;

let fleet: GoldenFleet;
let silence = '';
const scratch = mkdtempSync(join(tmpdir(), 'outrider-golden-routes-'));

beforeAll(async () => {
  fleet = await startGoldenFleet();
  writeFileSync(join(scratch, 'routes.yaml'), ROUTES);
  writeFileSync(join(scratch, 'secret.txt'), 'https://pager.example.net/hook\n', { mode: 0o600 });
  const { api } = fleet;
  const { body } = await api.send('POST', '/api/v1/silences', {
    ...{ match: { region: ['eu-west'] }, until: '2h' },
    ...{ author: 'mara', comment: 'the racks of eu-west are moved' },
  });
  silence = (body as { id: string }).id;
  await api.send('POST', '/api/v1/changes', {
    ...{ kind: 'deploy', name: 'edge-config', text: 'edge-config 2026.47 to eu-west' },
    ...{ at: '2026-11-21T11:46:00Z', where: { region: 'eu-west' } },
  });
});
afterAll(async () => {
  await fleet?.close();
  rmSync(scratch, { recursive: true, force: true });
});

describe('what people see of operations', () => {
  it('silences list', () =>
    expectGolden('silences-list', ['silences', 'list'], {
      ...fleet.options,
      steady: (text) => text.replaceAll(silence, '3f0a12bc'),
    }));

  it('routes check', () =>
    expectGolden('routes-check', ['routes', 'check', 'routes.yaml'], {
      nowMs: fleet.options.nowMs ?? 0,
      cwd: scratch,
    }));

  it('changes list', () => expectGolden('changes-list', ['changes', 'list'], fleet.options));

  it('limits', () => expectGolden('limits', ['limits', 'cli']));
});
