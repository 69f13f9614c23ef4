import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseCollectorUse, readCollectorUse } from '../../../cli/simulate/collector-use.ts';
import { ApiClient } from '../../../cli/support/api-client.ts';

const PAGE = `# HELP process_resident_memory_bytes Resident memory of the process.
# TYPE process_resident_memory_bytes gauge
process_resident_memory_bytes 123456789
process_cpu_seconds_total 4.25
outrider_start_time_seconds 1790000000.5
outrider_agents{region="region-1",state="connected"} 3
`;

async function serve(status: number, text: string): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end(text));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}

describe('what a collector takes', () => {
  it('is read from its metrics', async () => {
    const use = { rssBytes: 123_456_789, cpuSeconds: 4.25, startedAt: 1_790_000_000.5 };
    expect(parseCollectorUse(PAGE)).toEqual(use);
    expect(await readCollectorUse(new ApiClient(await serve(200, PAGE)))).toEqual(use);
  });

  it('is unknown when the page lacks a figure, is refused, or nobody answers', async () => {
    expect(parseCollectorUse(PAGE.replace(/^process_cpu.*$/m, ''))).toBeUndefined();
    expect(await readCollectorUse(new ApiClient(await serve(503, PAGE)))).toBeUndefined();
    expect(await readCollectorUse(new ApiClient('http://127.0.0.1:9'))).toBeUndefined();
  });
});
