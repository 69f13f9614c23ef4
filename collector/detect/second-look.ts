/**
 * What the second looks at an incident say of it together: whether what agents found when they were asked bears it out. They came
 * from the same seconds and from chosen networks; but they are few, so that first tries made after them have the last word. Pure.
 */
import type { ConfirmAnswer, Confirmation, ConfirmRole, ConfirmVerdict } from './confirmation.ts';
import type { Incident, IncidentScope } from './incident.ts';

/**
 * `supports`: seen again, in just this extent. `differs`: seen again, in another. `contradicts`: it was gone, or of one agent
 * alone, and nothing since says otherwise. `outvoted`: as that, but first tries since then do say otherwise. `unsure`: neither.
 */
export const SECOND_LOOK_STANDS = ['supports', 'differs', 'contradicts', 'outvoted', 'unsure'] as const;
export type SecondLookStand = (typeof SECOND_LOOK_STANDS)[number];

export interface SecondLook {
  readonly stand: SecondLookStand;
  /** The widest of what was found. */
  readonly verdict: ConfirmVerdict;
  /** For the sentence of the incident; empty where there is nothing to say. */
  readonly text: string;
  /** What the severity would be if nobody had looked. */
  readonly severityWithout: Incident['severity'];
}

export interface SecondLookQuestion {
  readonly scope: IncidentScope;
  /** What the incident is about: a look at another check of its scope says nothing of it. */
  readonly checks: readonly { readonly probe: string; readonly target: string }[];
  /** Oldest first. */
  readonly confirmations: readonly Confirmation[];
  /** Agents whose first tries in rounds that began at an instant or later show it. */
  readonly raisedSince: (ms: number) => number;
  readonly severity: Incident['severity'];
}

/** Of several looks the one that saw the most is believed: who saw nothing may have come a moment too early. */
const WIDEST_FIRST = [
  ...['wider', 'region', 'network', 'here', 'mixed', 'agent', 'gone', 'unclear'],
] as const satisfies readonly ConfirmVerdict[];

const SAME_EXTENT: Readonly<Record<IncidentScope['kind'], ConfirmVerdict>> = {
  agent: 'agent',
  isp: 'network',
  region: 'region',
  route: 'region',
  country: 'wider',
  pop: 'wider',
  target: 'wider',
  global: 'wider',
};

/** Undefined where nobody looked at what the incident is about. */
export function secondLook(question: SecondLookQuestion): SecondLook | undefined {
  const looks = relevantLooks(question);
  const verdict = WIDEST_FIRST.find((one) => looks.some((look) => look.verdict === one));
  if (verdict === undefined) return undefined;
  const stand = standOf(verdict, looks, question);
  const text = wordsOf(stand, verdict, looks, question.scope);
  return { stand, verdict, text, severityWithout: question.severity };
}

/** The severity by which people are told. */
export function severityAfter(look: SecondLook | undefined, severity: Incident['severity']) {
  return look?.stand === 'contradicts' ? 'warning' : severity;
}

/** The instant up to which agents were asked: what began later has the last word. */
export function lastSettledMs(confirmations: readonly Pick<Confirmation, 'settledMs'>[]): number {
  return Math.max(Number.NEGATIVE_INFINITY, ...confirmations.map(({ settledMs }) => settledMs));
}

/** The newest look at each check of the incident in each region. */
function relevantLooks({ checks, confirmations }: SecondLookQuestion): readonly Confirmation[] {
  const wanted = new Set(checks.map(({ probe, target }) => JSON.stringify([probe, target])));
  const newest = new Map<string, Confirmation>();
  for (const look of confirmations) {
    if (look.about !== undefined) continue;
    if (!wanted.has(JSON.stringify([look.probe, look.target]))) continue;
    newest.set(JSON.stringify([look.region, look.probe, look.target]), look);
  }
  return [...newest.values()];
}

function standOf(
  verdict: ConfirmVerdict,
  looks: readonly Confirmation[],
  { scope, raisedSince }: SecondLookQuestion,
): SecondLookStand {
  if (verdict === SAME_EXTENT[scope.kind]) return 'supports';
  if (verdict === 'here' || verdict === 'mixed' || verdict === 'unclear') return 'unsure';
  // An agent that is alone with it is what an incident of an agent says, and what one of a region denies.
  if (verdict !== 'gone' && verdict !== 'agent') return 'differs';
  const enough = scope.kind === 'agent' ? 1 : 2;
  return raisedSince(lastSettledMs(looks)) >= enough ? 'outvoted' : 'contradicts';
}

const clock = (ms: number): string => `${new Date(ms).toISOString().slice(11, 19)}Z`;

/** Names for a sentence: the first few, and that there are more. */
function names(all: readonly string[]): string {
  const different = [...new Set(all)];
  return `${different.slice(0, 2).join(' and ')}${different.length > 2 ? ' and others' : ''}`;
}

function wordsOf(
  stand: SecondLookStand,
  verdict: ConfirmVerdict,
  looks: readonly Confirmation[],
  scope: IncidentScope,
): string {
  const those = looks.filter((look) => look.verdict === verdict);
  if (stand === 'contradicts') return `not confirmed: ${contradiction(verdict, those)}`;
  if (stand === 'outvoted')
    return `when asked again at ${clock(lastSettledMs(looks))} ${contradiction(verdict, those).replace('asked again, ', '')}, but first tries since then show it`;
  const said = extent(verdict, those, scope);
  return stand === 'supports' ? `confirmed: ${said}` : said;
}

function contradiction(verdict: ConfirmVerdict, looks: readonly Confirmation[]): string {
  if (verdict === 'agent') return `asked again, only ${names(looks.map(({ agent }) => agent))} saw it`;
  const asked = answersOf(looks, ['same', 'sibling']).map(({ agent }) => agent);
  const count = new Set(asked).size;
  return `asked again, ${count === 1 ? 'the one agent that could say' : `all ${count} agents that could say`} did not see it`;
}

/** In what extent it was seen again. */
function extent(verdict: ConfirmVerdict, looks: readonly Confirmation[], scope: IncidentScope): string {
  const beside = names(answersOf(looks, ['neighbour']).map(({ region }) => region));
  switch (verdict) {
    case 'wider':
      return `asked again, ${beside} saw it too`;
    case 'region':
      return scope.kind === 'agent'
        ? `asked again, other agents of ${names(looks.map(({ region }) => region))} saw it too`
        : `asked again, several agents of ${names(looks.map(({ region }) => region))} saw it and ${beside} did not`;
    case 'network':
      return `asked again, only agents on ${names(looks.map(networkOf))} saw it, those on other networks did not`;
    case 'agent':
      return 'asked again, others of its region did not see it';
    case 'here':
      return 'asked again, it was still there';
    case 'mixed':
      return 'asked again, some of the agents saw it';
    case 'gone':
    case 'unclear':
    case 'told':
      return '';
  }
}

/** Answers that say something. */
function answersOf(looks: readonly Confirmation[], roles: readonly ConfirmRole[]): readonly ConfirmAnswer[] {
  return looks.flatMap(({ answers }) =>
    answers.filter(({ role, raised }) => raised !== null && roles.includes(role)),
  );
}

const networkOf = ({ answers }: Confirmation): string =>
  answers.find(({ role }) => role === 'same')?.network ?? 'one network';
