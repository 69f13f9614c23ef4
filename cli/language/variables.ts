/** Which values of a file of probes may come from `${VAR}`, and which may not: what history and references go by must be the same everywhere. */
import type { Forbids } from '../../probes/yaml-variables.ts';

const REFERENCES: Readonly<Record<string, string>> = {
  name: 'a name cannot come from a variable: history and references go by it',
  type: 'a type cannot come from a variable: what is measured would depend on who applies it',
  version: 'the version of the language cannot come from a variable',
};

export const forbidden: Forbids = (path) => {
  const [top, , key, inside] = path;
  const last = path.at(-1);
  if (top === 'version') return REFERENCES.version;
  if (path.length === 3 && (last === 'name' || last === 'type')) return REFERENCES[last];
  if (top === 'probes' && key === 'targets') return REFERENCES.name;
  if (top === 'routes' && key === 'receivers') return REFERENCES.name;
  if (top === 'probes' && key === 'secrets')
    return 'a secret cannot come from a variable: what is applied lies open at the collector; seal it (outrider secrets seal)';
  if (top === 'probes' && key === 'slo' && inside === 'metric')
    return 'a metric cannot come from a variable: the promise would be another one';
  return undefined;
};
