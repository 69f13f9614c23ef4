/** `--from`: which agents, as `from:` of a probe has it. Several flags are alternatives. */
import { LocationError, parseLocation } from '../../probes/location.ts';
import { type LocationQuery, locationSchema } from '../../probes/spec.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

export function readLocation(texts: readonly string[]): LocationQuery {
  if (texts.length === 0) return {};
  const text = texts.join(' | ');
  try {
    return locationSchema.parse(parseLocation(text));
  } catch (cause) {
    if (!(cause instanceof LocationError)) throw cause;
    throw new CliError(`--from ${text} is no location`, {
      why: cause.message,
      hint: '--from eu-west, --from "AS3320+residential | us-east", --from "2 per region, different ASNs"',
      exit: EXIT.usage,
      cause,
    });
  }
}
