/**
 * The one language of files that people keep in git: targets, probes with their SLOs, regions, agent groups, routes and maintenance
 * windows. Receivers are not in it: they name files and addresses of the collector's machine, which whoever runs it decides.
 */
import { z } from 'zod';
import { agentGroupSchema, regionSchema } from '../../probes/fleet-spec.ts';
import { SPEC_LIMITS, specSchema } from '../../probes/spec.ts';
import { NOTIFY_LIMITS } from '../notify/limits.ts';
import { maintenanceSchema } from '../notify/maintenance.ts';
import { routeSchema } from '../notify/settings.ts';

export const languageSchema = specSchema
  .extend({
    regions: z
      .array(regionSchema)
      .max(SPEC_LIMITS.regions.value)
      .default([])
      .describe('Names and places of regions, for the map and for people.'),
    agent_groups: z
      .array(agentGroupSchema)
      .max(SPEC_LIMITS.agentGroups.value)
      .default([])
      .describe('Places under a name, for `from: group:NAME`.'),
    routes: z
      .array(routeSchema)
      .min(1)
      .max(NOTIFY_LIMITS.routes.value)
      .optional()
      .describe(
        'Who is told of which incidents, in this order: the first that matches takes one, unless it says `continue`. In force in place of the routes of the collector’s own file, whose receivers they name.',
      ),
    maintenance: z
      .array(maintenanceSchema)
      .max(NOTIFY_LIMITS.windows.value)
      .default([])
      .describe('Windows in which nobody is told, beside those of the collector’s own file.'),
  })
  .describe('What Outrider is to probe, from where, and who is told.');

/** What a file says, checked; what it does not say has its default. */
export type Language = z.infer<typeof languageSchema>;

/** Kinds of things that have names of their own, and under which key a file lists them. */
export const KEY_OF_KIND = {
  target: 'targets',
  probe: 'probes',
  region: 'regions',
  agent_group: 'agent_groups',
  maintenance: 'maintenance',
} as const;
export type NamedKind = keyof typeof KEY_OF_KIND;
export const NAMED_KINDS = Object.keys(KEY_OF_KIND) as NamedKind[];

/** The routes are one thing: their order decides. */
export interface RoutesSpec {
  readonly name: 'routes';
  readonly routes: NonNullable<Language['routes']>;
}

/** What each kind is made of. */
export type SpecOfKind = {
  readonly [Kind in NamedKind]: Language[(typeof KEY_OF_KIND)[Kind]][number];
} & { readonly routes: RoutesSpec };
export type SpecKind = keyof SpecOfKind;
export const SPEC_KINDS: readonly SpecKind[] = [...NAMED_KINDS, 'routes'];

export const keyOf = (kind: SpecKind): keyof Language => (kind === 'routes' ? 'routes' : KEY_OF_KIND[kind]);

/** The things of one kind in what a file says. */
export function specsOf<Kind extends SpecKind>(language: Language, kind: Kind): readonly SpecOfKind[Kind][] {
  const listed: readonly unknown[] =
    kind === 'routes'
      ? language.routes === undefined
        ? []
        : [{ name: 'routes', routes: language.routes } satisfies RoutesSpec]
      : language[KEY_OF_KIND[kind as NamedKind]];
  return listed as readonly SpecOfKind[Kind][];
}
