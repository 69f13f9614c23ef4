/**
 * One incident as a note that one person hands over to another: how bad, what, and what to do now in its first lines; then what is
 * known, what bears it out, who was told; and commands to go on with at its end, where a terminal stands.
 */
import type { RunJson } from '../../collector/api/answers/checks.ts';
import { cellText } from '../support/cell-text.ts';
import { confirmationTables } from '../support/confirmation-table.ts';
import { factLines, noteColumns, paragraph } from '../support/note.ts';
import { commandLines } from '../support/shell-word.ts';
import { stateText } from '../support/state-colour.ts';
import { terminalOf } from '../support/terminal.ts';
import { adviceOf } from './advice.ts';
import { amounts, sightText } from './amount-sections.ts';
import { facts } from './facts.ts';
import type { IncidentDetailJson } from './incident-json.ts';
import { nextCommands } from './next-commands.ts';
import { failedRuns, newestRun, slowRuns } from './run-sections.ts';
import { standing } from './standing.ts';
import { suspects, timeline, whoWasTold } from './story-sections.ts';

export interface IncidentNote {
  /** The newest failed run that had something to show, where there is one. */
  readonly newest?: RunJson | undefined;
  readonly nowMs?: number;
  /** Flags that name the collector, for the commands: `--context prod`. */
  readonly way?: readonly string[];
}

export function incidentText(
  incident: IncidentDetailJson,
  { newest, nowMs = Date.now(), way = [] }: IncidentNote = {},
): string {
  const { evidence, runs = [], slow_runs = [] } = incident;
  const { confirmations = [] } = evidence;
  return [
    `${headline(incident, nowMs)}\n${paragraph(incident.summary)}\n${paragraph(adviceOf(incident))}`,
    factLines(facts(incident)),
    suspects(evidence),
    sightText(evidence.sight ?? []),
    ...amounts(incident),
    timeline(incident),
    ...whoWasTold(incident),
    confirmations.length === 0 ? '' : `ASKED TO LOOK AGAIN\n${confirmationTables(confirmations)}`,
    failedRuns(runs),
    slowRuns(slow_runs, incident.metric),
    ...(newest?.evidence ? newestRun(newest, newest.evidence) : []),
    runNext(incident, way),
    'All times are UTC.',
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

/** `CRITICAL, OPEN for 12 min`. */
function headline(incident: IncidentDetailJson, nowMs: number): string {
  const { severity } = incident;
  const word = severity.toUpperCase();
  return `${terminalOf().colours ? stateText(severity, cellText(word)) : cellText(word)}, ${cellText(standing(incident, nowMs))}`;
}

/** Commands stand alone in their lines: they are to be copied. */
function runNext(incident: IncidentDetailJson, way: readonly string[]): string {
  const lines = nextCommands(incident, way).flatMap(({ why, words }) => [
    `  # ${cellText(why)}`,
    ...commandLines(words, noteColumns(), '  '),
  ]);
  return `RUN NEXT\n${lines.join('\n')}`;
}
