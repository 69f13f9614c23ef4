/** Which versions of TLS a server agrees to, each asked for alone. */
import type { SecureVersion } from 'node:tls';
import type { Peer } from '../net/peer.ts';
import type { RunRecord } from '../net/run-record.ts';
import { versionContext } from '../net/secure.ts';
import type { Failure } from '../outcome.ts';
import type { RunContext } from '../probe.ts';
import { shakeAgain } from './again.ts';
import { TLS_VERSIONS, type TlsParams, type TlsVersion } from './params.ts';

const NAMES: Readonly<Record<TlsVersion, SecureVersion>> = {
  '1.0': 'TLSv1',
  '1.1': 'TLSv1.1',
  '1.2': 'TLSv1.2',
  '1.3': 'TLSv1.3',
};

/** Notes attribute `tls_versions`, such as `1.2 1.3`; the failure of a forbidden or a missing one. */
export async function versionsFailure(
  context: RunContext,
  peer: Peer,
  params: TlsParams,
  record: RunRecord,
): Promise<Failure | undefined> {
  const { forbidVersions, requireVersions } = params;
  const asked = TLS_VERSIONS.filter(
    (version) => params.versions || forbidVersions.includes(version) || requireVersions.includes(version),
  );
  if (asked.length === 0) return undefined;
  const offered: TlsVersion[] = [];
  for (const version of asked) {
    const fromMs = record.nowMs();
    const answer = await offers(context, peer, params, version);
    record.addPhase(`tls ${version}`, fromMs);
    if (typeof answer === 'object') return answer;
    if (answer) offered.push(version);
  }
  record.attributes.tls_versions = offered.join(' ');
  const forbidden = offered.filter((version) => forbidVersions.includes(version));
  const missing = requireVersions.filter((version) => !offered.includes(version));
  if (forbidden.length === 0 && missing.length === 0) return undefined;
  const said = [
    ...forbidden.map((version) => `TLS ${version} is offered and forbidden`),
    ...missing.map((version) => `TLS ${version} is required and not offered`),
  ];
  return { layer: 'tls', blame: 'target', code: 'tls_version', message: `${said.join('; ')}.` };
}

/** A failure when it cannot be told: a server that was not reached has refused nothing. */
async function offers(
  context: RunContext,
  peer: Peer,
  params: TlsParams,
  version: TlsVersion,
): Promise<boolean | Failure> {
  const trust = await versionContext(NAMES[version]);
  const again = await shakeAgain(context, peer, params, { trust });
  if (again.ok) {
    again.socket.destroy();
    return true;
  }
  if ('unreached' in again) return again.unreached;
  return again.failure.code === 'timeout' || again.failure.blame === 'agent' ? again.failure : false;
}
