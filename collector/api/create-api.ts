/** The HTTP face of the collector: `/api/v1`, `/metrics`, `/healthz`, `/readyz` and the dashboard at `/`. */
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { accessControl } from '../access/middleware.ts';
import { dashboardRoutes } from '../dashboard/routes.ts';
import { agentRoutes } from './agents.ts';
import { auditRoutes } from './audit.ts';
import { calibrationRoutes } from './calibration.ts';
import { changeRoutes } from './changes.ts';
import { collectorRoutes, drainRoutes } from './collectors.ts';
import { completenessRoutes } from './completeness.ts';
import type { ApiDeps } from './deps.ts';
import { ApiError, errorResponse, toApiError } from './errors.ts';
import { healthRoutes } from './health.ts';
import { incidentRoutes } from './incidents.ts';
import { latencyRoutes } from './latency.ts';
import { ledgerRoutes } from './ledger.ts';
import { LedgerCache } from './ledger-cache.ts';
import { API_LIMITS } from './limits.ts';
import { createHub, liveRoutes } from './live.ts';
import { loginRoutes } from './login.ts';
import { metricsRoutes } from './metrics.ts';
import { openApiRoutes } from './openapi.ts';
import { OverviewSource } from './overview-source.ts';
import { peerFleetRoutes } from './peer-fleet.ts';
import { releaseRoutes } from './peers.ts';
import { probeRoutes, targetRoutes } from './probes.ts';
import { queryRoutes } from './query.ts';
import { resultRoutes, runRoutes } from './results.ts';
import { refuseForeignPages } from './same-origin.ts';
import { schedulePlanRoutes } from './schedule-plan.ts';
import { silenceRoutes } from './silences.ts';
import { sloRoutes } from './slos.ts';
import { specRoutes } from './spec.ts';
import { keyRoutes, tokenRoutes, whoamiRoutes } from './tokens.ts';
import { viewRoutes } from './views.ts';

const TICK_MS = 2000;

/** Methods that a path of the API may know; the first that answers is named in a 405. */
const METHODS = ['GET', 'POST', 'DELETE'] as const;

function apiRoutes(deps: ApiDeps): Hono {
  const { access, audit, store, registry, clock } = deps;
  const nowMs = () => clock.wallMs();
  const app = new Hono();
  app.route('/agents', agentRoutes(registry, clock));
  app.route('/probes', probeRoutes(registry, deps.notifier));
  app.route('/targets', targetRoutes(registry));
  app.route('/spec', specRoutes(registry));
  app.route('/schedule', schedulePlanRoutes(registry, clock));
  app.route('/runs', runRoutes(store, registry, clock));
  app.route('/results', resultRoutes(store, clock));
  app.route('/latency', latencyRoutes(store, clock));
  app.route('/completeness', completenessRoutes(store, registry, clock));
  app.route('/incidents', incidentRoutes(deps));
  app.route('/silences', silenceRoutes(deps.notifier));
  app.route('/slos', sloRoutes(store, registry, deps.detection, clock));
  app.route('/changes', changeRoutes(store, clock));
  app.route('/calibration', calibrationRoutes(store, clock));
  app.route('/ledger', ledgerRoutes(registry, clock));
  app.route('/query', queryRoutes(store));
  app.route('/views', viewRoutes(store));
  app.route('/collectors', collectorRoutes(deps.membership, clock));
  app.route('/drain', drainRoutes(deps.drain));
  app.route('/whoami', whoamiRoutes(access));
  app.route('/tokens', tokenRoutes(access, nowMs));
  app.route('/keys', keyRoutes(deps.keys));
  app.route('/audit', auditRoutes(audit, nowMs));
  app.route('/peers', releaseRoutes(deps));
  app.route('/peers', peerFleetRoutes(registry));
  return app;
}

/** The app, ready to be served. It holds no state but its event streams, which end when `deps.signal` aborts. */
export function createApi(deps: ApiDeps): Hono {
  const tickMs = deps.tickMs ?? TICK_MS;
  const ledger = new LedgerCache(deps.registry, deps.clock, tickMs / 2);
  const source = new OverviewSource(deps, ledger, tickMs / 2);
  const hub = createHub(deps, source, tickMs);
  const app = new Hono();

  app.onError((thrown, context) => {
    const error = toApiError(thrown);
    if (error.status >= 500) deps.log.error({ err: thrown, path: context.req.path }, 'api: request failed');
    return errorResponse(context, error);
  });
  app.use(refuseForeignPages({ anyHost: deps.anyHost ?? false, hosts: deps.hosts ?? [] }));
  app.use(async (context, next) => {
    await next();
    context.header('X-Content-Type-Options', 'nosniff');
  });
  app.use(
    accessControl({
      access: deps.access,
      audit: deps.audit,
      nowMs: () => deps.clock.wallMs(),
      routeOf: (method, path) => routeOf(app, method, path),
    }),
  );
  app.use(
    bodyLimit({
      maxSize: API_LIMITS.bodyBytes.value,
      onError: () => {
        throw new ApiError('too_large', `The body is larger than ${API_LIMITS.bodyBytes.value} bytes.`);
      },
    }),
  );
  app.route('/', dashboardRoutes());
  app.route('/', loginRoutes(deps.access));
  app.route('/', healthRoutes(deps));
  app.route('/', metricsRoutes(deps, ledger, hub));
  app.route('/api/v1', apiRoutes(deps));
  app.route('/api/v1', liveRoutes(source, hub));
  app.route('/api/v1', openApiRoutes(app, deps.version));
  app.notFound((context) => errorResponse(context, notFoundError(app, context.req.method, context.req.path)));
  return app;
}

/** 405 where the path answers to another method (RFC 9110 §15.5.6), 404 otherwise. */
function notFoundError(app: Hono, method: string, path: string): ApiError {
  const others = METHODS.filter((other) => other !== method && routeOf(app, other, path));
  if (others.length > 0) {
    return new ApiError(
      'method_not_allowed',
      `${method} is not possible at ${path}.`,
      `Use ${others.join(' or ')}.`,
    );
  }
  return new ApiError('not_found', `There is nothing at ${path}.`, 'The API is under /api/v1.');
}

/** `GET /api/v1/agents/:id` for `/api/v1/agents/eu-1`; undefined where nothing answers. */
function routeOf(app: Hono, method: string, path: string): string | undefined {
  const [handlers] = app.router.match(method, path);
  // Middleware is registered for every path: only a handler of the method itself is a route. The first that matches answers.
  const found = handlers.find(([[, route]]) => route.method === method);
  return found && `${method} ${found[0][1].path}`;
}
