/** The browser as a run of the light lane has it: a tab is a turn in the lane of the browser, as a run there would take. */
import type { Browser } from '../probes/browser/browser.ts';
import type { Failure } from '../probes/outcome.ts';
import type { Entry } from './lane.ts';

/** The same browser, each tab in its turn; a turn that does not come is a failure of the agent. */
export function inTurn(browser: Browser, enter: (signal: AbortSignal) => Promise<Entry>): Browser {
  return {
    // Asked each time: some of it is known from the first launch on.
    get build() {
      return browser.build;
    },
    async withTab(signal, work) {
      const entry = await enter(signal);
      if (!entry.entered) return { failure: noTurn(entry.reason) };
      try {
        return await browser.withTab(signal, work);
      } finally {
        entry.release();
      }
    },
    close: () => browser.close(),
  };
}

function noTurn(reason: string): Failure {
  const message = `The browser of this agent was wanted by other runs, or starved (${reason}).`;
  return { layer: 'agent', blame: 'agent', code: 'overloaded', message };
}
