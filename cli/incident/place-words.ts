/** Where an incident lies, what cannot be told from it, and whose fault it looks like, in words. */

import type { ScopeJson } from '../../collector/api/answers/incident-evidence.ts';
import type { EvidenceJson } from './incident-json.ts';
import { some } from './sections.ts';

/** Whose fault it looks like. */
export const BLAMES: Readonly<Record<string, string>> = {
  target: 'the target',
  network: 'the network',
  agent: 'the agent itself',
  unknown: 'not clear yet',
};

type PlaceJson = NonNullable<EvidenceJson['place']>;

/** What agents that lie in one of two places only have said. */
export function toldText({ rather, ruled_out = [] }: PlaceJson): string {
  const not = ruled_out.length > 0 ? `not ${some(ruled_out.map(placeName))}` : '';
  return [rather ? `rather ${placeName(rather)}` : '', not].filter((part) => part).join('; ');
}

/** `agent eu-west-3 is well`, `isp Cable Two is raised`: by the name that says the most, which comes last. */
export const againstText = ({ kind, set }: NonNullable<PlaceJson['counter_examples']>[number]): string =>
  `${Object.entries(set)
    .map((part) => part.join(' '))
    .join(', ')} is ${kind === 'well_inside' ? 'well' : 'raised'}`;

/** `isp Cable Two in eu-west`. */
export function placeName({ kind, ...of }: ScopeJson): string {
  const own = of[kind];
  const others = Object.entries(of).flatMap(([label, name]) => (label === kind ? [] : [name]));
  if (own === undefined) return [kind, others.join(' to ')].filter((part) => part).join(' ');
  return `${kind} ${own}${others.length > 0 ? ` in ${others.join(', ')}` : ''}`;
}
