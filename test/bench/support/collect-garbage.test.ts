import { afterEach, describe, expect, it } from 'vitest';
import { collectGarbage, INSPECTABLE } from './collect-garbage.ts';
import { NodeProcess } from './node-process.ts';

/** Says when what it let go of was collected. */
const SCRIPT = `
  globalThis.kept = new FinalizationRegistry(() => console.log('collected'));
  kept.register({}, 'it');
  setInterval(() => {}, 1000);
  console.log('up');`;

let node: NodeProcess | undefined;
afterEach(() => node?.stop());

describe('collecting the garbage of another process', () => {
  it('has it throw away what nothing holds, as often as it is asked to', async () => {
    node = new NodeProcess({ command: process.execPath, args: ['-e', SCRIPT], env: INSPECTABLE });
    await node.line((line) => (line === 'up' ? line : undefined), 10_000);
    await collectGarbage(node);
    await collectGarbage(node);
    expect((await node.line((line) => (line === 'collected' ? line : undefined), 10_000)).value).toBe(
      'collected',
    );
  });
});
