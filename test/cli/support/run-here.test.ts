import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CliError } from '../../../cli/support/cli-error.ts';
import { EXIT } from '../../../cli/support/exit-codes.ts';
import { type HereRun, runHere } from '../../../cli/support/run-here.ts';
import { specSchema } from '../../../probes/spec.ts';
import { writeList } from '../../agent/own-probes/support.ts';

const content = `export default { async run(context, target) {
  const { status } = await context.request({ url: target.url }).catch((error) => ({ status: error.failure.code }));
  return { outcome: 'ok', attributes: { status: String(status) } };
} };`;

async function run(ownProbes: string | undefined): Promise<HereRun[]> {
  const spec = specSchema.parse({
    version: 1,
    targets: [{ name: 'shop', url: 'http://127.0.0.1:9/' }],
    probes: [{ name: 'front', type: 'own', targets: ['shop'], every: '60s', params: { module: 'front' } }],
  });
  const network = { policy: { allow: ['127.0.0.0/8'], deny: [] }, connectTo: {}, nameServers: [] };
  const runs: HereRun[] = [];
  for await (const one of runHere({ ...spec, network, browser: undefined, ownProbes })) runs.push(one);
  return runs;
}

describe('a run here', () => {
  it('tries a module before an agent has it', async () => {
    const { file } = writeList({ modules: [{ name: 'front', content }] });
    expect(await run(file)).toMatchObject([
      { probe: 'front', target: 'shop', result: { outcome: 'ok', attributes: { status: 'refused' } } },
    ]);
  });

  it('has no module without an allow-list', async () => {
    expect(await run(undefined)).toMatchObject([
      { result: { failure: { blame: 'agent', code: 'not_allowed' } } },
    ]);
  });

  it('says which file is not what was signed off', async () => {
    const written = writeList({ modules: [{ name: 'front', content }] });
    writeFileSync(written.pathOf('front'), `${content}\n`);
    const error = await run(written.file).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CliError);
    expect(error).toMatchObject({
      exit: EXIT.badConfig,
      why: expect.stringContaining('not what was signed off'),
    });
  });
});
