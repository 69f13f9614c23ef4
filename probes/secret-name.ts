/** How secrets of the agent are named: probe files, which the collector stores and shows, have the name and never the secret. */
import { z } from 'zod';

/** Names that are also names of files and, in upper case, of variables. */
export const SECRET_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** A parameter that names a secret. */
export const secretNameParam = z
  .string()
  .regex(SECRET_NAME, 'not the name of a secret: use 1 to 64 letters, digits, _ and -')
  .describe('Name of a secret at the agent, e.g. from its environment: OUTRIDER_SECRET_<NAME>.');

/** The variable of the agent's environment that has it. */
export function secretVariable(name: string): string {
  return `OUTRIDER_SECRET_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** For the owner of an agent that has no secret of this name: what to set where. */
export function missingSecret(name: string): string {
  return `The agent has no secret ${name}: set ${secretVariable(name)} in its environment, or LoadCredential=${name}:… in its systemd unit.`;
}
