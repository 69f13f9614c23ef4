/** The answer to an agent's id that nobody has. */
import { suggest } from '../../probes/suggest.ts';
import type { Registry } from '../registry/registry.ts';
import { ApiError } from './errors.ts';

export function noSuchAgent(registry: Pick<Registry, 'agents'>, id: string): ApiError {
  const near = suggest(
    id,
    registry.agents().map((agent) => agent.id),
  );
  return new ApiError(
    'not_found',
    `There is no agent named ${id}.`,
    near === undefined ? 'List them: outrider agents list.' : `Did you mean ${near}?`,
  );
}
