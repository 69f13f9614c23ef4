import { describe, expect, it } from 'vitest';
import { flagsHash, launchFlags, resolverRules } from '../../../probes/browser/flags.ts';

const options = {
  headless: 'shell',
  profileDirectory: '/tmp/profile',
  connectTo: {},
  isRoot: false,
  isSharedMemorySmall: false,
} as const;

describe('launchFlags', () => {
  it('let videos start unasked and unheard, without HTTP/3, and with nothing of its own on the line', () => {
    expect(launchFlags(options)).toEqual(
      expect.arrayContaining([
        '--headless',
        '--user-data-dir=/tmp/profile',
        '--remote-debugging-pipe',
        '--autoplay-policy=no-user-gesture-required',
        '--mute-audio',
        '--disable-quic',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        '--no-proxy-server',
      ]),
    );
  });

  it('send web sockets through our proxy and nothing else', () => {
    const flags = launchFlags({ ...options, socketProxyPort: 1080 });
    expect(flags).toContain('--proxy-server=http=direct://;https=direct://;socks=socks5://127.0.0.1:1080');
    expect(flags).toContain('--proxy-bypass-list=<-loopback>');
    expect(flags).not.toContain('--no-proxy-server');
    expect(flagsHash(flags)).toBe(flagsHash(launchFlags({ ...options, socketProxyPort: 1081 })));
  });

  it('never open a debugging port', () => {
    expect(launchFlags(options).filter((flag) => flag.includes('debugging-port'))).toEqual([]);
  });

  it('keep the sandbox unless the user is root', () => {
    expect(launchFlags(options)).not.toContain('--no-sandbox');
    expect(launchFlags({ ...options, isRoot: true })).toContain('--no-sandbox');
  });

  it('leave shared memory alone unless it is small', () => {
    expect(launchFlags(options)).not.toContain('--disable-dev-shm-usage');
    expect(launchFlags({ ...options, isSharedMemorySmall: true })).toContain('--disable-dev-shm-usage');
  });

  it('ask a full browser for its new headless mode', () => {
    expect(launchFlags({ ...options, headless: 'new' })).toContain('--headless=new');
  });

  it('let no page open what no tab of ours would see', () => {
    expect(launchFlags(options)).toEqual(
      expect.arrayContaining([
        '--block-new-web-contents',
        '--disable-shared-workers',
        '--disable-site-isolation-trials',
      ]),
    );
  });

  it('give each switch once', () => {
    const names = launchFlags({ ...options, isRoot: true }).map((flag) => flag.split('=')[0]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('map hosts for the resolver only when there is something to map', () => {
    const mapped = launchFlags({ ...options, connectTo: { 'a.test:80': '127.0.0.1:9000' } });
    expect(mapped).toContain('--host-resolver-rules=MAP a.test:80 127.0.0.1:9000');
    expect(launchFlags(options).some((flag) => flag.startsWith('--host-resolver-rules'))).toBe(false);
  });
});

describe('flagsHash', () => {
  const hash = (changes: Partial<Parameters<typeof launchFlags>[0]> = {}) =>
    flagsHash(launchFlags({ ...options, ...changes }));

  it('is the same for every profile and wherever names lead', () => {
    expect(hash()).toMatch(/^[0-9a-f]{8}$/);
    expect(hash({ profileDirectory: '/tmp/other', connectTo: { 'a.test:80': '127.0.0.1:1' } })).toBe(hash());
  });

  it('changes with any other flag', () => {
    expect(hash({ isRoot: true })).not.toBe(hash());
    expect(hash({ isSharedMemorySmall: true })).not.toBe(hash());
  });
});

describe('resolverRules', () => {
  it('has one rule a mapping', () => {
    const rules = resolverRules({ 'a.test:80': '127.0.0.1:9000', 'b.test:443': '[::1]:9001' });
    expect(rules).toBe('MAP a.test:80 127.0.0.1:9000, MAP b.test:443 [::1]:9001');
  });

  it('leaves out what would write rules of its own', () => {
    expect(
      resolverRules({
        'a.test': '127.0.0.1:1',
        '*:80': '127.0.0.1:1',
        'a.test:80, MAP *:80': '127.0.0.1:1',
        'c.test:80': '127.0.0.1:1, EXCLUDE x:1',
      }),
    ).toBe('');
  });
});
