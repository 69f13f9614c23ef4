/** A file of HTTP headers, one a line; what it holds is secret, and no message shows it. */
import { readFileSync, statSync } from 'node:fs';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { OTLP_LIMITS } from '../../collector/otlp/limits.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

/** Names in lower case. Blank lines and lines that begin with # are left out. */
export function readHeaders(file: string): Readonly<Record<string, string>> {
  const lines = textOf(file).split(/\r?\n/);
  const headers: Record<string, string> = {};
  for (const [at, line] of lines.entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const colon = line.indexOf(':');
    const [name, value] = [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    if (colon < 1 || !isHeader(name, value)) {
      throw new CliError(`${file}:${at + 1} is not a header`, {
        hint: 'a header a line, such as Authorization: Bearer TOKEN',
        exit: EXIT.badConfig,
      });
    }
    headers[name] = value;
  }
  return headers;
}

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

function textOf(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > OTLP_LIMITS.headersFileBytes.value)
      throw new Error(`it has ${size} bytes, more than ${OTLP_LIMITS.headersFileBytes.value}`);
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CliError(`the headers file ${file} cannot be read`, {
      why: cause instanceof Error ? cause.message : String(cause),
      hint: 'give a file that this user may read',
      exit: EXIT.badConfig,
      cause,
    });
  }
}
