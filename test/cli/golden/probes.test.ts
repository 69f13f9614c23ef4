import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { expectGolden } from './golden.ts';
import { type GoldenFleet, startGoldenFleet } from './golden-fleet.ts';

/** Each golden file is of three runs of the command. */
const SLOW = 120_000;
const FILE = `version: 1
targets:
  - name: clips
    url: https://cdn.example.net/clips/today.mp4
    labels: { service: video, cdn: a-cdn-with-quite-a-long-name.example.net, owner: team-video-playback }
  - { name: api, url: https://api.example.net/health }
probes:
  - { name: edge, type: http, targets: [clips], every: 10s, timeout: 10s, from: 2 per region }
  - { name: api-up, type: http, targets: [api], every: 1m }
regions:
  - { name: eu-west, title: Frankfurt, country: DE, lat: 50.1, lon: 8.7 }
`;
/** The target goes, and the probe that needs it. */
const OTHER = `version: 1
targets: [{ name: api, url: https://api.example.net/health }]
probes: [{ name: api-up, type: http, targets: [api], every: 1m }]
`;

const folder = mkdtempSync(join(tmpdir(), 'outrider-golden-probes-'));
let fleet: GoldenFleet;
beforeAll(async () => {
  for (const [name, text] of Object.entries({ probes: FILE, other: OTHER }))
    writeFileSync(join(folder, `${name}.yaml`), text);
  fleet = await startGoldenFleet();
});
afterAll(async () => {
  await fleet?.close();
  rmSync(folder, { recursive: true, force: true });
});

const golden = (name: string, ...args: string[]) =>
  expectGolden(name, ['probes', ...args], { ...fleet.options, cwd: folder });

describe('what people see of probes as code', () => {
  it('probes diff', () => golden('probes-diff', 'diff', '-f', 'probes.yaml'), SLOW);
  it('probes diff, --prune', () => golden('probes-diff-prune', 'diff', '-f', 'other.yaml', '--prune'), SLOW);
  it(
    'probes apply, --dry-run',
    () => golden('probes-apply-dry', 'apply', '-f', 'probes.yaml', '--dry-run'),
    SLOW,
  );
  // The terminal ends (Ctrl-D) where an answer is wanted.
  it(
    'probes apply, --prune',
    () => golden('probes-apply-prune', 'apply', '-f', 'other.yaml', '--prune'),
    SLOW,
  );
  it('probes delete', () => golden('probes-delete', 'delete', 'edge'), SLOW);
});
