/** The file of routes, with what keeps it from being used as a `CliError`. */
import { RoutesFileError, readRoutesFile } from '../../collector/notify/routes-file.ts';
import type { NotifySettings } from '../../collector/notify/settings.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

/** Reads a file of routes; throws a `CliError` (exit 65) that lists every mistake as `file:line:column`. */
export function readRoutes(path: string): NotifySettings {
  try {
    return readRoutesFile(path, process.env);
  } catch (cause) {
    if (!(cause instanceof RoutesFileError)) throw cause;
    throw new CliError(`the routes in ${path} cannot be used`, {
      why: cause.message,
      hint: 'mend the lines above; nobody would be told as it is',
      exit: EXIT.badConfig,
      cause,
    });
  }
}
