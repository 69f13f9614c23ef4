/** `/probes` and `/targets`: what is checked, declared by `apply`; and runs asked for by hand. */
import { Hono } from 'hono';
import { z } from 'zod';
import { locationSchema } from '../../probes/spec.ts';
import type { ProbeView, Registry, TargetView } from '../registry/registry.ts';
import { ApiError } from './errors.ts';
import { iso } from './instant.ts';
import { pageOf } from './page.ts';
import { limitParam, parseBody, parseQuery } from './params.ts';

const listSchema = z.strictObject({ limit: limitParam(1000), after: z.string().optional() });
const applySchema = z.strictObject({ spec: z.unknown(), dry_run: z.boolean().default(false) });
const runSchema = z.strictObject({ from: locationSchema.default({}) });
const emptySchema = z.strictObject({});

const byName = <T extends { readonly spec: { readonly name: string } }>(a: T, b: T): number =>
  a.spec.name < b.spec.name ? -1 : 1;

/** The probe as it was declared, and what became of it. */
function probeJson(probe: ProbeView) {
  return {
    ...probe.spec,
    every_ms: probe.everyMs,
    timeout_ms: probe.timeoutMs,
    agents: probe.agents,
    updated_at: iso(probe.updatedMs),
  };
}

function targetJson(target: TargetView) {
  return { ...target.spec, updated_at: iso(target.updatedMs) };
}

function probeOr404(registry: Registry, name: string): ProbeView {
  const probe = registry.probe(name);
  if (!probe) {
    throw new ApiError('not_found', `There is no probe named ${name}.`, 'List them: outrider probes list.');
  }
  return probe;
}

export function probeRoutes(registry: Registry): Hono {
  const app = new Hono();
  app.get('/', (context) => {
    const { limit, after } = parseQuery(context, listSchema);
    return context.json(pageOf(registry.probes().toSorted(byName).map(probeJson), limit, after));
  });
  app.post('/apply', async (context) => {
    const { spec, dry_run } = await parseBody(context, applySchema);
    const changes = await registry.apply(spec, { dryRun: dry_run });
    return context.json(pageOf(changes, Math.max(1, changes.length), undefined));
  });
  app.get('/:name', (context) => context.json(probeJson(probeOr404(registry, context.req.param('name')))));
  app.delete('/:name', async (context) => {
    const { spec } = probeOr404(registry, context.req.param('name'));
    await registry.deleteProbe(spec.name);
    return context.json({ name: spec.name, deleted: true });
  });
  app.post('/:name/pause', async (context) => {
    await parseBody(context, emptySchema);
    const { spec } = probeOr404(registry, context.req.param('name'));
    await registry.pause(spec.name);
    return context.json(probeJson(probeOr404(registry, spec.name)));
  });
  app.post('/:name/resume', async (context) => {
    await parseBody(context, emptySchema);
    const { spec } = probeOr404(registry, context.req.param('name'));
    await registry.resume(spec.name);
    return context.json(probeJson(probeOr404(registry, spec.name)));
  });
  app.post('/:name/run', async (context) => {
    const { from } = await parseBody(context, runSchema);
    const { spec } = probeOr404(registry, context.req.param('name'));
    const asked = await registry.runNow(spec.name, from);
    return context.json(
      { request_id: asked.requestId, probe: asked.probe, agents: asked.agents, expected: asked.expected },
      202,
    );
  });
  return app;
}

export function targetRoutes(registry: Registry): Hono {
  const app = new Hono();
  app.get('/', (context) => {
    const { limit, after } = parseQuery(context, listSchema);
    return context.json(pageOf(registry.targets().toSorted(byName).map(targetJson), limit, after));
  });
  return app;
}
