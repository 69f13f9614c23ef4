/**
 * The peer of an http run: `node http-client-peer.ts PORT HOST PATH PER_SECOND SECONDS` gets the same address on fresh connections
 * by node:http, and writes `{ requests, cpuMs }` as its one line.
 */
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const [port = '', host = '', path = '', perSecond = '', seconds = ''] = process.argv.slice(2);

function request(): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: Number(port), path, headers: { host }, agent: false };
    get(options, (response) => response.resume().on('end', resolve)).on('error', reject);
  });
}

async function requests(count: number): Promise<void> {
  const pending: Promise<void>[] = [];
  for (let i = 0; i < count; i += 1) {
    pending.push(request());
    await sleep(1000 / Number(perSecond));
  }
  await Promise.all(pending);
}

// What is loaded and compiled by the first requests is no cost of a request.
await requests(Number(perSecond));
const before = process.cpuUsage();
const count = Number(perSecond) * Number(seconds);
await requests(count);
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ requests: count, cpuMs: (user + system) / 1000 }));
