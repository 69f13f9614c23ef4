/** `/probes` and `/targets`: what is checked, declared by `apply`; and runs asked for by hand. */
import { Hono } from 'hono';
import { stringify } from 'yaml';
import { z } from 'zod';
import { probeOf } from '../../probes/registry.ts';
import { locationSchema } from '../../probes/spec.ts';
import type { ProbeView, Registry, TargetView } from '../registry/registry.ts';
import {
  appliedAnswer,
  askedRunAnswer,
  deletedAnswer,
  probeAnswer,
  probesAnswer,
  targetAnswer,
  targetsAnswer,
} from './answers/checks.ts';
import type { ApiDeps } from './deps.ts';
import { ApiError } from './errors.ts';
import { iso } from './instant.ts';
import { operation } from './operation.ts';
import { pageOf } from './page.ts';
import { limitParam, parseBody, parseQuery } from './params.ts';

const listSchema = z.strictObject({ limit: limitParam(1000), after: z.string().optional() });
const applySchema = z.strictObject({
  spec: z.unknown(),
  dry_run: z.boolean().default(false),
  prune: z.boolean().default(false),
  revision: z.int().min(0).optional(),
});
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
    headline: probeOf(probe.spec.type)?.judged[0] ?? null,
    updated_at: iso(probe.updatedMs),
  };
}

function targetJson(target: TargetView) {
  return { ...target.spec, updated_at: iso(target.updatedMs) };
}

/** A file that `apply` takes: the probe as it was declared, and the targets that it names. */
function probeYaml(registry: Registry, { spec }: ProbeView): string {
  const targets = spec.targets.flatMap((name) => registry.target(name)?.spec ?? []);
  return stringify({ version: 1, targets, probes: [spec] });
}

function probeOr404(registry: Registry, name: string): ProbeView {
  const probe = registry.probe(name);
  if (!probe) {
    throw new ApiError('not_found', `There is no probe named ${name}.`, 'List them: outrider probes list.');
  }
  return probe;
}

export function probeRoutes(registry: Registry, notifier: Pick<ApiDeps['notifier'], 'receivers'>): Hono {
  const app = new Hono();
  app.get(
    '/',
    operation({
      summary: 'The probes as they were declared.',
      query: listSchema,
      answer: probesAnswer,
    }),
    (context) => {
      const { limit, after } = parseQuery(context, listSchema);
      return context.json(pageOf(registry.probes().toSorted(byName).map(probeJson), limit, after));
    },
  );
  app.post(
    '/apply',
    operation({
      summary:
        'Makes things as a file says; with `dry_run` says what would change, with `prune` deletes what is not in it, with `revision` only if nobody changed anything since.',
      body: applySchema,
      answer: appliedAnswer,
    }),
    async (context) => {
      const { spec, dry_run, prune, revision: expected } = await parseBody(context, applySchema);
      const receivers = notifier.receivers().map(({ receiver }) => receiver);
      const options = { dryRun: dry_run, prune, revision: expected, receivers };
      const { changes, revision } = await registry.apply(spec, options);
      return context.json({ ...pageOf(changes, Math.max(1, changes.length), undefined), revision });
    },
  );
  app.get('/:name', operation({ summary: 'One probe.', answer: probeAnswer }), (context) =>
    context.json(probeJson(probeOr404(registry, context.req.param('name')))),
  );
  app.get(
    '/:name/yaml',
    operation({
      summary: 'One probe and its targets as a file that can be applied.',
      answer: { mediaType: 'application/yaml' },
    }),
    (context) => {
      const yaml = probeYaml(registry, probeOr404(registry, context.req.param('name')));
      return context.body(yaml, 200, { 'Content-Type': 'application/yaml; charset=utf-8' });
    },
  );
  app.delete(
    '/:name',
    operation({ summary: 'Deletes a probe; its results stay.', answer: deletedAnswer }),
    async (context) => {
      const { spec } = probeOr404(registry, context.req.param('name'));
      await registry.deleteProbe(spec.name);
      return context.json({ name: spec.name, deleted: true });
    },
  );
  app.post(
    '/:name/pause',
    operation({
      summary: 'Runs a probe no more until it is resumed.',
      body: emptySchema,
      answer: probeAnswer,
    }),
    async (context) => {
      await parseBody(context, emptySchema);
      const { spec } = probeOr404(registry, context.req.param('name'));
      await registry.pause(spec.name);
      return context.json(probeJson(probeOr404(registry, spec.name)));
    },
  );
  app.post(
    '/:name/resume',
    operation({ summary: 'Runs a paused probe again.', body: emptySchema, answer: probeAnswer }),
    async (context) => {
      await parseBody(context, emptySchema);
      const { spec } = probeOr404(registry, context.req.param('name'));
      await registry.resume(spec.name);
      return context.json(probeJson(probeOr404(registry, spec.name)));
    },
  );
  app.post(
    '/:name/run',
    operation({
      summary: 'Has connected agents run a probe once, now, beside the schedule.',
      body: runSchema,
      answer: askedRunAnswer,
      status: 202,
    }),
    async (context) => {
      const { from } = await parseBody(context, runSchema);
      const { spec } = probeOr404(registry, context.req.param('name'));
      const asked = await registry.runNow(spec.name, from);
      return context.json(
        { request_id: asked.requestId, probe: asked.probe, agents: asked.agents, expected: asked.expected },
        202,
      );
    },
  );
  return app;
}

export function targetRoutes(registry: Registry): Hono {
  const app = new Hono();
  app.get(
    '/',
    operation({ summary: 'What is probed.', query: listSchema, answer: targetsAnswer }),
    (context) => {
      const { limit, after } = parseQuery(context, listSchema);
      return context.json(pageOf(registry.targets().toSorted(byName).map(targetJson), limit, after));
    },
  );
  app.get('/:name', operation({ summary: 'One target.', answer: targetAnswer }), (context) => {
    const name = context.req.param('name');
    const target = registry.target(name);
    if (!target)
      throw new ApiError('not_found', `There is no target named ${name}.`, 'List them: GET /api/v1/targets.');
    return context.json(targetJson(target));
  });
  return app;
}
