/** The file of contexts: it decides whom commands ask that name no collector. */
import { CliError } from '../support/cli-error.ts';
import { contextOf, contextsPath, readContexts } from '../support/contexts-file.ts';
import { type Check, counted, problem, sentenceOf, well } from './check.ts';

export const contexts: Check = {
  name: 'contexts',
  area: 'machine',
  look({ env }) {
    const path = contextsPath(env);
    try {
      const kept = readContexts(path);
      const { length } = Object.keys(kept.contexts);
      if (kept.current === undefined)
        return well(
          length === 0 ? 'No collector has a name here.' : `${counted(length, 'context')}, none current.`,
        );
      const { collector } = contextOf(kept, kept.current, 'current', path);
      return well(`${counted(length, 'context')}; ${kept.current} is current: ${collector}.`);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      return problem(
        sentenceOf(error),
        'Commands that name no collector end with it; below, the collector of this machine is asked instead.',
        error.hint ?? '',
      );
    }
  },
};
