/** Who may do what, and a record of who did: tokens, keys of agents, the pass among collectors, the audit. */
import type { Logger } from 'pino';
import type { Clock } from '../../probes/probe.ts';
import type { Store } from '../store/store.ts';
import { Access } from './access.ts';
import { AgentKeys } from './agent-keys.ts';
import { Audit } from './audit.ts';
import { bootstrapFile, followBootstrap } from './bootstrap.ts';
import { PeerPass } from './peer-pass.ts';

export interface AccessOptions {
  readonly store: Store;
  readonly dataDir: string;
  /** Of this collector. */
  readonly name: string;
  /** Who asks has to show a token, an agent its key. */
  readonly required: boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

/** From the store on. Rejects with a `StoreError`. */
export async function startAccess({ clock, dataDir, log, name, required, store }: AccessOptions) {
  const access = new Access({ store, clock, log, required });
  const keys = new AgentKeys({ store, access, log });
  const audit = new Audit({ store, collector: name, log });
  const pass = new PeerPass(access, name, log);
  await Promise.all([access.start(), keys.start()]);
  await pass.start();
  const created = (): { readonly atMs: number; readonly status: number } => ({
    atMs: clock.wallMs(),
    status: 201,
  });
  keys.onEnrolled = ({ address: remote, agent, invitation: actor, token }) =>
    audit.note({
      ...created(),
      ...{ actor, token, role: 'agent', action: 'ENROL agent', path: agent, remote, detail: '' },
    });
  const taken = (token: string): void =>
    audit.note({
      ...created(),
      ...{ actor: 'bootstrap', token, role: 'admin', action: 'TAKE token', path: bootstrapFile(dataDir) },
      ...{ remote: '', detail: '' },
    });
  const unfollow = required ? followBootstrap(dataDir, access, log, taken) : () => undefined;
  const close = async (): Promise<void> => {
    unfollow();
    await Promise.all([audit.close(), keys.close()]);
    await pass.close();
    await access.close();
  };
  return { access, keys, audit, pass, close };
}
