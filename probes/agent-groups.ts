/** Agents that have a name together: `group:NAME` in a location stands for the places of the group. Pure. */
import { type Expression, LOCATION_LIMITS, LocationError, parseExpression, type Term } from './location.ts';
import { type LocationQuery, problemOf } from './spec.ts';

/** Places of each group, as text, by its name. */
export type Groups = ReadonlyMap<string, string>;

const isGroup = (term: Term): boolean => term.label === 'group';

/** Names of the groups that a text of places speaks of. Throws `LocationError`. */
export const groupsIn = (at: string): string[] =>
  parseExpression(at)
    .flat()
    .filter(isGroup)
    .map(({ value }) => value);

/** The same location in plain places. Throws `LocationError` where a group is not known, or it becomes too long. */
export function expandGroups(location: LocationQuery, groups: Groups): LocationQuery {
  const { at } = location;
  if (at === undefined || !/group/i.test(at)) return location;
  const expression = parseExpression(at);
  if (!expression.flat().some(isGroup)) return location;
  const expanded = expression.flatMap((terms) => product(terms.map((term) => meaningOf(term, groups))));
  if (expanded.flat().length > LOCATION_LIMITS.terms.value)
    throw new LocationError(
      `with its groups written out it has more than ${LOCATION_LIMITS.terms.value} conditions`,
    );
  return { ...location, at: textOf(expanded) };
}

/** As text that says the same: those who choose agents read it again, and have nobody to tell that it is too long. */
function textOf(expression: Expression): string {
  const text = expression.map((terms) => terms.map(termText).join(' + ')).join(' | ');
  const problem = problemOf(() => {
    if (JSON.stringify(parseExpression(text)) !== JSON.stringify(expression))
      throw new LocationError('a place has a quotation mark in it');
  });
  if (problem !== undefined) throw new LocationError(`with its groups written out ${problem}`);
  return text;
}

/** One condition as alternatives of conditions. */
function meaningOf(term: Term, groups: Groups): Expression {
  if (!isGroup(term)) return [[term]];
  const places = groups.get(term.value);
  if (places === undefined) throw new LocationError(`there is no agent group ${term.value}`);
  const meant = parseExpression(places);
  // De Morgan: not (a+b | c) is (!a | !b) and (!c).
  return term.not ? product(meant.map((terms) => terms.map((one) => [{ ...one, not: !one.not }]))) : meant;
}

/** All ways to take one alternative of each. */
function product(parts: readonly Expression[]): Expression {
  return parts.reduce<Expression>(
    (sofar, part) => {
      if (sofar.length * part.length > LOCATION_LIMITS.terms.value)
        throw new LocationError(
          `with its groups written out it has more than ${LOCATION_LIMITS.terms.value} conditions`,
        );
      return sofar.flatMap((before) => part.map((terms) => [...before, ...terms]));
    },
    [[]],
  );
}

/** A value in quotes is never taken for another label, count or separator. */
const termText = ({ label, not, value }: Term): string =>
  `${not ? '!' : ''}${label === undefined ? '' : `${label}:`}"${value}"`;
