// @ts-check
/** The waterfall of a run: what took how long, one after the other. */
import { html } from 'htm/preact';
import { milliseconds } from './format.js';

const WIDTH = 1000;
const HEIGHT = 10;

/** @param {{ phases: readonly import('./phases.js').Phase[], label: string }} props */
export function Waterfall({ phases, label }) {
  const end = Math.max(1, ...phases.map(({ lengthMs, startMs }) => startMs + lengthMs));
  return html`<table class="waterfall">
    <caption class="visually-hidden">${label}</caption>
    <thead class="visually-hidden">
      <tr><th scope="col">Phase</th><th scope="col">When</th><th scope="col">Begins after</th><th scope="col">Takes</th></tr>
    </thead>
    <tbody>
      ${phases.map(({ lengthMs, name, note, startMs }) => {
        const width = Math.max(4, (lengthMs / end) * WIDTH);
        return html`<tr>
          <th scope="row" title=${note || undefined}>${name}</th>
          <td class="bar">
            <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
              <rect x=${Math.min((startMs / end) * WIDTH, WIDTH - width)} y="0" width=${width} height=${HEIGHT} />
            </svg>
          </td>
          <td class="visually-hidden">${milliseconds(startMs)} ms</td>
          <td class="time">${milliseconds(lengthMs)} ms</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}
