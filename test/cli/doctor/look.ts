/** One check of the doctor, looked at as the command does, over a machine and a collector that the test names. */

import type { Finding } from '../../../cli/doctor/check.ts';
import { CHECKS } from '../../../cli/doctor/checks.ts';
import { examine } from '../../../cli/doctor/examine.ts';
import { type Named, Scene } from '../../../cli/doctor/scene.ts';
import { ApiClient } from '../../../cli/support/api-client.ts';
import { type Finished, start } from '../../support/outrider.ts';

/** Nobody listens there. */
export const NOBODY = 'http://127.0.0.1:2';

export interface Around extends Partial<Named> {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly nowMs?: () => number;
  readonly root?: string;
  readonly node?: string;
  readonly freeBytes?: () => number;
}

export async function look(name: string, around: Around = {}): Promise<Finding> {
  const { env = process.env, freeBytes, node, nowMs, root, ...named } = around;
  const collector = named.collector ?? NOBODY;
  const scene = new Scene({
    named: { ...named, collector },
    client: () => new ApiClient(collector),
    env,
    ...(nowMs && { nowMs }),
    ...(freeBytes && { freeBytes }),
    ...(root === undefined ? {} : { root }),
    ...(node === undefined ? {} : { node }),
  });
  const [finding] = await examine(
    scene,
    CHECKS.filter((check) => check.name === name),
  );
  if (!finding) throw new Error(`there is no check ${name}`);
  return finding;
}

/** What the real command found, by check. */
export async function doctor(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished & { readonly findings: ReadonlyMap<string, Finding> }> {
  return found(await start(['doctor', '-o', 'json', ...args], env).finished);
}

export function found(finished: Finished): Finished & { readonly findings: ReadonlyMap<string, Finding> } {
  const { data } = JSON.parse(finished.stdout || '{"data":[]}') as { data: Finding[] };
  return { ...finished, findings: new Map(data.map((finding) => [finding.check, finding])) };
}
