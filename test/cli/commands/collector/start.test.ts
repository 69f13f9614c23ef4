import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ClickHouseCluster,
  serverUnavailable,
  startClickHouseCluster,
} from '../../../support/clickhouse-server.ts';
import { outrider, start } from '../../../support/outrider.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'outrider-start-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const commandOf = (...more: string[]) => [
  'collector',
  'start',
  '--port',
  '0',
  '--data-dir',
  dataDir,
  ...more,
];
const A = 'http://127.0.0.1:1';
const B = 'http://127.0.0.1:2';

describe('collector start', () => {
  it('asks which cluster several servers are', async () => {
    const { code, stderr } = await outrider(...commandOf('--clickhouse', A, '--clickhouse', B));
    expect(code).toBe(64);
    expect(stderr).toMatch(/2 ClickHouse servers are given, and not which cluster/);
    expect(stderr).toContain('--clickhouse-cluster NAME');
  });

  it('says what is wrong with shares of the traffic', async () => {
    const { code, stderr } = await outrider(...commandOf('--traffic', 'eu-west=0.7,us-east=0.5'));
    expect(code).toBe(64);
    expect(stderr).toMatch(/--traffic: the shares of regions add up to 1\.2/);
    expect(stderr).toContain('--traffic eu-west=0.3,us-east=0.5');
  });

  it('wants the servers of a cluster', async () => {
    const { code, stderr } = await outrider(...commandOf('--clickhouse-cluster', 'fleet'));
    expect(code).toBe(64);
    expect(stderr).toContain('--clickhouse');
  });

  it('says which of several is no URL', async () => {
    const { code, stderr } = await outrider(
      ...commandOf('--clickhouse', `${A},ch2`, '--clickhouse-cluster', 'fleet'),
    );
    expect(code).toBe(64);
    expect(stderr).toMatch(/ch2 is not an http or https URL/);
  });

  it('takes no password in the address of an OTLP receiver, and shows none', async () => {
    const { code, stderr } = await outrider(...commandOf('--otlp', 'http://mara:hush@otel:4318'));
    expect(code).toBe(64);
    expect(stderr).toContain('--otlp-headers FILE');
    expect(stderr).not.toContain('hush');
  });

  it('ends with 69 when no server of the cluster answers', async () => {
    const { code, stderr } = await outrider(
      ...commandOf('--clickhouse', `${A},${B}`, '--clickhouse-cluster', 'fleet'),
    );
    expect(code).toBe(69);
    expect(stderr).toMatch(/No server of the ClickHouse cluster answers: http:\/\/127\.0\.0\.1:1/);
  });
});

describe.skipIf(serverUnavailable())('collector start on a cluster', () => {
  let cluster: ClickHouseCluster;
  beforeEach(async () => {
    cluster = await startClickHouseCluster();
  });
  afterEach(() => cluster?.close());

  it('takes the URLs of its servers and its name, and says what is wrong with them', async () => {
    const servers = ['--clickhouse', cluster.urls.join(',')];
    const wrong = await outrider(...commandOf(...servers, '--clickhouse-cluster', 'flotilla'));
    expect(wrong.code).toBe(65);
    expect(wrong.stderr).toMatch(/does not know a cluster flotilla/);

    const running = start(commandOf(...servers, '--clickhouse-cluster', 'fleet'));
    const [, url] = await running.says(/collector ready: (\S+)/);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    running.process.kill('SIGINT');
    expect((await running.finished).code).toBe(0);
  });
});
