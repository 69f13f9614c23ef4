// @ts-check
/** The evidence of an incident over time: its place beside all others, with its onset, its detection, its end, and what was changed. */
import { html } from 'htm/preact';
import { useApi } from './api.js';
import { incidentLines, incidentMarks } from './incident-lines.js';
import { fields, items, plain } from './plain.js';
import { Plot } from './plot.js';
import { Loaded, Section } from './ui.js';

const STEPS = 400;

/** @param {{ incident: Record<string, unknown>, everyMs: number }} props */
export function IncidentPlot({ incident, everyMs }) {
  const answer = useApi(`/api/v1/incidents/${encodeURIComponent(plain(incident.id))}/series`, { everyMs });
  return html`<${Section} title="Evidence over time">
    <${Loaded} answer=${answer} what="the plot">${(/** @type {unknown} */ data) => {
      const steps = items(fields(data).data, STEPS);
      const { lines, title, unit } = incidentLines(plain(incident.metric), steps);
      return html`<${Plot} title=${title} unit=${unit} lines=${lines} marks=${incidentMarks(incident)} times=${steps.map(({ at }) => Date.parse(plain(at)))} height=${240} />`;
    }}<//>
  <//>`;
}
