/** A notifier over a real store and real receivers, under a clock and a lease that the test holds. */
import { Writable } from 'node:stream';
import { pino } from 'pino';
import type { Incident } from '../../../collector/detect/incident.ts';
import { IncidentList } from '../../../collector/incidents/incident-list.ts';
import type { LiveNotifier } from '../../../collector/notify/live-notifier.ts';
import { parseRoutes } from '../../../collector/notify/routes-file.ts';
import { type NotifierOptions, startNotifier } from '../../../collector/notify/start-notifier.ts';
import type { AgentView, TargetView } from '../../../collector/registry/registry.ts';
import type { Store } from '../../../collector/store/store.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';
import { agentViews } from '../incidents/running-detection.ts';

export class NotifyStage {
  nowMs: number;
  lease: string | undefined = 'detect/1';
  readonly refused: string[] = [];
  agents: AgentView[] = agentViews([
    { id: 'eu-west-1', region: 'eu-west', state: 'connected' },
    { id: 'us-east-1', region: 'us-east', state: 'connected' },
  ]);
  targets: Pick<TargetView, 'spec'>[] = [];
  incidents = new IncidentList(SILENT_LOG);
  /** Everything that was logged. */
  readonly logged: string[] = [];

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  /** What detection says now. */
  put(incident: Incident): void {
    this.incidents.load([incident]);
  }

  /** Detection begins anew and knows nothing. */
  forget(): void {
    this.incidents = new IncidentList(SILENT_LOG);
  }

  notifier(store: Pick<Store, 'query' | 'insertRows'>, more: Partial<NotifierOptions> = {}): LiveNotifier {
    const sink = new Writable({
      write: (chunk, _encoding, done) => {
        this.logged.push(String(chunk));
        done();
      },
    });
    return startNotifier({
      store,
      registry: { agents: () => this.agents, targets: () => this.targets as TargetView[] },
      detection: {
        incidents: () => this.incidents.all(),
        subscribe: (listener) => this.incidents.subscribe(listener),
      },
      turn: {
        storeOffsetMs: 0,
        lease: () => this.lease,
        leaseRefused: (lease) => {
          this.refused.push(lease);
          this.lease = undefined;
        },
      },
      clock: { wallMs: () => this.nowMs, monotonicMs: () => this.nowMs },
      log: pino({ level: 'trace' }, sink),
      random: () => 0,
      tickMs: 0,
      ...more,
    });
  }
}

/** Settings with one route of the given settings to receivers of these kinds; their address is in HOOK. */
export function settingsOf(
  route: Record<string, unknown>,
  receivers: readonly Record<string, unknown>[] = [{ name: 'hook', type: 'webhook', url: { env: 'HOOK' } }],
  more: Record<string, unknown> = {},
) {
  const names = receivers.map(({ name }) => name);
  const file = { version: 1, receivers, routes: [{ name: 'all', receivers: names, ...route }], ...more };
  return parseRoutes(JSON.stringify(file), 'routes.yaml', {
    HOOK: 'http://127.0.0.1:1/',
    PAGER: 'http://127.0.0.1:1/',
    PD: 'r0uting',
  });
}
