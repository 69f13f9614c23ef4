/** The configuration of the agent on this machine, as `agent start` would read it. */
import { accessSync, constants } from 'node:fs';
import { AgentConfigError } from '../../agent/config.ts';
import { type LoadedConfig, loadAgentConfig } from '../../agent/load-config.ts';
import { type Check, listed, problem, skipped, warning, well } from './check.ts';
import { reach } from './reach.ts';
import { standing } from './room.ts';
import type { Scene } from './scene.ts';

const NONE = 'No agent is configured here; --config FILE looks at one.';

/** Undefined where none is named. Throws `AgentConfigError`. */
function loaded({ env, named }: Scene): LoadedConfig | undefined {
  if (named.config === undefined && !env.OUTRIDER_CONFIG && !env.OUTRIDER_ID) return undefined;
  return loadAgentConfig({ env, flags: named.config === undefined ? {} : { config: [named.config] } });
}

export const agentConfig: Check = {
  name: 'agent-config',
  area: 'agent',
  look(scene) {
    try {
      const found = loaded(scene);
      if (!found) return skipped(NONE);
      const { config } = found;
      const folder = standing(config.dataDir);
      try {
        accessSync(folder, constants.W_OK | constants.X_OK);
      } catch {
        return problem(
          `The spool of ${config.id} belongs into ${config.dataDir}, and ${folder} cannot be written by this user.`,
          'Without a spool the agent does not start.',
          `sudo chown -R "$USER" ${folder}, or give --data-dir`,
        );
      }
      return well(`The configuration of ${config.id} (${config.labels.region}) can be used.`);
    } catch (error) {
      if (!(error instanceof AgentConfigError)) throw error;
      return problem(
        `The configuration of the agent cannot be used: ${error.problems.join('; ')}`,
        'The agent does not start, and its slots are missed as agent_down.',
        'Mend it; outrider agent start --print-config shows what is in force, and from where',
      );
    }
  },
};

export const agentCollectors: Check = {
  name: 'agent-collectors',
  area: 'agent',
  async look(scene) {
    let found: LoadedConfig | undefined;
    try {
      found = loaded(scene);
    } catch {
      return skipped('The configuration of the agent cannot be read.');
    }
    if (!found) return skipped(NONE);
    const looks = await Promise.all(
      found.config.collectors.map(async (text) => ({
        text,
        reached: await reach(new URL(text.replace(/^ws/, 'http')), scene.nowMs),
      })),
    );
    const away = looks.filter(
      ({ reached }) =>
        reached.kind !== 'collector' && !(reached.kind === 'certificate' && found.config.ca !== undefined),
    );
    if (away.length === 0) return well(`${looks.length} of ${looks.length} collectors of its list answer.`);
    const finding = `Of its collectors ${listed(away.map(({ text, reached }) => `${text} (${'said' in reached ? reached.said : reached.kind})`))} cannot be used.`;
    const hint =
      'Mend collectors: in its configuration, ws://host:7077, or wss://host:7077 where the collector has --tls-cert';
    return away.length === looks.length
      ? problem(finding, 'Its results wait in its spool until they are too old.', hint)
      : warning(finding, 'When the others fail it has nowhere to go.', hint);
  },
};
