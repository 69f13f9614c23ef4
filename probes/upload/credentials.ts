/** Secrets of the agent, as probes ask for them. What they are never gets into attributes, messages or names of phases. */
import { missingSecret } from '../secret-name.ts';
import type { Failed, UploadRun } from './upload-run.ts';

/** The secret of this name, or what to set where. */
export function secretOf(
  { secret }: UploadRun,
  name: string,
): { readonly ok: true; readonly secret: string } | Failed {
  const value = secret(name);
  if (value) return { ok: true, secret: value };
  return misconfigured(missingSecret(name));
}

/** The agent is not set up for this probe, or the probe is wrong: nothing was asked of the service. */
export function misconfigured(message: string): Failed {
  return { ok: false, failure: { layer: 'agent', blame: 'agent', code: 'bad_params', message } };
}
