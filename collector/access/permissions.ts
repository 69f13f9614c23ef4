/**
 * Who may do what: the one table, role × endpoint. A route that does not stand here is closed to everybody, and a test that reads the
 * router's own list fails until it does.
 */
import { includesRole, type Role } from './roles.ts';

/** `open`: nobody is asked who they are. `local`: a viewer, or somebody on this very machine. */
export type Need = Role | 'open' | 'local';

/** By method and path, as the router has them. */
export const PERMISSIONS: Readonly<Record<string, Need>> = {
  'GET /healthz': 'open',
  'GET /readyz': 'open',
  'GET /metrics': 'local',

  'GET /': 'viewer',
  'GET /regions/:name': 'viewer',
  'GET /incidents': 'viewer',
  'GET /incidents/:id': 'viewer',
  'GET /probes': 'viewer',
  'GET /probes/:name': 'viewer',
  'GET /targets': 'viewer',
  'GET /targets/:name': 'viewer',
  'GET /agents': 'viewer',
  'GET /agents/:id': 'viewer',
  // Script, style and picture of the page, the same at every collector: nothing of anybody's is in them.
  'GET /dashboard/*': 'open',
  'GET /login': 'open',
  'POST /login': 'open',
  'POST /logout': 'open',

  'GET /api/v1/whoami': 'viewer',
  'GET /api/v1/agents': 'viewer',
  'GET /api/v1/agents/:id': 'viewer',
  'GET /api/v1/agents/:id/why': 'viewer',
  'GET /api/v1/calibration': 'viewer',
  'GET /api/v1/calibration/alarms': 'viewer',
  'GET /api/v1/calibration/alarms/:id': 'viewer',
  'GET /api/v1/calibration/replay': 'viewer',
  'GET /api/v1/calibration/windows': 'viewer',
  'GET /api/v1/changes': 'viewer',
  'GET /api/v1/collectors': 'viewer',
  'GET /api/v1/completeness': 'viewer',
  'GET /api/v1/drain': 'viewer',
  'GET /api/v1/incidents': 'viewer',
  'GET /api/v1/incidents/:id': 'viewer',
  'GET /api/v1/incidents/:id/series': 'viewer',
  'GET /api/v1/latency': 'viewer',
  'GET /api/v1/ledger': 'viewer',
  'GET /api/v1/openapi.json': 'viewer',
  'GET /api/v1/overview': 'viewer',
  'GET /api/v1/probes': 'viewer',
  'GET /api/v1/probes/:name': 'viewer',
  'GET /api/v1/probes/:name/yaml': 'viewer',
  'GET /api/v1/results': 'viewer',
  'GET /api/v1/results/:run': 'viewer',
  'GET /api/v1/results/:run/screenshot': 'viewer',
  'GET /api/v1/runs/:request_id': 'viewer',
  'GET /api/v1/schedule/plan': 'viewer',
  'GET /api/v1/silences': 'viewer',
  'GET /api/v1/slos': 'viewer',
  'GET /api/v1/spec': 'viewer',
  'GET /api/v1/spec/schema': 'viewer',
  'GET /api/v1/stream': 'viewer',
  'GET /api/v1/targets': 'viewer',
  'GET /api/v1/targets/:name': 'viewer',
  'GET /api/v1/views': 'viewer',
  // They read: what is asked for is too long for an address.
  'POST /api/v1/query': 'viewer',
  'POST /api/v1/schedule/plan': 'viewer',

  'DELETE /api/v1/probes/:name': 'operator',
  'POST /api/v1/changes': 'operator',
  'POST /api/v1/incidents/:id/ack': 'operator',
  'POST /api/v1/incidents/:id/resolve': 'operator',
  'POST /api/v1/probes/:name/pause': 'operator',
  'POST /api/v1/probes/:name/resume': 'operator',
  'POST /api/v1/probes/:name/run': 'operator',
  'POST /api/v1/probes/apply': 'operator',
  'POST /api/v1/silences': 'operator',
  'POST /api/v1/silences/:id/expire': 'operator',

  'POST /api/v1/drain': 'admin',
  'GET /api/v1/audit': 'admin',
  'GET /api/v1/tokens': 'admin',
  'POST /api/v1/tokens': 'admin',
  'POST /api/v1/tokens/:id/revoke': 'admin',
  'GET /api/v1/keys': 'admin',
  'POST /api/v1/keys/:agent/revoke': 'admin',

  'GET /api/v1/peers/fleet': 'collector',
  'POST /api/v1/peers/release': 'collector',
  'POST /api/v1/peers/run-now': 'collector',
};

/** Requests that change nothing although they are no GET. */
const READS: ReadonlySet<string> = new Set([
  'POST /api/v1/query',
  'POST /api/v1/schedule/plan',
  'POST /api/v1/peers/release',
  'POST /api/v1/peers/run-now',
]);

export type Verdict = 'allowed' | 'unauthenticated' | 'forbidden';

/** The need of a route as the router has it, such as `GET /api/v1/agents/:id`; undefined for one that has none. */
export function needOf(route: string): Need | undefined {
  if (Object.hasOwn(PERMISSIONS, route)) return PERMISSIONS[route];
  return /^GET \/dashboard\/[^*]+$/.test(route) ? PERMISSIONS['GET /dashboard/*'] : undefined;
}

/** Whether somebody with this role, undefined for nobody known, may use a route. `isLocal`: from this very machine. */
export function authorise(route: string, role: Role | undefined, isLocal = false): Verdict {
  const need = needOf(route);
  if (need === 'open' || (need === 'local' && isLocal)) return 'allowed';
  if (role === undefined) return 'unauthenticated';
  if (need === undefined) return 'forbidden';
  return includesRole(role, need === 'local' ? 'viewer' : need) ? 'allowed' : 'forbidden';
}

/** Whether what is done by a route belongs into the audit log. */
export function isAudited(route: string): boolean {
  return !/^(GET|HEAD) /.test(route) && !READS.has(route);
}
