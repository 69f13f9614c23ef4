/** What to do about an incident first, in one sentence: of all that is known, what decides. */
import { shellWord } from '../support/shell-word.ts';
import type { IncidentDetailJson } from './incident-json.ts';
import { beforeText } from './story-sections.ts';

/** What ends by itself or is somebody else's is said first, then who broke it, then whom to ask. */
export function adviceOf(incident: IncidentDetailJson): string {
  const { merged_into, status } = incident;
  if (merged_into) return `It is part of ${merged_into}: see to that one.`;
  if (status === 'resolved')
    return 'It is over. Write it up while the results are kept: see the commands below.';
  const who = incident.acknowledged
    ? `${incident.acknowledged.by} has it.`
    : incident.silenced
      ? 'It is kept quiet.'
      : 'Nobody has it: acknowledge it.';
  return `${who} ${doFirst(incident)}`;
}

function doFirst({ blame, evidence, metric, scope_kind }: IncidentDetailJson): string {
  const [suspect] = evidence.changes ?? [];
  const [agent] = [...(evidence.silent_agents ?? []), ...(evidence.agents ?? [])];
  if (metric === 'silence') {
    return scope_kind === 'global'
      ? 'No agent is heard: look at the collector and its own network first.'
      : `Nothing is known of users there: find out whether ${agent ?? 'the agents'} can still reach the collector.`;
  }
  if (evidence.second_look?.stand === 'contradicts')
    return 'Wait for the next runs before you wake anybody: asked again, agents did not see it.';
  if (suspect)
    return `Undo or rule out ${suspect.kind} ${suspect.name} (${beforeText(suspect.lead_ms)} its start).`;
  if (blame === 'agent' || scope_kind === 'agent')
    return `Users are not known to be affected: look at the agent itself (outrider agents why ${shellWord(agent ?? 'AGENT')}).`;
  if (metric === 'error_budget')
    return 'No single fault explains it: find what fails most, and what the promise is worth.';
  if (blame === 'network')
    return 'Move traffic away from that network or region if you can, and ask its operator.';
  if (blame === 'target') return 'Look at what serves it there: deploys, capacity, the origin behind it.';
  return 'The cause is open: compare who sees it with who does not.';
}
