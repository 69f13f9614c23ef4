/** Secrets of the agent, as probes ask for them. What they are never gets into attributes, messages or names of phases. */
import type { Failed, UploadRun } from './upload-run.ts';

/** The secret of this name, or what to set where. */
export function secretOf(
  { secret }: UploadRun,
  name: string,
): { readonly ok: true; readonly secret: string } | Failed {
  const value = secret(name);
  if (value) return { ok: true, secret: value };
  const variable = `OUTRIDER_SECRET_${name.toUpperCase().replaceAll('-', '_')}`;
  return misconfigured(
    `The agent has no secret ${name}: set ${variable} in its environment, or LoadCredential=${name}:… in its systemd unit.`,
  );
}

/** The agent is not set up for this probe, or the probe is wrong: nothing was asked of the service. */
export function misconfigured(message: string): Failed {
  return { ok: false, failure: { layer: 'agent', blame: 'agent', code: 'bad_params', message } };
}
