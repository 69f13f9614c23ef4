import { describe, expect, it } from 'vitest';
import { peerOf } from '../../../probes/net/peer.ts';
import { loopbackNetwork } from './run-context.ts';

const PORTS = { tcp: null, https: 443, icmp: 7 } as const;
const open = loopbackNetwork();
const target = (url: string) => ({ name: 'test', url, labels: {} });

function hostPort(url: string, port?: number): string | undefined {
  const found = peerOf(open, target(url), PORTS, port);
  return found.ok ? found.peer.text : undefined;
}

function codeOf(url: string): string | undefined {
  const found = peerOf(open, target(url), PORTS);
  return found.ok ? undefined : found.failure.code;
}

describe('where a target is', () => {
  it.each([
    ['tcp://127.0.0.1:25', undefined, '127.0.0.1:25'],
    ['tcp://127.0.0.1', 26, '127.0.0.1:26'],
    ['tcp://127.0.0.1:25', 26, '127.0.0.1:26'],
    ['https://www.example.com/a?b', undefined, 'www.example.com:443'],
    ['https://www.example.com:8443/', undefined, 'www.example.com:8443'],
    ['icmp://www.example.com.', undefined, 'www.example.com:7'],
    ['tcp://[::1]:25', undefined, '[::1]:25'],
    // Schemes that the URL standard does not know keep their host as it is written.
    ['tcp://WWW.Example.COM:25', undefined, 'www.example.com:25'],
    ['tcp://0x7f.1:25', undefined, '127.0.0.1:25'],
    ['tcp://2130706433:25', undefined, '127.0.0.1:25'],
    ['tcp://b%C3%BCcher.example:25', undefined, 'xn--bcher-kva.example:25'],
  ])('%s with port %s is %s', (url, port, text) => {
    expect(hostPort(url, port)).toBe(text);
  });

  it.each([
    ['tcp://127.0.0.1', 'bad_params'],
    ['tcp:25', 'bad_params'],
    ['', 'bad_params'],
    ['http://127.0.0.1/', 'forbidden_target'],
    ['tcp://user@127.0.0.1:25', 'forbidden_target'],
    ['tcp://:secret@127.0.0.1:25', 'forbidden_target'],
    ['tcp://127.0.0.1:0', 'bad_params'],
    ['tcp://10.0.0.1:25', 'forbidden_target'],
    ['tcp://012.0.0.1:25', 'forbidden_target'],
    ['tcp://%31%30.0.0.1:25', 'forbidden_target'],
    ['tcp://[::ffff:10.0.0.1]:25', 'forbidden_target'],
    ['tcp://[64:ff9b::a00:1]:25', 'forbidden_target'],
    ['tcp://１０.0.0.1:25', 'forbidden_target'],
  ])('%s is refused with %s', (url, code) => {
    expect(codeOf(url)).toBe(code);
  });

  it('quotes no more of a target than a message bears', () => {
    const found = peerOf(open, target(`x${'y'.repeat(5000)}`), PORTS);
    expect(found.ok ? 0 : found.failure.message.length).toBeLessThan(200);
  });
});
