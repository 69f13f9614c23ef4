/** The command line of the browser: what makes runs alike, keeps it from talking to anybody else, and lets videos start. */
import { createHash } from 'node:crypto';
import { parseHostPort } from '../net/host-port.ts';
import type { BrowserBuild } from './browser.ts';

export interface FlagOptions {
  readonly headless: BrowserBuild['headless'];
  readonly profileDirectory: string;
  /** `host:port` → `host:port`, as `NetworkOptions.connectTo`. */
  readonly connectTo: Readonly<Record<string, string>>;
  /** Where web sockets go, on loopback; each by itself when absent. */
  readonly socketProxyPort?: number;
  /** Chromium refuses to start its sandbox as root. */
  readonly isRoot: boolean;
  /** Containers give 64 MB of /dev/shm, too small for frames; files in the profile serve then, at the price of a disk. */
  readonly isSharedMemorySmall: boolean;
}

const FEATURES_OFF = [
  // Keeps the old picture until the new page paints: would hide the first frame.
  'PaintHolding',
  // Restarts redirected cross-origin requests, which aborts them while requests are held for the address policy.
  'AvoidCorsURLLoaderRestartOnRedirect',
  // Asks the user, who is not there. The address policy of the agent decides instead.
  'LocalNetworkAccessChecks',
  'Translate',
  'MediaRouter',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
  'GlobalMediaControls',
  // Frames in processes of their own, whose requests no tab of ours would see.
  'IsolateOrigins',
  'site-per-process',
  // A page that is opened before it is asked for is none of our tabs.
  'Prerender2',
];

const COMMON = [
  '--remote-debugging-pipe',
  '--no-startup-window',
  '--no-first-run',
  '--no-default-browser-check',
  '--no-service-autorun',
  '--no-pings',
  // What it would fetch on its own account shares the link with what is measured.
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-component-extensions-with-background-pages',
  '--disable-default-apps',
  '--disable-domain-reliability',
  '--disable-extensions',
  '--disable-sync',
  '--disable-breakpad',
  '--disable-crash-reporter',
  '--disable-field-trial-config',
  '--disable-search-engine-choice-screen',
  '--metrics-recording-only',
  // A run measures the way to the target, and must know which: no HTTP/3 race.
  '--disable-quic',
  // Headless pages count as hidden to some throttles; a phone's screen does not.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-hang-monitor',
  '--disable-ipc-flooding-protection',
  '--disable-back-forward-cache',
  '--autoplay-policy=no-user-gesture-required',
  '--mute-audio',
  '--hide-scrollbars',
  '--force-color-profile=srgb',
  '--password-store=basic',
  '--use-mock-keychain',
  '--enable-unsafe-swiftshader',
  // Windows, shared workers and peer connections of a page: the same.
  '--block-new-web-contents',
  '--disable-shared-workers',
  '--disable-site-isolation-trials',
  '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
];

/** Arguments for the program. */
export function launchFlags(options: FlagOptions): string[] {
  const rules = resolverRules(options.connectTo);
  return [
    options.headless === 'shell' ? '--headless' : '--headless=new',
    `--user-data-dir=${options.profileDirectory}`,
    ...COMMON,
    ...proxyFlags(options.socketProxyPort),
    `--disable-features=${FEATURES_OFF.join(',')}`,
    ...(options.isSharedMemorySmall ? ['--disable-dev-shm-usage'] : []),
    ...(options.isRoot ? ['--no-sandbox'] : []),
    ...(rules === '' ? [] : [`--host-resolver-rules=${rules}`]),
  ];
}

/** Never a proxy of the machine. Of our own it is for web sockets alone (to Chromium the proxy of no other scheme), loopback ones included. */
function proxyFlags(socketProxyPort: number | undefined): string[] {
  if (socketProxyPort === undefined) return ['--no-proxy-server'];
  return [
    `--proxy-server=http=direct://;https=direct://;socks=socks5://127.0.0.1:${socketProxyPort}`,
    '--proxy-bypass-list=<-loopback>',
  ];
}

/**
 * The first eight digits of a digest of the flags, but for those that differ from launch to launch (profile) and from agent to agent
 * (where names lead, the port of our proxy): a change of the command line shows as a change on every sample, as one of the build does.
 */
export function flagsHash(flags: readonly string[]): string {
  const kept = flags.filter((flag) => !/^--(user-data-dir|host-resolver-rules|proxy-server)=/.test(flag));
  return createHash('sha256').update(kept.join('\n')).digest('hex').slice(0, 8);
}

/**
 * `MAP host:port host:port, …` for `--host-resolver-rules`. Entries that are not `host:port` are left out; those with a
 * character that would begin another rule are too.
 */
export function resolverRules(connectTo: Readonly<Record<string, string>>): string {
  return Object.entries(connectTo)
    .filter(([from, to]) => [from, to].every((text) => parseHostPort(text) && !/[\s,*]/.test(text)))
    .map(([from, to]) => `MAP ${from} ${to}`)
    .join(', ');
}
