/** The clock of this machine: whether something sets it, and whether it agrees with the collector's. */
import { execFile } from 'node:child_process';
import { formatSpan } from '../../probes/quantity-text.ts';
import { type Check, problem, skipped, warning, well } from './check.ts';
import { DOCTOR_LIMITS } from './limits.ts';

const SET_IT = 'sudo timedatectl set-ntp true, or install chrony';

export const clockSync: Check = {
  name: 'clock-sync',
  area: 'machine',
  async look({ env }, signal) {
    const said = await new Promise<string>((resolve) => {
      const options = { signal, env: { ...env } as NodeJS.ProcessEnv, killSignal: 'SIGKILL' } as const;
      execFile('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'], options, (error, stdout) =>
        resolve(error ? '' : stdout.trim()),
      );
    });
    if (said === 'yes') return well('The clock is set by NTP.');
    if (said !== 'no') return skipped('timedatectl does not tell whether the clock is set by NTP.');
    return warning(
      'Nothing sets the clock of this machine: timedatectl says that it is not synchronised.',
      'Slots and times of results follow the clock; one that drifts looks like lateness, then like gaps.',
      SET_IT,
    );
  },
};

export const clockOffset: Check = {
  name: 'clock-offset',
  area: 'collector',
  async look(scene) {
    const { offsetMs } = await scene.there();
    if (offsetMs === undefined) return skipped('The answer of the collector does not say what time it is.');
    if (Math.abs(offsetMs) < DOCTOR_LIMITS.clockMs.value)
      return well('The clocks of this machine and of the collector agree.');
    return problem(
      `The clock of this machine is ${formatSpan(Math.abs(offsetMs))} ${offsetMs > 0 ? 'ahead of' : 'behind'} the collector's.`,
      'Tokens and certificates are held for expired or not yet valid, "--since 5m" means other minutes, and an agent here is late in every slot.',
      SET_IT,
    );
  },
};
